//! What polls tell the operator: counts, and a line in the log where something changed.

use wiredesk_model::FeedState;
use wiredesk_telemetry::{Metric, count, gauge};

use crate::poll::Polled;
use crate::{SourceConfig, websub};

/// Says which sources go past the rules that hold for the others.
pub fn overrides(sources: &[SourceConfig]) {
    for source in sources.iter().filter(|source| source.ignore_robots) {
        tracing::info!(
            feed = %source.id,
            "linked pages are fetched whatever robots.txt says (ignore_robots)"
        );
    }
}

/// Counts a poll, and logs it where something changed for the operator since `before`.
pub fn tell(source: &SourceConfig, before: Option<&FeedState>, polled: &Polled) {
    count_items(polled);
    let feed = &source.id;
    let state = &polled.state;
    let known = before.and_then(|before| before.health.last_error.as_deref());
    let was_gone = before.is_some_and(|before| before.health.gone_since.is_some());
    match (&polled.error, known) {
        (Some(_), _) if state.health.gone_since.is_some() && !was_gone => tracing::warn!(
            %feed, next_try = %state.next_poll,
            "the feed is gone for good, says its server (410); it is asked once a week from now on, take it out of the sources"
        ),
        (Some(error), known) if known != Some(error.to_string().as_str()) => {
            tracing::warn!(%feed, next_try = %state.next_poll, "poll failed: {error}");
        }
        (None, Some(_)) => tracing::info!(%feed, "poll works again"),
        _ => {
            tracing::debug!(%feed, outcome = polled.outcome, items = polled.items.len(), "polled")
        }
    }
    tell_of_address(source, before, state);
    tell_of_rhythm(source, before, state);
    tell_of_trust(source, before, state);
    websub::tell(source, before, state);
}

fn count_items(polled: &Polled) {
    count(Metric::Polls, &[polled.outcome], 1);
    let updated = polled
        .items
        .iter()
        .filter(|item| item.version.0 > 1)
        .count();
    for (outcome, number) in [
        ("new", polled.items.len() - updated),
        ("updated", updated),
        ("seen", polled.unchanged),
    ] {
        count(Metric::Items, &[outcome], number as u64);
    }
}

fn tell_of_address(source: &SourceConfig, before: Option<&FeedState>, state: &FeedState) {
    let learned = |state: &FeedState| {
        let moved = state.moved.as_ref().filter(|moved| moved.is_learned);
        moved.map(|moved| crate::http::shown(&moved.to))
    };
    let feed = &source.id;
    match (before.and_then(learned), learned(state)) {
        (None, Some(to)) => tracing::info!(
            %feed, %to,
            "the feed has moved for good and is asked at its new address; put that into the sources"
        ),
        (Some(from), None) => tracing::info!(
            %feed, %from,
            "the new address of the feed does not serve, the configured one is asked again"
        ),
        _ => {}
    }
}

fn tell_of_rhythm(source: &SourceConfig, before: Option<&FeedState>, state: &FeedState) {
    let feed = &source.id;
    let health = &state.health;
    let gaps_before = before.map_or(0, |before| before.health.gaps);
    if let Some(gap) = health
        .last_gap
        .as_ref()
        .filter(|_| health.gaps > gaps_before)
    {
        count(Metric::FeedGaps, &[], 1);
        tracing::warn!(
            %feed, since = %gap.since, until = %gap.until, missed_items = gap.missed_items,
            "no item of the poll before is left in the feed, so some may have come and gone unseen; poll it more often, unless its publisher has renamed its items"
        );
    }
    let quiet_before = before.and_then(|before| before.health.quiet_since);
    match (quiet_before, health.quiet_since) {
        (None, Some(since)) => tracing::warn!(
            %feed, %since,
            "the feed went quiet: it answers, but has been without news for much longer than ever"
        ),
        (Some(since), None) => tracing::info!(%feed, %since, "the feed has news again"),
        _ => {}
    }
}

fn tell_of_trust(source: &SourceConfig, before: Option<&FeedState>, state: &FeedState) {
    let was_off = before.is_some_and(|before| before.trust.off_since.is_some());
    if state.trust.off_since.is_some() && !was_off {
        tracing::warn!(
            feed = %source.id,
            "the server says \"not modified\" of a feed that has news, the feed is asked for in whole from now on"
        );
    }
}

/// Shows how the feeds held stand, each by its cursor.
pub fn gauges<'a>(held: impl Iterator<Item = Option<&'a FeedState>>) {
    let (mut feeds, mut failing, mut quiet, mut distrusted) = (0, 0, 0, 0);
    for cursor in held {
        feeds += 1;
        let Some(cursor) = cursor else { continue };
        failing += u32::from(cursor.health.failures_in_a_row > 0);
        quiet += u32::from(cursor.health.quiet_since.is_some());
        distrusted += u32::from(cursor.trust.off_since.is_some());
    }
    gauge(Metric::Feeds, &[], f64::from(feeds));
    gauge(Metric::FeedsFailing, &[], f64::from(failing));
    gauge(Metric::FeedsQuiet, &[], f64::from(quiet));
    gauge(Metric::FeedsDistrusted, &[], f64::from(distrusted));
}
