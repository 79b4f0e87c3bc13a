//! The steps of a commit, for tests that let a process die there.

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
pub type Fault = wiredesk_pipeline::Fault<CrashPoint>;
