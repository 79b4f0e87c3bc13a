//! Archivers as separate processes that share the partitions of a real Apache Kafka: one is killed
//! with `kill -9`, others join and leave, and still every record is in exactly one segment.

#[path = "../../shared/archive/tests/ground/mod.rs"]
mod ground;
mod newsroom;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use newsroom::{Newsroom, Service};
use wiredesk_archive::{Manifest, Store, TOPICS, gaps, raw_items, records, verify};
use wiredesk_model::{Incoming, InstanceId, Outgoing, Topic, TopicNames, TopicPartition};
use wiredesk_pipeline::{Start, Transport, Writer};
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const PARTITIONS: u32 = 6;
/// Stories of one step, of each topic.
const AT_ONCE: i64 = 60;
const LIMIT: Duration = Duration::from_secs(120);

struct Desk {
    newsroom: Newsroom,
    kafka: KafkaTransport,
    writer: Box<dyn Writer>,
    store: Store,
    archivers: usize,
    written: i64,
}

impl Desk {
    fn open() -> Option<Self> {
        let bootstrap = bootstrap_for_tests(3)?;
        let prefix = format!("archive-{}", std::process::id());
        // Files are closed often, so that there is a segment under way at any moment.
        let newsroom = Newsroom::with_config(|data| {
            format!(
                "data_dir = \"{}\"\n[transport]\nkind = \"kafka\"\n[transport.kafka]\n\
                 bootstrap = \"{bootstrap}\"\nsession_timeout_ms = 6000\n\
                 transaction_timeout_ms = 8000\n[topics]\nprefix = \"{prefix}\"\n\
                 [topics.partitions]\nraw = {PARTITIONS}\nenriched = {PARTITIONS}\n\
                 [http]\naddress = \"127.0.0.1:0\"\n\
                 [archive]\nlocation = \"shelf\"\nclose_bytes = 20000\nclose_seconds = 1\n",
                data.display(),
            )
        });
        newsroom.wiredesk(&["topics", "create"]);
        let mut settings = KafkaSettings::new(&bootstrap);
        settings.names = TopicNames::with_prefix(&prefix);
        let kafka = KafkaTransport::connect(settings).expect("the settings are right");
        let place = newsroom.path().join("data/shelf").display().to_string();
        Some(Self {
            writer: kafka.writer(&InstanceId::from("desk")).expect("a writer"),
            store: Store::open(&place, &[]).expect("a folder is a place"),
            newsroom,
            kafka,
            archivers: 0,
            written: 0,
        })
    }

    fn archiver(&mut self) -> Service {
        self.archivers += 1;
        let log = format!("archiver-{}.log", self.archivers);
        match self.archivers % 2 {
            0 => self.newsroom.start("wiredesk-archiver", &[], &log),
            _ => self.newsroom.start("wiredesk", &["archiver"], &log),
        }
    }

    /// Writes one step of items and one of records.
    fn write(&mut self) {
        for topic in TOPICS {
            let step = (self.written..self.written + AT_ONCE).map(|number| {
                let record = match topic {
                    Topic::Raw => ground::raw_record(number),
                    _ => ground::article(number, "article.created"),
                };
                Outgoing {
                    topic,
                    key: record.key,
                    value: record.value,
                    headers: record.headers,
                }
            });
            self.writer.write(step.collect()).expect("it is written");
        }
        self.written += AT_ONCE;
    }

    fn segments(&self) -> Vec<Manifest> {
        let all = TOPICS.map(|topic| Manifest::all(&self.store, topic).expect("they are read"));
        all.into_iter().flatten().collect()
    }

    /// Writes until each partition has this many segments more, with records still on their way.
    fn write_until_each_has(&mut self, more: usize) {
        let count = |desk: &Self| {
            let mut segments: BTreeMap<TopicPartition, usize> = BTreeMap::new();
            for segment in desk.segments() {
                *segments.entry(segment.at()).or_default() += 1;
            }
            segments
        };
        let before = count(self);
        wait_until("new segments of each partition", LIMIT, || {
            self.write();
            let now = count(self);
            let all = TOPICS.into_iter().flat_map(|topic| {
                (0..PARTITIONS).map(move |partition| TopicPartition::new(topic, partition))
            });
            all.into_iter().all(|at| {
                let of = |counts: &BTreeMap<_, usize>| counts.get(&at).copied().unwrap_or(0);
                of(&now) >= of(&before) + more
            })
        });
    }

    /// What the topic holds.
    fn topic(&self, topic: Topic) -> Vec<Incoming> {
        let mut reader = self
            .kafka
            .reader(topic, Start::Earliest)
            .expect("it is there");
        let mut all = Vec::new();
        let expected = usize::try_from(self.written).expect("a small number");
        wait_until("the whole topic", LIMIT, || {
            all.extend(
                reader
                    .read(1_000, Duration::from_millis(100))
                    .expect("read"),
            );
            all.len() >= expected
        });
        assert_eq!(all.len(), expected);
        all
    }

    /// Where each archived record of a topic stood in the log, as often as it is there.
    fn archived(&self, topic: Topic) -> Vec<String> {
        let mut places = Vec::new();
        for segment in Manifest::all(&self.store, topic).expect("they are read") {
            match topic {
                Topic::Raw => {
                    let items = raw_items(&self.store, &segment).expect("they are whole");
                    places.extend(items.into_iter().map(|item| item.raw_ref));
                }
                _ => {
                    let lines = records(&self.store, &segment).expect("they are whole");
                    places.extend(lines.into_iter().map(|line| line.at));
                }
            }
        }
        places.sort();
        places
    }

    /// Every record is in exactly one segment, and in its files once.
    fn assert_each_record_once(&self) {
        let segments = self.segments();
        for topic in TOPICS {
            let mut places = Vec::new();
            for record in self.topic(topic) {
                let holds = |one: &&Manifest| {
                    one.at() == record.at && (one.from..one.next).contains(&record.offset)
                };
                let holding = segments.iter().filter(holds).count();
                assert_eq!(holding, 1, "segments of {}/{}", record.at, record.offset);
                let (partition, offset) = (record.at.partition, record.offset);
                places.push(format!("{topic}/{partition}/{offset}"));
            }
            places.sort();
            assert_eq!(self.archived(topic), places);
        }
        assert_eq!(gaps(&self.store).expect("they are read"), []);
        let findings = verify(&self.store).expect("it is read");
        assert_eq!(findings.damaged, [] as [String; 0]);
        let said = self
            .newsroom
            .wiredesk(&["archive", "verify", "--remove-orphans"]);
        assert!(said.contains("files whole"), "{said}");
        let said = self.newsroom.wiredesk(&["archive", "gaps"]);
        assert!(said.contains("no offset is missing"), "{said}");
        let findings = verify(&self.store).expect("it is read");
        assert_eq!(findings.orphans, [] as [String; 0]);
    }
}

#[test]
fn every_record_is_in_one_segment_although_archivers_are_killed_join_and_leave() {
    let Some(mut desk) = Desk::open() else {
        return;
    };
    let (mut first, mut second) = (desk.archiver(), desk.archiver());
    desk.write_until_each_has(2);
    first.kill();
    let mut third = desk.archiver();
    desk.write_until_each_has(2);
    let mut fourth = desk.archiver();
    desk.write_until_each_has(1);
    assert_eq!(second.stop(), Some(0), "SIGTERM drains: {}", second.log());
    desk.write_until_each_has(1);
    for archiver in [&mut third, &mut fourth] {
        assert!(archiver.runs(), "it goes on: {}", archiver.log());
        assert_eq!(archiver.stop(), Some(0), "{}", archiver.log());
    }
    // The last to leave stores what it has, not what it had no time to read.
    let mut last = desk.archiver();
    let owed: BTreeSet<String> = TOPICS
        .into_iter()
        .flat_map(|topic| desk.topic(topic))
        .map(|record| {
            format!(
                "{}/{}/{}",
                record.at.topic, record.at.partition, record.offset
            )
        })
        .collect();
    wait_until("all of it in segments", LIMIT, || {
        let all = TOPICS.into_iter().flat_map(|topic| desk.archived(topic));
        all.collect::<BTreeSet<_>>().is_superset(&owed)
    });
    assert_eq!(last.stop(), Some(0), "{}", last.log());
    desk.assert_each_record_once();
}
