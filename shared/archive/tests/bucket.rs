//! An archive in a bucket: whatever its server does, each segment is there once, and what went
//! wrong is told.

mod ground;

use std::sync::Arc;
use std::time::Duration;

use ground::{article, closing, next, raw_item, raw_record, start};
use wiredesk_archive::{
    Manifest, OnKill, Store, erase, gaps, raw_items, records, remove_orphans, sinks, verify,
};
use wiredesk_model::Topic;
use wiredesk_pipeline::{Flush, Sink, SinkError};
use wiredesk_testkit::bucket::Bucket;
use wiredesk_testkit::web::{Answer, SeenRequest};

/// Long enough for a busy machine, and for one retry of the client.
const PATIENCE: Duration = Duration::from_secs(20);

fn open(bucket: &Bucket, patience: Duration) -> Arc<Store> {
    let store = Store::open(&bucket.location(), &bucket.options()).expect("a bucket is a place");
    Arc::new(store.within(patience))
}

fn is_manifest(request: &SeenRequest) -> bool {
    request.method == "PUT" && request.path.contains("manifest")
}

fn raw_sink(store: &Arc<Store>) -> Box<dyn Sink> {
    let [mut raw, _] = sinks(store, &closing(), OnKill::Keep);
    raw.open(start(Topic::Raw)).expect("opened");
    raw
}

/// What the archive holds of the raw topic: whole, each item once, nothing besides.
fn assert_whole(store: &Store, items: i64) {
    let manifests = Manifest::all(store, Topic::Raw).expect("read");
    let found = manifests.iter().flat_map(|manifest| {
        let items = raw_items(store, manifest).expect("read");
        items.into_iter().map(|archived| archived.item)
    });
    let expected: Vec<_> = (0..items).map(raw_item).collect();
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let findings = verify(store).expect("verified");
    assert_eq!(findings.damaged, [""; 0]);
    assert_eq!(findings.orphans, [""; 0]);
    assert_eq!(gaps(store).expect("read"), []);
}

#[test]
fn what_goes_to_a_bucket_comes_back_and_can_be_taken_out() {
    let bucket = Bucket::start();
    let store = open(&bucket, PATIENCE);
    let mut raw = raw_sink(&store);
    for half in [0..3, 3..7] {
        raw.take(half.map(raw_record).collect()).expect("taken");
        raw.flush(Flush::All).expect("stored");
    }
    assert_whole(&store, 7);
    let [_, mut published] = sinks(&store, &closing(), OnKill::Keep);
    published.open(start(Topic::Enriched)).expect("opened");
    let sent = (0..4).map(|offset| article(offset, "article.created"));
    published.take(sent.collect()).expect("taken");
    published.flush(Flush::All).expect("stored");
    let manifest = &Manifest::all(&store, Topic::Enriched).expect("read")[0];
    assert_eq!(records(&store, manifest).expect("read").len(), 4);

    assert_eq!(erase(&store, &["urn:story:2"]).expect("erased"), 2);
    let findings = verify(&store).expect("verified");
    assert_eq!((findings.records, findings.orphans.len()), (9, 0));
    let signed = "AWS4-HMAC-SHA256 Credential=desk/";
    assert!(bucket.requests().iter().all(|request| {
        let signature = request.header("authorization");
        signature.is_some_and(|signature| signature.starts_with(signed))
    }));
}

/// The manifest is taken, and whoever sent it is told to try again: the name that it finds taken
/// then is its own.
#[test]
fn a_segment_whose_answer_was_lost_is_not_taken_for_that_of_another() {
    let bucket = Bucket::start();
    let store = open(&bucket, PATIENCE);
    let mut sink = raw_sink(&store);
    let mut failures = 1;
    bucket.answer_by(move |request, usual| {
        let answer = usual();
        if is_manifest(request) && failures > 0 {
            failures -= 1;
            return Answer::status(500);
        }
        answer
    });
    sink.take((0..5).map(raw_record).collect()).expect("taken");
    let stored = sink.flush(Flush::All).expect("it is there");
    assert_eq!((stored.records, next(&stored)), (5, Some(5)));
    assert_whole(&store, 5);
}

#[test]
fn connections_that_are_cut_behind_a_write_double_nothing() {
    let bucket = Bucket::start();
    let store = open(&bucket, PATIENCE);
    let mut sink = raw_sink(&store);
    bucket.answer_by(|request, usual| {
        let answer = usual();
        match is_manifest(request) {
            true => Answer::bare(""),
            false => answer,
        }
    });
    sink.take((0..5).map(raw_record).collect()).expect("taken");
    let error = sink.flush(Flush::All).expect_err("nobody answered");
    assert!(matches!(error, SinkError::Unavailable(_)), "{error}");
    bucket.answer_as_usual();
    // As the runner does: close, open at the committed position, read again.
    sink.close(start(Topic::Raw).at);
    let found = sink.open(start(Topic::Raw)).expect("opened");
    assert_eq!(next(&found), Some(5), "it is there");
    sink.take((0..6).map(raw_record).collect()).expect("taken");
    assert_eq!(sink.flush(Flush::All).expect("stored").records, 1);
    assert_whole(&store, 6);
}

#[test]
fn a_bucket_that_refuses_or_is_overloaded_is_told_and_nothing_is_lost() {
    let bucket = Bucket::start();
    let store = open(&bucket, Duration::from_millis(300));
    let mut sink = raw_sink(&store);
    let slow_down = "<Error><Code>SlowDown</Code></Error>";
    for (answer, is_final) in [
        (Answer::status(403), true),
        (Answer::status(503).body(slow_down), false),
        (Answer::hang(), false),
    ] {
        let files = bucket.names();
        bucket.answer_by(move |_, _| answer.clone());
        sink.take((0..5).map(raw_record).collect()).expect("taken");
        let error = sink.flush(Flush::All).expect_err("it is not taken");
        assert_eq!(matches!(error, SinkError::Fatal(_)), is_final, "{error}");
        assert!(error.to_string().contains("writing raw/day="), "{error}");
        assert!(!error.to_string().contains("the key of the desk"));
        assert_eq!(bucket.names(), files);
        bucket.answer_as_usual();
        sink.close(start(Topic::Raw).at);
        sink.open(start(Topic::Raw)).expect("opened");
    }
    drop(sink);
    let store = open(&bucket, PATIENCE);
    let mut sink = raw_sink(&store);
    sink.take((0..5).map(raw_record).collect()).expect("taken");
    sink.flush(Flush::All).expect("stored");
    assert_whole(&store, 5);
}

#[test]
fn files_that_a_segment_was_not_made_of_are_named_and_removed() {
    let bucket = Bucket::start();
    let store = open(&bucket, PATIENCE);
    let mut sink = raw_sink(&store);
    bucket.answer_by(|request, usual| match is_manifest(request) {
        true => Answer::status(403),
        false => usual(),
    });
    sink.take((0..5).map(raw_record).collect()).expect("taken");
    sink.flush(Flush::All).expect_err("no manifest");
    bucket.answer_as_usual();
    let mut sink = raw_sink(&store);
    sink.take((0..5).map(raw_record).collect()).expect("taken");
    sink.flush(Flush::All).expect("stored");
    let findings = verify(&store).expect("verified");
    assert_eq!((findings.orphans.len(), findings.records), (1, 5));
    remove_orphans(&store, &findings).expect("removed");
    assert_whole(&store, 5);
}

#[test]
fn slow_and_cut_answers_are_read_whole_or_told() {
    let bucket = Bucket::start();
    let store = open(&bucket, PATIENCE);
    let mut sink = raw_sink(&store);
    sink.take((0..5).map(raw_record).collect()).expect("taken");
    sink.flush(Flush::All).expect("stored");
    let mut cuts = 1;
    bucket.answer_by(move |request, usual| {
        let is_file = request.method == "GET" && request.path.contains("/raw/");
        match is_file && cuts > 0 {
            true => {
                cuts -= 1;
                usual().cut_after(40)
            }
            false => usual().late(Duration::from_millis(20)),
        }
    });
    let manifest = &Manifest::all(&store, Topic::Raw).expect("read")[0];
    match raw_items(&store, manifest) {
        Ok(items) => assert_eq!(items.len(), 5),
        Err(error) => assert!(error.to_string().contains("reading raw/day="), "{error}"),
    }
    assert_whole(&store, 5);
    bucket.answer_by(|_, usual| usual().late(Duration::from_secs(600)));
    let hasty = open(&bucket, Duration::from_millis(200));
    let error = Manifest::all(&hasty, Topic::Raw).expect_err("too late");
    assert!(
        error.to_string().contains("out of reach, listing"),
        "{error}"
    );
}
