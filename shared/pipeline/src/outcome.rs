//! What a stage is, with and without a memory, and what it can answer.

use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{FilterReason, Incoming, Outgoing, ReasonCode, Timestamp, Topic};

/// What became of one input record. Each record ends in exactly one outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; these records go out (all keyed so that order within a story is kept).
    Forward(Vec<Outgoing>),
    /// Done for now: it waits in the stage's memory, which these records write. Nothing of it
    /// goes out before it is due.
    Held(Vec<Outgoing>),
    /// Done, and rightly nothing goes out.
    Filtered(FilterReason),
    /// The input is at fault: it goes to the dead topic as it was.
    Dead {
        /// Why.
        code: ReasonCode,
        /// What went wrong, in words, for which input.
        detail: String,
    },
    /// Somebody must look at it before it can go on, and nothing is wrong with the stage: it goes to
    /// the dead topic as it was, together with what the stage remembers and tells of it. Unlike
    /// [`Outcome::Dead`] it counts for no storm.
    SetAside {
        /// Why.
        code: ReasonCode,
        /// What is wrong, in words, for which input.
        detail: String,
        /// What goes out besides.
        outputs: Vec<Outgoing>,
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

/// A step whose decisions depend on what it decided before about the same key.
///
/// The work on a record comes in two parts: [`draft`](Self::draft) is pure and runs on many
/// threads, [`decide`](Self::decide) runs in the order of the records with the memory of their
/// partition. The memory is kept in a compacted topic with as many partitions as the input and the
/// same keys; what changes of it is written by the outputs of the same outcome, so that it moves
/// in the same atomic step. Where a batch was not committed, the memory is recalled from the
/// topic.
pub trait KeyedStage: Send + Sync + 'static {
    /// What a record is made into before it is decided about.
    type Draft: Send + 'static;
    /// What is remembered of one partition.
    type Memory: Send;

    /// Name of the stage, as in metrics, dead letters and the group.
    fn name(&self) -> &'static str;

    /// The topic it reads.
    fn input(&self) -> Topic;

    /// The compacted topic that keeps its memory; `None` where it has none.
    fn memory(&self) -> Option<Topic>;

    /// The memory of a partition of which nothing is known yet.
    fn blank(&self) -> Self::Memory;

    /// Takes a record of the memory's topic in, as it is read from its beginning. A later one of a
    /// key takes the place of those before it, and one without a value takes the key away.
    fn remember(&self, record: Incoming, memory: &mut Self::Memory);

    /// All of it has been taken in.
    fn recalled(&self, _memory: &mut Self::Memory) {}

    /// Does the work that needs no memory. No I/O, no waiting.
    fn draft(&self, record: &Incoming) -> Self::Draft;

    /// The draft of a record whose work panicked.
    fn spoiled(&self, code: ReasonCode, detail: String) -> Self::Draft;

    /// Decides, in order. What it changes in the memory must also stand in the outputs.
    fn decide(&self, draft: Self::Draft, memory: &mut Self::Memory, now: Timestamp) -> Outcome;

    /// What the memory says is due at `now`: records to write, those of one key together.
    fn due(&self, memory: &mut Self::Memory, now: Timestamp) -> Vec<Outgoing>;

    /// What to write in the place of what was due of `key`, which the transport refuses for good
    /// (a record over its limit, say). It must leave nothing of the key due.
    fn refused(&self, key: &str, memory: &mut Self::Memory, detail: &str) -> Vec<Outgoing>;

    /// The topic of orders about its keys, with as many partitions as the input. It is read beside
    /// the input, so that an order overtakes the records that wait; `None` where there are none.
    fn orders(&self) -> Option<Topic> {
        None
    }

    /// Takes in an order about a key of this partition. The same one comes again whenever memories
    /// are read again: what is done already must not be done twice. What follows from it is told
    /// by [`due`](Self::due).
    fn order(&self, _order: &Incoming, _memory: &mut Self::Memory) {}

    /// The topic from which every instance learns what the others know, and how far back: all of
    /// its partitions are read, whoever holds them. `None` where there is nothing to learn.
    fn news(&self) -> Option<(Topic, Duration)> {
        None
    }

    /// Takes in a record of that topic.
    fn learn(&self, _news: &Incoming) {}
}

/// A stage without a memory, seen as one that has none.
pub(crate) struct Plain(pub Arc<dyn Stage>);

impl KeyedStage for Plain {
    type Draft = Outcome;
    type Memory = ();

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn input(&self) -> Topic {
        self.0.input()
    }

    fn memory(&self) -> Option<Topic> {
        None
    }

    fn blank(&self) {}

    fn remember(&self, _record: Incoming, _memory: &mut ()) {}

    fn draft(&self, record: &Incoming) -> Outcome {
        self.0.process(record)
    }

    fn spoiled(&self, code: ReasonCode, detail: String) -> Outcome {
        Outcome::Dead { code, detail }
    }

    fn decide(&self, draft: Outcome, _memory: &mut (), _now: Timestamp) -> Outcome {
        draft
    }

    fn due(&self, _memory: &mut (), _now: Timestamp) -> Vec<Outgoing> {
        Vec::new()
    }

    fn refused(&self, _key: &str, _memory: &mut (), _detail: &str) -> Vec<Outgoing> {
        Vec::new()
    }
}
