//! Every record at its place on a real Apache Kafka, where offsets have no record behind them: past
//! their retention, compacted, and at the end of a partition. The unit suite
//! `services/replayer/tests/moving.rs` dies at every step of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use wiredesk_model::{
    Headers, Incoming, InstanceId, Outgoing, Position, Timestamp, Topic, TopicNames,
    TopicPartition, TopicSpec,
};
use wiredesk_pipeline::{
    Batch, GroupEvent, Member, Membership, Start, StoppedLog, Transport, TransportError,
};
use wiredesk_replayer::{GAP_KEY, Move, MoveError};
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_testkit::log::all_of;
use wiredesk_transport_embedded::{Clock, EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const HOUR_MS: i64 = 3_600_000;
const PARTITIONS: u32 = 2;

fn specs() -> Vec<TopicSpec> {
    [Topic::Raw, Topic::Current, Topic::FeedState]
        .map(|topic| topic.spec(PARTITIONS))
        .to_vec()
}

fn output(topic: Topic, number: u32, value: Option<&str>) -> Outgoing {
    Outgoing {
        topic,
        key: format!("story-{number}"),
        value: value.map(|text| format!("{text} {number}").into_bytes()),
        headers: Headers::new()
            .with("wd_run", "live")
            .with("wd_run", "twice"),
    }
}

/// An embedded log that is a week and an hour old.
fn old_log(names: &TopicNames, folder: &std::path::Path) -> EmbeddedTransport {
    let now_ms = Timestamp::now().as_millisecond();
    let time = Arc::new(AtomicI64::new(now_ms - (7 * 24 + 1) * HOUR_MS));
    let clock = Arc::clone(&time);
    let log = EmbeddedTransport::open(EmbeddedSettings {
        clock: Clock::of(move || clock.load(Ordering::Relaxed)),
        compaction_lag_ms: 0,
        maintain_every: None,
        ..EmbeddedSettings::at(folder.join("wire.sqlite"), names.clone())
    })
    .expect("a new log");
    log.create_topics(&specs()).expect("topics");
    let mut writer = log.writer(&InstanceId::from("w")).expect("a writer");
    let mut write = |outputs: Vec<Outgoing>| writer.write(outputs).expect("written");
    write(
        (0..5_000)
            .map(|n| output(Topic::Raw, n, Some("old")))
            .collect(),
    );
    write(
        (0..50)
            .map(|n| output(Topic::Current, n, Some("first")))
            .collect(),
    );
    time.store(now_ms - 3 * HOUR_MS, Ordering::Relaxed);
    write(
        (0..300)
            .map(|n| output(Topic::Raw, n, Some("new")))
            .collect(),
    );
    write(
        (0..30)
            .map(|n| output(Topic::Current, n, Some("second")))
            .collect(),
    );
    write((0..10).map(|n| output(Topic::Current, n, None)).collect());
    // All of feed-state is gone but for what its offsets tell.
    write(vec![output(Topic::FeedState, 1, Some("cursor"))]);
    write(vec![output(Topic::FeedState, 1, None)]);
    time.store(now_ms, Ordering::Relaxed);
    // Tombstones go after a day.
    while log
        .maintain(now_ms + 25 * HOUR_MS - 2 * HOUR_MS)
        .expect("maintenance")
        .more
    {}
    log
}

fn join(log: &dyn Transport, service: &str) -> Box<dyn Member> {
    let membership = Membership {
        service: service.to_owned(),
        instance: InstanceId::from("one"),
        inputs: vec![Topic::Raw],
    };
    log.join(&membership).expect("a member")
}

/// Reads until it has `records` and all partitions, commits behind them, and leaves.
fn read_as(log: &dyn Transport, service: &str, records: usize) -> Vec<Incoming> {
    let mut member = join(log, service);
    let (mut read, mut assigned): (Vec<Incoming>, usize) = (Vec::new(), 0);
    while read.len() < records || assigned < PARTITIONS as usize {
        let left = records - read.len();
        let polled = member
            .poll(left, Duration::from_millis(50))
            .expect("a poll");
        for event in polled.events {
            if let GroupEvent::Assigned(more) = event {
                assigned += more.len();
            }
        }
        read.extend(polled.records);
    }
    let at = |partition| TopicPartition::new(Topic::Raw, partition);
    let behind = (0..PARTITIONS).filter_map(|partition| {
        let last = read.iter().rev().find(|record| record.at == at(partition));
        last.map(Incoming::next_position)
    });
    let batch = Batch {
        outputs: Vec::new(),
        positions: behind.collect(),
    };
    member.commit(batch).expect("committed");
    read
}

#[test]
fn offsets_times_and_positions_stay_also_where_records_are_gone() {
    let Some(bootstrap) = bootstrap_for_tests(3) else {
        return;
    };
    let names = TopicNames::with_prefix(&format!("places-{}", std::process::id()));
    let folder = tempfile::tempdir().expect("a folder");
    let log = old_log(&names, folder.path());
    let mut settings = KafkaSettings::new(&bootstrap);
    settings.names = names;
    let kafka = KafkaTransport::connect(settings).expect("the settings are right");
    let before = read_as(&log, "cleaner", 200);
    let mut copy = kafka.copy().expect("the settings are right");
    let prepared = Move::prepare(&log, copy.as_mut(), &specs()).expect("nothing is in the way");
    let moved = prepared.carry_out(&mut |_| {}).expect("moved");
    assert_eq!(moved.written, 5_300 + 90 + 2);

    let raw = all_of(&log, Topic::Raw);
    assert_eq!(raw.len(), 300, "the old ones are past their retention");
    assert!(raw.iter().all(|record| record.offset >= 2_000));
    assert_eq!(
        all_of(&kafka, Topic::Raw),
        raw,
        "from the first record kept on"
    );
    for topic in [Topic::Current, Topic::FeedState] {
        // The brokers of tests let go of tombstones after a second, ours and those of the log.
        let (gaps, mut there): (Vec<_>, Vec<_>) = all_of(&kafka, topic)
            .into_iter()
            .partition(|record| record.key == GAP_KEY);
        assert!(gaps.iter().all(|gap| gap.value.is_none()));
        let mut here = all_of(&log, topic);
        here.retain(|record| record.value.is_some());
        there.retain(|record| record.value.is_some());
        assert_eq!(there, here, "{topic}");
        let ends =
            |log: &dyn Transport| log.reader(topic, Start::Latest).expect("there").positions();
        assert_eq!(ends(&kafka), ends(&log), "{topic}");
    }

    // What the group has not read here it reads there, and nothing else.
    let after = read_as(&kafka, "cleaner", 100);
    let mut read: Vec<Position> = before
        .iter()
        .chain(&after)
        .map(Incoming::next_position)
        .collect();
    read.sort();
    let expected: Vec<Position> = raw.iter().map(Incoming::next_position).collect();
    assert_eq!(read, expected);

    // It has worked there now: its position is never put back.
    let again = Move::prepare(&log, copy.as_mut(), &specs()).map(|_| ());
    assert!(matches!(again, Err(MoveError::Stands { .. })), "{again:?}");
    assert!(StoppedLog::committed(&log).expect("asked").len() == 1);
}

#[test]
fn positions_of_a_group_with_members_are_left_alone() {
    let Some(bootstrap) = bootstrap_for_tests(3) else {
        return;
    };
    let mut settings = KafkaSettings::new(&bootstrap);
    settings.names = TopicNames::with_prefix(&format!("members-{}", std::process::id()));
    let kafka = KafkaTransport::connect(settings).expect("the settings are right");
    kafka.create_topics(&specs()).expect("topics");
    let mut copy = kafka.copy().expect("the settings are right");
    let position = Position {
        at: TopicPartition::new(Topic::Raw, 0),
        next_offset: 0,
    };
    let mut member = join(&kafka, "cleaner");
    while member
        .poll(1, Duration::from_millis(50))
        .expect("a poll")
        .events
        .is_empty()
    {}
    let refused = copy.commit("cleaner", &[position]);
    assert!(
        matches!(&refused, Err(TransportError::Invalid(text)) if text.contains("at work")),
        "{refused:?}"
    );
    drop(member);
    copy.commit("cleaner", &[position])
        .expect("nobody is there");
    assert_eq!(
        copy.committed("cleaner", &[position.at]).expect("asked"),
        [Some(0)]
    );
}
