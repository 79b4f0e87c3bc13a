//! The sink into a search cluster, on a real OpenSearch.

mod common;

use std::sync::Arc;

use common::{Indexer, LIMIT, Scene, Story};
use reqwest::blocking::Client;
use serde_json::{Value, json};
use wiredesk_indexer::{ClusterSettings, cluster_sink};
use wiredesk_model::{Headers, Incoming, Position, ReasonCode, Topic, TopicPartition};
use wiredesk_pipeline::{Count, Sink, SinkError};
use wiredesk_testkit::opensearch::OpenSearch;
use wiredesk_testkit::wait::wait_until;

/// 2026-10-05 and 2026-11-05.
const OCTOBER: i64 = 1_791_158_400_000;
const NOVEMBER: i64 = 1_793_836_800_000;

/// A log, and indexes of its own in a cluster.
struct Cluster {
    scene: Scene,
    url: String,
    index: &'static str,
}

impl Cluster {
    fn new(node: &OpenSearch, index: &'static str) -> Self {
        let (scene, url) = (Scene::with_partitions(2), node.url());
        Self { scene, url, index }
    }

    fn settings(&self) -> ClusterSettings {
        ClusterSettings {
            url: self.url.clone(),
            index: self.index.to_owned(),
            replicas: 0,
            ..ClusterSettings::default()
        }
    }

    fn sink(&self) -> Box<dyn Sink> {
        let transport = Arc::clone(&self.scene.transport);
        cluster_sink(transport, &self.settings()).expect("settings that serve")
    }

    /// A sink at work on a partition that holds nothing: what it is given is made by hand, and is
    /// of another one.
    fn opened(&self) -> Box<dyn Sink> {
        let at = TopicPartition::new(Topic::Current, 1);
        let mut sink = self.sink();
        let opened = sink.open(Position { at, next_offset: 0 });
        opened.expect("it opens");
        sink
    }

    fn indexer(&self) -> Indexer {
        Indexer::start(Arc::clone(&self.scene.transport), self.sink())
    }

    fn call(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let request = Client::new().request(method, format!("{}/{path}", self.url));
        let request = request.header("content-type", "application/json");
        let request = match body {
            Value::Null => request,
            body => request.body(body.to_string()),
        };
        let answer = request.send().expect("an answer");
        let text = answer.text().expect("the whole answer");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Documents that a query finds at `place`: the alias, or all of the indexes.
    fn found(&self, place: &str, query: &Value) -> Vec<Value> {
        self.call(
            reqwest::Method::POST,
            &format!("{place}/_refresh"),
            &Value::Null,
        );
        let query = json!({ "query": query, "sort": ["story"] });
        let answer = self.call(reqwest::Method::POST, &format!("{place}/_search"), &query);
        let hits = answer.pointer("/hits/hits").and_then(Value::as_array);
        hits.cloned().unwrap_or_default()
    }

    /// Headlines that readers find with a query.
    fn headlines(&self, query: &Value) -> Vec<String> {
        let hits = self.found(self.index, query);
        let headline = |hit: &Value| hit["_source"]["headline"].as_str().map(str::to_owned);
        hits.iter().filter_map(headline).collect()
    }

    fn wait_for(&self, expected: &[&str]) {
        wait_until(&format!("readers find {expected:?}"), LIMIT, || {
            self.headlines(&everything()) == expected
        });
    }
}

fn everything() -> Value {
    json!({ "match_all": {} })
}

fn story(id: &str, headline: &str) -> Story {
    Story::new(
        id,
        headline,
        "The new wall held while the river was flooding the lower town.",
    )
}

fn incoming(offset: i64, key: &str, value: Option<&Story>) -> Incoming {
    Incoming {
        at: TopicPartition::new(Topic::Current, 0),
        offset,
        timestamp_ms: NOVEMBER,
        key: key.to_owned(),
        value: value.map(|story| story.record().to_string().into_bytes()),
        headers: Headers::new(),
    }
}

#[test]
fn readers_find_what_is_current() {
    let Some(node) = OpenSearch::shared() else {
        return;
    };
    let cluster = Cluster::new(&node, "current");
    cluster.scene.publish(&story("urn:bay:1", "Wall holds"));
    cluster.scene.publish(&story("urn:bay:2", "Rain goes on"));
    let indexer = cluster.indexer();
    cluster.wait_for(&["Wall holds", "Rain goes on"]);
    cluster.scene.publish(&Story {
        version: 2,
        ..story("urn:bay:1", "Wall cracks")
    });
    cluster.wait_for(&["Wall cracks", "Rain goes on"]);

    cluster.scene.retract("urn:bay:1");
    cluster.wait_for(&["Rain goes on"]);
    let left = cluster.found("current-*", &json!({ "term": { "story": "urn:bay:1" } }));
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(
        !left[0].to_string().contains("Wall"),
        "no text is left: {left:?}"
    );

    cluster.scene.publish(&Story {
        version: 3,
        ..story("urn:bay:1", "Wall mended")
    });
    cluster.wait_for(&["Wall mended", "Rain goes on"]);
    wait_until("all five are counted", LIMIT, || {
        indexer.status.get(Count::Forwarded) == 5
    });
    indexer.stop().expect("it ends well");
}

#[test]
fn texts_are_searched_as_their_language_asks() {
    let Some(node) = OpenSearch::shared() else {
        return;
    };
    let cluster = Cluster::new(&node, "languages");
    cluster.scene.publish(&story("urn:bay:1", "Wall holds"));
    let coast = Story::new(
        "urn:coast:2",
        "Rat berät",
        "Die Überschwemmungen kosteten Millionen.",
    );
    cluster.scene.publish(&Story {
        language: "de-AT".to_owned(),
        ..coast
    });
    let odd = Story::new("urn:far:3", "Nuq?", "Flooding.");
    cluster.scene.publish(&Story {
        language: "tlh".to_owned(),
        ..odd
    });
    let indexer = cluster.indexer();
    cluster.wait_for(&["Wall holds", "Rat berät", "Nuq?"]);
    let finds = |field: &str, word: &str| cluster.headlines(&json!({ "match": { field: word } }));
    assert_eq!(finds("text.english.body", "floods"), ["Wall holds"]);
    assert_eq!(finds("text.german.body", "überschwemmung"), ["Rat berät"]);
    assert_eq!(finds("text.standard.body", "flooding"), ["Nuq?"]);
    assert_eq!(finds("language", "de"), ["Rat berät"]);
    indexer.stop().expect("it ends well");
}

#[test]
fn an_older_record_never_takes_the_place_of_a_newer() {
    let Some(node) = OpenSearch::shared() else {
        return;
    };
    let cluster = Cluster::new(&node, "order");
    let (first, second) = (story("urn:bay:1", "First"), story("urn:bay:1", "Second"));
    let mut sink = cluster.opened();
    let mut take = |record: Incoming| sink.take(vec![record]).expect("it is taken");

    assert_eq!(take(incoming(5, "urn:bay:1", Some(&second))).records, 1);
    let late = take(incoming(3, "urn:bay:1", Some(&first)));
    assert_eq!(
        (
            late.records,
            late.filtered.len(),
            late.positions[0].next_offset
        ),
        (0, 1, 4)
    );
    assert_eq!(cluster.headlines(&everything()), ["Second"]);

    take(incoming(7, "urn:bay:1", None));
    take(incoming(5, "urn:bay:1", Some(&second)));
    assert!(
        cluster.headlines(&everything()).is_empty(),
        "a kill is not undone by what comes again"
    );

    // Another instance, which knows nothing of it, in another month.
    let mut again = incoming(6, "urn:bay:1", Some(&second));
    again.timestamp_ms = OCTOBER;
    let mut other = cluster.opened();
    let stored = other.take(vec![again]).expect("it is taken");
    assert_eq!(stored.records, 0);
    assert!(cluster.headlines(&everything()).is_empty());
}

#[test]
fn a_story_stays_in_the_index_of_its_first_month() {
    let Some(node) = OpenSearch::shared() else {
        return;
    };
    let cluster = Cluster::new(&node, "months");
    let long = format!("https://bay.example/{}", "a".repeat(600));
    let mut records = Vec::new();
    for (offset, key, month) in [(0, "urn:bay:1", OCTOBER), (1, long.as_str(), NOVEMBER)] {
        let mut record = incoming(offset, key, Some(&story(key, key)));
        record.timestamp_ms = month;
        records.push(record);
    }
    cluster.opened().take(records).expect("they are taken");
    let later = [
        incoming(2, "urn:bay:1", Some(&story("urn:bay:1", "Later"))),
        incoming(3, &long, None),
    ];
    let stored = cluster
        .opened()
        .take(later.to_vec())
        .expect("they are taken");
    assert_eq!(stored.records, 2);
    let places = cluster.found("months-*", &everything());
    let mut places: Vec<_> = places
        .iter()
        .map(|hit| hit["_index"].as_str().unwrap_or_default())
        .collect();
    places.sort_unstable();
    assert_eq!(places, ["months-2026.10", "months-2026.11"]);
    assert_eq!(cluster.headlines(&everything()), ["Later"]);
}

#[test]
fn what_the_cluster_refuses_is_a_dead_letter_and_stops_nothing_else() {
    let Some(node) = OpenSearch::shared() else {
        return;
    };
    let cluster = Cluster::new(&node, "refusing");
    // An operator's own template, of a higher version than ours: it stays.
    let own = json!({
        "index_patterns": ["refusing-*"], "version": 900, "priority": 300,
        "template": {
            "mappings": { "properties": { "story": { "type": "keyword" }, "headline": { "type": "integer" } } },
            "aliases": { "refusing": {} },
        },
    });
    cluster.call(reqwest::Method::PUT, "_index_template/refusing", &own);
    let mut sink = cluster.opened();
    let mut broken = incoming(2, "urn:bay:3", None);
    broken.value = Some(b"{".to_vec());
    let records = vec![
        incoming(0, "urn:bay:1", Some(&story("urn:bay:1", "Wall holds"))),
        incoming(1, "urn:bay:2", Some(&story("urn:bay:2", "4711"))),
        broken,
    ];
    let stored = sink.take(records).expect("it goes on");
    let dead: Vec<_> = stored
        .dead
        .iter()
        .map(|(record, code, _)| (record.offset, *code))
        .collect();
    assert_eq!(
        dead,
        [(2, ReasonCode::Undecodable), (0, ReasonCode::Refused)]
    );
    assert!(
        stored.dead[1].2.contains("headline"),
        "{}",
        stored.dead[1].2
    );
    assert_eq!((stored.records, stored.positions[0].next_offset), (1, 3));
    assert_eq!(cluster.headlines(&everything()), ["4711"]);
}

#[test]
fn indexes_that_were_deleted_are_filled_again() {
    let Some(node) = OpenSearch::shared() else {
        return;
    };
    let cluster = Cluster::new(&node, "anew");
    for n in 0..20 {
        cluster
            .scene
            .publish(&story(&format!("urn:bay:{n:02}"), &format!("Story {n:02}")));
    }
    cluster.scene.retract("urn:bay:07");
    let indexer = cluster.indexer();
    wait_until("all are there", LIMIT, || {
        cluster
            .headlines(&json!({ "term": { "story": "urn:bay:19" } }))
            .len()
            == 1
            && indexer.status.get(Count::Forwarded) == 21
    });
    indexer.stop().expect("it ends well");
    let all = |cluster: &Cluster| {
        let count = cluster.call(reqwest::Method::GET, "anew/_count", &Value::Null);
        count["count"].as_u64()
    };
    wait_until("all are found", LIMIT, || all(&cluster) == Some(19));
    let month = cluster.found("anew-*", &everything())[0]["_index"].clone();
    cluster.call(
        reqwest::Method::DELETE,
        month.as_str().expect("a name"),
        &Value::Null,
    );
    let again = cluster.indexer();
    wait_until("all are there again", LIMIT, || all(&cluster) == Some(19));
    again.stop().expect("it ends well");
}

#[test]
fn a_cluster_of_another_log_is_left_alone() {
    let Some(node) = OpenSearch::shared() else {
        return;
    };
    let cluster = Cluster::new(&node, "stranger");
    cluster
        .sink()
        .take(vec![incoming(
            90,
            "urn:bay:1",
            Some(&story("urn:bay:1", "Of another log")),
        )])
        .expect("it is taken");
    let at = TopicPartition::new(Topic::Current, 0);
    let error = cluster
        .sink()
        .open(Position { at, next_offset: 0 })
        .expect_err("it is refused");
    assert!(
        matches!(&error, SinkError::Fatal(text) if text.contains("another log")),
        "{error}"
    );
}

#[test]
fn a_cluster_that_goes_away_and_comes_back_misses_nothing() {
    let Some(mut node) = OpenSearch::for_tests() else {
        return;
    };
    let cluster = Cluster::new(&node, "away");
    let indexer = cluster.indexer();
    cluster.scene.publish(&story("urn:bay:1", "Before"));
    cluster.wait_for(&["Before"]);
    node.kill().expect("it is killed");
    cluster.scene.publish(&story("urn:bay:2", "Meanwhile"));
    cluster.scene.retract("urn:bay:1");
    wait_until("the indexer falls behind", LIMIT, || {
        indexer.status.get(Count::Lag) > 0
    });
    node.start_again().expect("it comes back");
    cluster.wait_for(&["Meanwhile"]);
    indexer.stop().expect("it ends well");
}
