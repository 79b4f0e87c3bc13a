//! Retention and compaction: what goes, when, and that nobody is misled by it.

mod kit;

use kit::{
    BEGIN_MS, Scratch, join, kept, read_all, read_from, record, take, tombstone, values, write,
};
use wiredesk_model::{Topic, TopicPartition};
use wiredesk_pipeline::{Start, Transport};
use wiredesk_transport_embedded::EmbeddedSettings;
use wiredesk_transport_embedded::EmbeddedTransport;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn retention_removes_what_is_older_and_nothing_else() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    for number in 0..6 {
        write(
            &transport,
            vec![record(Topic::Raw, "story", &number.to_string())],
        );
        write(
            &transport,
            vec![record(Topic::Current, "story", &number.to_string())],
        );
        scratch.hands.turn(HOUR_MS / 4);
    }
    // Written at 0, 15, 30, 45, 60 and 75 minutes; now it is 105.
    scratch.hands.turn(HOUR_MS / 4);
    let now_ms = BEGIN_MS + 105 * 60_000;
    let done = transport.maintain(now_ms).expect("removing");
    assert_eq!((done.expired, done.more), (3, false));
    assert_eq!(values(&read_all(&transport, Topic::Raw)), ["3", "4", "5"]);
    assert_eq!(kept(&transport, Topic::Raw), 3);

    write(&transport, vec![record(Topic::Raw, "story", "6")]);
    let offsets: Vec<i64> = read_all(&transport, Topic::Raw)
        .iter()
        .map(|record| record.offset)
        .collect();
    assert_eq!(offsets, [3, 4, 5, 6], "offsets stay what they were");
    assert_eq!(transport.backlog("test", Topic::Raw).expect("asking"), 4);
    let mut late = join(&transport, "one");
    assert_eq!(values(&take(&mut *late, 4)), ["3", "4", "5", "6"]);
}

#[test]
fn a_step_removes_no_more_than_its_bound() {
    let scratch = Scratch::new();
    drop(scratch.prepared(3));
    let settings = EmbeddedSettings {
        maintain_records: 10,
        ..scratch.settings()
    };
    let transport = EmbeddedTransport::open(settings).expect("the store opens");
    let outputs = (0..25).map(|number| record(Topic::Raw, &format!("story-{number}"), "x"));
    write(&transport, outputs.collect());
    let far = BEGIN_MS + 10 * HOUR_MS;
    let steps: Vec<(u64, bool)> = (0..4)
        .map(|_| transport.maintain(far).expect("removing"))
        .map(|done| (done.expired, done.more))
        .collect();
    assert_eq!(steps, [(10, true), (10, true), (5, false), (0, false)]);
    assert_eq!(kept(&transport, Topic::Raw), 0);
}

#[test]
fn compaction_waits_for_its_lag_and_tombstones_for_theirs() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    let all = || values(&read_all(&transport, Topic::Current));
    write(
        &transport,
        vec![
            record(Topic::Current, "one", "one-1"),
            record(Topic::Current, "two", "two-1"),
            record(Topic::Current, "one", "one-2"),
            tombstone(Topic::Current, "two"),
        ],
    );
    transport.maintain(BEGIN_MS + 59_000).expect("compacting");
    assert_eq!(all(), ["one-1", "two-1", "one-2", "-two"], "too early");
    transport.maintain(BEGIN_MS + 60_000).expect("compacting");
    assert_eq!(all(), ["one-2", "-two"], "superseded records are gone");
    transport
        .maintain(BEGIN_MS + 24 * HOUR_MS - 1)
        .expect("compacting");
    assert_eq!(all(), ["one-2", "-two"], "the tombstone can still be seen");
    transport
        .maintain(BEGIN_MS + 24 * HOUR_MS)
        .expect("compacting");
    assert_eq!(all(), ["one-2"], "the tombstone has had its day");
    assert_eq!(kept(&transport, Topic::Current), 1);

    write(&transport, vec![record(Topic::Current, "two", "two-2")]);
    let at = TopicPartition::new(Topic::Current, 0);
    let snapshot = transport.snapshot(at).expect("a snapshot");
    assert_eq!(values(&snapshot), ["one-2", "two-2"]);
    assert!(
        transport.snapshot(kit::raw(0)).is_err(),
        "a topic that is not compacted has no snapshot"
    );
}

#[test]
fn a_tombstone_never_goes_before_what_it_took_away() {
    let scratch = Scratch::new();
    drop(scratch.prepared(1));
    let settings = EmbeddedSettings {
        compaction_lag_ms: 10_000,
        tombstone_retention_ms: 1_000,
        maintain_records: 1,
        ..scratch.settings()
    };
    let transport = EmbeddedTransport::open(settings).expect("the store opens");
    write(&transport, vec![record(Topic::Current, "one", "one-1")]);
    write(&transport, vec![tombstone(Topic::Current, "one")]);
    let mut seen = Vec::new();
    for second in 0..15 {
        transport
            .maintain(BEGIN_MS + second * 1_000)
            .expect("compacting");
        seen.push(values(&read_all(&transport, Topic::Current)).join(" "));
    }
    seen.dedup();
    assert_eq!(seen, ["one-1 -one", "-one", ""]);
}

#[test]
fn a_key_that_comes_back_outlives_its_tombstone() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    write(&transport, vec![record(Topic::Current, "one", "one-1")]);
    write(&transport, vec![tombstone(Topic::Current, "one")]);
    write(&transport, vec![record(Topic::Current, "one", "one-2")]);
    transport
        .maintain(BEGIN_MS + 48 * HOUR_MS)
        .expect("compacting");
    assert_eq!(values(&read_all(&transport, Topic::Current)), ["one-2"]);
    assert_eq!(kept(&transport, Topic::Current), 1);
}

#[test]
fn time_is_found_though_the_clock_goes_back() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    for turn_ms in [1_000, 1_000, -500_000, 1_000, 600_000, 1_000] {
        scratch.hands.turn(turn_ms);
        write(&transport, vec![record(Topic::Raw, "story", "x")]);
    }
    let times: Vec<i64> = read_all(&transport, Topic::Raw)
        .iter()
        .map(|record| record.timestamp_ms - BEGIN_MS)
        .collect();
    assert_eq!(times, [1_000, 2_000, 2_000, 2_000, 103_000, 104_000]);
    for (time, count) in [
        (0, 6),
        (1_000, 6),
        (1_001, 5),
        (2_000, 5),
        (2_001, 2),
        (104_000, 1),
        (104_001, 0),
    ] {
        let found = read_from(&transport, Topic::Raw, Start::Time(BEGIN_MS + time));
        assert_eq!(found.len(), count, "from {time} ms on");
    }
}

/// Writing for ever keeps the file where it is, with members and writers doing the maintenance.
#[test]
fn file_stays_bounded_while_records_come_and_go() {
    let scratch = Scratch::new();
    drop(scratch.prepared(2));
    let settings = EmbeddedSettings {
        maintain_every: Some(std::time::Duration::ZERO),
        ..scratch.settings()
    };
    let transport = EmbeddedTransport::open(settings).expect("the store opens");
    let heavy = "x".repeat(20_000);
    let mut sizes = Vec::new();
    for round in 0..60 {
        let outputs = (0..100).flat_map(|number| {
            let key = format!("story-{number}");
            [
                record(Topic::Raw, &key, &heavy),
                record(Topic::Current, &key, &format!("{round}{}", &heavy[..2_000])),
            ]
        });
        write(&transport, outputs.collect());
        scratch.hands.turn(HOUR_MS / 10);
        let file = std::fs::metadata(scratch.path()).expect("the store is there");
        sizes.push(file.len());
    }
    let highest_early = sizes[..30].iter().max().copied().unwrap_or_default();
    let highest_late = sizes[30..].iter().max().copied().unwrap_or_default();
    assert!(
        highest_late <= highest_early + highest_early / 4,
        "the file grew from {highest_early} to {highest_late} bytes"
    );
    assert!(kept(&transport, Topic::Raw) <= 1_200);
    assert!(kept(&transport, Topic::Current) <= 200);
}

/// A reader in the way lets the write-ahead log grow; once it is gone, the log is cut down.
#[test]
fn write_ahead_log_is_cut_down_once_no_reader_is_in_the_way() {
    const LOG_BYTES: u64 = 64 * 1024 * 1024;
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    let heavy = "x".repeat(1_000_000);
    write(&transport, vec![record(Topic::Raw, "story", "x")]);
    let reader = rusqlite::Connection::open(scratch.path()).expect("a second connection");
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM records;")
        .expect("reading on and on");
    for _ in 0..70 {
        write(&transport, vec![record(Topic::Raw, "story", &heavy)]);
    }
    let log_bytes = || {
        let log = scratch.folder.path().join("wire.db-wal");
        std::fs::metadata(log).map_or(0, |file| file.len())
    };
    assert!(log_bytes() > LOG_BYTES, "{} bytes of log", log_bytes());
    transport.maintain(BEGIN_MS).expect("maintaining");
    assert!(log_bytes() > LOG_BYTES, "the reader is still in the way");
    reader.execute_batch("COMMIT").expect("the reader ends");
    transport.maintain(BEGIN_MS).expect("maintaining");
    assert!(log_bytes() < LOG_BYTES, "{} bytes of log", log_bytes());
    assert_eq!(kept(&transport, Topic::Raw), 71);
}
