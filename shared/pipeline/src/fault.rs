//! A hook into the steps of a commit, for tests that let a process die there.

use std::fmt;
use std::sync::Arc;

/// A test's hook into steps, each named by a `P`: a transport has its own.
#[doc(hidden)]
pub struct Fault<P>(Arc<dyn Fn(P) + Send + Sync>);

impl<P> Fault<P> {
    /// Calls `hook` at each step.
    pub fn of(hook: impl Fn(P) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    /// A step is reached.
    pub fn reach(&self, point: P) {
        (self.0)(point);
    }
}

impl<P> Clone for Fault<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P> fmt::Debug for Fault<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fault")
    }
}
