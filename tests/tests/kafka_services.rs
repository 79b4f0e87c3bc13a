//! The services as separate processes on a real Apache Kafka of three brokers, two instances of
//! each, with Kafka's own console consumer as witness.

mod newsroom;

use std::collections::BTreeMap;
use std::time::Duration;

use newsroom::{Newsroom, Service, Wire};
use wiredesk_model::{Topic, TopicNames, header};
use wiredesk_pipeline::{Reader, Start, Transport};
use wiredesk_testkit::kafka::{ConsoleRecord, bootstrap_for_tests, console_consume};
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const FEEDS: usize = 8;
const STORIES: usize = 25;
const LIMIT: Duration = Duration::from_secs(120);

struct Desk {
    bootstrap: String,
    names: TopicNames,
    wire: Wire,
    newsroom: Newsroom,
    seen: Box<dyn Reader>,
    enriched: usize,
}

impl Desk {
    fn open(test: &str) -> Option<Self> {
        let bootstrap = bootstrap_for_tests(3)?;
        let prefix = format!("{test}-{}", std::process::id());
        let names = TopicNames::with_prefix(&prefix);
        let wire = Wire::new(FEEDS);
        let transport = format!(
            "[transport]\nkind = \"kafka\"\n[transport.kafka]\nbootstrap = \"{bootstrap}\"\n\
             session_timeout_ms = 6000\ntransaction_timeout_ms = 8000\n"
        );
        let newsroom = Newsroom::new(&wire, &prefix, &transport);
        newsroom.wiredesk(&["topics", "create"]);
        let mut settings = KafkaSettings::new(&bootstrap);
        settings.names = names.clone();
        let kafka = KafkaTransport::connect(settings).expect("the settings are right");
        let seen = kafka
            .reader(Topic::Enriched, Start::Earliest)
            .expect("the topic is there");
        Some(Self {
            bootstrap,
            names,
            wire,
            newsroom,
            seen,
            enriched: 0,
        })
    }

    /// Two instances of a service: one as a command of `wiredesk`, one as a program of its own.
    fn start_pair(&self, service: &str) -> [Service; 2] {
        let alone = format!("wiredesk-{service}");
        [
            self.newsroom
                .start("wiredesk", &[service], &format!("{service}-1.log")),
            self.newsroom
                .start(&alone, &[], &format!("{service}-2.log")),
        ]
    }

    /// Waits until so many records stand on the enriched topic.
    fn wait_for_records(&mut self, records: usize) {
        let (seen, enriched) = (&mut self.seen, &mut self.enriched);
        wait_until(&format!("{records} enriched records"), LIMIT, || {
            let more = seen
                .read(500, Duration::from_millis(50))
                .expect("the topic can be read");
            *enriched += more.len();
            *enriched >= records
        });
    }

    fn consume(&self, topic: Topic) -> Vec<ConsoleRecord> {
        let name = self.names.physical(topic);
        console_consume(&self.bootstrap, &name, 10_000, Duration::from_secs(15))
            .expect("the console consumer runs")
    }

    /// Each story once, version 1, and nothing dead.
    fn assert_each_story_once(&self) {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for record in self.consume(Topic::Enriched) {
            let id = record
                .headers
                .iter()
                .find(|(name, _)| name == header::CE_ID);
            let id = id
                .map(|(_, value)| value.clone())
                .expect("every record has an event id");
            assert_eq!(id, format!("{}@1", record.key));
            *times.entry(record.key).or_default() += 1;
        }
        let doubled: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
        assert!(doubled.is_empty(), "more than once: {doubled:?}");
        assert_eq!(
            times.into_keys().collect::<Vec<_>>(),
            self.wire.ids(STORIES)
        );
        let mut current: Vec<_> = self
            .consume(Topic::Current)
            .into_iter()
            .map(|r| r.key)
            .collect();
        current.sort();
        assert_eq!(current, self.wire.ids(STORIES));
        assert_eq!(self.consume(Topic::Dead), []);
    }
}

#[test]
fn every_story_exactly_once_although_one_of_each_service_is_killed() {
    let Some(mut desk) = Desk::open("killed") else {
        return;
    };
    let mut services: Vec<_> = ["fetcher", "cleaner", "enricher"]
        .iter()
        .map(|one| desk.start_pair(one))
        .collect();
    let total = FEEDS * STORIES;
    let mut shown = 5;
    desk.wire.show(shown);
    desk.wait_for_records(FEEDS);
    // One instance of each dies in mid-flow, each at another moment.
    for pair in &mut services {
        pair[0].kill();
        shown += 5;
        desk.wire.show(shown);
        desk.wait_for_records(FEEDS * (shown - 9));
    }
    desk.wire.show(STORIES);
    desk.wait_for_records(total);
    for pair in &mut services {
        assert!(
            pair[1].runs(),
            "the other instance goes on: {}",
            pair[1].log()
        );
    }
    desk.assert_each_story_once();
    for pair in &mut services {
        assert_eq!(pair[1].stop(), Some(0), "SIGTERM drains: {}", pair[1].log());
    }
}

#[test]
fn instances_that_join_later_share_the_work_and_nothing_doubles() {
    let Some(mut desk) = Desk::open("joined") else {
        return;
    };
    let services = ["fetcher", "cleaner", "enricher"];
    let mut first: Vec<_> = services
        .iter()
        .map(|one| {
            desk.newsroom
                .start("wiredesk", &[one], &format!("{one}-1.log"))
        })
        .collect();
    desk.wire.show(10);
    desk.wait_for_records(FEEDS * 10);
    let _second: Vec<_> = services
        .iter()
        .map(|one| {
            desk.newsroom
                .start("wiredesk", &[one], &format!("{one}-2.log"))
        })
        .collect();
    desk.wire.show(18);
    desk.wait_for_records(FEEDS * 18);
    for service in &mut first {
        assert_eq!(service.stop(), Some(0), "SIGTERM drains: {}", service.log());
    }
    desk.wire.show(STORIES);
    desk.wait_for_records(FEEDS * STORIES);
    desk.assert_each_story_once();
}
