//! The battery on a real Apache Kafka of three brokers.

mod bench;

use std::time::Duration;

use bench::KafkaBench;
use wiredesk_model::{InstanceId, Topic};
use wiredesk_pipeline::{Membership, TopicStatus, Transport as _, TransportError};
use wiredesk_testkit::conformance::Bench;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_kafka::KafkaTransport;

fn make(namespace: &str) -> Option<KafkaBench> {
    KafkaBench::new(namespace)
}

wiredesk_testkit::conformance_suite!(make);

/// Not a test of its own: the process that the battery kills. It ends at once where nobody asks.
#[test]
fn worker_process() {
    bench::run_worker_if_asked();
}

/// Brokers learn of topics one after the other; clients keep "no such topic" for minutes.
#[test]
fn new_topics_are_described_as_made_at_once_whichever_broker_is_asked() {
    if KafkaBench::new("described").is_none() {
        return;
    }
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..6).for_each(|_| create_and_describe()));
        }
    });
}

fn create_and_describe() {
    let bench = KafkaBench::new("described").expect("it was there a moment ago");
    let topics = [Topic::Raw, Topic::Current, Topic::Dead].map(|topic| topic.spec(6));
    let (one, other) = (bench.open(), bench.open());
    one.create_topics(&topics).expect("new names");
    for transport in [one, other] {
        let described: Vec<_> = transport
            .describe_topics(&topics)
            .expect("the brokers answer")
            .into_iter()
            .map(|topic| topic.status)
            .collect();
        let made = TopicStatus::Present {
            partitions: 6,
            records: 0,
            differences: Vec::new(),
        };
        assert_eq!(described, [made.clone(), made.clone(), made]);
    }
}

#[test]
fn topics_are_deleted_with_their_groups_and_not_while_a_member_is_at_work() {
    const LIMIT: Duration = Duration::from_secs(60);
    let Some(bench) = KafkaBench::new("deleted") else {
        return;
    };
    let kafka = KafkaTransport::connect(bench.settings()).expect("the settings are right");
    let specs = [Topic::Raw, Topic::Clean].map(|topic| topic.spec(2));
    kafka.create_topics(&specs).expect("new names");
    let raw = bench.settings().names.physical(Topic::Raw);
    let is_named = || {
        let names = kafka.names_of_topics().expect("the brokers answer");
        names.contains(&raw)
    };
    assert!(is_named());
    let mut member = kafka
        .join(&Membership {
            service: "cleaner".to_owned(),
            instance: InstanceId::from("one"),
            inputs: vec![Topic::Raw],
        })
        .expect("it joins");
    let mut assigned = false;
    wait_until("the member's partitions", LIMIT, || {
        let polled = member.poll(1, Duration::from_millis(100)).expect("polled");
        assigned |= !polled.events.is_empty();
        assigned
    });
    let topics = Topic::ALL;
    let busy = kafka.delete_topics(&topics, &["cleaner", "enricher"]);
    assert!(
        matches!(&busy, Err(TransportError::Invalid(why)) if why.contains("at work")),
        "{busy:?}"
    );
    assert!(is_named());
    drop(member);
    wait_until("an empty group", LIMIT, || {
        kafka
            .delete_topics(&topics, &["cleaner", "enricher"])
            .is_ok()
    });
    wait_until("the end of the topics", LIMIT, || !is_named());
}
