//! A run is compared with what is published, and what differs is offered.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use wiredesk_model::{
    CleanStory, Headers, Incoming, InstanceId, Outgoing, Topic, TopicNames, TopicPartition, header,
};
use wiredesk_pipeline::Transport;
use wiredesk_replayer::{Comparison, Offer};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

fn log(file: &Path) -> Arc<dyn Transport> {
    let settings = EmbeddedSettings::at(file, TopicNames::default());
    let log = EmbeddedTransport::open(settings).expect("a new file");
    let specs: Vec<_> = Topic::ALL.iter().map(|topic| topic.spec(4)).collect();
    log.create_topics(&specs).expect("they are created");
    Arc::new(log)
}

fn put(log: &dyn Transport, topic: Topic, records: &[(&str, Option<Value>)]) {
    let records = records.iter().map(|(story, value)| Outgoing {
        topic,
        key: (*story).to_owned(),
        value: value.as_ref().map(|value| value.to_string().into_bytes()),
        headers: Headers::new(),
    });
    let mut writer = log.writer(&InstanceId::from("test")).expect("a writer");
    writer.write(records.collect()).expect("they are written");
}

fn record(version: u32, text: &str, raw_ref: &str) -> Option<Value> {
    Some(json!({
        "article": {"version": version.to_string(), "bodies": [{"value": text}]},
        "wire": {"raw_ref": raw_ref, "hash": {"raw": "h"}, "revision": 2},
    }))
}

fn clean(story: &str, raw_ref: &str) -> Incoming {
    let value = json!({
        "story": story, "version": 3, "identity": "guid", "source": "s", "feed": "f",
        "run": "may", "fetched_at": "2026-11-23T06:00:00Z", "raw_hash": "h",
        "raw_ref": raw_ref, "item": {"title": "T"}, "title": "T", "body_from": "content",
        "blocks": [], "text": "", "removed": [], "quality": [], "rules_version": "1",
    });
    Incoming {
        at: TopicPartition::new(Topic::Clean, 0),
        offset: 0,
        timestamp_ms: 0,
        key: story.to_owned(),
        value: serde_json::to_vec(&value).ok(),
        headers: Headers::new().with(header::RUN, "may"),
    }
}

/// Both sides, compared. Of what is published, one was not replayed, and one is a later version.
fn compared(folder: &Path) -> Comparison {
    let (live, run) = (
        log(&folder.join("live.sqlite")),
        log(&folder.join("run.sqlite")),
    );
    let replayed = [
        "same",
        "changed",
        "outranked",
        "lost",
        "taken back",
        "added",
    ];
    let items: Vec<_> = replayed.map(|story| (story, Some(json!({})))).into();
    put(run.as_ref(), Topic::Raw, &items);
    put(
        live.as_ref(),
        Topic::Current,
        &[
            ("same", record(1, "one", "raw/0/1")),
            ("changed", record(2, "before", "raw/0/0")),
            ("changed", record(3, "two", "raw/0/2")),
            ("outranked", record(4, "three", "raw/0/3")),
            ("lost", record(1, "four", "raw/0/4")),
            ("taken back", record(1, "five", "raw/0/5")),
            ("taken back", None),
            ("not replayed", record(1, "six", "raw/0/6")),
        ],
    );
    put(
        run.as_ref(),
        Topic::Current,
        &[
            ("same", record(1, "one", "raw/1/11")),
            ("changed", record(3, "deux", "raw/1/12")),
            ("outranked", record(3, "trois", "raw/1/13")),
            ("lost", record(1, "quatre", "raw/1/14")),
            ("lost", None),
            ("added", record(1, "five", "raw/1/15")),
            ("never replayed", None),
        ],
    );
    Comparison::of(live.as_ref(), run.as_ref(), &folder.join("memory")).expect("it is compared")
}

#[test]
fn stories_are_the_same_changed_added_or_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let found = compared(folder.path());
    let report = serde_json::to_value(&found).expect("it is JSON");
    let change = |story: &str, version: Option<(&str, &str)>, text: (&str, &str)| {
        let field = |path: &str, (before, after): (&str, &str)| json!({"path": path, "before": before, "after": after});
        let mut fields = vec![field("article.bodies.0.value", text)];
        fields.extend(version.map(|version| field("article.version", version)));
        json!({"story": story, "fields": fields})
    };
    assert_eq!(
        report,
        json!({
            "same": 1,
            "added": ["added"],
            "lost": ["lost"],
            "changed": [
                change("changed", None, ("two", "deux")),
                change("outranked", Some(("4", "3")), ("three", "trois")),
            ],
        })
    );
    let summary = found.summary();
    let counts = (summary.same, summary.changed, summary.added, summary.lost);
    assert_eq!(counts, (1, 2, 1, 1));
    assert_eq!(summary.by_field["article.bodies.value"], 2);
    let left = std::fs::read_dir(folder.path().join("memory")).expect("a folder");
    assert_eq!(left.count(), 0, "the file has no name");
}

#[test]
fn lists_of_many_pages_are_whole_and_in_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (live, run) = (
        log(&folder.path().join("live.sqlite")),
        log(&folder.path().join("run.sqlite")),
    );
    let names: Vec<String> = (0..1_501)
        .map(|number| format!("urn:test:{number}"))
        .collect();
    let of = |text: &str| -> Vec<_> {
        let records = names
            .iter()
            .map(|name| (name.as_str(), record(1, text, name)));
        records.collect()
    };
    put(run.as_ref(), Topic::Raw, &of(""));
    put(run.as_ref(), Topic::Current, &of("again"));
    let memory = folder.path().join("memory");
    let listed = |found: &Comparison| -> (Vec<String>, Vec<String>) {
        let added = found.added().collect::<Result<_, _>>().expect("a list");
        let changed = found
            .changed()
            .map(|change| change.map(|change| change.story));
        (added, changed.collect::<Result<_, _>>().expect("a list"))
    };
    let mut sorted = names.clone();
    sorted.sort();

    let found = Comparison::of(live.as_ref(), run.as_ref(), &memory).expect("it is compared");
    assert_eq!(listed(&found), (sorted.clone(), Vec::new()));
    put(live.as_ref(), Topic::Current, &of("before"));
    let found = Comparison::of(live.as_ref(), run.as_ref(), &memory).expect("it is compared");
    assert_eq!(listed(&found), (Vec::new(), sorted));
    assert_eq!(found.summary().changed, 1_501);
    let offer = Offer::of(found).expect("it is made");
    assert_eq!((offer.changed, offer.left()), (1_501, 1_501));
}

#[test]
fn what_differs_is_offered_and_what_was_published_since_is_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut offer = Offer::of(compared(folder.path())).expect("it is made");
    let counts = (offer.same, offer.added, offer.changed);
    assert_eq!(counts, (1, 1, 1));
    assert_eq!((offer.outranked, offer.lost, offer.left()), (1, 1, 2));

    let mut take = |story: &str, raw_ref: &str| {
        let taken = offer.take(&clean(story, raw_ref));
        (taken.expect("it can be looked up"), offer.left())
    };
    assert_eq!(take("changed", "raw/1/9"), (None, 2), "an older one");
    let (taken, _) = take("changed", "raw/1/12");
    let taken = taken.expect("wanted");
    assert_eq!((taken.topic, taken.key.as_str()), (Topic::Clean, "changed"));
    assert_eq!(taken.headers.get(header::PROMOTED), Some("3.2"));
    assert_eq!(taken.headers.get(header::RUN), Some("may"));
    let story: CleanStory =
        serde_json::from_slice(taken.value.as_deref().unwrap_or_default()).expect("a story");
    assert_eq!(story.raw_ref, "raw/0/2", "as it is in the live log");
    assert_eq!(take("changed", "raw/1/12"), (None, 1), "once");
    let (added, left) = take("added", "raw/1/15");
    let added = added.expect("wanted");
    assert_eq!(added.headers.get(header::PROMOTED), Some("nothing"));
    assert_eq!(left, 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let one = log(&folder.path().join("live.sqlite"));
    let file = folder.path().join("live.sqlite/memory");
    let error = Comparison::of(one.as_ref(), one.as_ref(), &file).expect_err("it fails");
    let told = error.to_string();
    assert!(
        told.contains("live.sqlite/memory") && told.contains("room in the data folder"),
        "{told}"
    );
}
