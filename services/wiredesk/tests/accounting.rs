//! Every input of a stage ends in exactly one counted outcome, and the counts add up to the input;
//! a trace tells of each what became of it.

mod ground;
mod stages;

use std::process::Command;

use ground::Ground;
use serde_json::{Value, json};
use stages::{records, start};
use wiredesk_cleaner::CleanerStage;
use wiredesk_enricher::EnricherStage;
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic};
use wiredesk_pipeline::StatusSnapshot;

const BODY: &str = "The harbour council of Port Alder put off its vote on the new sea wall until the \
                    end of the month, a spokeswoman said on Monday.";

fn item(story: &str, version: u32, content: &str, wire: Option<Value>) -> (String, Vec<u8>) {
    // What stands in every story of a source is taken for its furniture.
    let content = content.replace("Monday", &format!("Monday, in session {story} {version}"));
    let link = format!("https://wire.example/{story}");
    let mut item = json!({ "title": "Sea wall", "content": content, "link": link });
    if let Some(wire) = wire {
        item["wire"] = wire;
    }
    let value = json!({
        "story": story, "version": version, "identity": "guid", "source": "wire",
        "feed": "wire", "run": "live", "fetched_at": "2026-08-30T12:00:00Z",
        "payload": { "media_type": "application/rss+xml", "bytes": "" },
        "hash": format!("{story} {version} {content}"), "item": item,
    });
    (story.to_owned(), value.to_string().into_bytes())
}

/// Every kind of input there is: news, updates, late versions, repeats, kills, holds, embargoes,
/// plans, advisories, items without a body, and what is no item at all.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let wire = |status: &str| Some(json!({ "status": status, "embargo": { "state": "absent" } }));
    let until = |time: &str| {
        Some(json!({ "status": "usable", "embargo": { "state": "until", "at": time } }))
    };
    let plan = json!({ "kind": "planning", "status": "usable", "embargo": { "state": "absent" } });
    let advisory = json!({ "status": "withheld", "embargo": { "state": "absent" },
        "signals": ["advisory:kill"] });
    let mut inputs = vec![
        item("a", 2, BODY, None),
        item("a", 1, "<p>An older one, late.</p>", None),
        item("a", 2, BODY, None),
        item(
            "a",
            3,
            "<p>A later one, with more to say than before.</p>",
            None,
        ),
        item("b", 1, BODY, wire("usable")),
        item("b", 2, "", wire("canceled")),
        item("b", 3, BODY, wire("usable")),
        item("c", 1, BODY, until("2999-01-01T00:00:00Z")),
        item("d", 1, BODY, until("soon")),
        item("e", 1, BODY, wire("withheld")),
        item("f", 1, BODY, Some(plan)),
        item("g", 1, "KILL KILL KILL. Kill V9999.", Some(advisory)),
        item("h", 1, "", None),
        ("i".to_owned(), b"{ this is no item".to_vec()),
    ];
    inputs.extend((0..50).map(|number| item(&format!("n{number}"), 1, BODY, None)));
    inputs
}

fn add_up(counts: &StatusSnapshot) -> u64 {
    counts.forwarded + counts.held + counts.filtered + counts.dead
}

#[test]
fn every_input_ends_in_one_counted_outcome_and_a_trace_tells_which() {
    outcomes_add_up(&Ground::embedded());
}

#[test]
fn every_input_ends_in_one_counted_outcome_on_kafka_too() {
    if let Some(ground) = Ground::kafka("accounting") {
        outcomes_add_up(&ground);
    }
}

fn outcomes_add_up(ground: &Ground) {
    let transport = &ground.transport;
    let given = inputs();
    let raw = given.iter().map(|(key, value)| Outgoing {
        topic: Topic::Raw,
        key: key.clone(),
        value: Some(value.clone()),
        headers: Headers::new(),
    });
    let mut writer = transport
        .writer(&InstanceId::from("test"))
        .expect("a writer");
    writer.write(raw.collect()).expect("they are written");

    let cleaner = start(CleanerStage::default(), transport).finish(&**transport);
    assert_eq!(cleaner.input, given.len() as u64);
    assert_eq!(add_up(&cleaner), cleaner.input, "{cleaner:?}");
    assert_eq!(cleaner.dead, 2, "{cleaner:?}");

    let clean = records(&**transport, Topic::Clean).len() as u64;
    let enricher = start(EnricherStage::default(), transport).finish(&**transport);
    assert_eq!((enricher.input, cleaner.forwarded), (clean, clean));
    assert_eq!(add_up(&enricher), enricher.input, "{enricher:?}");
    let ends = (enricher.held, enricher.filtered, enricher.dead);
    assert_eq!(
        ends,
        (2, 3, 1),
        "two embargoes; a repeat, a plan, what a kill blocks; {enricher:?}"
    );
    let dead = records(&**transport, Topic::Dead).len() as u64;
    assert_eq!(dead, cleaner.dead + enricher.dead);

    for (story, told) in [
        ("a", "superseded"),
        ("b", "article.canceled"),
        ("b", "filtered: the story is killed"),
        ("a", "filtered: a duplicate\n"),
        ("c", "held until it may be public"),
        ("f", "filtered: no story"),
        ("g", "dead: unresolved"),
        ("h", "dead: no-body"),
    ] {
        let trace = trace(ground.folder(), story);
        assert!(trace.contains(told), "{told} is missing in:\n{trace}");
    }
    let by_id = trace(ground.folder(), "a");
    assert_eq!(trace(ground.folder(), "https://wire.example/a"), by_id);
    // Each step with its time, who did it, and the version.
    let is_step = |line: &&str| line.starts_with("20") && line.as_bytes().get(10) == Some(&b'T');
    for (stage, version) in [("fetcher", "v1"), ("cleaner", "v3"), ("enricher", "v3")] {
        let told = |line: &str| line.contains(stage) && line.contains(version);
        let found = by_id.lines().filter(is_step).any(told);
        assert!(found, "no step of {stage} with {version} in:\n{by_id}");
    }
    assert!(by_id.contains("now: version 3 is current"), "{by_id}");
}

fn trace(folder: &std::path::Path, story: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wiredesk"))
        .env_remove("WIREDESK_CONFIG")
        .current_dir(folder)
        .args(["trace", story, "--config", "wiredesk.toml"])
        .output()
        .expect("wiredesk runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).expect("text")
}
