//! Measures batches on a real Apache Kafka of three brokers:
//! `cargo run --release -p wiredesk-transport-kafka --example kafka_throughput`.
#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]
#![allow(
    clippy::unwrap_used,
    reason = "where something fails there is nothing to measure"
)]

#[path = "../tests/bench/mod.rs"]
mod bench;

use std::time::{Duration, Instant};

use bench::KafkaBench;
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic};
use wiredesk_pipeline::Membership;
use wiredesk_testkit::conformance::{Bench, copying};

const RECORDS: usize = 50_000;
const BATCH: usize = 500;
const BYTES: usize = 8 * 1024;

fn main() {
    let Some(bench) = KafkaBench::new("throughput") else {
        return;
    };
    let transport = bench.open();
    let topics = [Topic::Raw.spec(8), Topic::Clean.spec(8)];
    transport.create_topics(&topics).unwrap();
    let record = |number: usize| Outgoing {
        topic: Topic::Raw,
        key: format!("story-{}", number % 1_000),
        value: Some(bench::value(number, BYTES)),
        headers: Headers::new().with("ce_id", number.to_string()),
    };
    let batches: Vec<Vec<Outgoing>> = (0..RECORDS / BATCH)
        .map(|batch| {
            (0..BATCH)
                .map(|number| record(batch * BATCH + number))
                .collect()
        })
        .collect();

    let mut writer = transport.writer(&InstanceId::from("source")).unwrap();
    let begun = Instant::now();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    tell("written", begun.elapsed(), RECORDS / BATCH);

    let membership = Membership {
        service: "copier".to_owned(),
        instance: InstanceId::from("one"),
        inputs: vec![Topic::Raw],
    };
    let mut member = transport.join(&membership).unwrap();
    let (mut copied, mut commits) = (0, 0);
    let begun = Instant::now();
    while copied < RECORDS {
        let records = member
            .poll(BATCH, Duration::from_millis(100))
            .unwrap()
            .records;
        copied += records.len();
        commits += usize::from(!records.is_empty());
        member.commit(copying(&records)).unwrap();
    }
    tell("polled, copied and committed", begun.elapsed(), commits);
}

fn tell(what: &str, took: Duration, commits: usize) {
    let seconds = took.as_secs_f64();
    println!(
        "{RECORDS} records of {BYTES} bytes {what} in {seconds:.1} s: {:.0} records/s, \
         {:.1} ms a commit",
        RECORDS as f64 / seconds,
        seconds * 1_000.0 / commits as f64
    );
}
