//! The all-in-one process on the embedded transport, started, killed and fed with bad input as an
//! operator would see it.

mod newsroom;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use newsroom::{Newsroom, Wire};
use serde_json::Value;
use wiredesk_model::Timestamp;
use wiredesk_testkit::skip::skipped;
use wiredesk_testkit::wait::{wait_for, wait_until};
use wiredesk_testkit::web::{Answer, TestSite};
use wiredesk_tests::root;

const FEEDS: usize = 4;
const STORIES: usize = 20;
const LIMIT: Duration = Duration::from_secs(60);
const EMBEDDED: &str =
    "[transport]\nkind = \"embedded\"\n[transport.embedded]\nsession_timeout_ms = 1500\n";

fn enriched(newsroom: &Newsroom) -> Vec<Value> {
    newsroom.records("enriched")
}

fn id(record: &Value) -> String {
    record["article"]["uri"]
        .as_str()
        .expect("every article has a uri")
        .to_owned()
}

#[test]
fn killed_at_any_moment_it_goes_on_where_it_stopped() {
    let wire = Wire::new(FEEDS);
    let newsroom = Newsroom::new(&wire, "", EMBEDDED);
    wire.show(4);
    for round in 1..=4 {
        let mut service = newsroom.start("wiredesk", &["run"], &format!("run-{round}.log"));
        wire.show(round * STORIES / 4);
        let enough = (round * STORIES / 4 - 2) * FEEDS;
        wait_until("records of this round", LIMIT, || {
            newsroom.is_open() && enriched(&newsroom).len() >= enough
        });
        service.kill();
    }
    let mut service = newsroom.start("wiredesk", &["run"], "run-last.log");
    wait_until("every story", LIMIT, || {
        enriched(&newsroom).len() >= FEEDS * STORIES
    });
    assert_eq!(service.stop(), Some(0), "SIGTERM drains: {}", service.log());
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for record in enriched(&newsroom) {
        assert_eq!(record["article"]["version"], "1", "{record}");
        *times.entry(id(&record)).or_default() += 1;
    }
    let doubled: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "more than once: {doubled:?}");
    assert_eq!(times.into_keys().collect::<Vec<_>>(), wire.ids(STORIES));
}

/// A ninjs document as a file of the folder; `more` are further properties.
fn deliver(folder: &Path, file: &str, (story, version): (&str, u32), more: &str) {
    // Each story is about a place of its own: what repeats a killed one is kept in.
    let text = format!(
        "The harbour council of Port Alder put off its vote on the new sea wall until the end of \
         the month, a spokeswoman said on Monday. It is about gate {story}, quay {story}, pier \
         {story} and the houses of lane {story}, whose people asked for time to read plan {story}."
    );
    let document = format!(
        "{{\"uri\":\"tag:wire.example,2026:{story}\",\"type\":\"text\",\"version\":\"{version}\",\
         \"standard\":{{\"name\":\"ninjs\",\"version\":\"3.1\"}},{more}\
         \"headlines\":[{{\"role\":\"main\",\"value\":\"Sea wall, version {version}\"}}],\
         \"bodies\":[{{\"role\":\"main\",\"contentType\":\"text/plain\",\"value\":\"{text}\"}}]}}"
    );
    let path = folder.join(file);
    let new = folder.join(format!("{file}.new"));
    std::fs::write(&new, document).expect("a file in a folder of ours");
    std::fs::rename(new, path).expect("a finished file");
}

fn events(newsroom: &Newsroom, topic: &str, story: &str) -> Vec<(String, Option<Value>)> {
    let arguments = [
        "tail",
        topic,
        "--from",
        "earliest",
        "--no-follow",
        "--show",
        "envelope",
    ];
    let lines = newsroom.wiredesk(&arguments);
    let records = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("an envelope"));
    let key = format!("tag:wire.example,2026:{story}");
    records
        .filter(|record: &Value| record["key"] == *key)
        .map(|record| {
            let event = record["headers"]["ce_type"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            (
                event,
                Some(record["value"].clone()).filter(|value| !value.is_null()),
            )
        })
        .collect()
}

fn types(newsroom: &Newsroom, story: &str) -> Vec<String> {
    events(newsroom, "enriched", story)
        .into_iter()
        .map(|(event, _)| event)
        .collect()
}

#[test]
fn versions_kills_and_embargoes_of_a_wire_reach_subscribers_as_they_must() {
    let newsroom = Newsroom::new(&Wire::new(0), "", EMBEDDED);
    let folder = newsroom.folder("wire");
    newsroom.write_sources(&format!(
        "[[source]]\nid = \"wire\"\nkind = \"folder\"\npath = \"{}\"\npoll_seconds = 1\n",
        folder.display()
    ));
    let until = Timestamp::now() + Duration::from_secs(20);
    let embargo = format!("\"embargoedUntil\":\"{until}\",");
    deliver(&folder, "c1.json", ("c", 1), &embargo);
    deliver(&folder, "a3.json", ("a", 3), "");
    deliver(&folder, "b1.json", ("b", 1), "");
    let mut service = newsroom.start("wiredesk", &["run"], "run.log");
    wait_until("first versions", LIMIT, || {
        newsroom.is_open() && types(&newsroom, "a").len() == 1 && types(&newsroom, "b").len() == 1
    });
    deliver(&folder, "a2.json", ("a", 2), "");
    deliver(&folder, "b2.json", ("b", 2), "\"pubStatus\":\"canceled\",");
    wait_until("a late version and a kill", LIMIT, || {
        types(&newsroom, "a").len() == 2 && types(&newsroom, "b").len() == 2
    });
    deliver(&folder, "b3.json", ("b", 3), "");
    deliver(&folder, "d1.json", ("d", 1), "");
    wait_until("what came behind the kill", LIMIT, || {
        types(&newsroom, "d").len() == 1
    });

    let late = &events(&newsroom, "enriched", "a")[1].1;
    assert_eq!(
        late.as_ref().map(|late| &late["wire"]["superseded"]),
        Some(&Value::Bool(true))
    );
    let current = events(&newsroom, "current", "a");
    assert_eq!(
        current
            .last()
            .and_then(|(_, value)| value.clone())
            .map(|v| v["article"]["version"].clone()),
        Some(Value::from("3"))
    );
    assert_eq!(
        types(&newsroom, "b"),
        ["article.created", "article.canceled"]
    );
    assert_eq!(
        events(&newsroom, "current", "b")
            .last()
            .map(|(_, value)| value.is_none()),
        Some(true)
    );

    // The service is gone when the embargo ends, and releases the story when it is back.
    assert_eq!(
        types(&newsroom, "c"),
        Vec::<String>::new(),
        "nothing before its time"
    );
    assert_eq!(service.stop(), Some(0), "{}", service.log());
    wait_until("the end of the embargo", LIMIT, || {
        Timestamp::now() >= until
    });
    let _service = newsroom.start("wiredesk", &["run"], "run-2.log");
    wait_until("the release", LIMIT, || {
        types(&newsroom, "c") == ["article.released"]
    });
    assert!(events(&newsroom, "current", "c")[0].1.is_some());
}

#[test]
fn an_edited_article_comes_through_as_an_editor_left_it() {
    let seed = root().join("../shared/seed");
    let Ok(expected) = std::fs::read_to_string(seed.join("expected.txt")) else {
        skipped(
            "the edited article through the pipeline",
            "no ../shared/seed beside the project",
        );
        return;
    };
    let newsroom = Newsroom::new(&Wire::new(0), "", EMBEDDED);
    let folder = newsroom.folder("articles");
    std::fs::copy(seed.join("article.txt"), folder.join("article.txt")).expect("a copy");
    newsroom.write_sources(&format!(
        "[[source]]\nid = \"desk\"\nkind = \"folder\"\npath = \"{}\"\npoll_seconds = 1\n",
        folder.display()
    ));
    let _service = newsroom.start("wiredesk", &["run"], "run.log");
    let record = wait_for("the article", LIMIT, || {
        newsroom
            .is_open()
            .then(|| enriched(&newsroom).into_iter().next())
            .flatten()
    });
    let bodies = record["article"]["bodies"]
        .as_array()
        .expect("an article has bodies");
    let text = bodies
        .iter()
        .find(|body| body["contentType"] == "text/plain");
    let text = text
        .and_then(|body| body["value"].as_str())
        .expect("a body as plain text");
    let paragraphs = |text: &str| -> Vec<String> {
        text.split("\n\n")
            .map(|one| one.trim().to_owned())
            .filter(|one| !one.is_empty())
            .collect()
    };
    assert_eq!(paragraphs(text), paragraphs(&expected));
    assert!(
        !record["wire"]["removed"]
            .as_array()
            .expect("a list")
            .is_empty()
    );
}

#[test]
fn bad_feeds_say_so_and_the_good_one_goes_on() {
    let wire = Wire::new(1);
    let newsroom = Newsroom::new(&wire, "", EMBEDDED);
    wire.show(3);
    let site = TestSite::start();
    site.answer("/broken.xml", Answer::status(500));
    site.answer(
        "/page.xml",
        Answer::ok("text/html", "<!doctype html><html><body><p>Moved"),
    );
    let long = format!(
        "<rss version=\"2.0\"><channel><title>{}",
        "x".repeat(20 << 20)
    );
    site.answer("/huge.xml", Answer::ok("application/rss+xml", long));
    let bad = ["broken", "page", "huge"].map(|name| {
        format!(
            "[[source]]\nid = \"{name}\"\nurl = \"{}\"\nallow_private = true\npoll_seconds = 1\n",
            site.url(&format!("/{name}.xml"))
        )
    });
    newsroom.add_sources("bad.toml", &bad.concat());
    newsroom.add_sources(
        "gone.toml",
        "[[source]]\nid = \"gone\"\nurl = \"http://127.0.0.1:9/feed.xml\"\nallow_private = true\n",
    );
    let mut service = newsroom.start("wiredesk", &["run"], "run.log");
    wait_until("the good feed", LIMIT, || {
        newsroom.is_open() && enriched(&newsroom).len() >= 3
    });
    for (feed, sign) in [
        ("broken", "500"),
        ("page", "HTML"),
        ("huge", "16777216"),
        ("gone", "connect"),
    ] {
        wait_until(&format!("a word about {feed}"), LIMIT, || {
            let log = service.log();
            log.lines().any(|line| {
                line.contains(feed) && line.to_lowercase().contains(&sign.to_lowercase())
            })
        });
    }
    assert!(service.runs());
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_wrong_key_is_named_with_its_line_before_anything_starts() {
    let newsroom = Newsroom::new(&Wire::new(1), "", EMBEDDED);
    let config = std::fs::read_to_string(newsroom.config()).expect("it was written");
    std::fs::write(
        newsroom.config(),
        format!("{config}[fetcher]\npoll_secnds = 5\n"),
    )
    .expect("written");
    let mut service = newsroom.start("wiredesk", &["run"], "run.log");
    let code = service.wait();
    let log = service.log();
    assert_eq!(code, Some(2), "{log}");
    let line = config.lines().count() + 2;
    assert!(
        log.contains("poll_secnds") && log.contains("poll_seconds"),
        "{log}"
    );
    assert!(log.contains(&format!("wiredesk.toml:{line}")), "{log}");
}
