//! How a running stage or source is doing, for the health endpoints and the live line.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Where a runner stands in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "phase", content = "detail")]
pub enum Phase {
    /// Not yet in its group.
    Starting,
    /// In its group, working.
    Running,
    /// Working, but the transport is out of reach for now.
    Waiting(String),
    /// Finishing what is under way.
    Draining,
    /// Ended as asked.
    Stopped,
    /// Ended by a failure: what, and what to do.
    Failed(String),
}

/// Counters and phase of one runner; written by the runner, read by anybody.
#[derive(Debug)]
pub struct Status {
    name: &'static str,
    phase: Mutex<Phase>,
    counts: [AtomicU64; COUNTS],
}

const COUNTS: usize = 9;

/// What is counted. Input = forwarded + held + filtered + dead, once everything is worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Records taken in and decided.
    Input,
    /// Inputs that led to output.
    Forwarded,
    /// Inputs that wait in the stage's memory.
    Held,
    /// Inputs that rightly led to none.
    Filtered,
    /// Inputs that became dead letters.
    Dead,
    /// Times that an input was put off.
    Retried,
    /// Records written.
    Output,
    /// Records behind the committed positions (a gauge).
    Lag,
    /// Partitions held (a gauge).
    Partitions,
}

/// The counters of one runner at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusSnapshot {
    /// Name of the stage or source.
    pub name: &'static str,
    /// Where it stands.
    #[serde(flatten)]
    pub phase: Phase,
    /// Records taken in and decided.
    pub input: u64,
    /// Inputs that led to output.
    pub forwarded: u64,
    /// Inputs that wait in the stage's memory.
    pub held: u64,
    /// Inputs that rightly led to none.
    pub filtered: u64,
    /// Inputs that became dead letters.
    pub dead: u64,
    /// Times that an input was put off.
    pub retried: u64,
    /// Records written.
    pub output: u64,
    /// Records behind the committed positions.
    pub lag: u64,
    /// Partitions held.
    pub partitions: u64,
}

impl Status {
    /// The status of a runner that has not begun.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            phase: Mutex::new(Phase::Starting),
            counts: Default::default(),
        }
    }

    /// Name of the stage or source.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Moves on to `phase`.
    pub fn set_phase(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Adds to a counter.
    pub fn add(&self, count: Count, more: u64) {
        self.counts[count as usize].fetch_add(more, Ordering::Relaxed);
    }

    /// Sets a gauge.
    pub fn set(&self, count: Count, value: u64) {
        self.counts[count as usize].store(value, Ordering::Relaxed);
    }

    /// Reads a counter.
    pub fn get(&self, count: Count) -> u64 {
        self.counts[count as usize].load(Ordering::Relaxed)
    }

    /// All of it at this moment.
    pub fn snapshot(&self) -> StatusSnapshot {
        StatusSnapshot {
            name: self.name,
            phase: self.phase(),
            input: self.get(Count::Input),
            forwarded: self.get(Count::Forwarded),
            held: self.get(Count::Held),
            filtered: self.get(Count::Filtered),
            dead: self.get(Count::Dead),
            retried: self.get(Count::Retried),
            output: self.get(Count::Output),
            lag: self.get(Count::Lag),
            partitions: self.get(Count::Partitions),
        }
    }
}
