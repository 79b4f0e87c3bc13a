//! Topics: making, finding and comparing them.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use wiredesk_model::{Cleanup, Topic, TopicPartition, TopicSpec};
use wiredesk_pipeline::{TopicDescription, TopicStatus, TransportError};

use crate::error::Failure;

/// A topic as it was made.
#[derive(Debug, Clone)]
pub(crate) struct TopicInfo {
    pub(crate) id: i64,
    pub(crate) topic: Topic,
    pub(crate) name: String,
    pub(crate) cleanup: Cleanup,
    /// Row id of each partition, by its number.
    pub(crate) partitions: Vec<i64>,
}

impl TopicInfo {
    /// The topic called `name`, if somebody made it.
    pub(crate) fn find(
        connection: &Connection,
        topic: Topic,
        name: &str,
    ) -> rusqlite::Result<Option<Self>> {
        let row = connection
            .prepare_cached("SELECT id, retention_ms FROM topics WHERE name = ?1")?
            .query_row([name], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
            })
            .optional()?;
        let Some((id, retention_ms)) = row else {
            return Ok(None);
        };
        let partitions = connection
            .prepare_cached("SELECT id FROM partitions WHERE topic_id = ?1 ORDER BY number")?
            .query_map([id], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()?;
        let cleanup = retention_ms.map_or(Cleanup::Compact, |ms| Cleanup::Delete {
            retention_ms: ms.max(0).cast_unsigned(),
        });
        Ok(Some(Self {
            id,
            topic,
            name: name.to_owned(),
            cleanup,
            partitions,
        }))
    }

    /// Whether the newest record of each key stays.
    pub(crate) fn is_compacted(&self) -> bool {
        self.cleanup == Cleanup::Compact
    }

    /// Each partition with its row id.
    pub(crate) fn places(&self) -> impl Iterator<Item = (TopicPartition, i64)> + '_ {
        (0_u32..)
            .zip(&self.partitions)
            .map(|(number, id)| (TopicPartition::new(self.topic, number), *id))
    }
}

/// Makes one topic unless it is there.
pub(crate) fn create(
    transaction: &Transaction<'_>,
    spec: &TopicSpec,
    name: &str,
) -> Result<(), Failure> {
    if spec.partitions == 0 {
        return Err(Failure::Said(TransportError::Invalid(format!(
            "topic {name} cannot be created with 0 partitions"
        ))));
    }
    let retention_ms = match spec.cleanup {
        Cleanup::Compact => None,
        Cleanup::Delete { retention_ms } => Some(i64::try_from(retention_ms).unwrap_or(i64::MAX)),
    };
    let made = transaction.execute(
        "INSERT INTO topics (name, retention_ms) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        params![name, retention_ms],
    )?;
    if made == 0 {
        return Ok(());
    }
    let id = transaction.last_insert_rowid();
    for number in 0..spec.partitions {
        transaction.execute(
            "INSERT INTO partitions (topic_id, number) VALUES (?1, ?2)",
            params![id, number],
        )?;
    }
    Ok(())
}

/// Compares one topic with its specification.
pub(crate) fn describe(
    connection: &Connection,
    spec: &TopicSpec,
    name: &str,
) -> Result<TopicDescription, Failure> {
    let status = match TopicInfo::find(connection, spec.topic, name)? {
        None => TopicStatus::Missing,
        Some(found) => {
            let records: i64 = connection.query_row(
                "SELECT coalesce(sum(kept), 0) FROM partitions WHERE topic_id = ?1",
                [found.id],
                |row| row.get(0),
            )?;
            TopicStatus::Present {
                partitions: found.partitions.len() as u32,
                records: records.max(0).cast_unsigned(),
                differences: differences(spec, &found),
            }
        }
    };
    Ok(TopicDescription {
        topic: spec.topic,
        name: name.to_owned(),
        status,
    })
}

fn differences(spec: &TopicSpec, found: &TopicInfo) -> Vec<String> {
    let mut differences = Vec::new();
    if found.partitions.len() != spec.partitions as usize {
        differences.push(format!(
            "has {} partitions instead of {}",
            found.partitions.len(),
            spec.partitions
        ));
    }
    if found.cleanup != spec.cleanup {
        differences.push(format!(
            "{} instead of {}",
            in_words(found.cleanup),
            in_words(spec.cleanup)
        ));
    }
    differences
}

fn in_words(cleanup: Cleanup) -> String {
    match cleanup {
        Cleanup::Compact => "keeps the newest record of each key".to_owned(),
        Cleanup::Delete { retention_ms } => format!("keeps records for {retention_ms} ms"),
    }
}
