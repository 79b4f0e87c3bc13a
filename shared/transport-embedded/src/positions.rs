//! How far a group has read, and what lies behind that.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use crate::topics::TopicInfo;

/// The committed position of each partition that has one.
pub(crate) fn committed(
    connection: &Connection,
    group_id: i64,
) -> rusqlite::Result<BTreeMap<i64, i64>> {
    connection
        .prepare_cached(
            "SELECT partition_id, next_offset FROM shares
             WHERE group_id = ?1 AND next_offset IS NOT NULL",
        )?
        .query_map([group_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Records that a group has not committed, over the partitions of a topic.
pub(crate) fn backlog(
    connection: &Connection,
    group: &str,
    topic: &TopicInfo,
) -> rusqlite::Result<u64> {
    let group_id: Option<i64> = connection
        .prepare_cached("SELECT id FROM consumer_groups WHERE name = ?1")?
        .query_row([group], |row| row.get(0))
        .optional()?;
    let committed = match group_id {
        Some(group_id) => committed(connection, group_id)?,
        None => BTreeMap::new(),
    };
    behind(connection, &committed, topic.partitions.iter().copied())
}

/// Records behind the committed positions of some partitions.
pub(crate) fn behind(
    connection: &Connection,
    committed: &BTreeMap<i64, i64>,
    partitions: impl Iterator<Item = i64>,
) -> rusqlite::Result<u64> {
    let mut statement = connection
        .prepare_cached("SELECT start_offset, next_offset, kept FROM partitions WHERE id = ?1")?;
    let mut total = 0;
    for partition_id in partitions {
        let (start, end, kept): (i64, i64, i64) = statement.query_row([partition_id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let position = committed.get(&partition_id).copied().unwrap_or(0);
        // Compaction leaves gaps: there are never more records than are kept.
        total += (end - position.max(start))
            .clamp(0, kept.max(0))
            .cast_unsigned();
    }
    Ok(total)
}
