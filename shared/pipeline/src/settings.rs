//! The limits that a runner works within.

use std::time::Duration;

/// Limits of a runner; every number has a unit and a default.
#[derive(Debug, Clone, PartialEq)]
pub struct RunnerSettings {
    /// Records in one batch at the most.
    pub batch_records: usize,
    /// Bytes of input in one batch at the most (a single larger record still goes alone).
    pub batch_bytes: usize,
    /// Records polled ahead of the batch under way; beyond it the inputs are paused.
    pub pending_records: usize,
    /// Bytes polled ahead; beyond it the inputs are paused.
    pub pending_bytes: usize,
    /// Threads for the stage's work.
    pub threads: usize,
    /// Tries of one record before it becomes a dead letter.
    pub max_attempts: u32,
    /// Dead letters in a row that stop the stage.
    pub storm_run: u32,
    /// Share of dead letters within the window that stops the stage, 0 to 1.
    pub storm_ratio: f64,
    /// Records in that window; the ratio counts only once the window is full.
    pub storm_window: u32,
    /// Time to finish what is under way when stopping or giving up partitions.
    pub drain_limit: Duration,
    /// Longest wait for the transport before a new try; the first waits are shorter.
    pub backoff_limit: Duration,
    /// Sources hold back while the stages behind are more than this many records late.
    pub lag_limit: u64,
}

impl Default for RunnerSettings {
    fn default() -> Self {
        Self {
            batch_records: 500,
            batch_bytes: 8 * 1024 * 1024,
            pending_records: 1_000,
            pending_bytes: 32 * 1024 * 1024,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            max_attempts: 5,
            storm_run: 100,
            storm_ratio: 0.5,
            storm_window: 200,
            drain_limit: Duration::from_secs(20),
            backoff_limit: Duration::from_secs(10),
            lag_limit: 100_000,
        }
    }
}
