//! What becomes of what is archived: how long it stays, what a kill does to a story, also to what is
//! stored of it later, and that it is recorded.

mod ground;

use std::sync::Arc;
use std::time::Duration;

use ground::{article, closing, incoming, raw_item, raw_record, start};
use tempfile::TempDir;
use wiredesk_archive::{
    ArchivedRecord, DeskOrder, Kill, Manifest, OnKill, Policy, Store, gaps, kills, older_than,
    raw_items, records, retire, sinks, verify,
};
use wiredesk_model::{Incoming, OrderAction, Timestamp, Topic};
use wiredesk_pipeline::{Flush, Sink};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Bench {
    folder: TempDir,
    store: Arc<Store>,
    raw: Box<dyn Sink>,
    records: Box<dyn Sink>,
}

impl Bench {
    fn new(policy: impl Into<Policy>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().display().to_string();
        let store = Arc::new(Store::open(&place, &[]).expect("a folder is a place"));
        let [mut raw, mut records] = sinks(&store, &closing(), policy);
        raw.open(start(Topic::Raw)).expect("opened");
        records.open(start(Topic::Enriched)).expect("opened");
        Self {
            folder,
            store,
            raw,
            records,
        }
    }

    fn store_raw(&mut self, offsets: std::ops::Range<i64>) {
        self.raw
            .take(offsets.map(raw_record).collect())
            .expect("taken");
        self.raw.flush(Flush::All).expect("stored");
    }

    fn store_records(&mut self, all: Vec<Incoming>) {
        self.records.take(all).expect("taken");
        self.records.flush(Flush::All).expect("stored");
    }

    fn segments(&self, topic: Topic) -> Vec<Manifest> {
        Manifest::all(&self.store, topic).expect("read")
    }

    /// Stories of the raw items that a replay would find.
    fn stories(&self) -> Vec<String> {
        let segments = self.segments(Topic::Raw);
        let items = segments
            .iter()
            .flat_map(|segment| raw_items(&self.store, segment).expect("whole"));
        items.map(|one| one.item.story.to_string()).collect()
    }

    fn published(&self) -> Vec<ArchivedRecord> {
        let segments = self.segments(Topic::Enriched);
        let lines = segments
            .iter()
            .flat_map(|segment| records(&self.store, segment).expect("whole"));
        lines.collect()
    }

    /// Whether a file outside of `restricted/` holds these words.
    fn is_open_to_all(&self, words: &str) -> bool {
        let folders = ["raw", "records"].map(|folder| self.store.list(folder).expect("listed"));
        folders.into_iter().flatten().any(|(path, _)| {
            let bytes = self.store.get(&path).expect("read").expect("it is there");
            let text = match path.rsplit('.').next() {
                Some("zst") => zstd::decode_all(&bytes[..]).expect("whole"),
                Some("gz") => {
                    let mut text = Vec::new();
                    let mut packed = flate2::read::MultiGzDecoder::new(&bytes[..]);
                    std::io::Read::read_to_end(&mut packed, &mut text).expect("whole");
                    text
                }
                _ => bytes.to_vec(),
            };
            text.windows(words.len())
                .any(|part| part == words.as_bytes())
        })
    }

    fn assert_whole(&self) {
        let findings = verify(&self.store).expect("verified");
        assert_eq!(findings.damaged, [] as [String; 0]);
        assert_eq!(findings.orphans, [] as [String; 0]);
        assert_eq!(gaps(&self.store).expect("read"), []);
    }
}

/// The event that kills a story.
fn kill(offset: i64, story: i64) -> Incoming {
    let mut event = article(offset, "article.canceled");
    event.key = format!("urn:story:{story}");
    event
}

fn created(offsets: std::ops::Range<i64>) -> Vec<Incoming> {
    offsets
        .map(|offset| article(offset, "article.created"))
        .collect()
}

#[test]
fn a_killed_story_is_restricted_where_that_is_the_policy_and_still_replayed() {
    let mut bench = Bench::new(OnKill::Restrict);
    bench.store_raw(0..4);
    bench.store_records(created(0..4));
    assert!(bench.is_open_to_all("urn:story:2"));
    bench.store_records(vec![kill(4, 2)]);
    assert!(!bench.is_open_to_all("urn:story:2"));
    assert!(bench.is_open_to_all("urn:story:1"));

    let all = ["urn:story:0", "urn:story:1", "urn:story:2", "urn:story:3"];
    assert_eq!(bench.stories(), all);
    assert_eq!(bench.published().len(), 5, "the kill is among them");
    for topic in [Topic::Raw, Topic::Enriched] {
        for segment in bench.segments(topic) {
            assert_eq!(segment.restricted, ["urn:story:2"]);
        }
    }
    bench.assert_whole();
    let found = kills(&bench.store).expect("read");
    let handling = OnKill::Restrict;
    assert!(
        matches!(&found[..], [Kill { story, handling: own, .. }] if story == all[2] && *own == handling),
        "{found:?}"
    );

    // Erased later, it goes from there too.
    assert_eq!(
        wiredesk_archive::erase(&bench.store, &[all[2]]).expect("erased"),
        3
    );
    assert_eq!(bench.stories(), [all[0], all[1], all[3]]);
    assert!(bench.store.list("restricted").expect("listed").is_empty());
    bench.assert_whole();
}

#[test]
fn what_is_stored_of_a_story_after_its_kill_meets_the_same_end() {
    for (policy, stays) in [(OnKill::Erase, false), (OnKill::Restrict, true)] {
        let mut bench = Bench::new(policy);
        // The raw half closes its files later than the other.
        let buffered = (0..3).map(raw_record).collect();
        bench.raw.take(buffered).expect("taken");
        bench.store_records(vec![article(0, "article.created"), kill(1, 1)]);
        bench.raw.flush(Flush::All).expect("stored");
        assert!(!bench.is_open_to_all("urn:story:1"), "{policy:?}");
        assert_eq!(bench.stories().contains(&"urn:story:1".to_owned()), stays);
        assert!(bench.is_open_to_all("urn:story:2"));
        bench.assert_whole();
    }
}

#[test]
fn a_kill_is_recorded_where_the_story_stays_and_so_are_orders_of_the_desk() {
    let mut bench = Bench::new(OnKill::Keep);
    let mut by_hand = kill(1, 0);
    let mut value: serde_json::Value =
        serde_json::from_slice(by_hand.value.as_deref().unwrap_or_default()).expect("JSON");
    value["wire"]["feed"] = "desk".into();
    value["wire"]["identity"] = "order".into();
    value["wire"]["fetched_at"] = "2026-11-23T07:00:00Z".into();
    by_hand.value = serde_json::to_vec(&value).ok();
    let all = vec![article(0, "article.created"), by_hand, kill(2, 7)];
    bench.store_records(all);
    let found = kills(&bench.store).expect("read");
    let stories: Vec<&str> = found.iter().map(|kill| kill.story.as_str()).collect();
    assert_eq!(stories, ["urn:story:0", "urn:story:7"]);
    assert!(found.iter().all(|kill| kill.handling == OnKill::Keep));
    let ordered = DeskOrder {
        story: "urn:story:0".to_owned(),
        action: OrderAction::Kill,
        at: "2026-11-23T07:00:00Z".parse().expect("a time"),
    };
    assert_eq!(bench.segments(Topic::Enriched)[0].orders, [ordered]);
    assert_eq!(bench.published().len(), 3);
}

#[test]
fn segments_go_once_they_are_older_than_is_kept_and_no_gap_is_left() {
    let keep = Some(2 * DAY);
    let mut bench = Bench::new(Policy {
        keep,
        ..Policy::default()
    });
    let at = |offset: i64, days_ago: u32| {
        let item = raw_item(offset);
        let value = serde_json::to_vec(&item).expect("JSON");
        let time = Timestamp::now() - days_ago * DAY;
        Incoming {
            timestamp_ms: time.as_millisecond(),
            ..incoming(Topic::Raw, offset, item.story.as_str(), value)
        }
    };
    // The last is old, and behind one that is kept.
    for (offset, days_ago) in [(0, 9), (1, 3), (2, 1), (3, 5)] {
        bench.raw.take(vec![at(offset, days_ago)]).expect("taken");
        bench.raw.flush(Flush::All).expect("stored");
    }
    let before = Timestamp::now() - 2 * DAY;
    let old = older_than(&bench.store, before).expect("read");
    let from: Vec<i64> = old.iter().map(|segment| segment.from).collect();
    assert_eq!(from, [0, 1]);
    // The service looks by itself.
    bench.raw.flush(Flush::Due).expect("done");
    let left: Vec<i64> = bench
        .segments(Topic::Raw)
        .iter()
        .map(|segment| segment.from)
        .collect();
    assert_eq!(left, [2, 3]);
    assert_eq!(bench.store.list("raw").expect("listed").len(), 2);
    bench.assert_whole();
    assert!(older_than(&bench.store, before).expect("read").is_empty());
    // And goes on behind what it has.
    bench.store_raw(4..6);
    assert_eq!(bench.stories().len(), 4);

    retire(&bench.store, &bench.segments(Topic::Raw)[0]).expect("removed");
    retire(&bench.store, &old[0]).expect("gone already");
    assert!(bench.folder.path().is_dir());
    bench.assert_whole();
}

#[test]
fn where_nothing_else_is_said_everything_stays() {
    let mut bench = Bench::new(OnKill::Keep);
    let mut old = raw_record(0);
    old.timestamp_ms = 0;
    bench.raw.take(vec![old]).expect("taken");
    bench.raw.flush(Flush::All).expect("stored");
    bench.raw.flush(Flush::Due).expect("done");
    assert_eq!(bench.stories(), ["urn:story:0"]);
}
