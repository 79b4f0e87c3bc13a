//! The battery on a real Apache Kafka of three brokers.

mod bench;

use bench::KafkaBench;

fn make(namespace: &str) -> Option<KafkaBench> {
    KafkaBench::new(namespace)
}

wiredesk_testkit::conformance_suite!(make);

/// Not a test of its own: the process that the battery kills. It ends at once where nobody asks.
#[test]
fn worker_process() {
    bench::run_worker_if_asked();
}
