//! The log as one that is moved elsewhere: what it holds, and how far every group is.

use std::collections::BTreeMap;

use rusqlite::Connection;
use wiredesk_model::{Position, Topic, TopicNames, TopicPartition, TopicSpec};
use wiredesk_pipeline::{Extent, Reader, Stock, StoppedLog, Transport, TransportError};

use crate::error::Failure;
use crate::topics::TopicInfo;
use crate::transport::EmbeddedTransport;

impl StoppedLog for EmbeddedTransport {
    fn place(&self) -> String {
        self.store().settings.path.display().to_string()
    }

    fn is_at_work(&self) -> Result<bool, TransportError> {
        EmbeddedTransport::is_at_work(self, self.store().settings.clock.now_ms())
    }

    fn stock(&self, topic: Topic) -> Result<Option<Stock>, TransportError> {
        let name = self.store().settings.names.physical(topic);
        self.store().ask("looking at a topic", |connection| {
            let found = TopicInfo::find(connection, topic, &name)?;
            found.map(|info| stock(connection, &info)).transpose()
        })
    }

    fn records(&self, topic: Topic, from: &[Position]) -> Result<Box<dyn Reader>, TransportError> {
        self.reader_at(topic, from)
    }

    fn committed(&self) -> Result<Vec<(String, Vec<Position>)>, TransportError> {
        let names = &self.store().settings.names;
        self.store()
            .ask("reading committed positions", |connection| {
                committed(connection, names)
            })
    }
}

fn stock(connection: &Connection, info: &TopicInfo) -> Result<Stock, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT start_offset, next_offset, last_ms FROM partitions WHERE id = ?1",
    )?;
    let extent = |id: &i64| {
        statement.query_row([id], |row| {
            Ok(Extent {
                start: row.get(0)?,
                next: row.get(1)?,
                last_ms: row.get(2)?,
            })
        })
    };
    let extents = info.partitions.iter().map(extent);
    Ok(Stock {
        spec: TopicSpec {
            topic: info.topic,
            partitions: info.partitions.len() as u32,
            cleanup: info.cleanup,
        },
        extents: extents.collect::<rusqlite::Result<Vec<Extent>>>()?,
    })
}

/// Positions by service; groups and topics under other prefixes are not ours.
fn committed(
    connection: &Connection,
    names: &TopicNames,
) -> Result<Vec<(String, Vec<Position>)>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT g.name, t.name, p.number, s.next_offset
         FROM shares s
         JOIN consumer_groups g ON g.id = s.group_id
         JOIN partitions p ON p.id = s.partition_id
         JOIN topics t ON t.id = p.topic_id
         WHERE s.next_offset IS NOT NULL ORDER BY g.name, t.name, p.number",
    )?;
    let ours = names.group("");
    let mut found: BTreeMap<String, Vec<Position>> = BTreeMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (group, topic): (String, String) = (row.get(0)?, row.get(1)?);
        let (Some(service), Some(topic)) = (group.strip_prefix(&ours), names.logical(&topic))
        else {
            continue;
        };
        let position = Position {
            at: TopicPartition::new(topic, row.get(2)?),
            next_offset: row.get(3)?,
        };
        found.entry(service.to_owned()).or_default().push(position);
    }
    Ok(found.into_iter().collect())
}
