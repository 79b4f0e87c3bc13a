//! When a hub is asked, and how far it is trusted.

use std::time::Duration;

use wiredesk_model::{FeedState, HubSubscription, Timestamp, Version};

use super::Advertised;
use crate::http::Request;
use crate::poll::{Context, Polled};
use crate::{FetchError, SourceConfig, schedule};

/// Polls in a row that found what the hub had kept back, after which it counts as dead.
const MISSES: u32 = 2;
/// Wait after the first request that came to nothing; it doubles with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(60 * 60);
const LAST_RETRY: Duration = Duration::from_secs(24 * 60 * 60);
/// A lease is renewed when so much of it is left.
const RENEWED_BEFORE: Duration = Duration::from_secs(12 * 60 * 60);
/// Longest lease that is believed.
const LONGEST_LEASE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// After a poll that went well: notes what it says of the hub, asks the hub where that is due, and
/// puts the next poll off while the hub delivers. `named` is what the document names; `None` where
/// it was not sent again.
pub async fn keep_up(
    context: &Context,
    source: &SourceConfig,
    polled: &mut Polled,
    named: Option<Option<Advertised>>,
) {
    let state = &mut polled.state;
    let Some(keys) = context.hubs.as_ref().filter(|_| source.websub) else {
        state.hub = None;
        return;
    };
    let now = context.clock.now();
    // A hub may deliver a story in other words than the feed has, so only new ones count.
    let has_news = polled
        .items
        .iter()
        .any(|item| item.version == Version::FIRST);
    if let Some(hub) = state.hub.as_mut().filter(|_| has_news) {
        missed(hub, now);
    }
    let known = state.hub.as_ref().map(Advertised::of);
    // What the document no longer names is no longer asked for; what it lacks, it lacks.
    let to = match named {
        Some(named) => named.filter(|to| may_be_asked(source, to)),
        None => known.clone(),
    };
    let Some(to) = to else {
        state.hub = None;
        context.doors.subscribe(&source.id, None);
        return;
    };
    if known.as_ref() != Some(&to) {
        state.hub = None;
    }
    if is_due(state.hub.as_ref(), now) {
        context.doors.subscribe(&source.id, Some(to.clone()));
        let asked = ask(context, source, &to, keys).await;
        note_asked(&mut state.hub, to, asked, now);
    }
    let backup = Duration::from_secs(context.settings.intake.backup_poll_seconds);
    if let Some(hub) = state.hub.as_ref().filter(|hub| is_delivering(hub, now)) {
        let slow = schedule::later(now, backup);
        state.next_poll = state
            .next_poll
            .max(renewal(hub).map_or(slow, |at| slow.min(at)));
    }
}

/// The key must not travel in the clear, unless everything stays in the operator's own network.
fn may_be_asked(source: &SourceConfig, to: &Advertised) -> bool {
    to.hub.starts_with("https://") || source.allow_private
}

/// A poll found news that the hub had not delivered.
fn missed(hub: &mut HubSubscription, now: Timestamp) {
    if !is_granted(hub, now) || hub.deliveries == 0 {
        return;
    }
    hub.missed = hub.missed.saturating_add(1);
    if hub.missed >= MISSES {
        // It counts as a request that came to nothing: a dead hub is asked again, but not at once.
        hub.lease_until = None;
        hub.deliveries = 0;
        hub.asked_at = now;
        hub.failures = hub.failures.max(LONG_FAILED);
        hub.last_error = Some(format!(
            "it delivered nothing of what {} polls in a row found",
            hub.missed
        ));
        hub.missed = 0;
    }
}

/// Failures after which the wait is the longest.
const LONG_FAILED: u32 = 6;

fn is_granted(hub: &HubSubscription, now: Timestamp) -> bool {
    hub.lease_until.is_some_and(|until| until > now)
}

/// Whether the hub delivers, so that polls are only its control.
fn is_delivering(hub: &HubSubscription, now: Timestamp) -> bool {
    is_granted(hub, now) && hub.deliveries > 0 && hub.missed == 0
}

fn renewal(hub: &HubSubscription) -> Option<Timestamp> {
    let until = hub.lease_until?;
    let left = Duration::try_from(until.duration_since(hub.asked_at)).unwrap_or_default();
    until.checked_sub(RENEWED_BEFORE.min(left / 2)).ok()
}

/// Whether the hub is to be asked now.
fn is_due(hub: Option<&HubSubscription>, now: Timestamp) -> bool {
    let Some(hub) = hub else {
        return true;
    };
    let doublings = hub.failures.saturating_sub(1).min(10);
    let wait = FIRST_RETRY.saturating_mul(1 << doublings).min(LAST_RETRY);
    let may_ask = hub.failures == 0 || schedule::later(hub.asked_at, wait) <= now;
    may_ask && (!is_granted(hub, now) || renewal(hub).is_none_or(|at| at <= now))
}

/// Asks the hub to deliver (WebSub, 5.1). What it answers is only that it has understood.
async fn ask(
    context: &Context,
    source: &SourceConfig,
    to: &Advertised,
    keys: &super::Keys,
) -> Result<(), FetchError> {
    let lease = context.settings.intake.lease_seconds.to_string();
    let callback = keys.callback(&source.id, to);
    let key = keys.key(&source.id, to);
    let form = [
        ("hub.mode", "subscribe"),
        ("hub.topic", &to.topic),
        ("hub.callback", &callback),
        ("hub.secret", &key),
        ("hub.lease_seconds", &lease),
    ];
    let request = Request::new(&to.hub, crate::http::Wanted::Feed, source.allow_private);
    context
        .http
        .post(&request, &form, context.clock.now())
        .await
}

/// A request counts as failed until the hub verifies it.
fn note_asked(
    hub: &mut Option<HubSubscription>,
    to: Advertised,
    asked: Result<(), FetchError>,
    now: Timestamp,
) {
    let hub = hub.get_or_insert_with(|| HubSubscription {
        hub: to.hub,
        topic: to.topic,
        asked_at: now,
        failures: 0,
        last_error: None,
        lease_until: None,
        last_delivery: None,
        deliveries: 0,
        missed: 0,
    });
    hub.asked_at = now;
    hub.failures = hub.failures.saturating_add(1);
    hub.last_error = asked.err().map(|error| error.to_string());
}

/// The hub has verified the subscription: it holds for the time that the hub names.
pub fn verified(state: &mut FeedState, to: &Advertised, lease: Duration, now: Timestamp) {
    let Some(hub) = state.hub.as_mut().filter(|hub| Advertised::of(hub) == *to) else {
        return;
    };
    hub.lease_until = Some(schedule::later(now, lease.min(LONGEST_LEASE)));
    hub.failures = 0;
    hub.last_error = None;
}

/// The longest lease that a hub can grant.
pub fn longest_grant(asked: Option<u64>, usual: u64) -> Duration {
    Duration::from_secs(asked.filter(|seconds| *seconds > 0).unwrap_or(usual)).min(LONGEST_LEASE)
}

/// The hub will not deliver, or no longer.
pub fn denied(state: &mut FeedState, to: &Advertised, reason: &str) {
    if let Some(hub) = state.hub.as_mut().filter(|hub| Advertised::of(hub) == *to) {
        hub.lease_until = None;
        hub.failures = hub.failures.max(LONG_FAILED);
        hub.last_error = Some(format!("it denied the subscription: {reason}"));
    }
}

/// The hub has delivered something.
pub fn delivered(state: &mut FeedState, now: Timestamp) {
    if let Some(hub) = &mut state.hub {
        hub.last_delivery = Some(now);
        hub.deliveries = hub.deliveries.saturating_add(1);
        hub.missed = 0;
    }
}

/// Says where a hub begins to deliver, and where the feed no longer names it.
pub fn tell(source: &SourceConfig, before: Option<&FeedState>, state: &FeedState) {
    let feed = &source.id;
    let before = before.and_then(|before| before.hub.as_ref());
    match (&state.hub, before) {
        (None, Some(before)) => {
            tracing::info!(%feed, hub = %before.hub, "the feed names no hub any more, it is polled");
        }
        (Some(hub), _) if hub.deliveries > 0 && before.is_none_or(|hub| hub.deliveries == 0) => {
            tracing::info!(%feed, hub = %hub.hub, "the hub delivers, the feed is polled rarely from now on");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3600).unwrap()
    }

    fn asked(hub: Option<HubSubscription>, now: Timestamp) -> HubSubscription {
        let mut hub = hub;
        let to = Advertised {
            hub: "https://hub.example/".to_owned(),
            topic: "https://post.example/feed".to_owned(),
        };
        note_asked(&mut hub, to, Ok(()), now);
        hub.unwrap()
    }

    fn granted(hours: i64) -> HubSubscription {
        HubSubscription {
            lease_until: Some(at(hours)),
            failures: 0,
            deliveries: 1,
            ..asked(None, at(0))
        }
    }

    #[test]
    fn a_hub_that_never_verifies_is_asked_more_and_more_rarely() {
        assert!(is_due(None, at(0)));
        let mut hub = asked(None, at(0));
        assert!(!is_delivering(&hub, at(0)));
        let mut hours = Vec::new();
        for hour in 1..120 {
            if is_due(Some(&hub), at(hour)) {
                hours.push(hour);
                hub = asked(Some(hub), at(hour));
            }
        }
        assert_eq!(hours, [1, 3, 7, 15, 31, 55, 79, 103]);
    }

    #[test]
    fn a_lease_is_renewed_before_it_ends() {
        let hub = granted(240);
        assert!(is_delivering(&hub, at(227)));
        assert!(!is_due(Some(&hub), at(227)));
        assert!(is_due(Some(&hub), at(228)));
        assert!(!is_delivering(&hub, at(240)));
        let short = granted(1);
        assert!(!is_due(Some(&short), at(0)));
        assert_eq!(renewal(&short), Some(Timestamp::from_second(1800).unwrap()));
    }

    #[test]
    fn a_hub_that_keeps_news_back_is_dead_until_tomorrow() {
        let mut hub = granted(240);
        missed(&mut hub, at(10));
        assert!(
            !is_delivering(&hub, at(10)),
            "one miss, and polls go on as usual"
        );
        assert!(is_granted(&hub, at(10)));
        missed(&mut hub, at(11));
        assert!(!is_granted(&hub, at(11)));
        assert!(
            hub.last_error
                .as_ref()
                .unwrap()
                .contains("2 polls in a row")
        );
        assert!(!is_due(Some(&hub), at(34)));
        assert!(is_due(Some(&hub), at(35)));
    }

    #[test]
    fn a_hub_that_has_not_delivered_yet_misses_nothing() {
        let mut hub = HubSubscription {
            deliveries: 0,
            ..granted(240)
        };
        missed(&mut hub, at(10));
        assert_eq!(hub.missed, 0);
        assert!(!is_delivering(&hub, at(10)));
    }

    #[test]
    fn leases_are_what_the_hub_says_within_reason() {
        assert_eq!(longest_grant(Some(60), 100), Duration::from_secs(60));
        assert_eq!(longest_grant(None, 100), Duration::from_secs(100));
        assert_eq!(longest_grant(Some(0), 100), Duration::from_secs(100));
        assert_eq!(longest_grant(Some(u64::MAX), 100), LONGEST_LEASE);
    }
}
