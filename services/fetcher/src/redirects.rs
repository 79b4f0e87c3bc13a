//! Permanent redirects: learned after repeated sightings over time, and forgotten where the new
//! address fails. One 301 proves little: captive portals, parked domains and half-done moves send
//! them, too.

use std::time::Duration;

use wiredesk_model::{FeedState, Moved, Timestamp};

use crate::SourceConfig;
use crate::cursor::without_credentials;

/// Polls in a row that must have led to the same new address.
const SIGHTINGS: u32 = 5;
/// Time that must lie between the first of them and the last.
const SIGHTED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Failures in a row after which a learned address is given up for the configured one.
const FAILURES_BEFORE_RETURN: u32 = 3;

/// The address to ask now.
pub fn asked<'a>(source: &'a SourceConfig, state: &'a FeedState) -> &'a str {
    match &state.moved {
        Some(moved) if moved.is_learned => &moved.to,
        _ => source.place(),
    }
}

/// The address that the cursor was made for, as configured then.
pub fn configured(state: &FeedState) -> &str {
    match &state.moved {
        Some(moved) if moved.is_learned => &moved.from,
        _ => &state.url,
    }
}

/// Notes where an answer's permanent redirects led. Once learned, the cursor belongs to the new
/// address, and the validators of the old one are dropped.
pub fn sighted(source: &SourceConfig, state: &mut FeedState, to: Option<&str>, now: Timestamp) {
    if state.moved.as_ref().is_some_and(|moved| moved.is_learned) {
        return;
    }
    let from = without_credentials(source.place());
    // Credentials in the address are for its host, and would be lost with it.
    let Some(to) = to.filter(|to| *to != from && from == source.place()) else {
        state.moved = None;
        return;
    };
    let before = state.moved.take().filter(|moved| moved.to == to);
    let mut moved = before.unwrap_or_else(|| Moved {
        from,
        to: to.to_owned(),
        sightings: 0,
        first_seen: now,
        is_learned: false,
    });
    moved.sightings = moved.sightings.saturating_add(1);
    let sighted_for = Duration::try_from(now.duration_since(moved.first_seen));
    moved.is_learned =
        moved.sightings >= SIGHTINGS && sighted_for.is_ok_and(|time| time >= SIGHTED_FOR);
    if moved.is_learned {
        at_new_address(state, moved.to.clone());
    }
    state.moved = Some(moved);
}

/// Goes back to the configured address where the learned one keeps failing.
pub fn doubted(state: &mut FeedState) {
    if state.health.failures_in_a_row < FAILURES_BEFORE_RETURN {
        return;
    }
    if let Some(moved) = state.moved.take_if(|moved| moved.is_learned) {
        at_new_address(state, moved.from);
    }
}

/// Validators belong to the address that gave them.
fn at_new_address(state: &mut FeedState, url: String) {
    state.url = url;
    state.etag = None;
    state.last_modified = None;
}
