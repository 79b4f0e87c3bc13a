//! A run is compared, promoted and dropped: what it made otherwise stands for what was published,
//! once, and nothing that came since is undone.

mod stages;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use stages::{records, start, wiredesk};
use wiredesk_cleaner::CleanerStage;
use wiredesk_enricher::EnricherStage;
use wiredesk_host::open_transport;
use wiredesk_model::{
    Headers, InstanceId, OrderAction, Outgoing, StoryId, StoryOrder, Timestamp, Topic, header,
};
use wiredesk_pipeline::Transport;
use wiredesk_settings::Settings;

fn log(folder: &Path) -> Arc<dyn Transport> {
    let settings = Settings {
        data_dir: folder.to_path_buf(),
        ..Settings::default()
    };
    open_transport(&settings).expect("a new log")
}

/// An item with a text; the same item whatever the code makes of it.
fn item(story: &str, version: u32, run: &str, text: &str) -> Outgoing {
    let text = format!(
        "<p>The council of Port Alder decided about {story} on Monday, in its session {version}, \
         a spokeswoman said. {text}</p>"
    );
    let value = json!({
        "story": story, "version": version, "identity": "guid", "source": "wire",
        "feed": "wire", "run": run, "fetched_at": format!("2026-08-30T12:0{version}:00Z"),
        "payload": {"media_type": "application/rss+xml", "bytes": ""},
        "hash": format!("{story} {version}"), "item": {"title": story, "content": text},
    });
    Outgoing {
        topic: Topic::Raw,
        key: story.to_owned(),
        value: serde_json::to_vec(&value).ok(),
        headers: Headers::new().with(header::RUN, run),
    }
}

fn write(transport: &dyn Transport, records: Vec<Outgoing>) {
    let mut writer = transport
        .writer(&InstanceId::from("test"))
        .expect("a writer");
    writer.write(records).expect("they are written");
}

/// Takes everything through cleaner and enricher.
fn process(transport: &Arc<dyn Transport>) {
    start(CleanerStage::default(), transport).finish(transport.as_ref());
    enrich(transport);
}

fn enrich(transport: &Arc<dyn Transport>) {
    start(EnricherStage::default(), transport).finish(transport.as_ref());
}

fn kill(story: &str) -> Outgoing {
    let order = StoryOrder::of_operator(StoryId::new(story), OrderAction::Kill, Timestamp::now());
    order.record().expect("an order is JSON")
}

/// What a command printed that went well.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = wiredesk(folder, folder, arguments);
    let problems = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {problems}");
    String::from_utf8(output.stdout).expect("text")
}

/// The newest value of a story on `current`.
fn current(transport: &dyn Transport, story: &str) -> Option<Value> {
    let mut all = records(transport, Topic::Current).into_iter();
    let newest = all.rfind(|record| record.key == story)?;
    serde_json::from_slice(newest.value.as_deref()?).ok()
}

fn body(record: &Value) -> String {
    record["article"]["bodies"].to_string()
}

/// A live log with five stories and a run that made four of them otherwise. Since the run one was
/// killed and one has a later version.
fn newsroom(folder: &Path) -> Arc<dyn Transport> {
    let live = log(folder);
    let stories = ["same", "better", "other", "killed", "later"];
    let told = |run: &str, text: &str| {
        let items = stories.iter().map(|story| match *story {
            "same" => item(story, 1, run, "It was unanimous."),
            story => item(story, 1, run, text),
        });
        items.collect::<Vec<_>>()
    };
    write(live.as_ref(), told("live", "Buy our book about it."));
    process(&live);
    let run = log(&folder.join("runs/may"));
    let mut items = told("may", "It was close.");
    items.push(item("found", 1, "may", "Nobody knew."));
    write(run.as_ref(), items);
    process(&run);
    write(
        live.as_ref(),
        vec![
            kill("killed"),
            item("later", 2, "live", "And then it was changed."),
        ],
    );
    process(&live);
    live
}

#[test]
fn what_a_run_made_otherwise_is_published_once_and_nothing_since_is_undone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let live = newsroom(folder);
    assert_eq!(told(folder, &["runs", "list"]), "may\n");
    let before = records(live.as_ref(), Topic::Enriched).len();

    let rehearsal = told(folder, &["runs", "promote", "may", "--dry-run"]);
    assert!(rehearsal.contains("2 changed and 2 added would be promoted; 1 are the same, 1 were published in a later version"), "{rehearsal}");
    assert!(
        records(live.as_ref(), Topic::Clean)
            .iter()
            .all(|record| record.headers.get(header::PROMOTED).is_none())
    );

    // Sent twice, as where the first time was cut short before the enricher came to it.
    for _ in 0..2 {
        let sent = told(folder, &["runs", "promote", "may"]);
        assert!(sent.contains("4 stories sent"), "{sent}");
    }
    enrich(&live);

    for story in ["better", "other"] {
        let record = current(live.as_ref(), story).expect("it is public");
        assert!(body(&record).contains("It was close."), "{record}");
        assert_eq!(record["wire"]["run"], "may");
        assert_eq!(record["wire"]["revision"], 1);
        assert_eq!(record["article"]["version"], "1");
    }
    assert_eq!(current(live.as_ref(), "killed"), None);
    let later = current(live.as_ref(), "later").expect("it is public");
    assert_eq!(later["article"]["version"], "2");
    assert_eq!(later["wire"]["run"], "live");
    let found = current(live.as_ref(), "found").expect("it is public");
    assert_eq!(
        (&found["wire"]["run"], &found["wire"]["revision"]),
        (&json!("may"), &Value::Null)
    );
    let events = records(live.as_ref(), Topic::Enriched);
    assert_eq!(events.len() - before, 3, "each once");
    let mut names: Vec<_> = events
        .iter()
        .filter_map(|event| event.headers.get(header::CE_ID))
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), events.len(), "each under a name of its own");

    let difference: Value =
        serde_json::from_str(&told(folder, &["diff", "may", "--json"])).expect("JSON");
    assert_eq!(difference["added"], json!(["killed"]));
    assert_eq!(
        difference["changed"].as_array().map(Vec::len),
        Some(1),
        "{difference}"
    );

    told(folder, &["runs", "drop", "may"]);
    assert!(!folder.join("runs/may").exists());
    assert_eq!(told(folder, &["runs", "list"]), "");
    assert!(
        current(live.as_ref(), "better").is_some(),
        "what is live stays"
    );
    let gone = wiredesk(folder, folder, &["runs", "promote", "may"]);
    assert!(String::from_utf8_lossy(&gone.stderr).contains("there is no run may"));
}

#[test]
fn a_run_that_is_not_through_is_not_promoted_and_one_at_work_is_not_dropped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let _live = log(folder);
    let run = log(&folder.join("runs/may"));
    write(run.as_ref(), vec![item("a", 1, "may", "")]);
    let early = wiredesk(folder, folder, &["runs", "promote", "may"]);
    let why = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(why.contains("the cleaner has 1 records to do"), "{why}");

    let cleaner = start(CleanerStage::default(), &run);
    wiredesk_testkit::wait::wait_until("the cleaner's first story", stages::LIMIT, || {
        !records(run.as_ref(), Topic::Clean).is_empty()
    });
    let busy = wiredesk(folder, folder, &["runs", "drop", "may"]);
    let why = String::from_utf8_lossy(&busy.stderr).into_owned();
    assert!(why.contains("somebody works with"), "{why}");
    assert!(folder.join("runs/may").exists());
    cleaner.finish(run.as_ref());
    told(folder, &["runs", "drop", "may"]);
}
