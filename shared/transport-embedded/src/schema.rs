//! The tables, and opening connections to them.
//!
//! A record's row id is its partition's id and its offset in one number ([`record_id`]): the log
//! of a partition lies together, in order, without an index of its own. Times never fall within a
//! partition, so a search by halves finds a time. Only compacted topics pay for an index by key.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use wiredesk_pipeline::TransportError;

use crate::error::failed;
use crate::settings::EmbeddedSettings;

/// Marks the file as ours: "WDSK".
const APPLICATION_ID: i64 = 0x5744_534b;
/// Version of the tables; a file with a higher one is left alone.
const SCHEMA_VERSION: i64 = 1;
/// Bytes of a page: a record of 8 KB leaves little of it unused.
pub(crate) const PAGE_BYTES: i64 = 8_192;
/// Pages of the write-ahead log after which SQLite copies it back: 32 MB.
const CHECKPOINT_PAGES: i64 = 4_096;
/// Bytes that the write-ahead log is cut down to once it was copied back.
pub(crate) const LOG_BYTES: i64 = 64 * 1024 * 1024;
/// Page cache of one connection, in KiB.
const CACHE_KIB: u64 = 4_096;
/// Wait before opening again where another process is making the same file.
const OPEN_AGAIN: Duration = Duration::from_millis(5);
/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 48;

/// Bits of a record's row id that hold the offset: a million million records a partition.
const OFFSET_BITS: u32 = 40;
/// The highest offset that a row id can hold.
pub(crate) const MAX_OFFSET: i64 = (1 << OFFSET_BITS) - 1;

const TABLES: &str = "
CREATE TABLE topics (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  retention_ms INTEGER -- null: compacted
) STRICT;
CREATE TABLE partitions (
  id INTEGER PRIMARY KEY,
  topic_id INTEGER NOT NULL REFERENCES topics,
  number INTEGER NOT NULL,
  start_offset INTEGER NOT NULL DEFAULT 0,
  next_offset INTEGER NOT NULL DEFAULT 0,
  kept INTEGER NOT NULL DEFAULT 0, -- records
  last_ms INTEGER NOT NULL DEFAULT 0,
  UNIQUE (topic_id, number)
) STRICT;
CREATE TABLE records (
  id INTEGER PRIMARY KEY, -- partition id << 40 | offset
  timestamp_ms INTEGER NOT NULL,
  key TEXT NOT NULL,
  headers TEXT, -- JSON; null: none
  value BLOB -- null: tombstone
) STRICT;
CREATE TABLE newest ( -- of each key of a compacted partition
  partition_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  record_id INTEGER NOT NULL,
  PRIMARY KEY (partition_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE removable ( -- superseded records and tombstones of compacted partitions
  due_ms INTEGER NOT NULL,
  record_id INTEGER NOT NULL,
  PRIMARY KEY (due_ms, record_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE consumer_groups (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL DEFAULT 0, -- rises with every change among members and shares
  members_ever INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE members (
  group_id INTEGER NOT NULL,
  instance TEXT NOT NULL,
  token INTEGER NOT NULL, -- who of that name: the newer has the higher
  topics TEXT NOT NULL, -- ids, between commas
  session_ms INTEGER NOT NULL,
  heartbeat_ms INTEGER NOT NULL,
  beats INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (group_id, instance)
) STRICT, WITHOUT ROWID;
CREATE TABLE shares ( -- who holds which partition, and how far the group is
  group_id INTEGER NOT NULL,
  partition_id INTEGER NOT NULL,
  next_offset INTEGER, -- null: nothing was ever committed
  owner INTEGER, -- token of a member; null: free
  epoch INTEGER NOT NULL DEFAULT 0, -- rises with every change of owner
  PRIMARY KEY (group_id, partition_id)
) STRICT, WITHOUT ROWID;
CREATE VIEW log AS -- for a look from outside
  SELECT t.name AS topic, p.number AS partition, r.id & 0xffffffffff AS \"offset\",
         r.timestamp_ms, r.key, r.headers, r.value
  FROM records r
  JOIN partitions p ON p.id = r.id >> 40
  JOIN topics t ON t.id = p.topic_id;
";

/// The row id of the record at `offset` of a partition.
pub(crate) fn record_id(partition_id: i64, offset: i64) -> i64 {
    (partition_id << OFFSET_BITS) | offset.clamp(0, MAX_OFFSET)
}

/// The offset within a row id.
pub(crate) fn offset_of(record_id: i64) -> i64 {
    record_id & MAX_OFFSET
}

/// The partition's id within a row id.
pub(crate) fn partition_of(record_id: i64) -> i64 {
    record_id >> OFFSET_BITS
}

/// Opens the file for writing, and makes the tables where the file is new.
pub(crate) fn open_writer(settings: &EmbeddedSettings) -> Result<Connection, TransportError> {
    let begun = Instant::now();
    loop {
        match try_open_writer(settings) {
            // Two that make the same new file get in each other's way, and SQLite sends one of
            // them off at once, so as not to have both wait for the other.
            Err(TransportError::Unavailable(_)) if begun.elapsed() < settings.busy_timeout => {
                std::thread::sleep(OPEN_AGAIN);
            }
            result => return result,
        }
    }
}

fn try_open_writer(settings: &EmbeddedSettings) -> Result<Connection, TransportError> {
    let path = settings.path.as_path();
    let doing = "opening the store";
    let sqlite = |error: rusqlite::Error| failed(path, doing, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    prepare(&connection, settings).map_err(sqlite)?;
    refuse_foreign(&mut connection, path)?;
    // Both take effect on a new file only; an old one keeps what it was made with.
    connection
        .pragma_update(None, "page_size", PAGE_BYTES)
        .and_then(|()| connection.pragma_update(None, "auto_vacuum", "incremental"))
        .map_err(sqlite)?;
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(sqlite)?;
    if mode != "wal" {
        return Err(TransportError::Invalid(format!(
            "{doing}: {} lies on a file system without shared memory ({mode} instead of wal); \
             choose a local disk",
            path.display()
        )));
    }
    connection
        .pragma_update(None, "synchronous", "full")
        .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES))
        .and_then(|()| connection.pragma_update(None, "journal_size_limit", LOG_BYTES))
        .map_err(sqlite)?;
    make_tables(&mut connection, path)?;
    if let Some(bytes) = settings.max_file_bytes {
        limit_pages(&connection, bytes).map_err(sqlite)?;
    }
    Ok(connection)
}

/// Opens the file for reading; writing through this connection is an error.
pub(crate) fn open_reader(settings: &EmbeddedSettings) -> Result<Connection, TransportError> {
    let sqlite = |error: rusqlite::Error| failed(&settings.path, "opening the store", &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&settings.path, flags).map_err(sqlite)?;
    prepare(&connection, settings).map_err(sqlite)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(sqlite)?;
    Ok(connection)
}

fn prepare(connection: &Connection, settings: &EmbeddedSettings) -> rusqlite::Result<()> {
    let longest = Duration::from_millis(i32::MAX as u64);
    connection.busy_timeout(settings.busy_timeout.min(longest))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", format!("-{CACHE_KIB}"))?;
    Ok(())
}

/// Refuses files of other programs and of newer versions, before anything is changed.
fn refuse_foreign(connection: &mut Connection, path: &Path) -> Result<(), TransportError> {
    let doing = "opening the store";
    // One transaction: another process may be making the tables at this moment.
    let mut look = || -> rusqlite::Result<(i64, i64, i64)> {
        let transaction = connection.transaction()?;
        let number = |pragma: &str| transaction.pragma_query_value(None, pragma, |row| row.get(0));
        let tables =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((tables, number("application_id")?, number("user_version")?))
    };
    let (tables, application, version) = look().map_err(|error| failed(path, doing, &error))?;
    let is_new = application == 0 && version == 0 && tables == 0;
    if !is_new && application != APPLICATION_ID {
        return Err(TransportError::Invalid(format!(
            "{doing}: {} is a database of another program; choose another path",
            path.display()
        )));
    }
    if version > SCHEMA_VERSION {
        return Err(TransportError::Invalid(format!(
            "{doing}: {} was written by a newer version (tables {version}, known are up to \
             {SCHEMA_VERSION}); run that version, or choose another path",
            path.display()
        )));
    }
    Ok(())
}

/// Makes the tables unless another process has just done so.
fn make_tables(connection: &mut Connection, path: &Path) -> Result<(), TransportError> {
    let mut make = || -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        }
        transaction.commit()
    };
    make().map_err(|error| failed(path, "making the tables", &error))
}

fn limit_pages(connection: &Connection, bytes: u64) -> rusqlite::Result<()> {
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let pages = (bytes / page.max(1)).max(1);
    connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_ids_keep_partition_and_offset_apart() {
        for (partition, offset) in [(1, 0), (1, MAX_OFFSET), (2, 0), (8_000_000, 123_456)] {
            let id = record_id(partition, offset);
            assert!(id > 0);
            assert_eq!((partition_of(id), offset_of(id)), (partition, offset));
        }
        assert!(record_id(1, MAX_OFFSET) < record_id(2, 0));
    }
}
