//! Measures the way of many records through log, archive, index, search, replay and comparison:
//! `cargo build --release -p wiredesk`, then
//! `cargo run --release -p wiredesk-tests --example scale -- 1000000`.
//!
//! The records are made here, from sentences of ours or (`--texts FILE`) from the paragraphs of JSON
//! lines with `title`, `text` and, where it is known, `language`, and spread over 40 sources and a year. Everything is written to a folder
//! below that of temporary files, and removed at the end: some 35 KB a record. Each phase is the
//! program as it ships, in processes of its own; what is told is how many records a second it took,
//! memory at the peak, and room on disk.
#![allow(clippy::print_stdout, reason = "what it measured is what it is for")]

mod asks;
mod measure;
#[path = "../../tests/newsroom/mod.rs"]
mod newsroom;
mod texts;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use measure::{Peak, room, share, tell, watch};
use newsroom::{Newsroom, Service};
use serde_json::Value;
use texts::Texts;
use wiredesk_indexer::Search;
use wiredesk_model::{InstanceId, Topic, TopicNames};
use wiredesk_pipeline::Transport;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

/// Records of one batch.
const AT_ONCE: u64 = 500;
/// Each query is asked so often.
const TIMES: usize = 20;
/// The argument by which this program searches, in a process of its own.
const SEARCH: &str = "--search";
const CONFIG: &str = "[search]\nenabled = true\n[archive]\nclose_seconds = 20\n\
                      [http]\naddress = \"127.0.0.1:0\"\n";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)
    };
    let file = after("--texts").map(Path::new);
    let texts = file.map_or(Texts::Ours, Texts::of_file);
    if let Some(index) = after(SEARCH) {
        return search(Path::new(index), &texts);
    }
    let count = arguments.first().and_then(|count| count.parse().ok());
    Scene::new(count.expect("say how many records: scale -- 20000")).measure(&texts, file);
}

/// A log, and what is made of it.
struct Scene {
    newsroom: Newsroom,
    log: EmbeddedTransport,
    count: u64,
}

impl Scene {
    fn new(count: u64) -> Self {
        let newsroom =
            Newsroom::with_config(|data| format!("data_dir = \"{}\"\n{CONFIG}", data.display()));
        newsroom.wiredesk(&["topics", "create"]);
        let file = newsroom.path().join("data/wire.sqlite");
        let settings = EmbeddedSettings::at(file, TopicNames::default());
        Self {
            log: EmbeddedTransport::open(settings).expect("the log opens"),
            newsroom,
            count,
        }
    }

    fn measure(&self, texts: &Texts, file: Option<&Path>) {
        println!(
            "{} records in {}",
            self.count,
            self.newsroom.path().display()
        );
        self.write(texts);
        self.pipeline();
        self.archive();
        self.index();
        self.search(file);
        self.replay();
        self.compare();
    }

    fn write(&self, texts: &Texts) {
        let begun = Instant::now();
        let mut writer = self
            .log
            .writer(&InstanceId::from("scale"))
            .expect("a writer");
        let mut number = 0;
        while number < self.count {
            let end = self.count.min(number + AT_ONCE);
            let items = (number..end).map(|number| texts.raw_item(number, self.count));
            writer.write(items.collect()).expect("they are written");
            number = end;
        }
        tell(
            "write raw items",
            self.count,
            begun,
            &format!("log {}", self.log_room()),
        );
    }

    /// Clean and enrich, so that what is published is what the pipeline makes.
    fn pipeline(&self) {
        let begun = Instant::now();
        let inputs = [("cleaner", Topic::Raw), ("enricher", Topic::Clean)];
        let peaks = self.run(&["cleaner", "enricher"], &inputs);
        let more = format!(
            "cleaner {}, enricher {}, log {}",
            peaks[0],
            peaks[1],
            self.log_room()
        );
        tell("clean and enrich", self.count, begun, &more);
    }

    fn archive(&self) {
        let begun = Instant::now();
        let inputs = [
            ("archiver-raw", Topic::Raw),
            ("archiver-records", Topic::Enriched),
        ];
        let peaks = self.run(&["archiver"], &inputs);
        let more = format!(
            "{}, WARC {}, Parquet {}, NDJSON {}",
            peaks[0],
            self.room("archive/raw"),
            self.room("archive/records/parquet"),
            self.room("archive/records/ndjson")
        );
        tell("archive", self.count, begun, &more);
    }

    fn index(&self) {
        let begun = Instant::now();
        let mut indexer = self.start("indexer");
        let named = self.newsroom.path().join("data/index/wiredesk-index.json");
        let group = || {
            let named: Value = serde_json::from_slice(&std::fs::read(&named).ok()?).ok()?;
            Some(format!("indexer-{}", named["id"].as_str()?))
        };
        let peaks = watch(&[&indexer], || {
            let left = group().map(|group| self.log.backlog(&group, Topic::Current));
            matches!(left, Some(Ok(0)))
        });
        assert_eq!(indexer.stop(), Some(0), "{}", indexer.log());
        let more = format!("{}, index {}", peaks[0], self.room("index"));
        tell("index", self.count, begun, &more);
    }

    /// In a process of its own, so that its memory can be told apart.
    fn search(&self, file: Option<&Path>) {
        let program = std::env::current_exe().expect("a program has a path");
        let place = self.newsroom.path().join("data/index");
        let mut command = Command::new(program);
        command.arg(SEARCH).arg(place);
        if let Some(file) = file {
            command.arg("--texts").arg(file);
        }
        assert!(command.status().expect("it starts").success());
    }

    fn replay(&self) {
        let begun = Instant::now();
        let mut replay =
            self.newsroom
                .start("wiredesk", &["replay", "--into", "scale"], "replay.log");
        let peak = to_the_end(&mut replay);
        let more = format!("{peak}, log of the run {}", self.room("runs/scale"));
        tell("replay into a run", self.count, begun, &more);
    }

    fn compare(&self) {
        let begun = Instant::now();
        let arguments = ["diff", "scale", "--json"];
        let mut diff = self.newsroom.start("wiredesk", &arguments, "diff.log");
        let peak = to_the_end(&mut diff);
        let found: Value = serde_json::from_str(&diff.log()).expect("a report");
        let listed = |name: &str| found[name].as_array().map_or(0, Vec::len);
        let more = format!(
            "{peak}, {} the same, {} changed, {} added, {} lost",
            found["same"],
            listed("changed"),
            listed("added"),
            listed("lost")
        );
        tell("compare", self.count, begun, &more);
    }

    /// Runs services until their groups have read all of their inputs.
    fn run(&self, services: &[&str], inputs: &[(&str, Topic)]) -> Vec<Peak> {
        let mut running: Vec<Service> = services.iter().map(|name| self.start(name)).collect();
        let all: Vec<&Service> = running.iter().collect();
        let peaks = watch(&all, || {
            let left = |(service, input): &(&str, Topic)| self.log.backlog(service, *input);
            inputs
                .iter()
                .all(|input| left(input).is_ok_and(|left| left == 0))
        });
        for service in &mut running {
            assert_eq!(service.stop(), Some(0), "{}", service.log());
        }
        peaks
    }

    fn start(&self, service: &str) -> Service {
        self.newsroom
            .start("wiredesk", &[service], &format!("{service}.log"))
    }

    /// Room of the live log, with what waits to be put into its file.
    fn log_room(&self) -> String {
        ["", "-wal"]
            .map(|part| self.room(&format!("wire.sqlite{part}")))
            .join(" and ")
    }

    fn room(&self, place: &str) -> String {
        room(&self.newsroom.path().join("data").join(place))
    }
}

/// Waits until a process has ended well; its memory at the peak.
fn to_the_end(service: &mut Service) -> Peak {
    let mut peak = Peak::default();
    loop {
        peak.look(service.pid());
        if let Some(ended) = service.ended() {
            assert_eq!(ended, Some(0), "{}", service.log());
            return peak;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Asks each of a set of queries some times, and tells how long the answers took.
fn search(index: &Path, texts: &Texts) {
    let search = Search::open(index).expect("the index opens");
    let mut took: Vec<(Duration, &str)> = Vec::new();
    let mut empty = 0;
    for time in 0..TIMES {
        for (kind, ask) in asks::asks(texts, time) {
            let begun = Instant::now();
            let found = search.ask(&ask).expect("it is answered");
            took.push((begun.elapsed(), kind));
            empty += usize::from(found.total == 0);
        }
    }
    // A phrase may be cut at a mark, and a source need not have each word.
    assert!(
        empty * 10 < took.len(),
        "{empty} of {} find nothing",
        took.len()
    );
    took.sort();
    let times: Vec<Duration> = took.iter().map(|(time, _)| *time).collect();
    let mut peak = Peak::default();
    peak.look(std::process::id());
    let (slowest, kind) = took.last().expect("there are some");
    println!(
        "search: {} queries, {empty} without a hit, p50 {:.1?}, p99 {:.1?}, slowest {slowest:.1?} ({kind}), {peak}",
        times.len(),
        share(&times, 0.5),
        share(&times, 0.99)
    );
}
