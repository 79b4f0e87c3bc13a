//! What the tests of the store share: a scratch store, a clock to turn, records.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use wiredesk_model::{
    Cleanup, Incoming, InstanceId, Outgoing, Position, Topic, TopicNames, TopicPartition, TopicSpec,
};
use wiredesk_pipeline::{
    Batch, GroupEvent, Member, Membership, Start, TopicStatus, Transport, TransportError,
};
use wiredesk_transport_embedded::{Clock, EmbeddedSettings, EmbeddedTransport};

pub const WAIT: Duration = Duration::from_millis(20);
pub const LIMIT: Duration = Duration::from_secs(20);
/// When the tests' clocks begin.
pub const BEGIN_MS: i64 = 1_700_000_000_000;

/// A clock that the test turns.
#[derive(Clone)]
pub struct Hands(Arc<AtomicI64>);

impl Hands {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(BEGIN_MS)))
    }

    pub fn turn(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }

    pub fn clock(&self) -> Clock {
        let now_ms = Arc::clone(&self.0);
        Clock::of(move || now_ms.load(Ordering::SeqCst))
    }
}

/// A store in a folder of its own.
pub struct Scratch {
    pub folder: TempDir,
    pub hands: Hands,
}

impl Scratch {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a scratch folder"),
            hands: Hands::new(),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("wire.db")
    }

    pub fn settings(&self) -> EmbeddedSettings {
        EmbeddedSettings {
            session_timeout: Duration::from_secs(2),
            poll_interval: Duration::from_millis(5),
            maintain_every: None,
            clock: self.hands.clock(),
            ..EmbeddedSettings::at(self.path(), TopicNames::default())
        }
    }

    pub fn open(&self) -> EmbeddedTransport {
        EmbeddedTransport::open(self.settings()).expect("the store opens")
    }

    /// A handle with the usual topics: raw is kept for an hour.
    pub fn prepared(&self, partitions: u32) -> EmbeddedTransport {
        let transport = self.open();
        let raw = TopicSpec {
            topic: Topic::Raw,
            partitions,
            cleanup: Cleanup::Delete {
                retention_ms: 3_600_000,
            },
        };
        transport
            .create_topics(&[raw, Topic::Clean.spec(2), Topic::Current.spec(1)])
            .expect("the topics are made");
        transport
    }
}

pub fn record(topic: Topic, key: &str, value: &str) -> Outgoing {
    Outgoing {
        topic,
        key: key.to_owned(),
        value: Some(value.as_bytes().to_vec()),
        headers: Default::default(),
    }
}

pub fn tombstone(topic: Topic, key: &str) -> Outgoing {
    Outgoing {
        value: None,
        ..record(topic, key, "")
    }
}

pub fn try_write(
    transport: &EmbeddedTransport,
    outputs: Vec<Outgoing>,
) -> Result<(), TransportError> {
    transport
        .writer(&InstanceId::from("test"))
        .and_then(|mut writer| writer.write(outputs))
}

pub fn write(transport: &EmbeddedTransport, outputs: Vec<Outgoing>) {
    try_write(transport, outputs).expect("the batch is written");
}

/// Everything that is kept of a topic.
pub fn read_all(transport: &EmbeddedTransport, topic: Topic) -> Vec<Incoming> {
    read_from(transport, topic, Start::Earliest)
}

pub fn read_from(transport: &EmbeddedTransport, topic: Topic, start: Start) -> Vec<Incoming> {
    let mut reader = transport.reader(topic, start).expect("a reader");
    let mut records = Vec::new();
    while !reader.at_end().expect("the end is known") {
        records.extend(reader.read(1_000, WAIT).expect("reading"));
    }
    records
}

pub fn values(records: &[Incoming]) -> Vec<String> {
    records
        .iter()
        .map(|record| match &record.value {
            Some(value) => String::from_utf8_lossy(value).into_owned(),
            None => format!("-{}", record.key),
        })
        .collect()
}

pub fn join(transport: &EmbeddedTransport, instance: &str) -> Box<dyn Member> {
    let membership = Membership {
        service: "test".to_owned(),
        instance: InstanceId::from(instance),
        inputs: vec![Topic::Raw],
    };
    transport.join(&membership).expect("joining")
}

/// Polls until there are `count` records, releasing what must go.
pub fn take(member: &mut dyn Member, count: usize) -> Vec<Incoming> {
    let begun = std::time::Instant::now();
    let mut records = Vec::new();
    while records.len() < count {
        let polled = member.poll(count - records.len(), WAIT).expect("polling");
        for event in polled.events {
            if let GroupEvent::Revoking(partitions) = event {
                member.release(&partitions).expect("releasing");
            }
        }
        records.extend(polled.records);
        assert!(begun.elapsed() < LIMIT, "{} of {count}", records.len());
    }
    records
}

/// A batch that copies `records` to the clean topic, with their positions.
pub fn copy_batch(records: &[Incoming]) -> Batch {
    let mut positions: Vec<Position> = Vec::new();
    for position in records.iter().map(Incoming::next_position) {
        positions.retain(|known| known.at != position.at);
        positions.push(position);
    }
    let outputs = records
        .iter()
        .map(|record| Outgoing {
            topic: Topic::Clean,
            key: record.key.clone(),
            value: record.value.clone(),
            headers: record.headers.clone(),
        })
        .collect();
    Batch { outputs, positions }
}

/// Records that the store says it keeps of a topic.
pub fn kept(transport: &EmbeddedTransport, topic: Topic) -> u64 {
    let found = transport
        .describe_topics(&[topic.spec(1)])
        .expect("describing");
    match &found[0].status {
        TopicStatus::Present { records, .. } => *records,
        TopicStatus::Missing => 0,
    }
}

pub fn raw(partition: u32) -> TopicPartition {
    TopicPartition::new(Topic::Raw, partition)
}
