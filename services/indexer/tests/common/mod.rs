//! Stories of our own on a log of our own, and an index over them.

#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use wiredesk_indexer::{Ask, Found, IndexError, Search, SearchSettings, index_sink, rebuild};
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic, TopicNames};
use wiredesk_pipeline::{
    Run, RunError, RunnerSettings, Sink, Status, StopSignal, Transport, run_sink,
};
use wiredesk_testkit::wait::{wait_for, wait_until};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

/// Longest wait for anything.
pub const LIMIT: Duration = Duration::from_secs(30);

/// A log, and the place of an index.
pub struct Scene {
    pub folder: tempfile::TempDir,
    pub transport: Arc<dyn Transport>,
}

impl Scene {
    pub fn new() -> Self {
        Self::with_partitions(2)
    }

    pub fn with_partitions(partitions: u32) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("wire.sqlite");
        let settings = EmbeddedSettings::at(path, TopicNames::default());
        let transport: Arc<dyn Transport> =
            Arc::new(EmbeddedTransport::open(settings).expect("a new store"));
        let specs: Vec<_> = Topic::ALL
            .iter()
            .map(|topic| topic.spec(partitions))
            .collect();
        transport.create_topics(&specs).expect("topics");
        Self { folder, transport }
    }

    pub fn place(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    /// Makes a story current.
    pub fn publish(&self, story: &Story) {
        self.write(&story.id, Some(story.record().to_string().into_bytes()));
    }

    /// Takes a story back.
    pub fn retract(&self, story: &str) {
        self.write(story, None);
    }

    pub fn write(&self, story: &str, value: Option<Vec<u8>>) {
        let instance = InstanceId::from("test");
        let mut writer = self.transport.writer(&instance).expect("a writer");
        let outgoing = Outgoing {
            topic: Topic::Current,
            key: story.to_owned(),
            value,
            headers: Headers::new(),
        };
        writer.write(vec![outgoing]).expect("it is written");
    }

    pub fn settings() -> SearchSettings {
        SearchSettings {
            commit_ms: 50,
            memory_bytes: 32 << 20,
            ..SearchSettings::default()
        }
    }

    pub fn sink(&self) -> Box<dyn Sink> {
        // An indexer that was stopped lets go of the index a moment after it has ended.
        wait_for("the index to open", LIMIT, || match self.try_sink() {
            Err(IndexError::Busy(_)) => None,
            opened => Some(opened.expect("the index opens")),
        })
    }

    pub fn try_sink(&self) -> Result<Box<dyn Sink>, IndexError> {
        self.sink_at(&self.place())
    }

    /// A sink from this log into the index at `place`.
    pub fn sink_at(&self, place: &Path) -> Result<Box<dyn Sink>, IndexError> {
        index_sink(Arc::clone(&self.transport), &Self::settings(), place)
    }

    /// Makes the index anew; how many stories it holds.
    pub fn rebuild(&self) -> u64 {
        self.try_rebuild().expect("the index is made anew")
    }

    pub fn try_rebuild(&self) -> Result<u64, IndexError> {
        rebuild(
            self.transport.as_ref(),
            &Self::settings(),
            &self.place(),
            |_| {},
        )
    }

    /// An indexer at work.
    pub fn indexer(&self) -> Indexer {
        Indexer::start(Arc::clone(&self.transport), self.sink())
    }

    pub fn search(&self) -> Search {
        Search::open(&self.place()).expect("the index opens")
    }

    /// Asks once the index is there.
    pub fn ask(&self, ask: &Ask) -> Found {
        self.search().ask(ask).expect("an answer")
    }

    /// Ids of what is found, in order.
    pub fn ids(&self, text: &str) -> Vec<String> {
        ids(&self.ask(&Ask::text(text)))
    }

    /// Waits until a query finds just these stories.
    pub fn wait_for(&self, text: &str, expected: &[&str]) {
        wait_until(&format!("{text} finds {expected:?}"), LIMIT, || {
            self.ids(text) == expected
        });
    }
}

pub fn ids(found: &Found) -> Vec<String> {
    found
        .hits
        .iter()
        .map(|hit| hit.shown.story.clone())
        .collect()
}

/// An indexer on a thread of its own.
pub struct Indexer {
    stop: StopSignal,
    pub status: Arc<Status>,
    thread: JoinHandle<Result<(), RunError>>,
}

impl Indexer {
    pub fn start(transport: Arc<dyn Transport>, sink: Box<dyn Sink>) -> Self {
        let (stop, status) = (StopSignal::new(), Arc::new(Status::new("indexer")));
        let run = Run {
            transport,
            instance: InstanceId::from("one"),
            settings: RunnerSettings::default(),
            stop: stop.clone(),
            status: Arc::clone(&status),
        };
        let thread = std::thread::spawn(move || run_sink(sink, run));
        Self {
            stop,
            status,
            thread,
        }
    }

    pub fn stop(self) -> Result<(), RunError> {
        self.stop.request();
        self.thread.join().expect("it does not panic")
    }

    /// Waits until it ends by itself.
    pub fn end(self) -> Result<(), RunError> {
        self.thread.join().expect("it does not panic")
    }
}

/// A story of our own.
#[derive(Debug, Clone)]
pub struct Story {
    pub id: String,
    pub version: u32,
    pub headline: String,
    pub body: String,
    pub language: String,
    pub source: String,
    pub place: Option<String>,
    pub people: Vec<String>,
    pub subjects: Vec<String>,
    pub updated: String,
    pub chain: Option<String>,
}

impl Story {
    pub fn new(id: &str, headline: &str, body: &str) -> Self {
        Self {
            id: id.to_owned(),
            version: 1,
            headline: headline.to_owned(),
            body: body.to_owned(),
            language: "en".to_owned(),
            source: "bay-wire".to_owned(),
            place: None,
            people: Vec::new(),
            subjects: Vec::new(),
            updated: "2026-11-20T08:00:00Z".to_owned(),
            chain: None,
        }
    }

    /// The record, as the enricher publishes it.
    pub fn record(&self) -> Value {
        let named = |names: &[String]| -> Vec<Value> {
            names.iter().map(|name| json!({ "name": name })).collect()
        };
        let mut record = json!({
            "schema": wiredesk_model::ARTICLE_SCHEMA,
            "article": {
                "uri": self.id,
                "type": "text",
                "version": self.version.to_string(),
                "language": self.language,
                "headlines": [
                    { "role": "main", "contentType": "text/plain", "value": self.headline }
                ],
                "bodies": [{
                    "role": "main", "contentType": "text/plain",
                    "charCount": self.body.len(), "wordCount": 10, "value": self.body
                }],
                "located": self.place,
                "people": named(&self.people),
                "subjects": named(&self.subjects),
            },
            "wire": {
                "source": self.source, "feed": self.source, "run": "live",
                "fetched_at": self.updated, "identity": "guid", "raw_ref": "raw/0/0",
                "change": if self.version > 1 { "update" } else { "created" },
                "language": { "declared": self.language },
                "published": { "value": self.updated, "from": "item.published" },
                "updated": { "value": self.updated, "from": "item.updated" },
                "words": 10, "hash": { "raw": "00", "text": "00" }, "body_from": "content",
                "quality": [], "removed": [], "rules_version": "1",
            }
        });
        if let Some(chain) = &self.chain {
            record["wire"]["chain"] =
                json!({ "id": chain, "sightings": 2, "sources": 2, "near": [] });
        }
        record
    }
}

/// What a query is refused with.
pub fn refusal(answer: Result<Found, IndexError>) -> String {
    answer.expect_err("it is refused").to_string()
}
