//! A kill overtakes the backlog, on both transports: the tombstone stands on `current` while
//! records that came before it still wait, its event comes once, and nothing of the story follows.

use std::sync::Arc;
use std::time::Duration;

use wiredesk_enricher::EnricherStage;
use wiredesk_model::{
    CleanStory, FeedId, Headers, Incoming, InstanceId, Meant, OrderAction, OrderedBy, Outgoing,
    RunId, SourceId, StoryId, StoryOrder, Timestamp, Topic, TopicNames, Version, header,
};
use wiredesk_pipeline::{
    Count, Run, RunError, RunnerSettings, Start, Status, StopSignal, Transport, run_keyed_stage,
};
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const VICTIM: &str = "tag:wire.example,2026:victim";
const BACKLOG: u32 = 1_500;
const PARTITIONS: u32 = 2;
const LIMIT: Duration = Duration::from_secs(120);

fn clean(story: &str, version: u32) -> Outgoing {
    let json = include_str!("../../../shared/enrichment/tests/data/clean_story.json");
    let mut clean: CleanStory = serde_json::from_str(json).expect("the sample is a clean story");
    clean.story = StoryId::from(story);
    clean.version = Version(version);
    clean.raw_hash = format!("{story} {version}");
    // Each tells something else than the one that is killed.
    clean.text = format!("What story {story} tells.");
    clean.blocks.clear();
    Outgoing {
        topic: Topic::Clean,
        key: story.to_owned(),
        value: Some(serde_json::to_vec(&clean).expect("a story is JSON")),
        headers: Headers::new(),
    }
}

fn kill() -> Outgoing {
    let order = StoryOrder {
        story: StoryId::from(VICTIM),
        action: OrderAction::Kill,
        by: OrderedBy::Version,
        at: "2026-08-30T13:00:00Z".parse().expect("a date"),
        source: SourceId::from("harbor-gazette"),
        feed: FeedId::from("wire"),
        run: RunId::live(),
        version: Some(Version(9)),
        created: None,
        hash: None,
        note: None,
        means: None,
    };
    order.record().expect("an order is JSON")
}

/// A kill by an advisory that names the story, as the fetcher writes it ahead of its turn.
fn advisory() -> Outgoing {
    let kill: StoryOrder =
        serde_json::from_slice(&kill().value.expect("an order")).expect("an order is JSON");
    let order = StoryOrder {
        story: StoryId::from("tag:wire.example,2026:advisory"),
        by: OrderedBy::Ahead,
        version: None,
        means: Some(Meant {
            ids: vec![VICTIM.to_owned()],
            words: String::new(),
        }),
        ..kill
    };
    order.record().expect("an order is JSON")
}

struct Desk {
    transport: Arc<dyn Transport>,
}

struct Enricher {
    stop: StopSignal,
    status: Arc<Status>,
    thread: std::thread::JoinHandle<Result<(), RunError>>,
}

fn unique(name: &str) -> InstanceId {
    InstanceId::new(format!("{name}-{}", Timestamp::now().as_nanosecond()))
}

impl Desk {
    fn new(transport: Arc<dyn Transport>) -> Self {
        let specs: Vec<_> = Topic::ALL
            .iter()
            .map(|topic| topic.spec(PARTITIONS))
            .collect();
        transport.create_topics(&specs).expect("new topics");
        Self { transport }
    }

    fn write(&self, records: Vec<Outgoing>) {
        let mut writer = self.transport.writer(&unique("test")).expect("a writer");
        for some in records.chunks(200) {
            writer.write(some.to_vec()).expect("records are written");
        }
    }

    fn start(&self) -> Enricher {
        let stop = StopSignal::new();
        let status = Arc::new(Status::new("enricher"));
        let run = Run {
            transport: Arc::clone(&self.transport),
            instance: unique("enricher"),
            settings: RunnerSettings {
                batch_records: 10,
                pending_records: 40,
                threads: 1,
                ..RunnerSettings::default()
            },
            stop: stop.clone(),
            status: Arc::clone(&status),
        };
        let stage = Arc::new(EnricherStage::default());
        let thread = std::thread::spawn(move || run_keyed_stage(stage, run));
        Enricher {
            stop,
            status,
            thread,
        }
    }

    /// What stands on a topic about the story that is killed.
    fn about_the_victim(&self, topic: Topic) -> Vec<Incoming> {
        self.records(topic, |record| record.key == VICTIM)
    }

    fn records(&self, topic: Topic, wanted: impl Fn(&Incoming) -> bool) -> Vec<Incoming> {
        let reader = self.transport.reader(topic, Start::Earliest);
        let mut reader = reader.expect("the topic is there");
        let mut found = Vec::new();
        loop {
            let records = reader.read(1_000, Duration::from_millis(50));
            let records = records.expect("it can be read");
            if records.is_empty() && reader.at_end().expect("it has an end") {
                return found;
            }
            found.extend(records.into_iter().filter(|record| wanted(record)));
        }
    }

    fn events(&self) -> Vec<String> {
        let records = self.about_the_victim(Topic::Enriched);
        let event = |record: &Incoming| record.headers.get(header::CE_TYPE).map(str::to_owned);
        records.iter().filter_map(event).collect()
    }

    /// Records of the backlog that were written after the story was killed.
    fn written_after_the_kill(&self) -> usize {
        let killed = self.about_the_victim(Topic::Enriched);
        let killed = killed.last().expect("the kill is an event").timestamp_ms;
        let others = self.records(Topic::Enriched, |record| record.key != VICTIM);
        let later = others.iter().filter(|record| record.timestamp_ms > killed);
        later.count()
    }

    /// The tombstone is written with the event; compaction may have removed it since.
    fn is_taken_back(&self) -> bool {
        let current = self.about_the_victim(Topic::Current);
        let is_canceled = self
            .events()
            .iter()
            .any(|event| event == "article.canceled");
        is_canceled && current.last().is_none_or(|record| record.value.is_none())
    }
}

impl Enricher {
    fn decided(&self) -> u64 {
        self.status.get(Count::Input)
    }

    fn stop(self) {
        self.stop.request();
        let ended = self.thread.join().expect("the runner never panics");
        ended.expect("it stops as asked");
    }
}

fn overtakes_the_backlog(order: Outgoing, transport: Arc<dyn Transport>) {
    let desk = Desk::new(transport);
    desk.write(vec![clean(VICTIM, 1)]);
    let enricher = desk.start();
    wait_until("the story", LIMIT, || enricher.decided() == 1);
    enricher.stop();
    assert_eq!(desk.events(), ["article.created"]);

    // Hours of work, and later versions of the story at its end.
    let mut backlog: Vec<_> = (0..BACKLOG)
        .map(|number| clean(&format!("tag:wire.example,2026:{number}"), 1))
        .collect();
    backlog.extend((2..=5).map(|version| clean(VICTIM, version)));
    desk.write(backlog);
    // Ready beforehand: on Kafka a writer takes its time to begin.
    let writer = desk.transport.writer(&unique("desk"));
    let mut writer = writer.expect("a writer");
    let enricher = desk.start();
    wait_until("some of the backlog", LIMIT, || enricher.decided() >= 20);
    writer.write(vec![order]).expect("the order is written");
    wait_until("the tombstone", LIMIT, || desk.is_taken_back());
    enricher.stop();
    let later = desk.written_after_the_kill();
    assert!(later > 0, "the whole backlog was written before the kill");

    // Another instance takes over; the order is there to be read again.
    let enricher = desk.start();
    wait_until("the rest", LIMIT, || {
        let backlog = desk.transport.backlog("enricher", Topic::Clean);
        backlog.is_ok_and(|backlog| backlog == 0)
    });
    enricher.stop();
    assert_eq!(desk.events(), ["article.created", "article.canceled"]);
    assert!(desk.is_taken_back());
    assert_eq!(desk.about_the_victim(Topic::Dead), []);
}

fn on_the_embedded_log(order: Outgoing) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = EmbeddedSettings::at(folder.path().join("wire.sqlite"), TopicNames::default());
    let transport = EmbeddedTransport::open(settings).expect("a new log");
    overtakes_the_backlog(order, Arc::new(transport));
}

#[test]
fn a_kill_overtakes_the_backlog_on_the_embedded_log() {
    on_the_embedded_log(kill());
}

#[test]
fn an_advisory_overtakes_the_backlog() {
    on_the_embedded_log(advisory());
}

#[test]
fn a_kill_overtakes_the_backlog_on_kafka() {
    let Some(bootstrap) = bootstrap_for_tests(1) else {
        return;
    };
    let mut settings = KafkaSettings::new(bootstrap);
    settings.names = TopicNames::with_prefix(&format!("overtaking-{}", std::process::id()));
    let transport = KafkaTransport::connect(settings).expect("the settings are right");
    overtakes_the_backlog(kill(), Arc::new(transport));
}
