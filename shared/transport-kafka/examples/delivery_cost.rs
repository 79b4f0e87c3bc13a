//! Measures what exactly-once costs beside at-least-once, on the same records, brokers and sizes of
//! a batch: `cargo run --release -p wiredesk-transport-kafka --example delivery_cost`.
//!
//! At least once is what a careful consumer does without transactions: an idempotent producer with
//! `acks=all`, a flush for each batch, and only then the positions.
#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "where something fails there is nothing to measure"
)]

#[path = "../tests/bench/mod.rs"]
mod bench;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bench::KafkaBench;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic};
use wiredesk_pipeline::{Membership, Transport};
use wiredesk_testkit::conformance::{Bench, copying};

const RECORDS: usize = 10_000;
const BYTES: usize = 8 * 1024;
const BATCHES: [usize; 5] = [20, 100, 500, 1_000, 2_000];
const WAIT: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    let Some(bench) = KafkaBench::new("cost") else {
        return;
    };
    let transport = bench.open();
    let topics = [Topic::Raw.spec(8), Topic::Clean.spec(8)];
    transport.create_topics(&topics).unwrap();
    write(&*transport);
    println!("{RECORDS} records of {BYTES} bytes, copied from one topic to another:");
    println!("batch    exactly once    at least once    share");
    // Once without counting: the first to read finds nothing in any cache.
    at_least_once(&bench, 500, "warm-up");
    for batch in BATCHES {
        let twice = [0, 1].map(|round| {
            let ours = exactly_once(&*transport, batch, &format!("eos-{batch}-{round}"));
            let plain = at_least_once(&bench, batch, &format!("alo-{batch}-{round}"));
            (ours, plain)
        });
        let best = |of: fn(&(Duration, Duration)) -> Duration| twice.iter().map(of).min().unwrap();
        let rate = |took: Duration| RECORDS as f64 / took.as_secs_f64();
        let (ours, plain) = (rate(best(|one| one.0)), rate(best(|one| one.1)));
        let share = ours / plain * 100.0;
        println!("{batch:>5} {ours:>10.0} rec/s {plain:>11.0} rec/s {share:>7.0} %");
    }
}

fn write(transport: &dyn Transport) {
    let mut writer = transport.writer(&InstanceId::from("source")).unwrap();
    let numbers: Vec<usize> = (0..RECORDS).collect();
    for numbers in numbers.chunks(500) {
        let records = numbers.iter().map(|number| Outgoing {
            topic: Topic::Raw,
            key: format!("story-{}", number % 1_000),
            value: Some(bench::value(*number, BYTES)),
            headers: Headers::new().with("ce_id", number.to_string()),
        });
        writer.write(records.collect()).unwrap();
    }
}

/// The time from the first record to the last commit, with our transport.
fn exactly_once(transport: &dyn Transport, batch: usize, group: &str) -> Duration {
    let membership = Membership {
        service: group.to_owned(),
        instance: InstanceId::from("one"),
        inputs: vec![Topic::Raw],
    };
    let mut member = transport.join(&membership).unwrap();
    let (mut copied, mut pending, mut begun) = (0, Vec::new(), None);
    while copied < RECORDS {
        pending.extend(member.poll(batch - pending.len(), WAIT).unwrap().records);
        if pending.is_empty() {
            continue;
        }
        begun.get_or_insert_with(Instant::now);
        if pending.len() == batch || copied + pending.len() == RECORDS {
            member.commit(copying(&pending)).unwrap();
            copied += pending.len();
            pending.clear();
        }
    }
    begun.unwrap().elapsed()
}

/// The same without transactions.
fn at_least_once(bench: &KafkaBench, batch: usize, group: &str) -> Duration {
    let settings = bench.settings();
    let mut common = ClientConfig::new();
    common.set("bootstrap.servers", &settings.bootstrap);
    let consumer: BaseConsumer = common
        .clone()
        .set("group.id", format!("{group}-{}", std::process::id()))
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("isolation.level", "read_committed")
        .create()
        .unwrap();
    let producer: BaseProducer = common
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", "lz4")
        .set("linger.ms", "1")
        .create()
        .unwrap();
    let (from, to) = (
        settings.names.physical(Topic::Raw),
        settings.names.physical(Topic::Clean),
    );
    consumer.subscribe(&[&from]).unwrap();
    let (mut copied, mut pending, mut begun) = (0, 0, None);
    let mut positions: BTreeMap<i32, i64> = BTreeMap::new();
    while copied < RECORDS {
        if let Some(message) = consumer.poll(WAIT) {
            let message = message.unwrap();
            begun.get_or_insert_with(Instant::now);
            send(&producer, &message, &to);
            positions.insert(message.partition(), message.offset() + 1);
            pending += 1;
        }
        if pending == batch || (pending > 0 && copied + pending == RECORDS) {
            producer.flush(LIMIT).unwrap();
            let mut done = TopicPartitionList::new();
            for (partition, next) in std::mem::take(&mut positions) {
                done.add_partition_offset(&from, partition, Offset::Offset(next))
                    .unwrap();
            }
            consumer.commit(&done, CommitMode::Sync).unwrap();
            copied += std::mem::take(&mut pending);
        }
    }
    begun.unwrap().elapsed()
}

fn send(producer: &BaseProducer, message: &BorrowedMessage<'_>, to: &str) {
    let mut record = BaseRecord::<[u8], [u8]>::to(to).partition(message.partition());
    record.key = message.key();
    record.payload = message.payload();
    loop {
        match producer.send(record) {
            Ok(()) => return,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                producer.poll(Duration::from_millis(5));
                record = again;
            }
            Err((error, _)) => panic!("a record was refused: {error}"),
        }
    }
}
