//! Indexers as separate processes, on a real Apache Kafka and a real OpenSearch: what readers of the
//! cluster find is right whatever becomes of the indexers, and never goes back.

mod newsroom;
#[path = "../../services/indexer/tests/common/mod.rs"]
mod stories;

use std::collections::BTreeMap;
use std::time::Duration;

use newsroom::{Newsroom, Service};
use reqwest::blocking::Client;
use serde_json::{Value, json};
use stories::Story;
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic, TopicNames};
use wiredesk_pipeline::{Transport, Writer};
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_testkit::opensearch::OpenSearch;
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const STORIES: usize = 300;
/// So many are written in one step.
const AT_ONCE: usize = 50;
/// Every story has so many versions, one after the other.
const VERSIONS: u32 = 8;
const LIMIT: Duration = Duration::from_secs(60);

/// A log, a cluster, and what was seen in it.
struct Desk {
    newsroom: Newsroom,
    node: OpenSearch,
    writer: Box<dyn Writer>,
    web: Client,
    /// The highest external version of each document.
    seen: BTreeMap<String, u64>,
    indexers: usize,
}

impl Desk {
    fn open() -> Option<Self> {
        let bootstrap = bootstrap_for_tests(3)?;
        let node = OpenSearch::for_tests()?;
        let prefix = format!("search-{}", std::process::id());
        let newsroom = Newsroom::with_config(|data| {
            format!(
                "data_dir = \"{}\"\n[transport]\nkind = \"kafka\"\n[transport.kafka]\n\
                 bootstrap = \"{bootstrap}\"\nsession_timeout_ms = 6000\n\
                 [topics]\nprefix = \"{prefix}\"\n[topics.partitions]\ncurrent = 6\n\
                 [http]\naddress = \"127.0.0.1:0\"\n[search]\nenabled = false\n\
                 [search.cluster]\nurl = \"{}\"\nreplicas = 0\n",
                data.display(),
                node.url()
            )
        });
        newsroom.wiredesk(&["topics", "create"]);
        let mut settings = KafkaSettings::new(&bootstrap);
        settings.names = TopicNames::with_prefix(&prefix);
        let kafka = KafkaTransport::connect(settings).expect("the settings are right");
        let writer = kafka.writer(&InstanceId::from("desk")).expect("a writer");
        Some(Self {
            newsroom,
            node,
            writer,
            web: Client::new(),
            seen: BTreeMap::new(),
            indexers: 0,
        })
    }

    fn indexer(&mut self) -> Service {
        self.indexers += 1;
        let log = format!("indexer-{}.log", self.indexers);
        self.newsroom.start("wiredesk", &["indexer"], &log)
    }

    /// Publishes this version of every story, or takes the story back.
    fn publish(&mut self, version: u32) {
        let records: Vec<_> = (0..STORIES)
            .map(|number| {
                let public = is_public(number, version).then(|| story(number, version).record());
                Outgoing {
                    topic: Topic::Current,
                    key: id(number),
                    value: public.map(|record| record.to_string().into_bytes()),
                    headers: Headers::new(),
                }
            })
            .collect();
        for batch in records.chunks(AT_ONCE) {
            self.writer.write(batch.to_vec()).expect("they are written");
        }
    }

    /// Documents at `place`, none of which is older than it was seen before.
    fn documents(&mut self, place: &str) -> Vec<Value> {
        let ask = |path: String, query: &Value| -> Value {
            let request = self.web.post(format!("{}/{path}", self.node.url()));
            let request = request.header("content-type", "application/json");
            let answer = request.body(query.to_string()).send().expect("an answer");
            let text = answer.text().expect("the whole answer");
            serde_json::from_str(&text).expect("JSON")
        };
        ask(format!("{place}/_refresh"), &json!({}));
        let query = json!({ "size": STORIES * 2, "version": true });
        let answer = ask(format!("{place}/_search"), &query);
        let hits = answer.pointer("/hits/hits").and_then(Value::as_array);
        let hits = hits.cloned().unwrap_or_default();
        for hit in &hits {
            let document = hit["_id"].as_str().expect("an id").to_owned();
            let version = hit["_version"].as_u64().expect("a version");
            let before = self.seen.insert(document, version);
            assert!(
                before.is_none_or(|before| before <= version),
                "{hit} went back"
            );
        }
        hits
    }

    /// Waits until readers find so many stories in just these versions.
    fn wait_for(&mut self, version: u32) {
        let public = (0..STORIES).filter(|number| is_public(*number, version));
        let expected: BTreeMap<String, String> = public
            .map(|number| (id(number), story(number, version).headline))
            .collect();
        let mut found = BTreeMap::new();
        wait_until(&format!("version {version} of every story"), LIMIT, || {
            let text = |hit: &Value, field: &str| hit["_source"][field].as_str().map(str::to_owned);
            let hits = self.documents("wiredesk");
            let stories = hits
                .iter()
                .filter_map(|hit| Some((text(hit, "story")?, text(hit, "headline")?)));
            found = stories.collect();
            found == expected
        });
    }
}

fn id(number: usize) -> String {
    format!("urn:bay:{number:04}")
}

fn story(number: usize, version: u32) -> Story {
    let headline = format!("Tide report {number}, as of hour {version}");
    let body = "The new wall held while the river was flooding the lower town.";
    Story {
        version,
        ..Story::new(&id(number), &headline, body)
    }
}

/// One in ten is killed with its fourth version, another withheld for the fourth and fifth.
fn is_public(number: usize, version: u32) -> bool {
    match number % 10 {
        3 => version < 4,
        7 => !(4..=5).contains(&version),
        _ => true,
    }
}

#[test]
fn whatever_becomes_of_indexers_the_cluster_is_right_and_never_goes_back() {
    let Some(mut desk) = Desk::open() else {
        return;
    };
    let (mut first, mut second) = (desk.indexer(), desk.indexer());
    desk.publish(1);
    desk.wait_for(1);

    // Each is killed while the other side of a batch may stand in the cluster and not in the log.
    desk.publish(2);
    desk.publish(3);
    first.kill();
    desk.publish(4);
    desk.documents("wiredesk-*");
    let mut third = desk.indexer();
    desk.publish(5);
    desk.wait_for(5);
    for version in 6..=VERSIONS {
        desk.publish(version);
        desk.documents("wiredesk-*");
        if version == 7 {
            second.kill();
        }
    }
    desk.wait_for(VERSIONS);
    let all = desk.documents("wiredesk-*");
    assert_eq!(
        all.len(),
        STORIES,
        "each once, in one index, markers included"
    );
    assert_eq!(third.stop(), Some(0), "{}", third.log());
    desk.documents("wiredesk-*");
}
