//! The web desk and the event streams, over loopback, on the embedded transport.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use wiredesk::{DeskState, routes};
use wiredesk_host::{HealthView, HttpServer};
use wiredesk_model::{Headers, InstanceId, Outgoing, Timestamp, Topic, TopicNames};
use wiredesk_pipeline::{Status, Transport, Writer};
use wiredesk_settings::{HttpSection, Settings};
use wiredesk_telemetry::init_metrics;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

/// Longest wait for anything in these tests.
const LIMIT: Duration = Duration::from_secs(20);

struct Desk {
    server: HttpServer,
    writer: Box<dyn Writer>,
    folder: tempfile::TempDir,
}

impl Desk {
    fn start(limits: HttpSection) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            ..Settings::default()
        };
        let transport = new_log(&settings);
        let writer = transport
            .writer(&InstanceId::from("test"))
            .expect("a writer");
        let health = HealthView {
            services: vec![Arc::new(Status::new("cleaner"))],
            metrics: init_metrics(),
        };
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = HttpServer::start(any, |closing| {
            routes(DeskState::new(transport, health, limits, closing).of_settings(settings))
        })
        .expect("a free port");
        Self {
            server,
            writer,
            folder,
        }
    }

    /// Publishes a story, and answers its key.
    fn publish(&mut self, number: usize, title: &str, removed: &str) -> String {
        publish(self.writer.as_mut(), number, title, removed)
    }

    fn ask(&self, path: &str, more: &str) -> BufReader<TcpStream> {
        let address = self.server.address();
        let mut stream = TcpStream::connect(address).expect("the desk listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\n{more}Connection: close\r\n\r\n"
        )
        .expect("it takes the request");
        BufReader::new(stream)
    }

    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        self.ask(path, "")
            .read_to_string(&mut answer)
            .expect("it answers");
        answer
    }
}

/// A log with every topic, where `settings` have it.
fn new_log(settings: &Settings) -> Arc<dyn Transport> {
    let path = settings.embedded_file();
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
    let settings = EmbeddedSettings::at(path, TopicNames::default());
    let transport = EmbeddedTransport::open(settings).expect("a new store");
    let specs: Vec<_> = Topic::ALL.iter().map(|topic| topic.spec(3)).collect();
    transport.create_topics(&specs).expect("topics");
    Arc::new(transport)
}

/// Publishes a story on a log, and answers its key.
fn publish(writer: &mut dyn Writer, number: usize, title: &str, removed: &str) -> String {
    let key = format!("urn:test:{number}");
    let value = record(&key, title, removed).to_string().into_bytes();
    let outputs = [Topic::Raw, Topic::Enriched, Topic::Current].map(|topic| Outgoing {
        topic,
        key: key.clone(),
        value: Some(value.clone()),
        headers: Headers::new().with("ce_id", format!("{key}@1")),
    });
    writer.write(outputs.to_vec()).expect("written");
    key
}

/// A record whose texts are what a hostile feed would send. Built through the enricher, so that
/// it is what the pipeline publishes.
fn record(key: &str, title: &str, removed: &str) -> Value {
    let line = serde_json::json!({
        "id": key,
        "title": title,
        "text": "The wall held & the tide <turned>.\n\nNobody was hurt.",
        "blocks": [],
        "removed": [{ "rule": "advert-marker", "text": removed }],
    });
    let answer = wiredesk_enricher::enrich_line(&line.to_string(), Timestamp::UNIX_EPOCH);
    serde_json::from_str(&answer).expect("a record")
}

/// One server-sent event: its name, id and data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Event {
    name: String,
    id: String,
    data: String,
}

/// Reads events until `count` records have come.
fn records(stream: &mut BufReader<TcpStream>, count: usize) -> Vec<Event> {
    let mut found = Vec::new();
    let mut event = Event::default();
    let mut line = String::new();
    while found.len() < count {
        line.clear();
        let read = stream
            .read_line(&mut line)
            .expect("an event within the limit");
        assert!(
            read > 0,
            "the stream ended after {} of {count} records",
            found.len()
        );
        let text = line.trim_end();
        if text.is_empty() {
            if event.name == "record" {
                found.push(event);
            }
            event = Event::default();
        } else if let Some((field, value)) = text.split_once(": ") {
            match field {
                "event" => event.name = value.to_owned(),
                "id" => event.id = value.to_owned(),
                "data" => event.data = value.to_owned(),
                _ => {}
            }
        }
    }
    found
}

fn key(event: &Event) -> String {
    let envelope: Value = serde_json::from_str(&event.data).expect("JSON");
    envelope["key"].as_str().expect("a key").to_owned()
}

#[test]
fn a_stream_resumes_behind_the_last_event_it_gave() {
    let mut desk = Desk::start(HttpSection::default());
    let written: Vec<String> = (0..30)
        .map(|number| desk.publish(number, "Title", "Ad"))
        .collect();
    let mut stream = desk.ask("/v1/topics/enriched/stream?from=earliest", "");
    let first = records(&mut stream, 12);
    drop(stream);
    let later = desk.publish(99, "Title", "Ad");
    let last = &first[11].id;
    let mut resumed = desk.ask(
        "/v1/topics/enriched/stream",
        &format!("Last-Event-ID: {last}\r\n"),
    );
    let rest = records(&mut resumed, 19);
    let mut seen: Vec<String> = first.iter().chain(&rest).map(key).collect();
    seen.sort();
    let mut expected = written;
    expected.push(later);
    expected.sort();
    assert_eq!(
        seen, expected,
        "every record once, none twice and none left out"
    );
    let mut by_query = desk.ask(&format!("/v1/topics/enriched/stream?from={last}"), "");
    assert_eq!(
        records(&mut by_query, 19),
        rest,
        "the query does the same as the header"
    );
}

#[test]
fn a_stream_brings_new_records_as_they_come() {
    let mut desk = Desk::start(HttpSection::default());
    desk.publish(1, "Old", "Ad");
    let mut stream = desk.ask("/v1/topics/enriched/stream", "");
    let mut line = String::new();
    while !line.starts_with("event: position") {
        line.clear();
        assert!(stream.read_line(&mut line).expect("the stream begins") > 0);
    }
    let new = desk.publish(2, "New", "Ad");
    assert_eq!(key(&records(&mut stream, 1)[0]), new);
}

#[test]
fn the_newest_records_are_asked_for_by_number() {
    let mut desk = Desk::start(HttpSection::default());
    let written: Vec<String> = (0..9)
        .map(|number| {
            // Records of one millisecond in different partitions come in no order.
            let before = Timestamp::now().as_millisecond();
            wait_until("the next millisecond", LIMIT, || {
                Timestamp::now().as_millisecond() > before
            });
            desk.publish(number, "T", "Ad")
        })
        .collect();
    let mut stream = desk.ask("/v1/topics/enriched/stream?from=-4", "");
    let keys: Vec<String> = records(&mut stream, 4).iter().map(key).collect();
    assert_eq!(keys, written[5..]);
    let answer = desk.get("/v1/topics/enriched/records?limit=3");
    let body = answer.split("\r\n\r\n").nth(1).expect("a body");
    let list: Vec<Value> = serde_json::from_str(body).expect("a JSON list");
    let keys: Vec<&str> = list.iter().filter_map(|one| one["key"].as_str()).collect();
    assert_eq!(keys, [&written[8], &written[7], &written[6]]);
    let place = format!(
        "/v1/topics/enriched/records/{}/{}",
        list[0]["partition"], list[0]["offset"]
    );
    assert!(desk.get(&place).contains(&written[8]));
}

#[test]
fn story_text_cannot_become_markup() {
    let hostile = "<script>alert(1)</script>\" onmouseover=\"x' & <img src=x onerror=y>";
    let mut desk = Desk::start(HttpSection::default());
    let id = desk.publish(1, hostile, hostile);
    for path in ["/".to_owned(), format!("/story?id={id}")] {
        let answer = desk.get(&path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        assert!(!answer.contains("<script>alert"), "{path}");
        assert!(!answer.contains("<img"), "{path}");
        assert!(!answer.contains("\" onmouseover"), "{path}");
        assert!(
            answer.contains("&lt;script&gt;alert(1)"),
            "{path}: {answer}"
        );
        let policy = "content-security-policy: default-src 'none'; script-src 'self'";
        assert!(answer.contains(policy), "{path}");
    }
    let story = desk.get(&format!("/story?id={id}"));
    assert!(
        story.contains("advert-marker") && story.contains("<del "),
        "{story}"
    );
    assert!(story.contains("the tide &lt;turned&gt;."), "{story}");
}

#[test]
fn what_cannot_be_served_says_why() {
    let limits = HttpSection {
        max_streams: 1,
        ..HttpSection::default()
    };
    let desk = Desk::start(limits);
    let cases = [
        (
            "/v1/topics/enrichd/records",
            "404",
            "did you mean enriched?",
        ),
        (
            "/v1/topics/raw/records?limit=0",
            "400",
            "limit is 0; choose 1 to 1000",
        ),
        (
            "/v1/topics/raw/stream?from=tomorrow",
            "400",
            "no place to start from",
        ),
        (
            "/v1/topics/raw/records/0/7",
            "404",
            "there is no record at raw/0/7",
        ),
        (
            "/story?id=urn:nobody",
            "404",
            "There is no record of this story",
        ),
        ("/nothing", "404", "nothing lives at /nothing"),
    ];
    for (path, status, text) in cases {
        let answer = desk.get(path);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {answer}"
        );
        assert!(answer.contains(text), "{path}: {answer}");
    }
    let mut open = desk.ask("/v1/topics/raw/stream", "");
    let mut line = String::new();
    open.read_line(&mut line).expect("the first stream opens");
    assert!(line.contains("200"), "{line}");
    let refused = desk.get("/v1/topics/raw/stream");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("all 1 streams are open"), "{refused}");
}

#[test]
fn pages_of_other_sites_cannot_ask_through_a_name_of_their_own() {
    let desk = Desk::start(HttpSection::default());
    let mut stream = TcpStream::connect(desk.server.address()).expect("the desk listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}

#[test]
fn health_tells_what_runs() {
    let desk = Desk::start(HttpSection::default());
    assert!(desk.get("/healthz").starts_with("HTTP/1.1 200"));
    let ready = desk.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(ready.contains("\"phase\":\"starting\""), "{ready}");
    assert!(
        desk.get("/metrics")
            .contains("wiredesk_http_requests_total")
    );
    assert!(
        desk.get("/v1/status")
            .contains("\"transport\":\"embedded\"")
    );
}

#[test]
fn feeds_are_shown_with_their_last_polls_and_hostile_names_do_nothing() {
    let mut desk = Desk::start(HttpSection::default());
    for (feed, error) in [("post", None), ("bad", Some("<script>alert(1)</script>"))] {
        let cursor = serde_json::json!({
            "feed": feed, "url": "https://post.example/feed", "polls": 2, "seen": {},
            "next_poll": "2999-01-01T00:00:00Z",
            "health": { "failures_in_a_row": u32::from(error.is_some()), "last_error": error },
            "history": [{ "at": "2026-03-02T08:00:00Z", "outcome": "changed", "status": 200, "new": 7 }],
        });
        let record = Outgoing {
            topic: Topic::FeedState,
            key: feed.to_owned(),
            value: Some(cursor.to_string().into_bytes()),
            headers: Headers::new(),
        };
        desk.writer.write(vec![record]).expect("written");
    }
    let page = desk.get("/feeds");
    assert!(page.contains("2 feeds: 1 failing, 1 ok"), "{page}");
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script>alert"),
        "{page}"
    );
    let one = desk.get("/feeds?feed=post");
    assert!(
        one.contains("2026-03-02T08:00:00Z</time></td><td>changed</td>"),
        "{one}"
    );
    assert!(
        desk.get("/feeds?feed=nobody")
            .contains("there is no feed nobody")
    );
    let json = desk.get("/v1/feeds");
    assert!(json.contains("\"verdict\":\"failing\""), "{json}");
}

#[test]
fn a_run_is_shown_beside_what_is_published() {
    let mut desk = Desk::start(HttpSection::default());
    let none = desk.get("/runs/may");
    assert!(
        none.starts_with("HTTP/1.1 404") && none.contains("wiredesk replay --into may"),
        "{none}"
    );
    for wrong in ["/runs/..%2Fetc", "/v1/runs/May"] {
        assert!(desk.get(wrong).starts_with("HTTP/1.1 404"), "{wrong}");
    }
    desk.publish(1, "The wall held", "Advertisement");
    desk.publish(2, "The tide <b>turned</b>", "Advertisement");
    desk.publish(3, "Not replayed", "Advertisement");
    let own = Settings {
        data_dir: desk.folder.path().join("runs/may"),
        ..Settings::default()
    };
    let run = new_log(&own);
    let mut writer = run.writer(&InstanceId::from("run")).expect("a writer");
    publish(writer.as_mut(), 1, "The wall held", "Advertisement");
    publish(
        writer.as_mut(),
        2,
        "The tide <i>turned</i>",
        "Advertisement",
    );

    assert!(desk.get("/runs").contains("href=\"/runs/may\""));
    let page = desk.get("/runs/may");
    for shown in [
        "<strong>1</strong> the same, <strong>1</strong> changed",
        "<del>The tide &lt;b&gt;turned&lt;/b&gt;</del>",
        "<ins>The tide &lt;i&gt;turned&lt;/i&gt;</ins>",
        "article.headlines.value",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    assert!(
        !page.contains("urn:test:3"),
        "what was not replayed is no loss: {page}"
    );
    let json = desk.get("/v1/runs/may");
    assert!(json.contains("content-type: application/json"), "{json}");
    // It comes in chunks, of which there is one: its length, and itself.
    let json = json.split("\r\n").find(|line| line.starts_with('{'));
    let json: Value = serde_json::from_str(json.unwrap_or_default()).expect("JSON");
    assert_eq!(json["same"], 1);
    assert_eq!(json["changed"][0]["story"], "urn:test:2");
}
