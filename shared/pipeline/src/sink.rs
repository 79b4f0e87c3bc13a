//! What takes records out of the log to a place without transactions: a search index, an archive.

use std::collections::BTreeMap;

use wiredesk_model::{FilterReason, Incoming, Position, ReasonCode, Topic, TopicPartition};

/// Why a sink could not do what it was asked. Nothing of the call counts as stored.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The other side is out of reach or overloaded: everything that was not committed is read
    /// again after a while.
    #[error("{0}")]
    Unavailable(String),
    /// Someone must act: no rights, no space, an index that this build cannot read.
    #[error("{0}")]
    Fatal(String),
}

/// When buffered records must be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// What has waited for long enough, or has grown large enough.
    Due,
    /// Everything of these partitions: they are given up, or the service stops.
    All,
}

/// What a sink has stored since the last call, safe against a crash.
#[derive(Debug, Default)]
pub struct Stored {
    /// How far each partition is done with.
    pub positions: Vec<Position>,
    /// Records stored.
    pub records: u64,
    /// Records that rightly left nothing to store, by reason.
    pub filtered: BTreeMap<FilterReason, u64>,
    /// Records that cannot be stored, with why; they become dead letters.
    pub dead: Vec<(Incoming, ReasonCode, String)>,
}

impl Stored {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty() && self.dead.is_empty()
    }

    /// Adds what a later call stored.
    pub fn add(&mut self, later: Stored) {
        for position in later.positions {
            self.positions.retain(|one| one.at != position.at);
            self.positions.push(position);
        }
        self.records += later.records;
        for (reason, count) in later.filtered {
            *self.filtered.entry(reason).or_default() += count;
        }
        self.dead.extend(later.dead);
    }
}

/// A place outside the log. The runner gives it the records of its partitions in order, and
/// commits a position only once the sink has said that everything before it is stored.
///
/// After a crash, or when a commit fails, records come again from the committed position. A sink
/// makes nothing twice of them: by versions (a search index), or by what it finds of its own when
/// a partition is opened (an archive). Calls may block; they come one at a time, from one thread,
/// while the runner goes on polling.
pub trait Sink: Send + 'static {
    /// Name of the service, as in metrics and dead letters: `archiver`.
    fn name(&self) -> &'static str;

    /// Name of the group that shares the partitions of the input. All instances of the service,
    /// unless each keeps something of its own that needs every record.
    fn group(&self) -> String {
        self.name().to_owned()
    }

    /// The topic it reads.
    fn input(&self) -> Topic;

    /// A partition is ours: its records come from `from` on. Where the sink finds that some of
    /// them are stored already it says so, and leaves them out when they come.
    ///
    /// # Errors
    /// As [`SinkError`].
    fn open(&mut self, from: Position) -> Result<Stored, SinkError>;

    /// A partition is gone, or is read again: what is buffered of it is void.
    fn close(&mut self, at: TopicPartition);

    /// Takes records in, in offset order within each partition. What it returns may be nothing
    /// yet: buffered records are told once they are stored.
    ///
    /// # Errors
    /// As [`SinkError`].
    fn take(&mut self, records: Vec<Incoming>) -> Result<Stored, SinkError>;

    /// Stores what is buffered.
    ///
    /// # Errors
    /// As [`SinkError`].
    fn flush(&mut self, when: Flush) -> Result<Stored, SinkError>;
}
