//! Records on their way in and out of a transport, and where they stand.

use crate::{Headers, Topic, header};

/// One partition of one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Topic,
    /// The partition, from 0.
    pub partition: u32,
}

impl TopicPartition {
    /// Partition `partition` of `topic`.
    pub fn new(topic: Topic, partition: u32) -> Self {
        Self { topic, partition }
    }
}

impl std::fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}]", self.topic, self.partition)
    }
}

/// How far a group has read: the offset of the next record it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Where.
    pub at: TopicPartition,
    /// Offset of the next record to read.
    pub next_offset: i64,
}

/// A record as a transport delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Where it was read.
    pub at: TopicPartition,
    /// Its offset there.
    pub offset: i64,
    /// When it was written, milliseconds since 1970 UTC.
    pub timestamp_ms: i64,
    /// Its key, as UTF-8; empty where it had none.
    pub key: String,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Headers,
}

impl Incoming {
    /// The position behind this record.
    pub fn next_position(&self) -> Position {
        Position {
            at: self.at,
            next_offset: self.offset + 1,
        }
    }

    /// Bytes of key and value together.
    pub fn size_bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Vec::len)
    }
}

/// A record to be written. The partition follows from the key, unless a header names it
/// ([`Outgoing::partition`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The topic to write to.
    pub topic: Topic,
    /// The key: the story id, or the feed id on `feed-state`.
    pub key: String,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Headers,
}

impl Outgoing {
    /// The partition that it is written to, of `partitions`: the one that [`header::PARTITION`]
    /// names, where that is there; otherwise by its key ([`partition_for`]).
    pub fn partition(&self, partitions: u32) -> u32 {
        let named = self.headers.get(header::PARTITION);
        let named = named.and_then(|number| number.parse().ok());
        named
            .filter(|number| *number < partitions)
            .unwrap_or_else(|| partition_for(&self.key, partitions))
    }
}

/// The partition that `key` belongs to among `partitions`.
///
/// Murmur2 as the Java clients' default partitioner has it (`(murmur2(key) & 0x7fffffff) % n`),
/// so any Kafka client with that default writes a key to the same place.
///
/// # Panics
/// Where `partitions` is 0: no topic has none.
pub fn partition_for(key: &str, partitions: u32) -> u32 {
    (murmur2(key.as_bytes()) & 0x7fff_ffff) % partitions
}

/// Murmur2, 32 bit, with the seed of Apache Kafka (`org.apache.kafka.common.utils.Utils`).
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c_u32 ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let tail = words.remainder();
    if !tail.is_empty() {
        for (place, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_the_partition_where_the_key_does_not() {
        let mut record = Outgoing {
            topic: Topic::FeedState,
            key: "foobar".to_owned(),
            value: None,
            headers: Headers::new(),
        };
        assert_eq!(record.partition(8), partition_for("foobar", 8));
        record.headers.push(header::PARTITION, "3");
        assert_eq!(record.partition(8), 3);
        assert_eq!(record.partition(3), partition_for("foobar", 3));
    }

    /// The vectors of Apache Kafka's own `UtilsTest.testMurmur2`.
    #[test]
    fn murmur2_agrees_with_apache_kafka() {
        let cases = [
            ("21", -973_932_308_i32),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ];
        for (text, expected) in cases {
            assert_eq!(
                murmur2(text.as_bytes()) as i32,
                expected,
                "murmur2 of {text:?}"
            );
        }
    }
}
