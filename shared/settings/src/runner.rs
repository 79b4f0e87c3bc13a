//! `[runner]`: the limits that every stage works within.

use serde::Deserialize;

use crate::{Problem, RawTable};

/// `[runner]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct RunnerSection {
    /// Records in one batch at the most.
    pub batch_records: u32,
    /// Bytes of input in one batch at the most; a single larger record still goes alone.
    pub batch_bytes: u64,
    /// Records polled ahead of the batch under way.
    pub pending_records: u32,
    /// Bytes polled ahead of the batch under way.
    pub pending_bytes: u64,
    /// Threads for the work of each stage; 0 takes as many as there are cores.
    pub threads: u32,
    /// Tries of one record before it becomes a dead letter.
    pub max_attempts: u32,
    /// Dead letters in a row that stop the stage.
    pub storm_run: u32,
    /// Share of dead letters within the window that stops the stage, 0 to 1.
    pub storm_ratio: f64,
    /// Records in that window.
    pub storm_window: u32,
    /// Time to finish what is under way when stopping.
    pub drain_limit_ms: u64,
    /// Longest wait for the transport before a new try.
    pub backoff_limit_ms: u64,
    /// The fetcher holds back while the stages behind it are more records late than this.
    pub lag_limit_records: u64,
}

impl Default for RunnerSection {
    fn default() -> Self {
        Self {
            batch_records: 500,
            batch_bytes: 8 * 1024 * 1024,
            pending_records: 1_000,
            pending_bytes: 32 * 1024 * 1024,
            threads: 0,
            max_attempts: 5,
            storm_run: 100,
            storm_ratio: 0.5,
            storm_window: 200,
            drain_limit_ms: 20_000,
            backoff_limit_ms: 10_000,
            lag_limit_records: 100_000,
        }
    }
}

impl RunnerSection {
    pub(crate) fn validate(&self, root: &RawTable, problems: &mut Vec<Problem>) {
        let ranges = [
            ("batch_records", u64::from(self.batch_records), 1, 100_000),
            ("batch_bytes", self.batch_bytes, 1024, 1 << 30),
            (
                "pending_records",
                u64::from(self.pending_records),
                1,
                1_000_000,
            ),
            ("pending_bytes", self.pending_bytes, 1024, 1 << 32),
            ("threads", u64::from(self.threads), 0, 1024),
            ("max_attempts", u64::from(self.max_attempts), 1, 1_000_000),
            ("storm_run", u64::from(self.storm_run), 1, 1_000_000),
            ("storm_window", u64::from(self.storm_window), 1, 1_000_000),
            ("drain_limit_ms", self.drain_limit_ms, 100, 600_000),
            ("backoff_limit_ms", self.backoff_limit_ms, 100, 600_000),
            ("lag_limit_records", self.lag_limit_records, 1, 1 << 40),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                problems.push(root.problem_at(
                    &format!("runner.{key}"),
                    &format!("`{key}` is {value}; choose {least} to {most}"),
                ));
            }
        }
        if !(0.0..=1.0).contains(&self.storm_ratio) {
            problems.push(root.problem_at(
                "runner.storm_ratio",
                &format!("`storm_ratio` is {}; choose 0 to 1", self.storm_ratio),
            ));
        }
    }
}
