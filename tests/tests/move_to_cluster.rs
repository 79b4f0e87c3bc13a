//! From one machine to a cluster: the log of a newsroom that ran on the embedded transport, with a
//! backlog, a kill and an embargo in it, moved to a real Apache Kafka by a command that is killed
//! again and again. Kafka's own console consumer is the witness of what subscribers then read.

mod newsroom;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use newsroom::{Newsroom, Service, Wire};
use serde_json::Value;
use wiredesk_model::{Incoming, Timestamp, Topic, TopicNames, header};
use wiredesk_pipeline::{LogCopy, StoppedLog, Transport};
use wiredesk_testkit::kafka::{ConsoleRecord, bootstrap_for_tests, console_consume};
use wiredesk_testkit::log::all_of;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const FEEDS: usize = 4;
/// Stories of each feed that the machine publishes, and what stands in the backlog behind them.
const PUBLISHED: usize = 10;
const FETCHED: usize = 90;
/// What comes on the cluster.
const STORIES: usize = 95;
const EMBARGO: Duration = Duration::from_secs(75);
const LIMIT: Duration = Duration::from_secs(180);
/// Parts of the way at which the move is killed.
const KILLS: u64 = 6;

struct Desk {
    bootstrap: String,
    prefix: String,
    wire: Wire,
    newsroom: Newsroom,
    embargo: Timestamp,
}

impl Desk {
    fn open() -> Option<Self> {
        let bootstrap = bootstrap_for_tests(3)?;
        let prefix = format!("moved-{}", std::process::id());
        let wire = Wire::new(FEEDS);
        let transport = format!(
            "[transport]\nkind = \"embedded\"\n[transport.embedded]\nsession_timeout_ms = 1500\n\
             [transport.kafka]\nbootstrap = \"{bootstrap}\"\nsession_timeout_ms = 6000\n\
             transaction_timeout_ms = 8000\n"
        );
        let newsroom = Newsroom::new(&wire, &prefix, &transport);
        let folder = newsroom.folder("desk");
        newsroom.add_sources(
            "desk.toml",
            &format!(
                "[[source]]\nid = \"desk\"\nkind = \"folder\"\npath = \"{}\"\nafter = \"delete\"\npoll_seconds = 1\n",
                folder.display()
            ),
        );
        Some(Self {
            bootstrap,
            prefix,
            wire,
            newsroom,
            embargo: Timestamp::now() + EMBARGO,
        })
    }

    fn names(&self) -> TopicNames {
        TopicNames::with_prefix(&self.prefix)
    }

    /// Writes the configuration for one transport or the other.
    fn be_on(&self, kind: &str) {
        let config = std::fs::read_to_string(self.newsroom.config()).expect("it was written");
        let other = match kind {
            "kafka" => "embedded",
            _ => "kafka",
        };
        let config = config.replace(
            &format!("kind = \"{other}\""),
            &format!("kind = \"{kind}\""),
        );
        std::fs::write(self.newsroom.config(), config).expect("written");
    }

    fn deliver(&self, file: &str, (story, version): (&str, u32), more: &str) {
        deliver(
            &self.newsroom.path().join("desk"),
            file,
            (story, version),
            more,
        );
    }

    fn embedded(&self) -> EmbeddedTransport {
        let path = self.newsroom.path().join("data/wire.sqlite");
        EmbeddedTransport::open(EmbeddedSettings::at(path, self.names())).expect("it opens")
    }

    fn kafka(&self) -> KafkaTransport {
        let mut settings = KafkaSettings::new(&self.bootstrap);
        settings.names = self.names();
        KafkaTransport::connect(settings).expect("the settings are right")
    }

    /// Stories that the embedded log tells of on a topic.
    fn count(&self, topic: &str) -> usize {
        match self.newsroom.is_open() {
            true => self.newsroom.records(topic).len(),
            false => 0,
        }
    }

    /// The machine publishes some, and then only fetches, so that a backlog stands on raw.
    fn run_on_one_machine(&self) {
        self.wire.show(PUBLISHED);
        let embargo = format!("\"embargoedUntil\":\"{}\",", self.embargo);
        self.deliver("c1.json", ("c", 1), &embargo);
        self.deliver("a1.json", ("a", 1), "");
        self.deliver("b1.json", ("b", 1), "");
        let mut run = self.newsroom.start("wiredesk", &["run"], "run.log");
        let first = FEEDS * PUBLISHED + 2;
        wait_until("first versions", LIMIT, || self.count("enriched") == first);
        self.deliver("a2.json", ("a", 2), "");
        self.deliver("b2.json", ("b", 2), "\"pubStatus\":\"canceled\",");
        wait_until("an update and a kill", LIMIT, || {
            self.count("enriched") == first + 2
        });
        self.be_on("kafka");
        let refused = self.newsroom.try_wiredesk(&["move"]).expect_err("in use");
        assert!(refused.contains("somebody works with"), "{refused}");
        assert_eq!(run.stop(), Some(0), "{}", run.log());
        self.be_on("embedded");
        self.fetch_a_backlog();
        self.be_on("kafka");
    }

    fn fetch_a_backlog(&self) {
        let fetched = self.count("raw");
        let mut fetcher = self.newsroom.start("wiredesk", &["fetcher"], "fetcher.log");
        self.wire.show(FETCHED);
        self.deliver("b3.json", ("b", 3), "");
        self.deliver("d1.json", ("d", 1), "");
        let backlog = FEEDS * (FETCHED - PUBLISHED) + 2;
        wait_until("the backlog", LIMIT, || {
            self.count("raw") == fetched + backlog
        });
        assert_eq!(fetcher.stop(), Some(0), "{}", fetcher.log());
    }

    /// Runs the move until the copy has come so far, and kills it there; whether it was alive.
    fn kill_a_move_at(&self, offsets: u64, round: u64) -> bool {
        let log = format!("move-{round}.log");
        let mut moving = self.newsroom.start("wiredesk", &["move"], &log);
        let copy = self.kafka().copy().expect("the settings are right");
        let begun = Instant::now();
        while moving.runs() && there(copy.as_ref()) < offsets {
            assert!(begun.elapsed() < LIMIT, "{}", moving.log());
        }
        let was_alive = moving.runs();
        moving.kill();
        was_alive
    }

    fn start_on_kafka(&self) -> Vec<Service> {
        ["cleaner", "enricher", "fetcher"]
            .into_iter()
            .map(|service| {
                let log = format!("{service}-on-kafka.log");
                self.newsroom.start("wiredesk", &[service], &log)
            })
            .collect()
    }

    fn consume(&self, topic: Topic) -> Vec<ConsoleRecord> {
        let name = self.names().physical(topic);
        console_consume(&self.bootstrap, &name, 10_000, Duration::from_secs(15))
            .expect("the console consumer runs")
    }
}

/// Offsets that the copy has so far, over all topics.
fn there(copy: &dyn LogCopy) -> u64 {
    let extents = Topic::ALL.into_iter().filter_map(|topic| {
        let found = copy.extents(topic).expect("the brokers answer")?;
        Some(found.iter().map(|extent| extent.next).sum::<i64>())
    });
    extents.sum::<i64>().unsigned_abs()
}

fn deliver(folder: &Path, file: &str, (story, version): (&str, u32), more: &str) {
    let text = format!(
        "The ferry office of Port Alder told its captains on Monday about berth {story}. It is \
         about crane {story}, shed {story}, rope {story} and the lamps of pier {story}, whose \
         keepers asked for oil before winter {story} comes."
    );
    let document = format!(
        "{{\"uri\":\"tag:wire.example,2026:{story}\",\"type\":\"text\",\"version\":\"{version}\",\
         \"standard\":{{\"name\":\"ninjs\",\"version\":\"3.1\"}},{more}\
         \"headlines\":[{{\"role\":\"main\",\"value\":\"Berth {story}, version {version}\"}}],\
         \"bodies\":[{{\"role\":\"main\",\"contentType\":\"text/plain\",\"value\":\"{text}\"}}]}}"
    );
    let new = folder.join(format!("{file}.new"));
    std::fs::write(&new, document).expect("a file in a folder of ours");
    std::fs::rename(new, folder.join(file)).expect("a finished file");
}

/// The newest record of each key, without tombstones: what compaction leaves.
fn newest_of(log: &dyn Transport, topic: Topic) -> BTreeMap<String, Incoming> {
    let records = all_of(log, topic).into_iter();
    let mut newest: BTreeMap<String, Incoming> =
        records.map(|record| (record.key.clone(), record)).collect();
    newest.retain(|_, record| record.value.is_some());
    newest
}

/// The events of each story as they follow on each other, by the name of the event.
fn events(records: &[ConsoleRecord]) -> BTreeMap<String, Vec<String>> {
    let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in records {
        let value = |name| {
            let found = record.headers.iter().find(|(header, _)| header == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let (id, event) = (value(header::CE_ID), value(header::CE_TYPE));
        let version = id.strip_prefix(&format!("{}@", record.key)).unwrap_or(id);
        let told = format!("{version} {event}");
        events.entry(record.key.clone()).or_default().push(told);
    }
    events
}

fn moved(desk: &Desk) {
    let embedded = desk.embedded();
    let total: i64 = Topic::ALL
        .into_iter()
        .filter_map(|topic| embedded.stock(topic).expect("asked"))
        .flat_map(|stock| stock.extents)
        .map(|extent| extent.next)
        .sum();
    let total = total.unsigned_abs();
    let killed = (0..KILLS).filter(|round| {
        let offsets = (total * round / KILLS).max(1);
        desk.kill_a_move_at(offsets, *round)
    });
    let killed = killed.count();
    assert!(killed >= 2, "too fast to be killed: {killed}");
    let told = desk.newsroom.wiredesk(&["move"]);
    assert!(told.contains("everything is on the cluster"), "{told}");
    let again = desk.newsroom.wiredesk(&["move"]);
    assert!(again.starts_with("0 records written"), "{again}");
    let kafka = desk.kafka();
    for topic in [Topic::Raw, Topic::Clean, Topic::Enriched] {
        let records = all_of(&kafka, topic);
        assert_eq!(records, all_of(&embedded, topic), "{topic}");
        assert!(!records.is_empty());
    }
    for topic in [Topic::Current, Topic::FeedState, Topic::StoryState] {
        let records = newest_of(&kafka, topic);
        assert_eq!(records, newest_of(&embedded, topic), "{topic}");
        assert!(!records.is_empty());
    }
    let backlog = |log: &dyn Transport| log.backlog("cleaner", Topic::Raw).expect("asked");
    let (here, there) = (backlog(&embedded), backlog(&kafka));
    assert!(here > 0, "a backlog was moved");
    // Of each partition Kafka counts one less, for the mark of a transaction.
    assert!(here >= there && here - there <= 6, "{here} and {there}");
}

#[test]
fn a_newsroom_moves_and_goes_on_where_it_stopped() {
    let Some(desk) = Desk::open() else {
        return;
    };
    desk.run_on_one_machine();
    moved(&desk);
    let asked_before = desk.wire.asked().len();
    let mut services = desk.start_on_kafka();
    let on_wire = |stories: usize| FEEDS * stories + 2 + 2 + 1;
    let kafka = desk.kafka();
    let enriched = || all_of(&kafka, Topic::Enriched).len();
    wait_until("the backlog on Kafka", LIMIT, || {
        enriched() >= on_wire(FETCHED)
    });
    // The first question to each feed knows what was answered on the old machine.
    for feed in 0..FEEDS {
        let address = format!("feed{feed}.example");
        wait_until("a poll of each feed", LIMIT, || {
            let asked = desk.wire.asked();
            asked[asked_before..]
                .iter()
                .any(|(host, _)| *host == address)
        });
        let asked = desk.wire.asked();
        let first = asked[asked_before..]
            .iter()
            .find(|(host, _)| *host == address);
        let tag = first.and_then(|(_, tag)| tag.clone());
        assert_eq!(tag, Some(format!("\"{feed}-{FETCHED}\"")));
    }
    desk.wire.show(STORIES);
    wait_until("news on Kafka", LIMIT, || enriched() >= on_wire(STORIES));
    wait_until("the embargo", LIMIT, || {
        enriched() > on_wire(STORIES) && Timestamp::now() >= desk.embargo
    });
    for service in &mut services {
        assert_eq!(service.stop(), Some(0), "{}", service.log());
    }
    subscribers_saw_everything_once(&desk);
}

fn subscribers_saw_everything_once(desk: &Desk) {
    let records = desk.consume(Topic::Enriched);
    let mut events = events(&records);
    let mut of = |story: &str| {
        let key = format!("tag:wire.example,2026:{story}");
        events.remove(&key).unwrap_or_default()
    };
    assert_eq!(of("a"), ["1 article.created", "2 article.updated"]);
    assert_eq!(of("b"), ["1 article.created", "2 article.canceled"]);
    assert_eq!(of("c"), ["1 article.released"]);
    assert_eq!(of("d"), ["1 article.created"]);
    let stories: Vec<String> = events.keys().cloned().collect();
    assert_eq!(stories, desk.wire.ids(STORIES));
    let other = events.values().find(|told| *told != &["1 article.created"]);
    assert_eq!(other, None, "each once");
    released_in_time(desk);
    let mut current: BTreeMap<String, bool> = BTreeMap::new();
    for record in desk.consume(Topic::Current) {
        current.insert(record.key, record.value.is_some());
    }
    // The brokers of tests let go of tombstones after a second.
    assert_ne!(current.get("tag:wire.example,2026:b"), Some(&true));
    let shown = current.values().filter(|shown| **shown).count();
    assert_eq!(shown, FEEDS * STORIES + 3);
    assert_eq!(desk.consume(Topic::Dead), []);
}

fn released_in_time(desk: &Desk) {
    let released = all_of(&desk.kafka(), Topic::Enriched)
        .into_iter()
        .find(|record| record.key == "tag:wire.example,2026:c")
        .expect("it came out");
    assert!(released.timestamp_ms >= desk.embargo.as_millisecond());
    let value: Value = serde_json::from_slice(&released.value.unwrap_or_default()).expect("JSON");
    assert_eq!(value["wire"]["run"], "live");
}
