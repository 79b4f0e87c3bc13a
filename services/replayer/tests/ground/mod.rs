//! An archive of raw items, a log, and replays on threads of the test.
#![allow(dead_code, reason = "each suite uses its own part")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_archive::{Closing, OnKill, Store, sinks};
use wiredesk_model::{
    Headers, Incoming, InstanceId, Position, RawItem, RunId, Topic, TopicNames, TopicPartition,
    header, partition_for,
};
use wiredesk_pipeline::{
    Behind, Flush, Run, RunnerSettings, Source, Start, Status, StopSignal, Transport, run_source,
};
use wiredesk_replayer::{OnDamage, Origin, Replay, Selection, Speed};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

pub const PARTITIONS: u32 = 4;
pub const STORIES: i64 = 60;
pub const VERSIONS: i64 = 5;
/// Records that the stages behind a replay may have to do.
pub const ROOM: u64 = 100;

pub fn item(story: i64, version: i64) -> RawItem {
    let minute = version * 10 + story % 10;
    let json = serde_json::json!({
        "story": format!("urn:story:{story}"), "version": version, "identity": "guid",
        "source": if story % 2 == 0 { "harbour-post" } else { "hill-courier" },
        "feed": "feed", "run": "live", "fetched_at": format!("2026-11-23T06:{minute:02}:00Z"),
        "hash": "00", "payload": {"media_type": "text/plain", "bytes": ""},
        "item": {"title": format!("Version {version}")},
    });
    serde_json::from_value(json).expect("a raw item")
}

/// An archive of every story in every version, several segments a partition.
pub fn archive(folder: &Path) -> Arc<Store> {
    let place = folder.join("archive").display().to_string();
    let store = Arc::new(Store::open(&place, &[]).expect("a folder is a place"));
    let closing = Closing {
        bytes: 1 << 20,
        age: Duration::from_secs(60),
    };
    let [mut sink, _] = sinks(&store, &closing, OnKill::Keep);
    let mut next: BTreeMap<u32, i64> = BTreeMap::new();
    for partition in 0..PARTITIONS {
        let at = TopicPartition::new(Topic::Raw, partition);
        sink.open(Position { at, next_offset: 0 }).expect("opened");
    }
    for version in 1..=VERSIONS {
        for story in 0..STORIES {
            let item = item(story, version);
            let at =
                TopicPartition::new(Topic::Raw, partition_for(item.story.as_str(), PARTITIONS));
            let offset = next.entry(at.partition).or_default();
            let record = Incoming {
                at,
                offset: *offset,
                timestamp_ms: item.fetched_at.as_millisecond(),
                key: item.story.to_string(),
                value: serde_json::to_vec(&item).ok(),
                headers: Headers::new().with(header::RUN, "live"),
            };
            *offset += 1;
            sink.take(vec![record]).expect("taken");
        }
        if version % 2 == 0 {
            sink.flush(Flush::All).expect("stored");
        }
    }
    sink.flush(Flush::All).expect("stored");
    store
}

pub fn log(folder: &Path) -> Arc<dyn Transport> {
    let path = folder.join("wire.sqlite");
    let settings = EmbeddedSettings::at(path, TopicNames::default());
    let transport = EmbeddedTransport::open(settings).expect("it opens");
    let specs: Vec<_> = Topic::ALL
        .iter()
        .map(|topic| topic.spec(PARTITIONS))
        .collect();
    transport.create_topics(&specs).expect("created");
    Arc::new(transport)
}

pub fn raw_records(transport: &dyn Transport) -> Vec<Incoming> {
    let mut reader = transport
        .reader(Topic::Raw, Start::Earliest)
        .expect("opened");
    let mut all = Vec::new();
    loop {
        let records = reader.read(1_000, Duration::from_millis(20)).expect("read");
        if records.is_empty() && reader.at_end().expect("asked") {
            return all;
        }
        all.extend(records);
    }
}

pub fn run_of(transport: &Arc<dyn Transport>) -> Run {
    Run {
        transport: Arc::clone(transport),
        instance: InstanceId::from("test"),
        settings: RunnerSettings {
            lag_limit: ROOM,
            ..RunnerSettings::default()
        },
        stop: StopSignal::new(),
        status: Arc::new(Status::new("replayer")),
    }
}

pub fn replay_until(
    transport: &Arc<dyn Transport>,
    source: Box<dyn Source>,
    done: impl FnMut() -> bool,
) {
    replay_behind(transport, source, &[], done);
}

pub fn replay_behind(
    transport: &Arc<dyn Transport>,
    source: Box<dyn Source>,
    behind: &'static [Behind],
    mut done: impl FnMut() -> bool,
) {
    let run = run_of(transport);
    let stop = run.stop.clone();
    let thread = std::thread::spawn(move || run_source(source, behind, run));
    let limit = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(
            Instant::now() < limit,
            "waited thirty seconds for the replay"
        );
        assert!(!thread.is_finished(), "the replay ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    stop.request();
    thread.join().expect("no panic").expect("asked to stop");
}

pub fn whole(store: &Arc<Store>, speed: Speed) -> Replay {
    let selection = Selection::default();
    let origin = Origin::Archive(Arc::clone(store), OnDamage::End);
    Replay::new(origin, selection, RunId::from("again"), speed).expect("there is some")
}
