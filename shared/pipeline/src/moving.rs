//! What moving a whole log to another place asks of the two: the one that stopped, and the copy.
//!
//! Every record keeps its offset. So nothing that names one has to change: positions of groups,
//! references from record to record, segments of an archive, what a search index has read.

use wiredesk_model::{Incoming, Position, Topic, TopicPartition, TopicSpec};

use crate::{Reader, TransportError};

/// What one partition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The oldest offset kept.
    pub start: i64,
    /// The offset of the next record that is written.
    pub next: i64,
    /// When the newest record was written, milliseconds since 1970 UTC; 0 where that is not known.
    pub last_ms: i64,
}

/// What one topic holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// The topic, with the partitions that it has.
    pub spec: TopicSpec,
    /// What each partition holds, by its number.
    pub extents: Vec<Extent>,
}

/// A log that nobody works with any more.
pub trait StoppedLog: Send + Sync {
    /// Where it is, for people.
    fn place(&self) -> String;

    /// Whether somebody works with it nevertheless, or did until a moment ago.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn is_at_work(&self) -> Result<bool, TransportError>;

    /// What it holds of a topic; `None` where the topic was never made.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn stock(&self, topic: Topic) -> Result<Option<Stock>, TransportError>;

    /// Reads a topic from the given positions.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn records(&self, topic: Topic, from: &[Position]) -> Result<Box<dyn Reader>, TransportError>;

    /// The committed positions of every group, by the name of its service.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn committed(&self) -> Result<Vec<(String, Vec<Position>)>, TransportError>;
}

/// The log that a stopped one is copied to. Nobody else works with it meanwhile.
pub trait LogCopy: Send {
    /// Makes those of `topics` that are missing.
    ///
    /// # Errors
    /// Where one cannot be made, or cannot hold a copy.
    fn make_topics(&mut self, topics: &[TopicSpec]) -> Result<(), TransportError>;

    /// What it holds of a topic; `None` where the topic is missing.
    ///
    /// # Errors
    /// Where that cannot be asked.
    fn extents(&self, topic: Topic) -> Result<Option<Vec<Extent>>, TransportError>;

    /// Waits until what a copier wrote that was killed has arrived.
    ///
    /// # Errors
    /// Where that cannot be asked.
    fn settle(&mut self, topics: &[Topic]) -> Result<(), TransportError>;

    /// Reads a topic from the given positions.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn records(&self, topic: Topic, from: &[Position]) -> Result<Box<dyn Reader>, TransportError>;

    /// Writes records to their partitions, each with its time and at the offset that it names: the
    /// first at the end of its partition, the others behind it without a gap.
    ///
    /// # Errors
    /// Where they were not all written, or stand elsewhere. Some may have been written.
    fn append(&mut self, records: Vec<Incoming>) -> Result<(), TransportError>;

    /// Removes everything before these positions.
    ///
    /// # Errors
    /// Where it could not be removed.
    fn cut(&mut self, starts: &[Position]) -> Result<(), TransportError>;

    /// The committed position of the group of a service, per partition of `at`.
    ///
    /// # Errors
    /// Where that cannot be asked.
    fn committed(
        &self,
        service: &str,
        at: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, TransportError>;

    /// Commits positions for the group of a service, which has no members.
    ///
    /// # Errors
    /// Where they were not all committed.
    fn commit(&mut self, service: &str, positions: &[Position]) -> Result<(), TransportError>;
}
