//! Search in the terminal and over HTTP, by the binary as people run it: indexed, found, killed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic, TopicNames};
use wiredesk_pipeline::Transport;
use wiredesk_testkit::wait::{wait_for, wait_until};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

/// Longest wait for anything in these tests.
const LIMIT: Duration = Duration::from_secs(60);

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiredesk"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("WIREDESK_CONFIG")
        .stdin(Stdio::null());
    command
}

/// What a command prints, and what it complains about.
fn said(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = command(folder, arguments).output().expect("it runs");
    (
        String::from_utf8(output.stdout).expect("text"),
        String::from_utf8(output.stderr).expect("text"),
    )
}

fn log(folder: &Path) -> Arc<dyn Transport> {
    std::fs::create_dir_all(folder.join("data")).expect("a folder");
    std::fs::write(
        folder.join("w.toml"),
        "data_dir = \"data\"\n[http]\naddress = \"127.0.0.1:0\"\n",
    )
    .expect("a file");
    let path = folder.join("data").join("wire.sqlite");
    let settings = EmbeddedSettings::at(path, TopicNames::default());
    let transport = EmbeddedTransport::open(settings).expect("a new store");
    let specs: Vec<_> = Topic::ALL.iter().map(|topic| topic.spec(4)).collect();
    transport.create_topics(&specs).expect("topics");
    Arc::new(transport)
}

fn write(transport: &dyn Transport, story: &str, value: Option<Value>) {
    let mut writer = transport
        .writer(&InstanceId::from("test"))
        .expect("a writer");
    writer
        .write(vec![Outgoing {
            topic: Topic::Current,
            key: story.to_owned(),
            value: value.map(|value| value.to_string().into_bytes()),
            headers: Headers::new(),
        }])
        .expect("it is written");
}

fn record(story: &str, title: &str, text: &str) -> Value {
    let line = serde_json::json!({
        "id": story, "title": title, "text": text, "blocks": [], "removed": [],
    });
    let time = wiredesk_model::Timestamp::UNIX_EPOCH;
    let answer = wiredesk_enricher::enrich_line(&line.to_string(), time);
    serde_json::from_str(&answer).expect("a record")
}

/// A process that is stopped with the test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the indexer, and answers the address that it serves.
fn indexer(folder: &Path) -> (Service, String) {
    let mut child = command(folder, &["indexer", "--config", "w.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("piped"));
    let service = Service(child);
    let address = wait_for("the address of the indexer", LIMIT, || {
        let mut line = String::new();
        lines.read_line(&mut line).expect("it says so");
        let (_, rest) = line.split_once("http://")?;
        rest.split('/').next().map(str::to_owned)
    });
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    (service, address)
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a limit");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it takes it");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn stories_are_found_in_the_terminal_and_over_http_until_they_are_killed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let transport = log(folder.path());
    let (_, complaint) = said(folder.path(), &["search", "--config", "w.toml", "tide"]);
    assert!(
        complaint.contains("there is no search index at"),
        "{complaint}"
    );
    let (hostile, story) = ("Tide <b>rises</b>", "urn:test:1");
    let text = "The harbour wall held & the tides <turned> before dawn.";
    write(
        transport.as_ref(),
        story,
        Some(record(story, hostile, text)),
    );
    let (_indexer, address) = indexer(folder.path());
    let asked = ["search", "--config", "w.toml", "harbour", "tide", "--json"];
    let found = wait_for("the story", LIMIT, || {
        let (found, _) = said(folder.path(), &asked);
        let found: Value = serde_json::from_str(&found).ok()?;
        (found["total"] == 1).then_some(found)
    });
    assert_eq!(found["hits"][0]["story"], story);
    let (shown, _) = said(folder.path(), &["search", "--config", "w.toml", "tide"]);
    assert!(
        shown.contains(hostile) && shown.contains("1 found"),
        "{shown}"
    );

    let page = wait_for("the page", LIMIT, || {
        Some(get(&address, "/search?q=tide")).filter(|page| page.contains("1 of 1 stories"))
    });
    assert!(page.contains("<mark>Tide</mark> &lt;b&gt;rises"), "{page}");
    assert!(page.contains("<mark>tides</mark> &lt;turned&gt;"), "{page}");
    assert!(get(&address, "/v1/search?q=tide").contains("\"total\":1"));
    let refused = get(&address, "/v1/search?sourec=a");
    assert!(
        refused.starts_with("HTTP/1.1 400") && refused.contains("did you mean"),
        "{refused}"
    );
    assert!(get(&address, "/v1/openapi.json").contains("\"openapi\":\"3.1.0\""));

    let (_, busy) = said(folder.path(), &["index", "rebuild", "--config", "w.toml"]);
    assert!(busy.contains("another process writes"), "{busy}");
    write(transport.as_ref(), story, None);
    wait_until("the kill", LIMIT, || {
        get(&address, "/v1/search?q=tide").contains("\"total\":0")
    });
    let metrics = get(&address, "/metrics");
    assert!(
        metrics.contains("wiredesk_index_changes_total{change=\"removed\"} 1"),
        "{metrics}"
    );
}

#[test]
fn the_index_is_made_anew_from_the_log() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let transport = log(folder.path());
    for number in 0..3 {
        let story = format!("urn:test:{number}");
        write(
            transport.as_ref(),
            &story,
            Some(record(&story, "Tide table", "High water.")),
        );
    }
    write(transport.as_ref(), "urn:test:0", None);
    let (done, complaint) = said(folder.path(), &["index", "rebuild", "--config", "w.toml"]);
    assert!(done.starts_with("2 stories in "), "{done}{complaint}");
    let (found, _) = said(
        folder.path(),
        &["search", "tide", "--config", "w.toml", "--json"],
    );
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["total"], 2);
}

#[test]
fn a_second_process_takes_the_index_over_when_the_first_ends() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let transport = log(folder.path());
    std::fs::create_dir(folder.path().join("sources")).expect("a folder");
    let (first, _) = indexer(folder.path());
    let mut second = command(folder.path(), &["run", "--config", "w.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(second.stderr.take().expect("piped")).lines();
    let _second = Service(second);
    let mut wait_for_line = |text: &str| {
        wait_for(text, LIMIT, || {
            let line = lines.next().expect("it goes on").expect("text");
            line.contains(text).then_some(())
        });
    };
    wait_for_line("another process keeps the search index");
    drop(first);
    wait_for_line("keeping the search index from now on");
    let story = "urn:test:2";
    let told = record(story, "Ferry sails", "The ferry sails again at noon.");
    write(transport.as_ref(), story, Some(told));
    wait_until("the story", LIMIT, || {
        let asked = ["search", "--config", "w.toml", "ferry", "--json"];
        let (found, _) = said(folder.path(), &asked);
        let found: Option<Value> = serde_json::from_str(&found).ok();
        found.is_some_and(|found| found["total"] == 1)
    });
}
