//! The archive from records to files and back: once, whole, and told where it is not.

mod ground;

use std::sync::Arc;

use ground::{DAY, article, closing, incoming, next, raw_item, raw_record, start};
use tempfile::TempDir;
use wiredesk_archive::{
    Manifest, OnKill, Store, erase, gaps, raw_items, records, remove_orphans, sinks, verify,
};
use wiredesk_model::{Incoming, ReasonCode, Topic, header};
use wiredesk_pipeline::{Flush, Sink, SinkError};

struct Bench {
    folder: TempDir,
    store: Arc<Store>,
    on_kill: OnKill,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().join("archive").display().to_string();
        let store = Arc::new(Store::open(&place, &[]).expect("a folder is a place"));
        Self {
            folder,
            store,
            on_kill: OnKill::Keep,
        }
    }

    fn raw_sink(&self) -> Box<dyn Sink> {
        let [raw, _] = sinks(&self.store, &closing(), self.on_kill);
        raw
    }

    fn record_sink(&self) -> Box<dyn Sink> {
        let [_, records] = sinks(&self.store, &closing(), self.on_kill);
        records
    }

    fn files(&self) -> Vec<String> {
        let all = ["raw", "records", "manifest"].map(|folder| self.store.list(folder));
        let listed = all.into_iter().flat_map(|listed| listed.expect("listed"));
        listed.map(|(path, _)| path).collect()
    }
}

#[test]
fn what_came_in_comes_out_byte_for_byte() {
    let bench = Bench::new();
    let mut sink = bench.raw_sink();
    sink.open(start(Topic::Raw)).expect("opened");
    let taken = sink.take((0..5).map(raw_record).collect()).expect("taken");
    assert!(taken.is_empty(), "buffered is not stored");
    let stored = sink.flush(Flush::All).expect("stored");
    assert_eq!((stored.records, next(&stored)), (5, Some(5)));

    let manifests = Manifest::all(&bench.store, Topic::Raw).expect("read");
    assert_eq!(manifests.len(), 1);
    assert!(
        manifests[0].files[0]
            .path
            .starts_with(&format!("raw/day={DAY}/raw-00003-"))
    );
    let items = raw_items(&bench.store, &manifests[0]).expect("read");
    assert_eq!(items.len(), 5);
    for (number, archived) in items.iter().enumerate() {
        assert_eq!(archived.item, raw_item(number as i64));
        assert_eq!(archived.raw_ref, format!("raw/3/{number}"));
        assert_eq!(archived.headers.get(header::RUN), Some("live"));
    }
    let findings = verify(&bench.store).expect("verified");
    assert_eq!((findings.whole, findings.records), (1, 5));
    assert!(findings.damaged.is_empty() && findings.orphans.is_empty());
}

#[test]
fn published_records_are_kept_as_lines_and_as_tables() {
    let bench = Bench::new();
    let mut sink = bench.record_sink();
    sink.open(start(Topic::Enriched)).expect("opened");
    let sent: Vec<Incoming> = (0..4)
        .map(|offset| article(offset, "article.created"))
        .collect();
    sink.take(sent.clone()).expect("taken");
    sink.flush(Flush::All).expect("stored");
    let manifests = Manifest::all(&bench.store, Topic::Enriched).expect("read");
    let back = records(&bench.store, &manifests[0]).expect("read");
    assert_eq!(back.len(), 4);
    for (sent, back) in sent.iter().zip(&back) {
        assert_eq!(sent.value.as_deref(), Some(back.value.as_bytes()));
        assert_eq!((&sent.headers, &sent.key), (&back.headers, &back.key));
    }
    let kinds: Vec<&str> = manifests[0]
        .files
        .iter()
        .map(|file| file.kind.as_str())
        .collect();
    assert_eq!(kinds, ["parquet", "ndjson"]);
    assert!(manifests[0].files[0].path.contains("/source=harbour-post/"));
}

#[test]
fn a_segment_whose_commit_was_lost_counts_as_stored() {
    let bench = Bench::new();
    let mut first = bench.raw_sink();
    first.open(start(Topic::Raw)).expect("opened");
    first.take((0..5).map(raw_record).collect()).expect("taken");
    first.flush(Flush::All).expect("stored");
    drop(first);
    let before = bench.files();

    // The log still says 0, and gives everything again.
    let mut second = bench.raw_sink();
    let stored = second.open(start(Topic::Raw)).expect("opened");
    assert_eq!(next(&stored), Some(5));
    second
        .take((0..7).map(raw_record).collect())
        .expect("taken");
    let stored = second.flush(Flush::All).expect("stored");
    assert_eq!((stored.records, next(&stored)), (2, Some(7)));
    assert_eq!(bench.files().len(), before.len() + 2);
    assert_eq!(gaps(&bench.store).expect("read"), []);
}

#[test]
fn of_two_owners_of_a_partition_only_one_stores() {
    let bench = Bench::new();
    let (mut old, mut new) = (bench.raw_sink(), bench.raw_sink());
    old.open(start(Topic::Raw)).expect("opened");
    new.open(start(Topic::Raw)).expect("opened");
    old.take((0..5).map(raw_record).collect()).expect("taken");
    new.take((0..3).map(raw_record).collect()).expect("taken");
    new.flush(Flush::All).expect("stored");
    let error = old.flush(Flush::All).expect_err("the place is taken");
    assert!(matches!(error, SinkError::Unavailable(_)), "{error}");
    // As the runner does: close, open at the committed position, read again.
    old.close(start(Topic::Raw).at);
    assert_eq!(next(&old.open(start(Topic::Raw)).expect("opened")), Some(3));
    old.take((0..5).map(raw_record).collect()).expect("taken");
    assert_eq!(old.flush(Flush::All).expect("stored").records, 2);
    let findings = verify(&bench.store).expect("verified");
    assert_eq!((findings.records, findings.orphans.len()), (5, 0));
}

#[test]
fn a_record_that_cannot_be_read_is_dead_and_ends_its_segment() {
    let bench = Bench::new();
    let mut sink = bench.raw_sink();
    sink.open(start(Topic::Raw)).expect("opened");
    let bad = incoming(Topic::Raw, 1, "bad", b"{".to_vec());
    let stored = sink
        .take(vec![raw_record(0), bad, raw_record(2)])
        .expect("taken");
    assert_eq!((stored.records, next(&stored)), (1, Some(2)));
    assert_eq!(stored.dead.len(), 1);
    assert_eq!(stored.dead[0].1, ReasonCode::Undecodable);
    assert_eq!(next(&sink.flush(Flush::All).expect("stored")), Some(3));
    let gaps = gaps(&bench.store).expect("read");
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].from, gaps[0].to), (1, 2));
}

#[test]
fn damage_is_found_and_named() {
    let bench = Bench::new();
    let mut sink = bench.raw_sink();
    sink.open(start(Topic::Raw)).expect("opened");
    for offset in 0..3 {
        sink.take(vec![raw_record(offset)]).expect("taken");
        sink.flush(Flush::All).expect("stored");
    }
    let root = bench.folder.path().join("archive");
    let manifests = Manifest::all(&bench.store, Topic::Raw).expect("read");
    let path = |number: usize| root.join(&manifests[number].files[0].path);
    let bytes = std::fs::read(path(0)).expect("a file");
    std::fs::write(path(0), &bytes[..bytes.len() / 2]).expect("cut short");
    std::fs::remove_file(path(1)).expect("removed");
    bench
        .store
        .put("raw/day=2026-11-23/left-over.warc.gz", vec![1])
        .expect("written");
    let findings = verify(&bench.store).expect("verified");
    assert_eq!(findings.whole, 1);
    assert_eq!(findings.damaged.len(), 2, "{findings:?}");
    assert!(
        findings.damaged[0].contains("bytes instead of"),
        "{findings:?}"
    );
    assert!(findings.damaged[1].contains("missing"), "{findings:?}");
    assert_eq!(findings.orphans.len(), 1);
    remove_orphans(&bench.store, &findings).expect("removed");
    assert!(verify(&bench.store).expect("verified").orphans.is_empty());
    assert!(raw_items(&bench.store, &manifests[0]).is_err());
}

/// Stores four articles as one segment.
fn four_articles(bench: &Bench) -> Manifest {
    let mut sink = bench.record_sink();
    sink.open(start(Topic::Enriched)).expect("opened");
    let sent = (0..4).map(|offset| article(offset, "article.created"));
    sink.take(sent.collect()).expect("taken");
    sink.flush(Flush::All).expect("stored");
    let mut manifests = Manifest::all(&bench.store, Topic::Enriched).expect("read");
    manifests.remove(0)
}

#[test]
fn a_damaged_table_is_found_as_any_other_file_and_hides_no_record() {
    let bench = Bench::new();
    let manifest = four_articles(&bench);
    let path = &manifest.files[0].path;
    assert!(path.ends_with(".parquet"), "{path}");
    let place = bench.folder.path().join("archive").join(path);
    let mut bytes = std::fs::read(&place).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(&place, bytes).expect("written");
    let findings = verify(&bench.store).expect("verified");
    assert_eq!((findings.damaged.len(), findings.whole), (1, 1));
    assert!(findings.damaged[0].contains(path), "{findings:?}");
    let back = records(&bench.store, &manifest).expect("the lines are whole");
    assert_eq!(back.len(), 4);
}

#[test]
fn a_killed_story_is_erased_where_that_is_the_policy() {
    let mut bench = Bench::new();
    bench.on_kill = OnKill::Erase;
    let (mut raw, mut sink) = (bench.raw_sink(), bench.record_sink());
    raw.open(start(Topic::Raw)).expect("opened");
    raw.take((0..4).map(raw_record).collect()).expect("taken");
    raw.flush(Flush::All).expect("stored");
    sink.open(start(Topic::Enriched)).expect("opened");
    sink.take(
        (0..4)
            .map(|offset| article(offset, "article.created"))
            .collect(),
    )
    .expect("taken");
    sink.flush(Flush::All).expect("stored");
    let mut kill = article(4, "article.canceled");
    kill.key = "urn:story:2".to_owned();
    sink.take(vec![kill]).expect("taken");
    sink.flush(Flush::All).expect("stored");

    let findings = verify(&bench.store).expect("verified");
    assert!(
        findings.damaged.is_empty() && findings.orphans.is_empty(),
        "{findings:?}"
    );
    for topic in [Topic::Raw, Topic::Enriched] {
        let manifests = Manifest::all(&bench.store, topic).expect("read");
        assert_eq!(manifests[0].erased, ["urn:story:2"]);
        assert_eq!((manifests[0].records, manifests[0].next), (3, 4));
    }
    let stays = raw_items(
        &bench.store,
        &Manifest::all(&bench.store, Topic::Raw).expect("read")[0],
    );
    let stories: Vec<String> = stays
        .expect("read")
        .into_iter()
        .map(|archived| archived.item.story.to_string())
        .collect();
    assert_eq!(stories, ["urn:story:0", "urn:story:1", "urn:story:3"]);
    assert_eq!(
        erase(&bench.store, &["urn:story:2"]).expect("nothing left"),
        0
    );
}

#[test]
fn a_damaged_manifest_is_found_and_none_of_its_files_is_taken_for_left_over() {
    let bench = Bench::new();
    let mut sink = bench.raw_sink();
    sink.open(start(Topic::Raw)).expect("opened");
    for offset in 0..3 {
        sink.take(vec![raw_record(offset)]).expect("taken");
        sink.flush(Flush::All).expect("stored");
    }
    let manifests = Manifest::all(&bench.store, Topic::Raw).expect("read");
    let broken = manifests[1].path();
    let before = bench.files();
    for wrong in [&b"{\"topic\": \"ra"[..], &b"[]"[..], &b""[..]] {
        bench.store.put(&broken, wrong.to_vec()).expect("written");
        let findings = verify(&bench.store).expect("verified");
        assert_eq!((findings.segments, findings.whole), (3, 2));
        assert_eq!((findings.damaged.len(), findings.unread), (1, 1));
        assert!(findings.damaged[0].contains(&broken), "{findings:?}");
        remove_orphans(&bench.store, &findings).expect("nothing to remove");
        assert_eq!(bench.files(), before);
        let error = gaps(&bench.store).expect_err("it cannot be known");
        assert!(error.to_string().contains(&broken), "{error}");
    }
    // A manifest under the name of another is no manifest of it.
    let other = bench.store.get(&manifests[0].path()).expect("read");
    let other = other.expect("it is there").to_vec();
    bench.store.put(&broken, other).expect("written");
    let findings = verify(&bench.store).expect("verified");
    assert!(findings.damaged[0].contains(&broken), "{findings:?}");
}

#[test]
fn damaged_lines_are_found_and_named() {
    let bench = Bench::new();
    let manifest = four_articles(&bench);
    let path = &manifest.files[1].path;
    assert!(path.ends_with(".ndjson.zst"), "{path}");
    let whole = bench.store.get(path).expect("read").expect("it is there");
    bench
        .store
        .put(path, whole[..whole.len() - 3].to_vec())
        .expect("cut short");
    let findings = verify(&bench.store).expect("verified");
    assert_eq!((findings.damaged.len(), findings.whole), (1, 1));
    let error = records(&bench.store, &manifest).expect_err("they are cut short");
    for told in [&findings.damaged[0], &error.to_string()] {
        assert!(told.contains(path), "{told}");
    }
}
