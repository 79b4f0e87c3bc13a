//! What a transport's tests provide to the battery.

use std::process::Command;
use std::time::Duration;

use wiredesk_pipeline::Transport;

/// How long things may take on this transport, and what it may differ in.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest wait for something that must come: a record, a rebalance.
    pub event: Duration,
    /// Longest wait until a silent member has lost its partitions.
    pub session: Duration,
    /// How long nothing may come for "nothing comes" to be believed.
    pub quiet: Duration,
    /// Offsets that one batch may take in a partition beyond its records (transaction markers).
    pub gaps: u64,
    /// Key and value of the largest record accepted, in bytes; `None` skips what needs to know.
    pub record_bytes: Option<usize>,
}

/// An empty namespace on a transport's store. Dropping it may clear it away.
pub trait Bench {
    /// A handle of its own on the namespace, as another process would have one.
    fn open(&self) -> Box<dyn Transport>;

    /// How long things may take here.
    fn limits(&self) -> Limits;

    /// Compacts what can be compacted, tombstones included; `false` where it cannot be forced.
    fn compact(&self) -> bool {
        false
    }

    /// The steps of a commit at which a worker can be made to die, by name.
    fn crash_points(&self) -> Vec<String> {
        Vec::new()
    }

    /// A process that opens the same namespace and calls [`super::run_worker`] with this instance
    /// id; with `crash_at` it dies without warning at that step of its first commit. `None` where
    /// the transport's tests have no such process.
    fn worker(&self, instance: &str, crash_at: Option<&str>) -> Option<Command> {
        let _ = (instance, crash_at);
        None
    }
}
