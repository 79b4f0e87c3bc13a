//! What a stage is, and what it can answer.

use std::time::Duration;

use wiredesk_model::{FilterReason, Incoming, Outgoing, ReasonCode, Topic};

/// What became of one input record. Each record ends in exactly one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; these records go out (all keyed so that order within a story is kept).
    Forward(Vec<Outgoing>),
    /// Done, and rightly nothing goes out.
    Filtered(FilterReason),
    /// The input is at fault: it goes to the dead topic as it was.
    Dead {
        /// Why.
        code: ReasonCode,
        /// What went wrong, in words, for which input.
        detail: String,
    },
    /// A later try can help; its partition waits, so that order is kept.
    Retry {
        /// Not before this time has passed.
        after: Duration,
        /// What failed.
        detail: String,
    },
    /// We are at fault, or nothing can go on: the stage stops with the record unread.
    Stop {
        /// What is wrong and what to do.
        detail: String,
    },
}

/// A pure step of the pipeline: one record in, one outcome out.
///
/// Called on several threads at once; the runner keeps the order of the outputs.
pub trait Stage: Send + Sync + 'static {
    /// Name of the stage, as in metrics, dead letters and the group: `cleaner`.
    fn name(&self) -> &'static str;

    /// The topic it reads.
    fn input(&self) -> Topic;

    /// Decides what becomes of one record. No I/O, no waiting.
    fn process(&self, record: &Incoming) -> Outcome;
}
