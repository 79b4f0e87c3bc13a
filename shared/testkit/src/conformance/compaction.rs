//! Compacted topics: the newest record of each key is what counts.

use std::collections::BTreeMap;

use wiredesk_model::{Incoming, Outgoing, Topic, TopicPartition};
use wiredesk_pipeline::{Transport, TransportError};

use super::bench::Bench;
use super::hand::{Hand, settle};
use super::records::{WAIT, numbered, numbered_run, ok, prepared, read_all, texts, write};

const STATE_PARTITIONS: u32 = 2;

fn tombstone(topic: Topic, key: &str) -> Outgoing {
    Outgoing {
        value: None,
        ..numbered(topic, key, 0)
    }
}

/// Both partitions' snapshots, as key and value; each is checked for offset order.
#[track_caller]
fn snapshots(transport: &dyn Transport) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for partition in 0..STATE_PARTITIONS {
        let at = TopicPartition::new(Topic::FeedState, partition);
        let records = ok(transport.snapshot(at), "taking a snapshot");
        assert!(
            records.iter().all(|record| record.at == at),
            "a snapshot of {at} holds its own records only"
        );
        assert!(
            records
                .windows(2)
                .all(|pair| pair[0].offset < pair[1].offset),
            "a snapshot is in offset order"
        );
        for (record, text) in records.iter().zip(texts(&records)) {
            let twice = found.insert(record.key.clone(), text);
            assert!(
                twice.is_none(),
                "{} is in the snapshot more than once",
                record.key
            );
        }
    }
    found
}

fn newest(keys: usize, number: usize) -> BTreeMap<String, String> {
    (0..keys)
        .map(|key| (format!("story-{key}"), format!("story-{key}#{number}")))
        .collect()
}

/// The newest value of each key, without those that a tombstone took away.
pub fn snapshot_has_the_newest_of_each_key(bench: &dyn Bench) {
    let transport = prepared(bench, 1);
    assert!(snapshots(&*transport).is_empty(), "nothing was written yet");
    write(&*transport, numbered_run(Topic::FeedState, 10, 1..=3));
    assert_eq!(snapshots(&*transport), newest(10, 3), "after three rounds");

    write(
        &*transport,
        vec![
            tombstone(Topic::FeedState, "story-4"),
            tombstone(Topic::FeedState, "story-5"),
            tombstone(Topic::FeedState, "story-never-seen"),
            numbered(Topic::FeedState, "story-5", 7),
        ],
    );
    let mut expected = newest(10, 3);
    expected.remove("story-4");
    expected.insert("story-5".to_owned(), "story-5#7".to_owned());
    assert_eq!(
        snapshots(&*bench.open()),
        expected,
        "story-4 is gone, story-5 came back"
    );
}

/// A state of any size is read piece by piece, and ends with the newest of each key.
pub fn state_is_read_in_bounded_pieces(bench: &dyn Bench) {
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::FeedState, 40, 1..=3));
    write(&*transport, vec![tombstone(Topic::FeedState, "story-4")]);
    let mut found = BTreeMap::new();
    for partition in 0..STATE_PARTITIONS {
        let at = TopicPartition::new(Topic::FeedState, partition);
        let mut state = ok(transport.state(at), "reading a state");
        let mut last_offset = -1;
        loop {
            let piece = ok(state.read(7, WAIT), "reading a piece");
            assert!(piece.len() <= 7, "{} records in a piece of 7", piece.len());
            if piece.is_empty() && ok(state.at_end(), "asking for the end") {
                break;
            }
            for record in piece {
                assert!(record.at == at && record.offset > last_offset, "in order");
                last_offset = record.offset;
                match &record.value {
                    Some(value) => {
                        let text = String::from_utf8_lossy(value).into_owned();
                        found.insert(record.key, text);
                    }
                    None => drop(found.remove(&record.key)),
                }
            }
        }
    }
    let mut expected = newest(40, 3);
    expected.remove("story-4");
    assert_eq!(found, expected);
    let missing = transport.state(TopicPartition::new(Topic::FeedState, STATE_PARTITIONS));
    assert!(
        matches!(missing, Err(TransportError::Invalid(_))),
        "no such partition"
    );
}

/// The new owner of a state partition sees all that the former one committed.
pub fn snapshot_is_complete_after_a_change_of_owner(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    for round in 1..=3 {
        let state = bench.open();
        let mut owner = Hand::join_for(
            &*state,
            &format!("owner-{round}"),
            "battery-state",
            Topic::FeedState,
        );
        settle(
            &mut [&mut owner],
            "both state partitions at the owner",
            limits.session,
            |hands| hands[0].held.len() == STATE_PARTITIONS as usize,
        );
        let expected = if round == 1 {
            BTreeMap::new()
        } else {
            newest(8, round - 1)
        };
        assert_eq!(
            snapshots(&*state),
            expected,
            "what owner {round} finds when it takes over"
        );
        let outputs = numbered_run(Topic::FeedState, 8, round..=round);
        ok(owner.commit(outputs, &[]), "committing state");
    }
    assert_eq!(snapshots(&*transport), newest(8, 3), "after the last owner");
}

/// After compaction readers still find the newest of each key, at its offset and in order, and a
/// reader that was in the middle misses nothing that still stands.
pub fn compaction_keeps_the_newest_of_each_key(bench: &dyn Bench) {
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::FeedState, 6, 1..=10));
    write(&*transport, vec![tombstone(Topic::FeedState, "story-2")]);
    let before = read_all(bench, Topic::FeedState);
    let mut reader = ok(
        transport.reader_at(Topic::FeedState, &[]),
        "opening a reader",
    );
    let mut seen = ok(reader.read(10, bench.limits().event), "reading");
    let compacted = bench.compact();

    let after = read_all(bench, Topic::FeedState);
    let mut expected = newest(6, 10);
    expected.remove("story-2");
    assert_eq!(snapshots(&*transport), expected, "the snapshot");
    assert!(
        after.iter().all(|record| before.contains(record)),
        "what is left keeps its offset, time and content"
    );
    for (key, value) in &expected {
        assert!(
            after
                .iter()
                .zip(texts(&after))
                .any(|(record, text)| record.key == *key && text == *value),
            "the newest record of {key} is still there"
        );
    }
    if compacted {
        assert!(
            after.len() == expected.len(),
            "compacted: expected the {} newest records, found {:?}",
            expected.len(),
            texts(&after)
        );
    }
    while !ok(reader.at_end(), "asking for the end") {
        seen.extend(ok(reader.read(10, bench.limits().event), "reading"));
    }
    let last_seen = last_of_each_key(&seen);
    for (key, value) in &expected {
        assert!(
            last_seen.get(key) == Some(value),
            "a reader in the middle ends with the newest of {key}: {value}, not {:?}",
            last_seen.get(key)
        );
    }
    let later = vec![numbered(Topic::FeedState, "story-0", 11)];
    write(&*transport, later);
    let newest_offset = |records: &[Incoming]| {
        records
            .iter()
            .filter(|record| record.key == "story-0")
            .map(|record| record.offset)
            .max()
    };
    assert!(
        newest_offset(&read_all(bench, Topic::FeedState)) > newest_offset(&before),
        "offsets are never used again"
    );
}

fn last_of_each_key(records: &[Incoming]) -> BTreeMap<String, String> {
    records
        .iter()
        .zip(texts(records))
        .map(|(record, text)| (record.key.clone(), text))
        .collect()
}
