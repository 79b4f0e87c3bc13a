//! Dead letters, orders and traces on the command line, on both transports.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_model::{
    Headers, Incoming, InstanceId, Outgoing, Timestamp, Topic, TopicNames, header,
};
use wiredesk_pipeline::{Start, Transport};
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const LIMIT: Duration = Duration::from_secs(60);

struct Desk {
    config: PathBuf,
    transport: Arc<dyn Transport>,
}

impl Desk {
    fn configured(folder: &Path, transport: &str, prefix: &str) -> PathBuf {
        let config = folder.join("wiredesk.toml");
        let text = format!(
            "data_dir = \"{}\"\n{transport}\n[topics]\nprefix = \"{prefix}\"\n",
            folder.display()
        );
        std::fs::write(&config, text).expect("a new file");
        let (done, _, said) = run(&config, &["topics", "create"]);
        assert!(done, "{said}");
        config
    }

    fn said(&self, arguments: &[&str]) -> String {
        let (done, said, complaint) = run(&self.config, arguments);
        assert!(done, "wiredesk {arguments:?}: {complaint}");
        said
    }

    fn write(&self, records: Vec<Outgoing>) {
        let id = InstanceId::new(format!("test-{}", Timestamp::now().as_nanosecond()));
        let mut writer = self.transport.writer(&id).expect("a writer");
        writer.write(records).expect("they are written");
    }

    fn records(&self, topic: Topic) -> Vec<Incoming> {
        let reader = self.transport.reader(topic, Start::Earliest);
        let mut reader = reader.expect("the topic is there");
        let mut found = Vec::new();
        loop {
            let records = reader.read(100, Duration::from_millis(50));
            let records = records.expect("it can be read");
            if records.is_empty() && reader.at_end().expect("it has an end") {
                return found;
            }
            found.extend(records);
        }
    }
}

fn run(config: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wiredesk"))
        .arg("--config")
        .arg(config)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("wiredesk runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn letter(key: &str, reason: &str, origin: Option<&str>) -> Outgoing {
    let headers = Headers::new()
        .with(header::RUN, "live")
        .with(header::DEAD_STAGE, "cleaner")
        .with(header::DEAD_REASON, reason)
        .with(header::DEAD_DETAIL, "no body in the summary")
        .with(header::DEAD_TOPIC, "raw")
        .with(header::DEAD_TIME, "2026-11-23T06:00:00Z");
    let headers = match origin {
        Some(offset) => headers
            .with(header::DEAD_PARTITION, "0")
            .with(header::DEAD_OFFSET, offset),
        None => headers,
    };
    Outgoing {
        topic: Topic::Dead,
        key: key.to_owned(),
        value: Some(br#"{"source":"gazette","broken":true}"#.to_vec()),
        headers,
    }
}

fn dead_letters_are_listed_shown_sent_again_and_dropped(desk: &Desk) {
    assert_eq!(desk.said(&["dead", "list"]), "");
    desk.write(vec![
        letter("story-1", "no-body", Some("1")),
        letter("story-2", "no-body", Some("2")),
        letter("story-3", "over-limit", None),
    ]);
    let lines = |arguments: &[&str]| desk.said(arguments).lines().count();
    assert_eq!(lines(&["dead", "list"]), 3);
    assert_eq!(lines(&["dead", "list", "--reason", "no-body"]), 2);
    assert_eq!(
        lines(&["dead", "list", "--source", "gazette", "--limit", "1"]),
        1
    );
    assert_eq!(
        lines(&["dead", "list", "--since", "2026-11-23T07:00:00Z"]),
        0
    );
    let shown = desk.said(&["dead", "show", "--reason", "over-limit"]);
    for part in [
        "story-3",
        "wd_dead_detail: no body in the summary",
        "\"broken\": true",
    ] {
        assert!(shown.contains(part), "{part} is missing in:\n{shown}");
    }
    let (done, _, said) = run(&desk.config, &["dead", "retry"]);
    assert!(!done && said.contains("--all"), "{said}");

    let dry = desk.said(&["dead", "retry", "--reason", "no-body", "--dry-run"]);
    assert_eq!(dry, "2 would be sent again\n");
    assert_eq!(desk.records(Topic::Raw), []);
    let sent = desk.said(&["dead", "retry", "--reason", "no-body", "--per-second", "50"]);
    assert_eq!(sent, "2 sent again\n");
    let again = desk.records(Topic::Raw);
    assert_eq!(again.len(), 2);
    for record in &again {
        assert_eq!(record.headers.get(header::DEAD_REASON), Some("no-body"));
        assert!(record.headers.get(header::RETRY_OF).is_some());
    }
    assert_eq!(
        desk.said(&["dead", "retry", "--reason", "no-body"]),
        "0 sent again\n"
    );
    assert_eq!(
        lines(&["dead", "list"]),
        1,
        "what was sent again is settled"
    );
    let note = desk.said(&["dead", "retry", "--all"]);
    assert!(note.starts_with("0 sent again\n1 are notes"), "{note}");
    assert_eq!(desk.said(&["dead", "drop", "--all"]), "1 dropped\n");
    assert_eq!(lines(&["dead", "list"]), 0);
}

/// While letters are sent again one by one, each of them dies once more.
fn letters_that_die_again_are_left_for_the_next_time(desk: &Desk) {
    let names = |count: usize| (0..count).map(|number| format!("again-{number}"));
    let letters = names(4).map(|name| letter(&name, "undecodable", Some("9")));
    desk.write(letters.collect());
    let mut retry = Command::new(env!("CARGO_BIN_EXE_wiredesk"))
        .arg("--config")
        .arg(&desk.config)
        .args([
            "dead",
            "retry",
            "--reason",
            "undecodable",
            "--per-second",
            "2",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("wiredesk runs");
    let mut died = BTreeSet::new();
    let begun = Instant::now();
    while retry.try_wait().expect("its state is known").is_none() {
        for sent in desk.records(Topic::Raw) {
            if sent.key.starts_with("again-") && died.insert((sent.at, sent.offset)) {
                desk.write(vec![letter(&sent.key, "undecodable", Some("9"))]);
            }
        }
        let goes_on = died.len() > 4 || begun.elapsed() > LIMIT;
        if goes_on {
            retry.kill().expect("it runs");
        }
        assert!(!goes_on, "{} were sent, each again as it died", died.len());
    }
    let said = retry.wait_with_output().expect("it ended");
    assert_eq!(String::from_utf8_lossy(&said.stdout), "4 sent again\n");
    desk.said(&["dead", "drop", "--reason", "undecodable"]);
}

fn an_order_is_given_and_seen_in_the_trace(desk: &Desk) {
    let said = desk.said(&[
        "order",
        "kill",
        "tag:wire.example,2026:7",
        "--reason",
        "libel",
    ]);
    assert!(
        said.starts_with("ordered to kill tag:wire.example,2026:7"),
        "{said}"
    );
    assert_eq!(desk.records(Topic::Orders).len(), 1);
    let trace = desk.said(&["trace", "tag:wire.example,2026:7"]);
    assert!(trace.contains("kill at the desk: libel"), "{trace}");
    let trace = desk.said(&["trace", "story-1"]);
    for part in ["given up, no-body", "dead letter", "retry"] {
        assert!(trace.contains(part), "{part} is missing in:\n{trace}");
    }
    let (done, _, said) = run(&desk.config, &["trace", "no-such-story"]);
    assert!(
        !done && said.contains("nothing is kept of no-such-story"),
        "{said}"
    );
}

#[test]
fn dead_letters_and_orders_on_the_embedded_log() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let config = Desk::configured(folder.path(), "[transport]\nkind = \"embedded\"", "");
    let path = folder.path().join("wire.sqlite");
    let settings = EmbeddedSettings::at(path, TopicNames::default());
    let desk = Desk {
        config,
        transport: Arc::new(EmbeddedTransport::open(settings).expect("a log")),
    };
    dead_letters_are_listed_shown_sent_again_and_dropped(&desk);
    letters_that_die_again_are_left_for_the_next_time(&desk);
    an_order_is_given_and_seen_in_the_trace(&desk);
}

#[test]
fn dead_letters_and_orders_on_kafka() {
    let Some(bootstrap) = bootstrap_for_tests(1) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let prefix = format!("letters-{}", std::process::id());
    let transport = format!(
        "[transport]\nkind = \"kafka\"\n[transport.kafka]\nbootstrap = \"{bootstrap}\"\n\
         replication = 1"
    );
    let config = Desk::configured(folder.path(), &transport, &prefix);
    let mut settings = KafkaSettings::new(bootstrap);
    settings.names = TopicNames::with_prefix(&prefix);
    let desk = Desk {
        config,
        transport: Arc::new(KafkaTransport::connect(settings).expect("the settings are right")),
    };
    dead_letters_are_listed_shown_sent_again_and_dropped(&desk);
    letters_that_die_again_are_left_for_the_next_time(&desk);
    an_order_is_given_and_seen_in_the_trace(&desk);
}
