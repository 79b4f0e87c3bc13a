//! Retention and compaction, in steps of bounded size.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, params};
use wiredesk_pipeline::TransportError;

use crate::error::Failure;
use crate::fetch;
use crate::schema::{LOG_BYTES, PAGE_BYTES, partition_of, record_id};
use crate::store::Store;

/// Pages given back to the disk in one step at the most.
const PAGES_A_STEP: i64 = 2_048;
/// Free pages that stay in the file for the next records: giving everything back would only
/// have it grow again.
const SPARE_PAGES: i64 = 16 * 1024 * 1024 / PAGE_BYTES;
/// How long cutting down the write-ahead log may wait for readers.
const LOG_WAIT: Duration = Duration::from_millis(50);

/// What one step of maintenance did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Records removed because they were older than the retention.
    pub expired: u64,
    /// Records removed because a newer one of their key stands, and tombstones.
    pub compacted: u64,
    /// Whether there is more to remove at once.
    pub more: bool,
}

/// When the next step by the way is due.
#[derive(Debug)]
pub(crate) struct Upkeep {
    every: Option<Duration>,
    due: Mutex<Option<Instant>>,
}

impl Upkeep {
    pub(crate) fn new(every: Option<Duration>) -> Self {
        Self {
            every,
            due: Mutex::new(every.map(|every| Instant::now() + every)),
        }
    }

    /// Whether a step is due; if so, the next one is due a while later.
    fn take_turn(&self) -> bool {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_due = due.is_some_and(|due| due <= now);
        if is_due {
            *due = self.every.map(|every| now + every);
        }
        is_due
    }

    fn hurry(&self) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        *due = due.map(|_| Instant::now());
    }
}

impl Store {
    /// One step of maintenance, as if it were `now_ms`.
    pub(crate) fn maintain(&self, now_ms: i64) -> Result<Maintenance, TransportError> {
        let doing = "removing old records";
        let most = self.settings.maintain_records;
        let done = self
            .write_silently(|transaction| {
                let expired = expire(transaction, now_ms, most)?;
                let left = most.saturating_sub(u32::try_from(expired).unwrap_or(u32::MAX));
                let compacted = compact(transaction, now_ms, left)?;
                Ok(Maintenance {
                    expired,
                    compacted,
                    more: expired + compacted >= u64::from(most),
                })
            })
            .and_then(|done| {
                self.with_writer(|writer| give_back(self, writer))
                    .map(|()| done)
            });
        done.map_err(|failure| self.explain(doing, failure))
    }

    /// A step of maintenance where one is due. A failure is no reason to fail what it came by
    /// with: the next step tries again, and a real one shows in the next commit.
    pub(crate) fn maintain_by_the_way(&self) {
        if !self.upkeep.take_turn() {
            return;
        }
        match self.maintain(self.settings.clock.now_ms()) {
            Ok(done) if done.more => self.upkeep.hurry(),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "maintenance put off"),
        }
    }
}

/// Removes what is older than its topic's retention, oldest first.
fn expire(transaction: &Transaction<'_>, now_ms: i64, most: u32) -> Result<u64, Failure> {
    let mut removed = 0;
    for (partition_id, retention_ms) in expiring_partitions(transaction)? {
        let left = u64::from(most) - removed;
        if left == 0 {
            break;
        }
        let cutoff_ms = now_ms.saturating_sub(retention_ms);
        let (start, _) = fetch::bounds(transaction, partition_id)?;
        let expired = fetch::offset_for_time(transaction, partition_id, cutoff_ms)?;
        // Offsets of an expiring partition have no gaps, so their number is that of the records.
        let end = expired.min(start.saturating_add(left.min(i64::MAX as u64).cast_signed()));
        if end <= start {
            continue;
        }
        let gone = transaction
            .prepare_cached("DELETE FROM records WHERE id >= ?1 AND id < ?2")?
            .execute(params![
                record_id(partition_id, start),
                record_id(partition_id, end)
            ])?;
        transaction
            .prepare_cached(
                "UPDATE partitions SET start_offset = ?2, kept = kept - ?3 WHERE id = ?1",
            )?
            .execute(params![partition_id, end, gone as i64])?;
        removed += gone as u64;
    }
    Ok(removed)
}

fn expiring_partitions(connection: &Connection) -> rusqlite::Result<Vec<(i64, i64)>> {
    connection
        .prepare_cached(
            "SELECT p.id, t.retention_ms FROM partitions p JOIN topics t ON t.id = p.topic_id
             WHERE t.retention_ms IS NOT NULL AND p.kept > 0",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Removes superseded records and tombstones whose time has come, in the order they are due: a
/// tombstone never goes before what it took away.
fn compact(transaction: &Transaction<'_>, now_ms: i64, most: u32) -> Result<u64, Failure> {
    let due: Vec<(i64, i64)> = transaction
        .prepare_cached(
            "SELECT due_ms, record_id FROM removable WHERE due_ms <= ?1
             ORDER BY due_ms, record_id LIMIT ?2",
        )?
        .query_map(params![now_ms, most], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (due_ms, id) in &due {
        remove(transaction, *id)?;
        transaction
            .prepare_cached("DELETE FROM removable WHERE due_ms = ?1 AND record_id = ?2")?
            .execute([due_ms, id])?;
    }
    Ok(due.len() as u64)
}

/// Removes one record; where it is the newest of its key (a tombstone), the key goes with it.
fn remove(transaction: &Transaction<'_>, id: i64) -> Result<(), Failure> {
    let partition_id = partition_of(id);
    transaction
        .prepare_cached(
            "DELETE FROM newest WHERE record_id = ?2 AND partition_id = ?1
             AND key = (SELECT key FROM records WHERE id = ?2)",
        )?
        .execute([partition_id, id])?;
    let gone = transaction
        .prepare_cached("DELETE FROM records WHERE id = ?1")?
        .execute([id])?;
    transaction
        .prepare_cached("UPDATE partitions SET kept = kept - ?2 WHERE id = ?1")?
        .execute(params![partition_id, gone as i64])?;
    Ok(())
}

/// Gives free pages back to the disk beyond a reserve, and cuts down a write-ahead log that grew
/// while readers were in its way.
fn give_back(store: &Store, writer: &Connection) -> Result<(), Failure> {
    let free: i64 = writer.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    let pages = free.saturating_sub(SPARE_PAGES).min(PAGES_A_STEP);
    if pages > 0 {
        let mut statement = writer.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    let mut log = store.settings.path.clone().into_os_string();
    log.push("-wal");
    let log_bytes = std::fs::metadata(log).map_or(0, |file| file.len());
    if log_bytes > LOG_BYTES.cast_unsigned() {
        writer.busy_timeout(LOG_WAIT)?;
        let cut = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        writer.busy_timeout(store.settings.busy_timeout)?;
        cut?;
    }
    Ok(())
}
