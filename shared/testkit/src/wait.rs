//! Waiting for a condition, with a limit: what tests do instead of sleeping.

use std::thread;
use std::time::{Duration, Instant};

/// Time between two looks at a condition.
const STEP: Duration = Duration::from_millis(5);

/// Waits until `condition` holds.
///
/// # Panics
/// Where it does not within `limit`; the message names `what` was waited for.
#[track_caller]
pub fn wait_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    wait_for(what, limit, || condition().then_some(()));
}

/// Waits until `look` finds something, and returns it.
///
/// # Panics
/// Where it finds nothing within `limit`; the message names `what` was waited for.
#[track_caller]
pub fn wait_for<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        let waited = begun.elapsed();
        assert!(waited < limit, "waited {waited:.1?} in vain for {what}");
        thread::sleep(STEP);
    }
}
