//! Measures how long stories wait when an instance or a broker dies:
//! `cargo build --release --workspace --bins`, then
//! `cargo run --release -p wiredesk-tests --example recovery`.
//!
//! A story is written to the raw topic every 50 ms, and looked for on the enriched one. What is
//! told is the longest that any of them took: without any trouble, after `kill -9` of one of two
//! cleaners, and after that of the broker that most depends on.
#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]

#[path = "../tests/newsroom/mod.rs"]
mod newsroom;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use newsroom::{Newsroom, Service, Wire};
use wiredesk_model::{InstanceId, Outgoing, Topic, TopicNames};
use wiredesk_pipeline::{Reader, Start, Transport, Writer};
use wiredesk_testkit::kafka::KafkaCluster;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const PACE: Duration = Duration::from_millis(50);
const LOOK: Duration = Duration::from_millis(5);
/// Stories are written for so long after the blow.
const SPAN: Duration = Duration::from_secs(5);
/// Nothing takes longer than this, or it has not recovered at all.
const LIMIT: Duration = Duration::from_secs(180);
const BROKERS: usize = 3;

/// Stories on their way.
struct Stream {
    writer: Box<dyn Writer>,
    enriched: Box<dyn Reader>,
    written: u64,
    under_way: HashMap<String, Instant>,
}

impl Stream {
    fn open(transport: &dyn Transport) -> Self {
        Self {
            writer: transport
                .writer(&InstanceId::from("desk"))
                .expect("a writer opens"),
            enriched: transport
                .reader(Topic::Enriched, Start::Earliest)
                .expect("the topic is there"),
            written: 0,
            under_way: HashMap::new(),
        }
    }

    /// Writes stories for a while and waits for all of them; the longest wait of any.
    fn longest_wait(&mut self) -> Duration {
        let begun = Instant::now();
        let mut longest = Duration::ZERO;
        let mut next = begun;
        while begun.elapsed() < SPAN || !self.under_way.is_empty() {
            assert!(
                begun.elapsed() < LIMIT,
                "{} stories never came",
                self.under_way.len()
            );
            if begun.elapsed() < SPAN && Instant::now() >= next {
                next += PACE;
                self.write(Instant::now());
            }
            let found = self.enriched.read(500, LOOK).unwrap_or_default();
            for record in found {
                let since = self.under_way.remove(&record.key);
                longest = longest.max(since.map_or(Duration::ZERO, |since| since.elapsed()));
            }
        }
        longest
    }

    fn write(&mut self, since: Instant) {
        let story = format!("tag:wire.example,2026:recovery-{}", self.written);
        self.written += 1;
        let record = Outgoing {
            topic: Topic::Raw,
            key: story.clone(),
            value: Some(raw_item(&story).into_bytes()),
            headers: Default::default(),
        };
        while self.writer.write(vec![record.clone()]).is_err() {
            assert!(since.elapsed() < LIMIT, "no story can be written");
        }
        self.under_way.insert(story, since);
    }
}

fn raw_item(story: &str) -> String {
    let text = "The harbour council put off its vote on the new sea wall until the end of the \
                month, a spokeswoman said on Monday.";
    format!(
        "{{\"story\":\"{story}\",\"version\":1,\"identity\":\"guid\",\"source\":\"harbour\",\
         \"feed\":\"harbour/main\",\"run\":\"live\",\"fetched_at\":\"2026-11-02T08:00:00Z\",\
         \"payload\":{{\"media_type\":\"application/rss+xml\",\"bytes\":\"\"}},\
         \"hash\":\"{story}\",\"item\":{{\"title\":\"Sea wall\",\"summary\":\"{text}\"}}}}"
    )
}

fn main() {
    on_the_embedded_log();
    let cluster = KafkaCluster::start(BROKERS).expect("brokers start");
    let defaults = KafkaSettings::new("");
    for (session, transaction) in [
        (defaults.session_timeout, defaults.transaction_timeout),
        (Duration::from_secs(6), Duration::from_secs(8)),
    ] {
        on_kafka(&cluster, session, transaction);
    }
}

fn on_the_embedded_log() {
    let newsroom = Newsroom::new(&Wire::new(0), "", "[transport]\nkind = \"embedded\"\n");
    let folder = newsroom.folder("data");
    newsroom.wiredesk(&["topics", "create"]);
    let settings = EmbeddedSettings::at(folder.join("wire.sqlite"), TopicNames::default());
    let session = settings.session_timeout;
    let transport = EmbeddedTransport::open(settings).expect("the file opens");
    let mut stream = Stream::open(&transport);
    let mut all = newsroom.start("wiredesk", &["run"], "run-1.log");
    tell(
        "embedded, all in one process: first stories",
        stream.longest_wait(),
    );
    tell(
        "embedded, all in one process: undisturbed",
        stream.longest_wait(),
    );
    all.kill();
    let mut all = newsroom.start("wiredesk", &["run"], "run-2.log");
    tell(
        "embedded, all in one process: killed, started again",
        stream.longest_wait(),
    );
    all.stop();
    let mut services = pairs(&newsroom);
    stream.longest_wait();
    services[0].kill();
    let what = format!("embedded, session {session:?}: one of two cleaners killed");
    tell(&what, stream.longest_wait());
}

fn on_kafka(cluster: &KafkaCluster, session: Duration, transaction: Duration) {
    let prefix = format!("recovery-{}", session.as_millis());
    let transport = format!(
        "[transport]\nkind = \"kafka\"\n[transport.kafka]\nbootstrap = \"{}\"\n\
         session_timeout_ms = {}\ntransaction_timeout_ms = {}\n",
        cluster.bootstrap(),
        session.as_millis(),
        transaction.as_millis()
    );
    let newsroom = Newsroom::new(&Wire::new(0), &prefix, &transport);
    newsroom.wiredesk(&["topics", "create"]);
    let mut settings = KafkaSettings::new(cluster.bootstrap());
    settings.names = TopicNames::with_prefix(&prefix);
    let kafka = KafkaTransport::connect(settings).expect("the settings are right");
    let mut stream = Stream::open(&kafka);
    let mut services = pairs(&newsroom);
    stream.longest_wait();
    let terms = format!("kafka, session {session:?}, transaction {transaction:?}");
    tell(&format!("{terms}: undisturbed"), stream.longest_wait());
    services[0].kill();
    tell(
        &format!("{terms}: one of two cleaners killed"),
        stream.longest_wait(),
    );
    for broker in 0..BROKERS {
        cluster.kill(broker).expect("a broker can be killed");
        tell(
            &format!("{terms}: broker {broker} killed"),
            stream.longest_wait(),
        );
        cluster.start_broker(broker).expect("a broker starts again");
        stream.longest_wait();
    }
}

/// Two cleaners and two enrichers.
fn pairs(newsroom: &Newsroom) -> Vec<Service> {
    ["cleaner", "cleaner", "enricher", "enricher"]
        .into_iter()
        .enumerate()
        .map(|(number, service)| newsroom.start("wiredesk", &[service], &format!("{number}.log")))
        .collect()
}

fn tell(what: &str, longest: Duration) {
    println!("{what}: {:.2} s", longest.as_secs_f64());
}
