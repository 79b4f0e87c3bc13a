//! What a transport must offer. Two crates do: `transport-kafka` and `transport-embedded`; the
//! battery in testkit (`conformance`) holds both to the contracts written here.

use std::collections::HashMap;
use std::time::Duration;

use wiredesk_model::{Incoming, InstanceId, Outgoing, Position, Topic, TopicPartition, TopicSpec};

use crate::reading::read_on;

/// Why a transport could not do what it was asked, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Another member took over: partitions or the whole identity are no longer ours. After an
    /// error in `commit` nothing of the batch was written. The instance must stop.
    #[error("fenced: {0}")]
    Fenced(String),
    /// The group moved on while the batch was under way, or the brokers lost touch before they
    /// told how it ended. Poll again, answer the group events, and go on from the committed
    /// positions and from what compacted topics hold: they tell what was written.
    #[error("batch given up, the group has changed: {0}")]
    Superseded(String),
    /// Out of reach or overloaded for now; nothing of the batch was written. Try again later.
    #[error("transport unavailable: {0}")]
    Unavailable(String),
    /// A record of the batch can never be written: it is over the size limit, or the broker calls
    /// it malformed. Nothing of the batch was written.
    #[error("record refused: {0}")]
    Refused(String),
    /// What was asked is wrong: a missing topic, a refused setting, a right that is not granted.
    #[error("{0}")]
    Invalid(String),
    /// The store is damaged or the disk is full: someone must act.
    #[error("transport failed: {0}")]
    Fatal(String),
}

/// Where a reader starts, in every partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The oldest record kept.
    Earliest,
    /// Behind the newest record.
    Latest,
    /// The first record written at or after this time, milliseconds since 1970 UTC; the end
    /// where there is none.
    Time(i64),
    /// `n` records before the end of each partition, or the oldest kept.
    Last(u64),
}

/// Outputs and input positions that take effect together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Records to write, in order. Order is kept within a key.
    pub outputs: Vec<Outgoing>,
    /// How far the inputs are done with, one entry a partition at the most.
    pub positions: Vec<Position>,
}

/// What a group tells its members. Events are answered in the order they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupEvent {
    /// These partitions are ours now, beginning at their committed positions (or the earliest).
    Assigned(Vec<TopicPartition>),
    /// These must go to other members: finish or drop what is under way for them, then call
    /// [`Member::release`]. Until then they are still ours and `commit` still works for them.
    Revoking(Vec<TopicPartition>),
    /// These are gone already (session timed out); drop what is under way for them.
    Lost(Vec<TopicPartition>),
}

/// What one poll brought.
#[derive(Debug, Default)]
pub struct Polled {
    /// Group events, to be answered before the records are touched.
    pub events: Vec<GroupEvent>,
    /// Records of assigned partitions, in offset order within each partition.
    pub records: Vec<Incoming>,
}

/// Who joins which group, for which topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Name of the service, `cleaner`; the group's name follows from it.
    pub service: String,
    /// This instance. Two live members with the same id fence each other: the newer one wins.
    pub instance: InstanceId,
    /// The topics shared out among the members.
    pub inputs: Vec<Topic>,
}

/// One topic as the transport has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    /// The topic.
    pub topic: Topic,
    /// Its physical name.
    pub name: String,
    /// What was found.
    pub status: TopicStatus,
}

/// A topic, compared with its specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicStatus {
    /// Not there.
    Missing,
    /// There.
    Present {
        /// Number of partitions.
        partitions: u32,
        /// Records kept, where the transport can tell cheaply (end minus start offsets).
        records: u64,
        /// What differs from the specification, in words; empty where nothing does.
        differences: Vec<String>,
    },
}

/// A log with topics, groups and atomic batches.
pub trait Transport: Send + Sync + 'static {
    /// `embedded` or `kafka`.
    fn kind(&self) -> &'static str;

    /// Reaches the other side once, within `limit`.
    ///
    /// # Errors
    /// `Unavailable` with what was tried, or `Invalid` where the settings are at fault.
    fn check(&self, limit: Duration) -> Result<(), TransportError>;

    /// Creates those of `topics` that are missing; the others stay as they are.
    ///
    /// # Errors
    /// Where a topic could not be created.
    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), TransportError>;

    /// Compares `topics` with what is there, in the same order.
    ///
    /// # Errors
    /// Where nothing could be asked.
    fn describe_topics(
        &self,
        topics: &[TopicSpec],
    ) -> Result<Vec<TopicDescription>, TransportError>;

    /// Joins the group of a service.
    ///
    /// # Errors
    /// Where an input topic is missing, or the other side cannot be reached.
    fn join(&self, membership: &Membership) -> Result<Box<dyn Member>, TransportError>;

    /// Reads a topic outside every group; committed records only.
    ///
    /// # Errors
    /// Where the topic is missing.
    fn reader(&self, topic: Topic, start: Start) -> Result<Box<dyn Reader>, TransportError>;

    /// Reads a topic from the given positions; partitions without one begin at the earliest.
    ///
    /// # Errors
    /// Where the topic is missing.
    fn reader_at(
        &self,
        topic: Topic,
        positions: &[Position],
    ) -> Result<Box<dyn Reader>, TransportError>;

    /// Reads one partition of a compacted topic from its beginning, in offset order. Of a key that
    /// was written several times older records may come before the newest, which may be a
    /// tombstone. Called by the owner of the partition: waits until batches of its former owner are
    /// decided, so that nothing committed is missing.
    ///
    /// # Errors
    /// Where the topic is missing or not compacted, or its batches are not decided in time.
    fn state(&self, at: TopicPartition) -> Result<Box<dyn Reader>, TransportError>;

    /// The newest record of each key of such a partition, tombstones left out, in offset order:
    /// all of it in memory, for topics that are small.
    ///
    /// # Errors
    /// Where the partition could not be read to its end.
    fn snapshot(&self, at: TopicPartition) -> Result<Vec<Incoming>, TransportError> {
        let mut newest = HashMap::new();
        let mut state = self.state(at)?;
        while let Some(records) = read_on(&mut *state)? {
            for record in records {
                match record.value {
                    Some(_) => newest.insert(record.key.clone(), record),
                    None => newest.remove(&record.key),
                };
            }
        }
        let mut kept: Vec<Incoming> = newest.into_values().collect();
        kept.sort_by_key(|record| record.offset);
        Ok(kept)
    }

    /// Writes batches that carry no positions.
    ///
    /// # Errors
    /// Where the other side cannot be reached.
    fn writer(&self, instance: &InstanceId) -> Result<Box<dyn Writer>, TransportError>;

    /// Records of `input` that the group of `service` has not committed yet, over all partitions;
    /// everything kept where the group never committed. Back-pressure rests on it.
    ///
    /// # Errors
    /// Where positions or ends could not be asked.
    fn backlog(&self, service: &str, input: Topic) -> Result<u64, TransportError>;

    /// Number of partitions of a topic.
    ///
    /// # Errors
    /// Where the topic is missing.
    fn partitions(&self, topic: Topic) -> Result<u32, TransportError>;
}

/// Membership of a group. Dropping it leaves the group.
pub trait Member: Send {
    /// Waits up to `wait` for records or group events, and returns at most `max` records.
    /// Must be called often (the session depends on it), also while everything is paused.
    ///
    /// # Errors
    /// `Fenced`, `Unavailable` or `Fatal`.
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, TransportError>;

    /// Makes the batch take effect as a whole. Positions must be of partitions that are ours.
    ///
    /// # Errors
    /// On every error nothing of the batch was written and the positions stand where they stood.
    fn commit(&mut self, batch: Batch) -> Result<(), TransportError>;

    /// Reads on from the committed positions in these partitions; polled records behind them
    /// come again.
    ///
    /// # Errors
    /// Where the positions could not be asked.
    fn rewind(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError>;

    /// The committed positions of partitions that are ours, in their order; 0 where nothing was
    /// committed yet.
    ///
    /// # Errors
    /// Where the positions could not be asked.
    fn committed(&mut self, partitions: &[TopicPartition])
    -> Result<Vec<Position>, TransportError>;

    /// Gives up partitions after [`GroupEvent::Revoking`].
    ///
    /// # Errors
    /// Where the group could not be told.
    fn release(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError>;

    /// Stops delivering records of these partitions; polling goes on.
    ///
    /// # Errors
    /// Where a partition is not ours.
    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError>;

    /// Delivers their records again, from where they were paused.
    ///
    /// # Errors
    /// Where a partition is not ours.
    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError>;

    /// Records behind the committed positions in the partitions that are ours.
    ///
    /// # Errors
    /// Where the ends could not be asked.
    fn lag(&mut self) -> Result<u64, TransportError>;
}

/// Reads one topic, outside every group.
pub trait Reader: Send {
    /// Waits up to `wait` for committed records, and returns at most `max`; in offset order
    /// within each partition.
    ///
    /// # Errors
    /// `Unavailable` or `Fatal`.
    fn read(&mut self, max: usize, wait: Duration) -> Result<Vec<Incoming>, TransportError>;

    /// The position behind the last record read, per partition.
    fn positions(&self) -> Vec<Position>;

    /// Whether every record that was committed when this is called has been read.
    ///
    /// # Errors
    /// Where the ends could not be asked.
    fn at_end(&mut self) -> Result<bool, TransportError>;
}

/// Writes atomic batches that carry no positions.
pub trait Writer: Send {
    /// Writes all of `outputs`, or nothing.
    ///
    /// # Errors
    /// On every error nothing was written.
    fn write(&mut self, outputs: Vec<Outgoing>) -> Result<(), TransportError>;
}
