//! Reading records, and finding offsets.

use rusqlite::{Connection, OptionalExtension, Row, params};
use wiredesk_model::{Headers, Incoming, TopicPartition};
use wiredesk_pipeline::TransportError;

use crate::error::Failure;
use crate::schema::{offset_of, record_id};

/// How much one poll or read may still return.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

impl Budget {
    pub(crate) fn is_spent(&self) -> bool {
        self.records == 0 || self.bytes == 0
    }
}

/// Which records are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// All that are kept.
    All,
    /// The newest of each key, in a compacted topic.
    Newest,
}

/// The records of a partition from `offset` on, as far as the budget goes. A record larger than
/// the whole budget still comes, as the last.
pub(crate) fn fetch(
    connection: &Connection,
    (at, partition_id): (TopicPartition, i64),
    (which, offset): (Which, i64),
    budget: &mut Budget,
) -> Result<Vec<Incoming>, Failure> {
    let mut records = Vec::new();
    if budget.is_spent() {
        return Ok(records);
    }
    let mut statement = connection.prepare_cached(match which {
        Which::All => {
            "SELECT id, timestamp_ms, key, headers, value FROM records
             WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3"
        }
        // Walked in their order, each looked up by its key: nothing has to be sorted.
        Which::Newest => {
            "SELECT r.id, r.timestamp_ms, r.key, r.headers, r.value
             FROM records r CROSS JOIN newest n
               ON n.partition_id = ?4 AND n.key = r.key AND n.record_id = r.id
             WHERE r.id >= ?1 AND r.id < ?2 ORDER BY r.id LIMIT ?3"
        }
    })?;
    let limit = i64::try_from(budget.records).unwrap_or(i64::MAX);
    let (from, end) = (
        record_id(partition_id, offset),
        record_id(partition_id + 1, 0),
    );
    let mut rows = match which {
        Which::All => statement.query(params![from, end, limit]),
        Which::Newest => statement.query(params![from, end, limit, partition_id]),
    }?;
    while !budget.is_spent() {
        let Some(row) = rows.next()? else { break };
        let record = record(at, row)?;
        budget.records -= 1;
        budget.bytes = budget.bytes.saturating_sub(record.size_bytes().max(1));
        records.push(record);
    }
    Ok(records)
}

fn record(at: TopicPartition, row: &Row<'_>) -> Result<Incoming, Failure> {
    let offset = offset_of(row.get(0)?);
    let headers = match row
        .get_ref(3)?
        .as_str_or_null()
        .map_err(rusqlite::Error::from)?
    {
        None => Headers::new(),
        Some(text) => serde_json::from_str(text).map_err(|error| {
            TransportError::Fatal(format!("headers of {at}@{offset} are damaged: {error}"))
        })?,
    };
    Ok(Incoming {
        at,
        offset,
        timestamp_ms: row.get(1)?,
        key: row.get(2)?,
        value: row.get(4)?,
        headers,
    })
}

/// Start and end of a partition: the oldest offset kept, and the one that comes next.
pub(crate) fn bounds(connection: &Connection, partition_id: i64) -> rusqlite::Result<(i64, i64)> {
    connection
        .prepare_cached("SELECT start_offset, next_offset FROM partitions WHERE id = ?1")?
        .query_row([partition_id], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether a record lies at or behind `offset`.
pub(crate) fn has_more(
    connection: &Connection,
    partition_id: i64,
    offset: i64,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM records WHERE id >= ?1 AND id < ?2 LIMIT 1")?
        .exists(params![
            record_id(partition_id, offset),
            record_id(partition_id + 1, 0)
        ])
}

/// The offset of the first record written at or after `time_ms`, or the end. Found by halves,
/// since times never fall within a partition.
pub(crate) fn offset_for_time(
    connection: &Connection,
    partition_id: i64,
    time_ms: i64,
) -> rusqlite::Result<i64> {
    let (mut low, mut high) = bounds(connection, partition_id)?;
    let end = record_id(partition_id + 1, 0);
    let mut first_from = connection.prepare_cached(
        "SELECT id, timestamp_ms FROM records WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 1",
    )?;
    // Everything before `low` is older; everything from `high` on is not, or is not there.
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> = first_from
            .query_row(params![record_id(partition_id, middle), end], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        match found {
            Some((id, timestamp_ms)) if timestamp_ms < time_ms => low = offset_of(id) + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The offset of the record that is the `count`-th from the end, or the oldest kept.
pub(crate) fn offset_of_last(
    connection: &Connection,
    partition_id: i64,
    count: u64,
) -> rusqlite::Result<i64> {
    let (start, end) = bounds(connection, partition_id)?;
    let Some(skipped) = count.checked_sub(1) else {
        return Ok(end);
    };
    if skipped >= (end - start).max(0).cast_unsigned() {
        return Ok(start);
    }
    let found: Option<i64> = connection
        .prepare_cached(
            "SELECT id FROM records WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3",
        )?
        .query_row(
            params![
                record_id(partition_id, start),
                record_id(partition_id + 1, 0),
                i64::try_from(skipped).unwrap_or(i64::MAX)
            ],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.map_or(start, offset_of))
}
