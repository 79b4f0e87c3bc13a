//! The battery on a real Apache Kafka of three brokers.

mod bench;

use bench::KafkaBench;
use wiredesk_model::Topic;
use wiredesk_pipeline::TopicStatus;
use wiredesk_testkit::conformance::Bench;

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
