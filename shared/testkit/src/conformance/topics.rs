//! Making topics and comparing them.

use wiredesk_model::{Cleanup, InstanceId, Topic, TopicPartition, TopicSpec};
use wiredesk_pipeline::{Membership, Start, TopicStatus, TransportError};

use super::bench::Bench;
use super::records::{err, numbered_run, ok, prepared, read_exactly, write};

/// Creating again, also with other settings, changes nothing.
pub fn create_leaves_what_is_there(bench: &dyn Bench) {
    let transport = prepared(bench, 3);
    ok(
        transport.check(bench.limits().event),
        "checking the transport",
    );
    write(&*transport, numbered_run(Topic::Raw, 5, 1..=2));
    ok(
        transport.create_topics(&super::records::specs(3)),
        "creating the same topics again",
    );
    ok(
        bench
            .open()
            .create_topics(&[Topic::Raw.spec(8), Topic::Enriched.spec(2)]),
        "creating one that is there, otherwise, and one that is not",
    );
    assert_eq!(
        ok(transport.partitions(Topic::Raw), "asking for partitions"),
        3,
        "partitions of a topic that was there"
    );
    assert_eq!(
        ok(
            transport.partitions(Topic::Enriched),
            "asking for partitions"
        ),
        2,
        "partitions of the new topic"
    );
    read_exactly(bench, Topic::Raw, 10);
}

/// Missing topics are told as missing, differing ones with each difference in words.
pub fn describe_tells_missing_and_different(bench: &dyn Bench) {
    let transport = prepared(bench, 3);
    write(&*transport, numbered_run(Topic::Raw, 5, 1..=4));
    let asked = [
        Topic::Enriched.spec(2),
        Topic::Raw.spec(3),
        TopicSpec {
            topic: Topic::Clean,
            partitions: 7,
            cleanup: Cleanup::Delete {
                retention_ms: 3_600_000,
            },
        },
        TopicSpec {
            topic: Topic::FeedState,
            partitions: 2,
            cleanup: Cleanup::Delete {
                retention_ms: 3_600_000,
            },
        },
    ];
    let found = ok(transport.describe_topics(&asked), "describing topics");
    let order: Vec<Topic> = found.iter().map(|description| description.topic).collect();
    let expected: Vec<Topic> = asked.iter().map(|spec| spec.topic).collect();
    assert_eq!(order, expected, "in the order that was asked");
    assert!(
        found[1].name.ends_with(".raw"),
        "the physical name, not {}",
        found[1].name
    );
    assert_eq!(found[0].status, TopicStatus::Missing, "nobody made it");

    let (raw, records) = differences(&found[1].status);
    assert!(raw.is_empty(), "raw is as specified: {raw:?}");
    assert!(
        (20..=20 + 3 * bench.limits().gaps).contains(&records),
        "raw holds 20 records, not {records}"
    );
    let (clean, _) = differences(&found[2].status);
    assert!(
        clean.len() == 2 && clean.iter().any(|text| text.contains("partitions")),
        "clean differs in partitions and retention: {clean:?}"
    );
    let (state, _) = differences(&found[3].status);
    assert!(!state.is_empty(), "feed-state differs in how it forgets");
}

fn differences(status: &TopicStatus) -> (Vec<String>, u64) {
    match status {
        TopicStatus::Missing => (vec!["it is told as missing, but was made".to_owned()], 0),
        TopicStatus::Present {
            differences,
            records,
            ..
        } => (differences.clone(), *records),
    }
}

/// Joining, reading, asking about a topic that nobody made: an error that names it.
pub fn missing_topics_are_refused(bench: &dyn Bench) {
    let transport = prepared(bench, 1);
    let membership = Membership {
        service: "battery".to_owned(),
        instance: InstanceId::from("one"),
        inputs: vec![Topic::Enriched],
    };
    let refused = [
        err(transport.join(&membership), "joining on a missing topic"),
        err(
            transport.reader(Topic::Enriched, Start::Earliest),
            "reading a missing topic",
        ),
        err(
            transport.reader_at(Topic::Enriched, &[]),
            "reading a missing topic at positions",
        ),
        err(
            transport.partitions(Topic::Enriched),
            "asking for the partitions of a missing topic",
        ),
        err(
            transport.snapshot(TopicPartition::new(Topic::Enriched, 0)),
            "taking a snapshot of a missing topic",
        ),
    ];
    for error in refused {
        assert!(
            matches!(&error, TransportError::Invalid(text) if text.contains("enriched")),
            "expected Invalid naming the topic, got {error:?}"
        );
    }
    let mut writer = ok(
        transport.writer(&InstanceId::from("battery-writer")),
        "opening a writer",
    );
    let error = err(
        writer.write(numbered_run(Topic::Enriched, 1, 1..=1)),
        "writing to a missing topic",
    );
    assert!(
        matches!(error, TransportError::Invalid(_)),
        "expected Invalid, got {error:?}"
    );
}
