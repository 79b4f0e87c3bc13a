//! Tells waiting polls and reads of this process that something was committed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts commits; those who wait are woken by the next one.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    commits: Mutex<u64>,
    more: Condvar,
}

impl Signal {
    /// Commits so far. Taken before looking, so that nothing is missed while looking.
    pub(crate) fn seen(&self) -> u64 {
        *self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everybody.
    pub(crate) fn give(&self) {
        *self.commits.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.more.notify_all();
    }

    /// Waits until there are more commits than `seen`, up to `limit`.
    pub(crate) fn wait_beyond(&self, seen: u64, limit: Duration) {
        let commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let woken = self
            .more
            .wait_timeout_while(commits, limit, |commits| *commits <= seen);
        drop(woken.unwrap_or_else(PoisonError::into_inner));
    }
}
