//! The transport: a handle on the store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{InstanceId, Outgoing, Position, Topic, TopicPartition, TopicSpec};
use wiredesk_pipeline::{
    Member, Membership, Reader, Start, TopicDescription, Transport, TransportError, Writer,
};

use crate::append;
use crate::maintain::Maintenance;
use crate::member::EmbeddedMember;
use crate::positions;
use crate::reader::EmbeddedReader;
use crate::roster;
use crate::settings::EmbeddedSettings;
use crate::store::Store;
use crate::topics;

/// Topics, groups and atomic batches in one SQLite file.
///
/// Cheap to clone; clones share one connection for writing and wake each other's waiting polls.
/// Other processes, or handles opened apart, may use the same file at the same time.
#[derive(Clone)]
pub struct EmbeddedTransport {
    store: Arc<Store>,
}

impl EmbeddedTransport {
    /// Opens the file, and makes it where it is missing.
    ///
    /// # Errors
    /// `Invalid` for settings that cannot work, a file of another program or of a newer version;
    /// `Unavailable` where another process holds the file; `Fatal` where it is damaged, cannot be
    /// written, or has no room.
    pub fn open(settings: EmbeddedSettings) -> Result<Self, TransportError> {
        let store = Arc::new(Store::open(settings)?);
        Ok(Self { store })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// One step of retention and compaction as if it were `now_ms` (milliseconds since 1970 UTC);
    /// removes at most `maintain_records` records. Members and writers do so by the way unless
    /// `maintain_every` is `None`.
    ///
    /// # Errors
    /// As for a commit; nothing was removed then.
    pub fn maintain(&self, now_ms: i64) -> Result<Maintenance, TransportError> {
        self.store.maintain(now_ms)
    }

    /// Whether a member of any group gave a sign of life within its session before `now_ms`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn is_at_work(&self, now_ms: i64) -> Result<bool, TransportError> {
        self.store.ask("looking for members", |connection| {
            Ok(roster::is_any_alive(connection, now_ms)?)
        })
    }
}

impl fmt::Debug for EmbeddedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedTransport")
            .field("path", &self.store.settings.path)
            .finish_non_exhaustive()
    }
}

impl Transport for EmbeddedTransport {
    fn kind(&self) -> &'static str {
        "embedded"
    }

    fn check(&self, limit: Duration) -> Result<(), TransportError> {
        // Beginning to write finds a file that is locked, damaged or not ours to write.
        self.store.check(limit)
    }

    fn create_topics(&self, specs: &[TopicSpec]) -> Result<(), TransportError> {
        self.store.write("creating topics", |transaction| {
            for spec in specs {
                let name = self.store.settings.names.physical(spec.topic);
                topics::create(transaction, spec, &name)?;
            }
            Ok(())
        })
    }

    fn describe_topics(
        &self,
        specs: &[TopicSpec],
    ) -> Result<Vec<TopicDescription>, TransportError> {
        self.store.ask("describing topics", |connection| {
            let describe = |spec: &TopicSpec| {
                let name = self.store.settings.names.physical(spec.topic);
                topics::describe(connection, spec, &name)
            };
            specs.iter().map(describe).collect()
        })
    }

    fn join(&self, membership: &Membership) -> Result<Box<dyn Member>, TransportError> {
        Ok(Box::new(EmbeddedMember::join(&self.store, membership)?))
    }

    fn reader(&self, topic: Topic, start: Start) -> Result<Box<dyn Reader>, TransportError> {
        Ok(Box::new(EmbeddedReader::open(&self.store, topic, start)?))
    }

    fn reader_at(
        &self,
        topic: Topic,
        positions: &[Position],
    ) -> Result<Box<dyn Reader>, TransportError> {
        let reader = EmbeddedReader::open_at(&self.store, topic, positions)?;
        Ok(Box::new(reader))
    }

    fn state(&self, at: TopicPartition) -> Result<Box<dyn Reader>, TransportError> {
        // Batches are decided one after the other: none of a former owner is still open.
        Ok(Box::new(EmbeddedReader::open_state(&self.store, at)?))
    }

    fn writer(&self, _instance: &InstanceId) -> Result<Box<dyn Writer>, TransportError> {
        let store = Arc::clone(&self.store);
        Ok(Box::new(EmbeddedWriter { store }))
    }

    fn backlog(&self, service: &str, input: Topic) -> Result<u64, TransportError> {
        let group = self.store.settings.names.group(service);
        self.store.ask("asking for the backlog", |connection| {
            let topic = self.store.topic(connection, input)?;
            Ok(positions::backlog(connection, &group, &topic)?)
        })
    }

    fn partitions(&self, topic: Topic) -> Result<u32, TransportError> {
        self.store.ask("asking for partitions", |connection| {
            let topic = self.store.topic(connection, topic)?;
            Ok(topic.partitions.len() as u32)
        })
    }
}

/// Writes batches that carry no positions.
struct EmbeddedWriter {
    store: Arc<Store>,
}

impl Writer for EmbeddedWriter {
    fn write(&mut self, outputs: Vec<Outgoing>) -> Result<(), TransportError> {
        append::check_sizes(&self.store, &outputs)?;
        self.store.write("writing a batch", |transaction| {
            append::append(&self.store, transaction, &outputs)
        })?;
        self.store.maintain_by_the_way();
        Ok(())
    }
}
