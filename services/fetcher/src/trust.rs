//! Whether a server's "not modified" can be trusted. Some say it of everything: a cache that
//! never asks again, a validator made of the clock, a proxy that drops headers. So from time to
//! time an answer 304 is checked by asking again without validators, and comparing the items.

use std::time::Duration;

use wiredesk_model::{FeedState, Timestamp};

/// Checks in a row that must have shown a lie before validators are given up. One may be chance:
/// an item can be published between the two requests.
const LIES: u32 = 2;
/// Time after which a server gets another chance.
const SECOND_CHANCE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Gives a distrusted server another chance where it is time.
pub fn forgive(state: &mut FeedState, now: Timestamp) {
    let is_long_ago = state.trust.off_since.is_some_and(|since| {
        Duration::try_from(now.duration_since(since)).is_ok_and(|time| time >= SECOND_CHANCE)
    });
    if is_long_ago {
        state.trust.off_since = None;
        // One more lie is enough then.
        state.trust.lies = LIES - 1;
    }
}

/// Whether validators are sent.
pub fn is_given(state: &FeedState) -> bool {
    state.trust.off_since.is_none()
}

/// Whether an answer 304 is to be checked, which is done every `hours`; 0 never does.
pub fn is_check_due(state: &FeedState, now: Timestamp, hours: u64) -> bool {
    let every = Duration::from_secs(hours.saturating_mul(60 * 60));
    hours > 0
        && state.trust.whole_at.is_none_or(|whole| {
            Duration::try_from(now.duration_since(whole)).is_ok_and(|time| time >= every)
        })
}

/// Takes in what a check showed.
pub fn checked(state: &mut FeedState, was_lie: bool, now: Timestamp) {
    if !was_lie {
        state.trust.lies = 0;
        return;
    }
    state.trust.lies = state.trust.lies.saturating_add(1);
    if state.trust.lies >= LIES {
        state.trust.off_since.get_or_insert(now);
    }
}
