//! What polls tell the operator: counts, and a line in the log where something changed.

use wiredesk_model::FeedState;
use wiredesk_telemetry::{Metric, count, gauge};

use crate::SourceConfig;
use crate::poll::Polled;

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

/// Shows how the feeds held stand, each by its cursor.
pub fn gauges<'a>(held: impl Iterator<Item = Option<&'a FeedState>>) {
    let (mut feeds, mut failing) = (0, 0);
    for cursor in held {
        feeds += 1;
        let Some(cursor) = cursor else { continue };
        failing += u32::from(cursor.health.failures_in_a_row > 0);
    }
    gauge(Metric::Feeds, &[], f64::from(feeds));
    gauge(Metric::FeedsFailing, &[], f64::from(failing));
}
