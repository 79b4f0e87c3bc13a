//! Hooks into the steps of a commit, for tests that let a process die there.

use std::fmt;
use std::sync::Arc;

/// A step of a commit.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Nothing was done yet.
    BeforeBegin,
    /// The transaction has begun.
    AfterBegin,
    /// Half of the records are with the brokers.
    AmidOutputs,
    /// All records are with the brokers.
    AfterOutputs,
    /// The positions are with the brokers too.
    AfterPositions,
    /// The transaction is committed.
    AfterCommit,
}

impl CrashPoint {
    /// Every step, in order.
    pub const ALL: [CrashPoint; 6] = [
        CrashPoint::BeforeBegin,
        CrashPoint::AfterBegin,
        CrashPoint::AmidOutputs,
        CrashPoint::AfterOutputs,
        CrashPoint::AfterPositions,
        CrashPoint::AfterCommit,
    ];
}

/// A test's hook into the steps of a commit.
#[doc(hidden)]
#[derive(Clone)]
pub struct Fault(Arc<dyn Fn(CrashPoint) + Send + Sync>);

impl Fault {
    /// Calls `hook` at each step.
    pub fn of(hook: impl Fn(CrashPoint) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(crate) fn reach(&self, point: CrashPoint) {
        (self.0)(point);
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fault")
    }
}
