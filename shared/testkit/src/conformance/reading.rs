//! Readers outside every group, and what comes through unchanged.

use std::time::{Duration, Instant};

use wiredesk_model::{Headers, Incoming, Outgoing, Topic};
use wiredesk_pipeline::{Reader, Start, Transport};

use crate::wait::wait_until;

use super::bench::{Bench, Limits};
use super::hand::Hand;
use super::records::{
    WAIT, numbered, numbered_run, ok, once_and_in_order, prepared, read_all, read_exactly,
    sorted_texts, texts, write,
};

#[track_caller]
fn open(transport: &dyn Transport, start: Start) -> Box<dyn Reader> {
    ok(transport.reader(Topic::Raw, start), "opening a reader")
}

/// Reads until `count` records have come, and a little longer to see that no more do.
#[track_caller]
fn reads(reader: &mut dyn Reader, count: usize, limits: &Limits) -> Vec<Incoming> {
    let begun = Instant::now();
    let mut records = Vec::new();
    while records.len() < count {
        records.extend(ok(reader.read(100, WAIT), "reading"));
        assert!(
            begun.elapsed() < limits.event,
            "{} of {count} records within {:?}",
            records.len(),
            limits.event
        );
    }
    let full = Instant::now();
    while full.elapsed() < limits.quiet {
        records.extend(ok(reader.read(100, WAIT), "reading"));
    }
    assert!(
        records.len() == count,
        "expected {count} records, found {:?}",
        texts(&records)
    );
    records
}

/// From the earliest everything comes, from the latest only what is new.
pub fn reader_from_earliest_and_latest(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 3);
    let mut early = open(&*transport, Start::Latest);
    write(&*transport, numbered_run(Topic::Raw, 6, 1..=3));
    reads(&mut *early, 18, &limits);

    let mut all = open(&*transport, Start::Earliest);
    once_and_in_order(&reads(&mut *all, 18, &limits), 6, 3);
    let mut new = open(&*transport, Start::Latest);
    reads(&mut *new, 0, &limits);
    write(&*transport, vec![numbered(Topic::Raw, "story-9", 1)]);
    assert_eq!(
        texts(&reads(&mut *new, 1, &limits)),
        ["story-9#1"],
        "a reader from the latest is given what is written after it was opened"
    );
}

/// From a time, the first records written at or after it come.
pub fn reader_from_a_time(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 3);
    write(&*transport, numbered_run(Topic::Raw, 6, 1..=2));
    let newest = read_exactly(bench, Topic::Raw, 12)
        .iter()
        .map(|record| record.timestamp_ms)
        .max()
        .unwrap_or_default();
    wait_until("the clock to move on", Duration::from_secs(5), || {
        now_ms() > newest + 5
    });
    write(&*transport, numbered_run(Topic::Raw, 6, 3..=4));
    let second: Vec<Incoming> = read_exactly(bench, Topic::Raw, 24)
        .into_iter()
        .filter(|record| record.timestamp_ms > newest)
        .collect();
    let boundary = second
        .iter()
        .map(|record| record.timestamp_ms)
        .min()
        .unwrap_or_default();

    let from_time =
        |time: i64, count: usize| reads(&mut *open(&*transport, Start::Time(time)), count, &limits);
    assert_eq!(
        sorted_texts(&from_time(boundary, 12)),
        sorted_texts(&second),
        "from the time of the second batch's first record"
    );
    from_time(newest + 1, 12);
    from_time(0, 24);
    from_time(now_ms() + 3_600_000, 0);
}

/// The last `n` of each partition, or as many as there are.
pub fn reader_from_the_last_records(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=10));
    let mut last = open(&*transport, Start::Last(3));
    let mut records = Vec::new();
    wait_until("the last record", limits.event, || {
        records.extend(ok(last.read(100, WAIT), "reading"));
        texts(&records).contains(&"story-0#10".to_owned())
    });
    let fewest = 3 - limits.gaps as usize;
    assert!(
        (fewest..=3).contains(&records.len()),
        "the last three (markers may stand for {}): found {:?}",
        limits.gaps,
        texts(&records)
    );
    reads(&mut *open(&*transport, Start::Last(1_000)), 10, &limits);
    write(&*transport, vec![numbered(Topic::Raw, "story-0", 11)]);
    assert_eq!(
        texts(&reads(&mut *last, 1, &limits)),
        ["story-0#11"],
        "then what is new"
    );
}

/// Positions of one reader are where another goes on.
pub fn reader_at_positions(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 3);
    write(&*transport, numbered_run(Topic::Raw, 9, 1..=4));
    let mut reader = open(&*transport, Start::Earliest);
    let mut first = Vec::new();
    wait_until("the first ten records", limits.event, || {
        first.extend(ok(reader.read(10 - first.len(), WAIT), "reading"));
        first.len() == 10
    });
    assert!(
        !ok(reader.at_end(), "asking for the end"),
        "ten of 36 is not the end"
    );
    let positions = reader.positions();
    let mut onward = ok(
        bench.open().reader_at(Topic::Raw, &positions),
        "opening a reader at positions",
    );
    let rest = reads(&mut *onward, 26, &limits);
    let together = [first.clone(), rest].concat();
    once_and_in_order(&together, 9, 4);
    wait_until("the reader to be at the end", limits.event, || {
        let _ = onward.read(10, WAIT);
        ok(onward.at_end(), "asking for the end")
    });

    let mut part = ok(
        transport.reader_at(Topic::Raw, &positions[..1]),
        "opening a reader at one position",
    );
    let skipped = first
        .iter()
        .filter(|record| record.at == positions[0].at)
        .count();
    reads(&mut *part, 36 - skipped, &limits);
}

/// A waiting reader is given a record soon after it is committed, through a handle of its own.
pub fn reader_follows_what_is_written(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 2);
    let other = bench.open();
    let mut reader = ok(
        other.reader(Topic::Raw, Start::Earliest),
        "opening a reader",
    );
    for number in 1..=5 {
        write(&*transport, vec![numbered(Topic::Raw, "story-0", number)]);
        let mut found = Vec::new();
        wait_until("the record just written", limits.event, || {
            found.extend(ok(reader.read(10, limits.event), "reading"));
            !found.is_empty()
        });
        assert_eq!(texts(&found), [format!("story-0#{number}")]);
    }
}

/// Never more records than asked for, and no longer a wait.
pub fn poll_and_read_keep_to_their_bounds(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 4);
    write(&*transport, numbered_run(Topic::Raw, 20, 1..=5));
    let mut hand = Hand::join(&*transport, "one");
    let mut reader = open(&*transport, Start::Earliest);
    let (mut polled, mut read) = (0, 0);
    let begun = Instant::now();
    while polled < 100 || read < 100 {
        let by_poll = hand.poll_patiently(7).len();
        let by_read = ok(reader.read(7, WAIT), "reading").len();
        assert!(
            by_poll <= 7 && by_read <= 7,
            "asked for seven, given {by_poll} and {by_read}"
        );
        polled += by_poll;
        read += by_read;
        assert!(begun.elapsed() < limits.event, "{polled} and {read} of 100");
    }
    let begun = Instant::now();
    let nothing = ok(reader.read(7, WAIT), "reading at the end");
    assert!(nothing.is_empty(), "nothing is left to read");
    assert!(
        begun.elapsed() < WAIT + Duration::from_secs(2),
        "a read of {WAIT:?} took {:?}",
        begun.elapsed()
    );
}

/// Tombstones, headers, empty keys and values, binary and Unicode come back as they were.
pub fn records_come_back_as_they_were(bench: &dyn Bench) {
    let transport = prepared(bench, 2);
    let binary: Vec<u8> = (0..=255).collect();
    let record = |key: &str, value: Option<&[u8]>| Outgoing {
        topic: Topic::Raw,
        key: key.to_owned(),
        value: value.map(<[u8]>::to_vec),
        headers: Headers::new(),
    };
    let mut with_headers = record("headed", Some(b"x"));
    with_headers.headers = Headers::new()
        .with("ce_id", "urn:story:1@2")
        .with("empty", "")
        .with("twice", "first")
        .with("twice", "second, with ünïcode — and \"quotes\"");
    let written = vec![
        record("plain", Some(b"text")),
        record("", Some(b"no key")),
        record("gone", None),
        record("empty", Some(b"")),
        record("binary", Some(&binary)),
        record("Überschrift/नेपाल/記事", Some("Größe: 5 µm".as_bytes())),
        record("long", Some(&vec![b'n'; 300_000])),
        with_headers,
    ];
    let before = now_ms();
    write(&*transport, written.clone());
    let found = read_exactly(bench, Topic::Raw, written.len());
    for expected in &written {
        let same = found.iter().any(|record| {
            record.key == expected.key
                && record.value == expected.value
                && record.headers == expected.headers
        });
        assert!(
            same,
            "the record with key {:?} came back changed",
            expected.key
        );
    }
    let slack = 60_000;
    assert!(
        found
            .iter()
            .all(|record| (record.timestamp_ms - before).abs() < slack),
        "each record carries the time it was written"
    );
}

/// A batch of 5,000 records is one batch.
pub fn large_batch_comes_through(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 4);
    write(&*transport, numbered_run(Topic::Raw, 50, 1..=100));
    let mut hand = Hand::join(&*transport, "one");
    let records = hand.take(5_000, &limits);
    ok(hand.commit_copies(&records), "committing 5,000 records");
    let copied = read_all(bench, Topic::Clean);
    once_and_in_order(&copied, 50, 100);
}

fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
