//! Records that the properties write, and what they check of those that come back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, InstanceId, Outgoing, Position, Topic, TopicPartition, TopicSpec};
use wiredesk_pipeline::{Batch, Start, Transport, TransportError};

use super::bench::Bench;

/// How long one poll or read waits.
pub(super) const WAIT: Duration = Duration::from_millis(50);

/// The value, or the end of the property.
#[track_caller]
#[expect(clippy::panic, reason = "a property fails as a test does")]
pub(super) fn ok<T>(result: Result<T, TransportError>, doing: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{doing}: expected success, got: {error}"),
    }
}

/// The error, or the end of the property.
#[track_caller]
#[expect(clippy::panic, reason = "a property fails as a test does")]
pub(super) fn err<T>(result: Result<T, TransportError>, doing: &str) -> TransportError {
    match result {
        Ok(_) => panic!("{doing}: expected an error, got success"),
        Err(error) => error,
    }
}

/// The usual topics of a property: the input with `partitions`, two outputs, one compacted.
pub(super) fn specs(partitions: u32) -> Vec<TopicSpec> {
    vec![
        Topic::Raw.spec(partitions),
        Topic::Clean.spec(3),
        Topic::Dead.spec(1),
        Topic::FeedState.spec(2),
    ]
}

/// A handle on the bench with the usual topics made.
#[track_caller]
pub(super) fn prepared(bench: &dyn Bench, partitions: u32) -> Box<dyn Transport> {
    let transport = bench.open();
    ok(
        transport.create_topics(&specs(partitions)),
        "creating the topics",
    );
    transport
}

/// A record whose value says which one of its key it is.
pub(super) fn numbered(topic: Topic, key: &str, number: usize) -> Outgoing {
    Outgoing {
        topic,
        key: key.to_owned(),
        value: Some(format!("{key}#{number}").into_bytes()),
        headers: Default::default(),
    }
}

/// `each` numbered records of each of `keys` keys, the keys taking turns.
pub(super) fn numbered_run(
    topic: Topic,
    keys: usize,
    numbers: std::ops::RangeInclusive<usize>,
) -> Vec<Outgoing> {
    numbers
        .flat_map(|number| {
            (0..keys).map(move |key| numbered(topic, &format!("story-{key}"), number))
        })
        .collect()
}

/// Writes `outputs` as one batch.
#[track_caller]
pub(super) fn write(transport: &dyn Transport, outputs: Vec<Outgoing>) {
    let mut writer = ok(
        transport.writer(&InstanceId::from("battery-writer")),
        "opening a writer",
    );
    ok(writer.write(outputs), "writing a batch");
}

/// The value as text.
pub(super) fn text(record: &Incoming) -> String {
    record.value.as_ref().map_or_else(
        || "(tombstone)".to_owned(),
        |value| String::from_utf8_lossy(value).into_owned(),
    )
}

/// The values as text, in the order of the records.
pub(super) fn texts(records: &[Incoming]) -> Vec<String> {
    records.iter().map(text).collect()
}

/// The same, sorted: for comparing records of several partitions.
pub(super) fn sorted_texts(records: &[Incoming]) -> Vec<String> {
    let mut all = texts(records);
    all.sort();
    all
}

/// The position behind the newest of `records` in each partition.
pub(super) fn positions_behind(records: &[Incoming]) -> Vec<Position> {
    let mut newest: BTreeMap<TopicPartition, i64> = BTreeMap::new();
    for record in records {
        let next = newest.entry(record.at).or_insert(0);
        *next = (*next).max(record.offset + 1);
    }
    newest
        .into_iter()
        .map(|(at, next_offset)| Position { at, next_offset })
        .collect()
}

/// Everything committed on `topic` now, from the earliest on.
#[track_caller]
pub(super) fn read_all(bench: &dyn Bench, topic: Topic) -> Vec<Incoming> {
    let transport = bench.open();
    let limit = bench.limits().event;
    let mut reader = ok(transport.reader(topic, Start::Earliest), "opening a reader");
    let begun = Instant::now();
    let mut records = Vec::new();
    loop {
        let ended = ok(reader.at_end(), "asking a reader for the end");
        let more = ok(reader.read(1_000, WAIT), "reading");
        if ended && more.is_empty() {
            return records;
        }
        records.extend(more);
        assert!(
            begun.elapsed() < limit,
            "reader of {topic} is not at the end after {limit:?}, {} records read",
            records.len()
        );
    }
}

/// Waits until `topic` holds `count` records, and a little longer to see that no more come.
#[track_caller]
pub(super) fn read_exactly(bench: &dyn Bench, topic: Topic, count: usize) -> Vec<Incoming> {
    let transport = bench.open();
    let limits = bench.limits();
    let mut reader = ok(transport.reader(topic, Start::Earliest), "opening a reader");
    let begun = Instant::now();
    let mut records = Vec::new();
    while records.len() < count {
        records.extend(ok(reader.read(1_000, WAIT), "reading"));
        assert!(
            begun.elapsed() < limits.event,
            "{topic} has {} records after {:?}, expected {count}",
            records.len(),
            limits.event
        );
    }
    let full = Instant::now();
    while full.elapsed() < limits.quiet {
        records.extend(ok(reader.read(1_000, WAIT), "reading"));
    }
    assert!(
        records.len() == count,
        "{topic} has {} records, expected {count}: {:?}",
        records.len(),
        sorted_texts(&records)
    );
    records
}

/// Checks that `topic` shows nothing, and goes on showing nothing.
#[track_caller]
pub(super) fn shows_nothing(bench: &dyn Bench, topic: Topic) {
    read_exactly(bench, topic, 0);
}

/// Checks that each key carries 1, 2, 3 … `each`, once and in order.
#[track_caller]
pub(super) fn once_and_in_order(records: &[Incoming], keys: usize, each: usize) {
    let mut by_key: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for record in records {
        by_key.entry(&record.key).or_default().push(text(record));
    }
    assert!(
        by_key.len() == keys,
        "expected records of {keys} keys, found {}",
        by_key.len()
    );
    for (key, found) in by_key {
        let expected: Vec<String> = (1..=each).map(|number| format!("{key}#{number}")).collect();
        assert!(
            found == expected,
            "records of {key}: expected each of 1 to {each} once and in order, found {found:?}"
        );
    }
}

/// The records as outputs on the clean topic.
pub(super) fn copies(records: &[Incoming]) -> Vec<Outgoing> {
    let copy = |record: &Incoming| Outgoing {
        topic: Topic::Clean,
        key: record.key.clone(),
        value: record.value.clone(),
        headers: record.headers.clone(),
    };
    records.iter().map(copy).collect()
}

/// A batch that copies `records` to the clean topic and is done with them.
pub fn copying(records: &[Incoming]) -> Batch {
    Batch {
        outputs: copies(records),
        positions: positions_behind(records),
    }
}
