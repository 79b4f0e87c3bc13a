//! What an operator should know of a feed, as events: told once when it begins, and once when it
//! is over. Both follow from the cursor before a poll and the one behind it.

use wiredesk_model::{FeedState, HubSubscription, SourceEvent, SourceEventKind as Kind, Timestamp};

use crate::{SourceConfig, http};

/// What a poll of `source` changed for the operator.
pub fn events_of(
    source: &SourceConfig,
    before: Option<&FeedState>,
    state: &FeedState,
) -> Vec<SourceEvent> {
    let turns = [
        gone(before, state),
        quiet(before, state),
        distrusted(before, state),
        moved(before, state),
        hub(before, state),
    ];
    let at = state.history.last().map_or(state.next_poll, |poll| poll.at);
    let event = |kind, detail| SourceEvent {
        kind,
        source: source.source_id(),
        at,
        story: None,
        raw_ref: None,
        gap: None,
        detail,
    };
    let turned = turns.into_iter().flatten();
    let turned = turned.map(|(kind, detail)| event(kind, detail));
    gap(before, state, event)
        .into_iter()
        .chain(turned)
        .collect()
}

type Told = Option<(Kind, String)>;

fn gap(
    before: Option<&FeedState>,
    state: &FeedState,
    event: impl Fn(Kind, String) -> SourceEvent,
) -> Option<SourceEvent> {
    let known = before.map_or(0, |before| before.health.gaps);
    let gap = state.health.last_gap.clone();
    let gap = gap.filter(|_| state.health.gaps > known)?;
    let detail = format!(
        "no item of the poll before, at {}, is left in the feed, so about {} may have come and gone unseen; poll it more often, unless its publisher has renamed its items",
        gap.since, gap.missed_items
    );
    Some(SourceEvent {
        gap: Some(gap),
        ..event(Kind::Gap, detail)
    })
}

/// Tells of a time that began, or of the end of one.
fn turn(
    since: impl Fn(&FeedState) -> Option<Timestamp>,
    before: Option<&FeedState>,
    state: &FeedState,
    (kind, begins, ends): (Kind, &str, &str),
) -> Told {
    match (before.and_then(&since), since(state)) {
        (None, Some(_)) => Some((kind, begins.to_owned())),
        (Some(since), None) => Some((Kind::Recovered, format!("{ends}, as it was since {since}"))),
        _ => None,
    }
}

fn gone(before: Option<&FeedState>, state: &FeedState) -> Told {
    let words = (
        Kind::Gone,
        "the feed is gone for good, says its server (410); it is asked once a week from now on, take it out of the sources",
        "the feed is no longer gone",
    );
    turn(|state| state.health.gone_since, before, state, words)
}

fn quiet(before: Option<&FeedState>, state: &FeedState) -> Told {
    let words = (
        Kind::Quiet,
        "the feed answers, but has been without news for much longer than ever",
        "the feed is no longer quiet",
    );
    turn(|state| state.health.quiet_since, before, state, words)
}

fn distrusted(before: Option<&FeedState>, state: &FeedState) -> Told {
    let words = (
        Kind::Distrusted,
        "the server says \"not modified\" of a feed that has news, the feed is asked for in whole from now on",
        "the server gets another chance to say \"not modified\"; it was not believed",
    );
    turn(|state| state.trust.off_since, before, state, words)
}

fn moved(before: Option<&FeedState>, state: &FeedState) -> Told {
    let learned = |state: &FeedState| {
        let moved = state.moved.as_ref().filter(|moved| moved.is_learned);
        moved.map(|moved| http::shown(&moved.to))
    };
    match (before.and_then(learned), learned(state)) {
        (None, Some(to)) => Some((
            Kind::Moved,
            format!("the feed is asked at its new address, put that into the sources: {to}"),
        )),
        (Some(from), None) => Some((
            Kind::Recovered,
            format!("the feed is asked at its configured address again, not at {from}"),
        )),
        _ => None,
    }
}

fn hub(before: Option<&FeedState>, state: &FeedState) -> Told {
    let hub = state.hub.as_ref()?;
    let before = before.and_then(|before| before.hub.as_ref());
    let was_lost = before.is_some_and(is_lost);
    match (was_lost, is_lost(hub)) {
        (false, true) => {
            let why = hub.last_error.as_deref().unwrap_or("it never verified");
            let detail = format!(
                "the feed is polled as usual, its hub {} does not deliver: {why}",
                hub.hub
            );
            Some((Kind::HubLost, detail))
        }
        (true, false) => Some((Kind::Recovered, format!("the hub {} serves again", hub.hub))),
        _ => None,
    }
}

/// One request that is not verified yet is the usual way; more of them are not.
fn is_lost(hub: &HubSubscription) -> bool {
    hub.failures > 1 || hub.last_error.is_some()
}
