//! The signal to stop, shared by everything that runs.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A request to stop, seen by every clone. Once requested it stays so.
#[derive(Debug, Clone, Default)]
pub struct StopSignal {
    inner: Arc<(Mutex<bool>, Condvar)>,
}

impl StopSignal {
    /// A signal that nobody has given yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everybody to finish what is under way and stop.
    pub fn request(&self) {
        *self.inner.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.inner.1.notify_all();
    }

    /// Whether it was given.
    pub fn is_requested(&self) -> bool {
        *self.inner.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps up to `limit`, less where the signal is given; whether it was.
    pub fn wait(&self, limit: Duration) -> bool {
        let requested = self.inner.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (requested, _) = self
            .inner
            .1
            .wait_timeout_while(requested, limit, |requested| !*requested)
            .unwrap_or_else(PoisonError::into_inner);
        *requested
    }
}
