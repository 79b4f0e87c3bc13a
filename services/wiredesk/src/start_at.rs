//! Where reading a topic begins, as people write it: `earliest`, `latest`, `-20`, a time, or the
//! positions that an earlier read ended at.

use std::collections::BTreeMap;
use std::time::Duration;

use wiredesk_model::{Incoming, Position, Timestamp, Topic, TopicPartition};
use wiredesk_pipeline::{Reader, Start, Transport, TransportError};

/// Where reading begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartAt {
    /// The oldest record kept.
    Earliest,
    /// Behind the newest record.
    Latest,
    /// So many records before the end, over all partitions.
    Newest(usize),
    /// The first record written at or after this time, milliseconds since 1970 UTC.
    Time(i64),
    /// The positions that an earlier read ended at.
    Positions(Positions),
}

impl std::str::FromStr for StartAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "earliest" => return Ok(Self::Earliest),
            "latest" => return Ok(Self::Latest),
            _ => {}
        }
        if let Some(count) = text
            .strip_prefix('-')
            .and_then(|digits| digits.parse().ok())
        {
            return Ok(Self::Newest(count));
        }
        if let Some(positions) = Positions::decode(text) {
            return Ok(Self::Positions(positions));
        }
        text.parse::<Timestamp>()
            .map(|time| Self::Time(time.as_millisecond()))
            .map_err(|_| {
                format!(
                    "`{text}` is no place to start from; write earliest, latest, -20 (the newest \
                     twenty), or a time such as 2026-11-23T06:00:00Z"
                )
            })
    }
}

/// How far each partition of a topic was read: the offset of the next record. As text `0:42,1:17`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Positions(BTreeMap<u32, i64>);

impl Positions {
    /// Where a reader stands.
    pub fn of(reader: &dyn Reader) -> Self {
        let positions = reader.positions();
        Self(
            positions
                .iter()
                .map(|position| (position.at.partition, position.next_offset))
                .collect(),
        )
    }

    /// Moves on behind `record`.
    pub fn pass(&mut self, record: &Incoming) {
        self.0.insert(record.at.partition, record.offset + 1);
    }

    /// The next offset of a partition; 0 where none is known.
    fn offset(&self, partition: u32) -> i64 {
        self.0.get(&partition).copied().unwrap_or(0)
    }

    /// The positions as text.
    pub fn encode(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(partition, offset)| format!("{partition}:{offset}"))
            .collect();
        parts.join(",")
    }

    /// The positions of a text.
    pub fn decode(text: &str) -> Option<Self> {
        let part = |part: &str| {
            let (partition, offset) = part.split_once(':')?;
            let offset: i64 = offset.parse().ok()?;
            (offset >= 0).then_some((partition.parse().ok()?, offset))
        };
        let parts: Option<BTreeMap<u32, i64>> = text.split(',').map(part).collect();
        parts.map(Self)
    }

    fn in_topic(&self, topic: Topic) -> Vec<Position> {
        self.0
            .iter()
            .map(|(partition, next_offset)| Position {
                at: TopicPartition::new(topic, *partition),
                next_offset: *next_offset,
            })
            .collect()
    }
}

/// A reader that is under way, and what stands before the records it will read from now on.
pub struct Opened {
    /// Reads on from here.
    pub reader: Box<dyn Reader>,
    /// Records to take before the reader's, in order.
    pub first: Vec<Incoming>,
    /// Where everything before `first` ends.
    pub positions: Positions,
}

/// Opens `topic` at `start`.
///
/// # Errors
/// Where the topic is missing or the transport is out of reach.
pub fn open(
    transport: &dyn Transport,
    topic: Topic,
    start: &StartAt,
) -> Result<Opened, TransportError> {
    let reader = match start {
        StartAt::Earliest => transport.reader(topic, Start::Earliest)?,
        StartAt::Latest => transport.reader(topic, Start::Latest)?,
        StartAt::Time(ms) => transport.reader(topic, Start::Time(*ms))?,
        StartAt::Positions(positions) => transport.reader_at(topic, &positions.in_topic(topic))?,
        StartAt::Newest(count) => return open_newest(transport, topic, *count),
    };
    let positions = Positions::of(reader.as_ref());
    Ok(Opened {
        reader,
        first: Vec::new(),
        positions,
    })
}

/// The newest records over all partitions, found by offsets: cheaper than asking each partition for
/// its own newest, which on Kafka means to read them one after another.
fn open_newest(
    transport: &dyn Transport,
    topic: Topic,
    count: usize,
) -> Result<Opened, TransportError> {
    let ends = transport.reader(topic, Start::Latest)?.positions();
    let oldest = Positions::of(transport.reader(topic, Start::Earliest)?.as_ref());
    // Kafka gives offsets to the marks of its transactions too, at most one for each record.
    let window = i64::try_from(count)
        .unwrap_or(i64::MAX)
        .saturating_mul(2)
        .saturating_add(8);
    let starts: Vec<Position> = ends
        .iter()
        .map(|end| Position {
            at: end.at,
            next_offset: oldest
                .offset(end.at.partition)
                .max(end.next_offset.saturating_sub(window)),
        })
        .collect();
    let mut reader = transport.reader_at(topic, &starts)?;
    let mut positions = Positions::of(reader.as_ref());
    let mut first = merged(read_up_to(reader.as_mut(), &ends)?);
    let older = first.len().saturating_sub(count);
    for record in first.drain(..older) {
        positions.pass(&record);
    }
    Ok(Opened {
        reader,
        first,
        positions,
    })
}

/// Everything before `ends`, and what came meanwhile.
fn read_up_to(reader: &mut dyn Reader, ends: &[Position]) -> Result<Vec<Incoming>, TransportError> {
    /// Silence after which the rest before the ends is taken for marks, which no read brings. What
    /// should come later all the same is read on from there, so nothing is lost.
    const QUIET: Duration = Duration::from_millis(500);
    let mut records = Vec::new();
    loop {
        let reached = Positions::of(reader);
        if ends
            .iter()
            .all(|end| reached.offset(end.at.partition) >= end.next_offset)
        {
            return Ok(records);
        }
        let more = reader.read(1_000, QUIET)?;
        if more.is_empty() && (!records.is_empty() || reader.at_end()?) {
            return Ok(records);
        }
        records.extend(more);
    }
}

/// The records in the order of their times; within a partition the order stays as it is.
fn merged(records: Vec<Incoming>) -> Vec<Incoming> {
    let mut latest: BTreeMap<u32, i64> = BTreeMap::new();
    let mut timed: Vec<(i64, Incoming)> = records
        .into_iter()
        .map(|record| {
            // A clock that was set back must not turn a partition's order around.
            let time = latest
                .entry(record.at.partition)
                .and_modify(|time| *time = record.timestamp_ms.max(*time))
                .or_insert(record.timestamp_ms);
            (*time, record)
        })
        .collect();
    timed.sort_by_key(|(time, _)| *time);
    timed.into_iter().map(|(_, record)| record).collect()
}

#[cfg(test)]
mod tests {
    use wiredesk_model::Headers;

    use super::*;

    #[test]
    fn places_to_start_are_read_as_people_write_them() {
        let positions = Positions::decode("0:42,3:0").expect("two positions");
        assert_eq!(positions.encode(), "0:42,3:0");
        let cases = [
            ("earliest", StartAt::Earliest),
            ("latest", StartAt::Latest),
            ("-20", StartAt::Newest(20)),
            ("0:42,3:0", StartAt::Positions(positions)),
            ("1970-01-01T00:00:01Z", StartAt::Time(1_000)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for wrong in ["", "yesterday", "0:-1", "0", "0:1,", "-x"] {
            assert!(wrong.parse::<StartAt>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn merging_follows_the_times_and_keeps_the_order_of_a_partition() {
        let record = |partition, offset, timestamp_ms| Incoming {
            at: TopicPartition::new(Topic::Enriched, partition),
            offset,
            timestamp_ms,
            key: String::new(),
            value: None,
            headers: Headers::new(),
        };
        let given = vec![
            record(0, 0, 10),
            record(0, 1, 5),
            record(1, 0, 7),
            record(1, 1, 12),
            record(0, 2, 11),
        ];
        let order: Vec<(u32, i64)> = merged(given)
            .iter()
            .map(|record| (record.at.partition, record.offset))
            .collect();
        assert_eq!(order, [(1, 0), (0, 0), (0, 1), (0, 2), (1, 1)]);
    }
}
