//! Writing records behind the ends of their partitions.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};
use wiredesk_model::{Headers, Outgoing};
use wiredesk_pipeline::TransportError;

use crate::error::Failure;
use crate::schema::{MAX_OFFSET, record_id};
use crate::settings::CrashPoint;
use crate::store::Store;

/// The end of a partition while a batch is written.
struct Tail {
    next_offset: i64,
    last_ms: i64,
    added: i64,
}

/// Refuses records over the limit, before anything is written.
pub(crate) fn check_sizes(store: &Store, outputs: &[Outgoing]) -> Result<(), TransportError> {
    let limit = store.settings.max_record_bytes;
    for output in outputs {
        let bytes = size_bytes(output);
        if bytes > limit {
            return Err(TransportError::Refused(format!(
                "record {:?} for {} has {bytes} bytes, more than max_record_bytes = {limit}",
                output.key,
                store.settings.names.physical(output.topic)
            )));
        }
    }
    Ok(())
}

fn size_bytes(output: &Outgoing) -> usize {
    let headers: usize = output
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    output.key.len() + output.value.as_ref().map_or(0, Vec::len) + headers
}

/// Writes `outputs` in order, within the batch's transaction.
pub(crate) fn append(
    store: &Store,
    transaction: &Transaction<'_>,
    outputs: &[Outgoing],
) -> Result<(), Failure> {
    let now_ms = store.settings.clock.now_ms();
    let mut tails: HashMap<i64, Tail> = HashMap::new();
    let mut insert = transaction.prepare_cached(
        "INSERT INTO records (id, timestamp_ms, key, headers, value) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (written, output) in outputs.iter().enumerate() {
        if written == outputs.len() / 2 {
            store.reach(CrashPoint::AmidOutputs);
        }
        let topic = store.topic(transaction, output.topic)?;
        let number = output.partition(topic.partitions.len() as u32);
        let partition_id = topic.partitions[number as usize];
        let tail = match tails.entry(partition_id) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(find_tail(transaction, partition_id)?)
            }
        };
        // Times never fall within a partition, whatever the clock does: a time is found by halves.
        tail.last_ms = tail.last_ms.max(now_ms);
        if tail.next_offset > MAX_OFFSET {
            let full = format!("{}[{number}] has no offsets left", topic.name);
            return Err(Failure::Said(TransportError::Fatal(full)));
        }
        let id = record_id(partition_id, tail.next_offset);
        insert.execute(params![
            id,
            tail.last_ms,
            output.key,
            encode(&output.headers)?,
            output.value
        ])?;
        if topic.is_compacted() {
            supersede(store, transaction, output, (partition_id, id, tail.last_ms))?;
        }
        tail.next_offset += 1;
        tail.added += 1;
    }
    save_tails(transaction, &tails)
}

fn find_tail(transaction: &Transaction<'_>, partition_id: i64) -> rusqlite::Result<Tail> {
    transaction
        .prepare_cached("SELECT next_offset, last_ms FROM partitions WHERE id = ?1")?
        .query_row([partition_id], |row| {
            Ok(Tail {
                next_offset: row.get(0)?,
                last_ms: row.get(1)?,
                added: 0,
            })
        })
}

fn save_tails(transaction: &Transaction<'_>, tails: &HashMap<i64, Tail>) -> Result<(), Failure> {
    let mut update = transaction.prepare_cached(
        "UPDATE partitions SET next_offset = ?2, last_ms = ?3, kept = kept + ?4 WHERE id = ?1",
    )?;
    for (partition_id, tail) in tails {
        update.execute(params![
            partition_id,
            tail.next_offset,
            tail.last_ms,
            tail.added
        ])?;
    }
    Ok(())
}

/// Makes the record the newest of its key, and says when the one before it may go. A tombstone
/// may go later itself, and never before what it took away.
fn supersede(
    store: &Store,
    transaction: &Transaction<'_>,
    output: &Outgoing,
    (partition_id, id, now_ms): (i64, i64, i64),
) -> Result<(), Failure> {
    let lag_ms = i64::try_from(store.settings.compaction_lag_ms).unwrap_or(i64::MAX);
    let tombstone_ms = i64::try_from(store.settings.tombstone_retention_ms).unwrap_or(i64::MAX);
    let mut removable = transaction.prepare_cached(
        "INSERT INTO removable (due_ms, record_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    let before: Option<i64> = transaction
        .prepare_cached("SELECT record_id FROM newest WHERE partition_id = ?1 AND key = ?2")?
        .query_row(params![partition_id, output.key], |row| row.get(0))
        .optional()?;
    if let Some(before) = before {
        removable.execute(params![now_ms.saturating_add(lag_ms), before])?;
    }
    if output.value.is_none() {
        let due_ms = now_ms.saturating_add(tombstone_ms.max(lag_ms));
        removable.execute(params![due_ms, id])?;
    }
    transaction
        .prepare_cached(
            "INSERT INTO newest (partition_id, key, record_id) VALUES (?1, ?2, ?3)
             ON CONFLICT (partition_id, key) DO UPDATE SET record_id = excluded.record_id",
        )?
        .execute(params![partition_id, output.key, id])?;
    Ok(())
}

fn encode(headers: &Headers) -> Result<Option<String>, Failure> {
    if headers.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(headers).map_err(|error| {
        TransportError::Invalid(format!("headers cannot be written as JSON: {error}"))
    })?;
    Ok(Some(text))
}
