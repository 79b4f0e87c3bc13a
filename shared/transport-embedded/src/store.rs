//! The open file: one connection that writes, and what all handles of this process share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use wiredesk_model::{Topic, TopicPartition};
use wiredesk_pipeline::TransportError;

use crate::error::Failure;
use crate::maintain::Upkeep;
use crate::schema;
use crate::settings::{CrashPoint, EmbeddedSettings};
use crate::signal::Signal;
use crate::topics::TopicInfo;

/// The file, shared by every handle, member, reader and writer of this process.
pub(crate) struct Store {
    pub(crate) settings: EmbeddedSettings,
    pub(crate) signal: Signal,
    pub(crate) upkeep: Upkeep,
    writer: Mutex<Connection>,
    asker: Mutex<Connection>,
    topics: Mutex<HashMap<Topic, Arc<TopicInfo>>>,
    /// `None` before the first group is joined.
    incarnation: Mutex<Option<i64>>,
}

impl Store {
    pub(crate) fn open(settings: EmbeddedSettings) -> Result<Self, TransportError> {
        settings.check()?;
        let writer = schema::open_writer(&settings)?;
        let asker = schema::open_reader(&settings)?;
        Ok(Self {
            upkeep: Upkeep::new(settings.maintain_every),
            signal: Signal::default(),
            writer: Mutex::new(writer),
            asker: Mutex::new(asker),
            topics: Mutex::new(HashMap::new()),
            incarnation: Mutex::new(None),
            settings,
        })
    }

    /// Which process this is among those that join groups, once it has; held while it joins.
    pub(crate) fn incarnation(&self) -> MutexGuard<'_, Option<i64>> {
        lock(&self.incarnation)
    }

    /// A connection of its own for a member or reader.
    pub(crate) fn connect(&self) -> Result<Connection, TransportError> {
        schema::open_reader(&self.settings)
    }

    /// Explains a failure to the caller.
    pub(crate) fn explain(&self, doing: &str, failure: impl Into<Failure>) -> TransportError {
        failure.into().explain(&self.settings.path, doing)
    }

    /// Runs `work` in one write transaction: all of it takes effect, or nothing.
    pub(crate) fn write<T>(
        &self,
        doing: &str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, TransportError> {
        self.write_silently(work)
            .map_err(|failure| self.explain(doing, failure))
            .inspect(|_| self.signal.give())
    }

    /// As [`Self::write`], without waking those who wait for records.
    pub(crate) fn write_silently<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.reach(CrashPoint::AfterBegin);
        let value = work(&transaction)?;
        self.reach(CrashPoint::BeforeCommit);
        transaction.commit()?;
        self.reach(CrashPoint::AfterCommit);
        Ok(value)
    }

    /// Runs `work` on the connection that writes, outside a transaction.
    pub(crate) fn with_writer<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        work(&lock(&self.writer))
    }

    /// Begins a write within `limit`, and leaves it at that.
    pub(crate) fn check(&self, limit: Duration) -> Result<(), TransportError> {
        let begin = |writer: &Connection| {
            writer.busy_timeout(limit.min(self.settings.busy_timeout))?;
            let begun = writer.execute_batch("BEGIN IMMEDIATE; ROLLBACK");
            writer.busy_timeout(self.settings.busy_timeout)?;
            Ok(begun?)
        };
        self.with_writer(begin)
            .map_err(|failure| self.explain("checking the store", failure))
    }

    /// Runs `ask` on the connection for short questions.
    pub(crate) fn ask<T>(
        &self,
        doing: &str,
        ask: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, TransportError> {
        ask(&lock(&self.asker)).map_err(|failure| self.explain(doing, failure))
    }

    /// What is known of a topic; an error that names it where nobody made it.
    pub(crate) fn topic(
        &self,
        connection: &Connection,
        topic: Topic,
    ) -> Result<Arc<TopicInfo>, Failure> {
        // Topics are never changed or removed, so what was found once stays true.
        if let Some(known) = lock(&self.topics).get(&topic) {
            return Ok(Arc::clone(known));
        }
        let name = self.settings.names.physical(topic);
        let Some(found) = TopicInfo::find(connection, topic, &name)? else {
            return Err(Failure::Said(TransportError::Invalid(format!(
                "topic {name} does not exist in {}; create the topics first",
                self.settings.path.display()
            ))));
        };
        let found = Arc::new(found);
        lock(&self.topics).insert(topic, Arc::clone(&found));
        Ok(found)
    }

    /// The row id of a partition; an error where the topic has no such partition.
    pub(crate) fn partition_id(
        &self,
        connection: &Connection,
        at: TopicPartition,
    ) -> Result<i64, Failure> {
        let topic = self.topic(connection, at.topic)?;
        let found = topic.partitions.get(at.partition as usize);
        found.copied().ok_or_else(|| {
            Failure::Said(TransportError::Invalid(format!(
                "{at} does not exist: {} has {} partitions",
                topic.name,
                topic.partitions.len()
            )))
        })
    }

    /// For tests: tells that a commit has come to `point`.
    pub(crate) fn reach(&self, point: CrashPoint) {
        if let Some(fault) = &self.settings.fault {
            fault.reach(point);
        }
    }
}

/// A panic under the lock leaves nothing half done: an open transaction was rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
