//! What polls tell the operator: counts, and a line in the log where something changed.

use wiredesk_model::{FeedState, SourceEvent, SourceEventKind};
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
pub fn tell(
    source: &SourceConfig,
    before: Option<&FeedState>,
    polled: &Polled,
    events: &[SourceEvent],
) {
    count_items(polled);
    let feed = &source.id;
    let state = &polled.state;
    let known = before.and_then(|before| before.health.last_error.as_deref());
    match (&polled.error, known) {
        // That it is gone is an event of its own.
        (Some(_), _) if state.health.gone_since.is_some() => {}
        (Some(error), known) if known != Some(error.to_string().as_str()) => {
            tracing::warn!(%feed, next_try = %state.next_poll, "poll failed: {error}");
        }
        (None, Some(_)) => tracing::info!(%feed, "poll works again"),
        _ => {
            tracing::debug!(%feed, outcome = polled.outcome, items = polled.items.len(), "polled")
        }
    }
    for event in events {
        tell_event(event);
    }
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

/// Each kind of event is said where it happens, and counted where there is a count of it.
fn tell_event(event: &SourceEvent) {
    let feed = event.source.as_str();
    let (kind, detail) = (event.kind.as_str(), &event.detail);
    match event.kind {
        SourceEventKind::Moved | SourceEventKind::Recovered => {
            tracing::info!(%feed, %kind, "{detail}");
        }
        _ => tracing::warn!(%feed, %kind, "{detail}"),
    }
    if event.kind == SourceEventKind::Gap {
        count(Metric::FeedGaps, &[], 1);
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

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Write};
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    /// Keeps the lines of the log.
    #[derive(Default, Clone)]
    struct Lines(Arc<Mutex<String>>);

    impl Visit for Lines {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            let mut lines = self.0.lock().unwrap();
            write!(lines, "{field}={value:?} ").unwrap();
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
            self.0.lock().unwrap().push('\n');
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn who_goes_past_robots_txt_is_named_in_the_log() {
        let unbound = SourceConfig {
            ignore_robots: true,
            ..SourceConfig::feed("harbour", "https://harbour.example/feed")
        };
        let bound = SourceConfig::feed("town", "https://town.example/feed");
        let lines = Lines::default();
        tracing::subscriber::with_default(lines.clone(), || overrides(&[bound, unbound]));
        let said = lines.0.lock().unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("feed=harbour"), "{said}");
        assert!(said.contains("robots.txt"), "{said}");
    }
}
