//! The cursor of a feed or folder: how it begins, and what is remembered in it.

use std::time::Duration;

use wiredesk_model::{
    FeedHealth, FeedState, FeedWishes, PollNote, Rhythm, Timestamp, ValidatorTrust,
};

use crate::changes::Memory;
use crate::poll::Polled;
use crate::{FetcherSettings, SourceConfig, redirects, schedule, wishes};

/// Polls that an item is remembered for at least after it left the feed.
const REMEMBERED_POLLS: u64 = 50;
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// Clocks of two machines differ by less than this; what is further off was set.
const CLOCK_SLACK: Duration = Duration::from_secs(60);
/// Polls of a feed that are kept for display.
const POLLS_KEPT: usize = 20;

/// The cursor of the poll that begins now.
pub fn begin(source: &SourceConfig, before: Option<&FeedState>, now: Timestamp) -> FeedState {
    let place = without_credentials(source.place());
    let mut state = before.cloned().unwrap_or_else(|| FeedState {
        feed: source.feed_id(),
        url: place.clone(),
        etag: None,
        last_modified: None,
        next_poll: now,
        polls: 0,
        seen: std::collections::BTreeMap::new(),
        health: FeedHealth::default(),
        moved: None,
        wishes: FeedWishes::default(),
        rhythm: Rhythm::default(),
        trust: ValidatorTrust::default(),
        history: Vec::new(),
        hub: None,
        messages: std::collections::BTreeMap::new(),
        claim: None,
        taken: std::collections::BTreeMap::new(),
        taken_to: None,
    });
    if redirects::configured(&state) != place {
        // What was learned belongs to the address that it was learned of.
        state.url = place;
        state.etag = None;
        state.last_modified = None;
        state.moved = None;
        state.wishes = FeedWishes::default();
        state.rhythm = Rhythm::default();
        state.trust = ValidatorTrust::default();
        state.hub = None;
        state.claim = None;
        state.taken.clear();
        state.taken_to = None;
        state.health.gone_since = None;
        state.health.quiet_since = None;
    }
    state.polls += 1;
    state
}

/// Whether `time` lies so far ahead of `now` that the clock must have been set back since.
pub fn is_ahead(time: Timestamp, now: Timestamp) -> bool {
    time > schedule::later(now, CLOCK_SLACK)
}

/// Whether the last poll was made by a clock that was wrong.
pub fn was_polled_ahead(state: &FeedState, now: Timestamp) -> bool {
    let last = state.history.last();
    last.is_some_and(|poll| is_ahead(poll.at, now))
}

/// When a place is due by its cursor; `longest_wait` guards against a cursor that asks for more
/// than any server may. A new place, and one with a new address, is due now; so is one that was
/// polled in the future, by a clock that was wrong: it would stand still until then.
pub fn due(
    source: &SourceConfig,
    state: Option<&FeedState>,
    now: Timestamp,
    longest_wait: Duration,
) -> Timestamp {
    match state {
        Some(state) if was_polled_ahead(state, now) => now,
        Some(state) if redirects::configured(state) == without_credentials(source.place()) => {
            let asks = &state.wishes;
            let most = if state.health.gone_since.is_some() {
                Duration::from_secs(2 * schedule::GONE_SECONDS)
            } else if asks.skip_hours.is_empty() && asks.skip_days.is_empty() {
                longest_wait
            } else {
                longest_wait + wishes::LONGEST_SKIP
            };
            state.next_poll.min(schedule::later(now, most))
        }
        _ => now,
    }
}

/// How long the items of a source are remembered.
pub fn memory(source: &SourceConfig, settings: &FetcherSettings) -> Memory {
    let interval = schedule::interval(source, settings).as_secs().max(1);
    Memory {
        items: settings.seen_items,
        polls: (settings.seen_days * DAY_SECONDS / interval).max(REMEMBERED_POLLS),
    }
}

/// Keeps a note of the poll in its cursor, and lets go of the oldest ones.
pub fn note(polled: &mut Polled, at: Timestamp) {
    let updated = polled
        .items
        .iter()
        .filter(|item| item.version.0 > 1)
        .count() as u64;
    let history = &mut polled.state.history;
    history.push(PollNote {
        at,
        outcome: polled.outcome.to_owned(),
        status: polled.state.health.last_status,
        new: polled.items.len() as u64 - updated,
        updated,
    });
    let surplus = history.len().saturating_sub(POLLS_KEPT);
    history.drain(..surplus);
}

/// An address without user and password.
pub(crate) fn without_credentials(place: &str) -> String {
    match url::Url::parse(place) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // Only URLs that cannot have them refuse this, and this one has them.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.into()
        }
        _ => place.to_owned(),
    }
}
