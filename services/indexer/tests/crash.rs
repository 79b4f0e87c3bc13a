//! Crashes between the steps, disks that refuse, and indexes of other builds.

mod common;

use std::fs;

use common::{LIMIT, Scene, Story};
use wiredesk_indexer::{Ask, IndexError, Search};
use wiredesk_model::{Incoming, Position, Topic, TopicPartition};
use wiredesk_pipeline::{Count, Flush, SinkError, Start};
use wiredesk_testkit::wait::wait_until;

const AT: TopicPartition = TopicPartition {
    topic: Topic::Current,
    partition: 0,
};

fn position(next_offset: i64) -> Position {
    Position {
        at: AT,
        next_offset,
    }
}

fn story(number: usize) -> Story {
    Story::new(
        &format!("urn:n:{number}"),
        &format!("Tide report {number}"),
        "High water at noon.",
    )
}

/// A log of one partition with so many stories.
fn scene(stories: usize) -> Scene {
    let scene = Scene::with_partitions(1);
    for number in 0..stories {
        scene.publish(&story(number));
    }
    scene
}

fn records(scene: &Scene) -> Vec<Incoming> {
    let mut reader = scene
        .transport
        .reader(Topic::Current, Start::Earliest)
        .expect("a reader");
    let mut records = Vec::new();
    while !reader.at_end().expect("it knows its end") {
        records.extend(reader.read(100, LIMIT).expect("it reads"));
    }
    records
}

fn total(scene: &Scene) -> usize {
    scene.ask(&Ask::text("tide")).total
}

fn next(stored: &wiredesk_pipeline::Stored) -> Option<i64> {
    stored
        .positions
        .first()
        .map(|position| position.next_offset)
}

#[test]
fn a_crash_after_the_commit_of_the_index_doubles_nothing() {
    let scene = scene(3);
    let records = records(&scene);
    let mut sink = scene.sink();
    sink.open(position(0)).expect("it opens");
    sink.take(records.clone()).expect("it takes them");
    // The index is committed; the process ends before the log is.
    assert_eq!(next(&sink.flush(Flush::All).expect("stored")), Some(3));
    drop(sink);
    let mut sink = scene.sink();
    let opened = sink.open(position(0)).expect("it opens");
    assert_eq!((next(&opened), opened.records), (Some(3), 0));
    let again = sink.take(records).expect("it passes them over");
    assert!(again.is_empty());
    assert_eq!(total(&scene), 3);
}

#[test]
fn a_crash_before_the_commit_of_the_index_loses_nothing() {
    let scene = scene(3);
    let records = records(&scene);
    let mut sink = scene.sink();
    sink.open(position(0)).expect("it opens");
    sink.take(records.clone()).expect("it takes them");
    drop(sink);
    assert_eq!(total(&scene), 0);
    let mut sink = scene.sink();
    assert!(sink.open(position(0)).expect("it opens").is_empty());
    sink.take(records).expect("it takes them again");
    assert_eq!(next(&sink.flush(Flush::All).expect("stored")), Some(3));
    assert_eq!(total(&scene), 3);
}

#[test]
fn a_dead_letter_that_was_not_committed_comes_again() {
    let scene = scene(1);
    scene.write("urn:n:broken", Some(b"no record".to_vec()));
    let records = records(&scene);
    let mut sink = scene.sink();
    sink.open(position(0)).expect("it opens");
    assert_eq!(sink.take(records.clone()).expect("taken").dead.len(), 1);
    drop(sink);
    let mut sink = scene.sink();
    // The index stays before the record, whose dead letter may not have been written.
    assert_eq!(next(&sink.open(position(0)).expect("it opens")), Some(1));
    assert_eq!(sink.take(records).expect("taken").dead.len(), 1);
}

#[test]
fn partitions_that_are_given_up_and_come_back_double_nothing() {
    let scene = scene(3);
    let records = records(&scene);
    let mut sink = scene.sink();
    sink.open(position(0)).expect("it opens");
    sink.take(records.clone()).expect("it takes them");
    sink.close(AT);
    // What was taken is stored, and told when the partition is opened again.
    assert_eq!(next(&sink.open(position(0)).expect("it opens")), Some(3));
    assert!(sink.take(records).expect("passed over").is_empty());
    assert_eq!(total(&scene), 3);
}

#[test]
fn an_index_that_is_gone_fills_itself_from_the_log() {
    let scene = scene(5);
    scene.retract("urn:n:4");
    let indexer = scene.indexer();
    wait_until("all are stored", LIMIT, || {
        indexer.status.get(Count::Forwarded) >= 5
    });
    indexer.stop().expect("it ends well");
    fs::remove_dir_all(scene.place()).expect("the index is gone");
    scene.publish(&story(5));
    let indexer = scene.indexer();
    wait_until("they are found again", LIMIT, || total(&scene) == 5);
    indexer.stop().expect("it ends well");
}

#[test]
fn an_index_of_another_build_is_told_with_the_way_out() {
    let scene = scene(2);
    drop(scene.sink());
    let file = scene.place().join("wiredesk-index.json");
    for (content, found) in [("{\"format\":0}", "format 0"), ("{}", "format unknown")] {
        fs::write(&file, content).expect("written");
        let error = Search::open(&scene.place())
            .err()
            .expect("refused")
            .to_string();
        assert!(
            error.contains(found) && error.contains("wiredesk index rebuild"),
            "{error}"
        );
        assert!(matches!(scene.try_sink(), Err(IndexError::Format { .. })));
    }
    let stories = scene.rebuild();
    assert_eq!((stories, total(&scene)), (2, 2));
}

#[test]
fn an_index_of_another_log_is_told() {
    let other = scene(4);
    other.rebuild();
    let scene = scene(1);
    let mut sink = scene.sink_at(&other.place()).expect("it opens");
    let Err(SinkError::Fatal(text)) = sink.open(position(0)) else {
        panic!("it was taken");
    };
    assert!(
        text.contains("belongs to another log") && text.contains("index rebuild"),
        "{text}"
    );
}

#[test]
fn only_one_process_writes() {
    let scene = scene(1);
    let _sink = scene.sink();
    let again = scene.try_sink();
    assert!(matches!(again, Err(IndexError::Busy(_))));
    let rebuilt = scene.try_rebuild();
    assert!(matches!(rebuilt, Err(IndexError::Busy(_))));
}

#[test]
fn a_disk_that_refuses_loses_nothing() {
    let scene = scene(3);
    let records = records(&scene);
    let mut sink = scene.sink();
    sink.open(position(0)).expect("it opens");
    sink.take(records.clone()).expect("it takes them");
    // A file in the place of the folder: nothing can be written there.
    let aside = scene.folder.path().join("aside");
    fs::rename(scene.place(), &aside).expect("moved");
    fs::write(scene.place(), "in the way").expect("written");
    let refused = sink.flush(Flush::All);
    assert!(
        matches!(refused, Err(SinkError::Unavailable(_))),
        "{refused:?}"
    );
    fs::remove_file(scene.place()).expect("out of the way");
    fs::rename(&aside, scene.place()).expect("back");
    sink.close(AT);
    assert!(sink.open(position(0)).expect("it opens").is_empty());
    sink.take(records).expect("it takes them again");
    assert_eq!(next(&sink.flush(Flush::All).expect("stored")), Some(3));
    assert_eq!(total(&scene), 3);
}

#[test]
fn damaged_files_are_told() {
    let scene = scene(2);
    scene.rebuild();
    for entry in fs::read_dir(scene.place()).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|ending| ending == "store") {
            fs::remove_file(path).expect("gone");
        }
    }
    let error = Search::open(&scene.place())
        .err()
        .expect("refused")
        .to_string();
    assert!(
        error.contains("damaged") && error.contains("wiredesk index rebuild"),
        "{error}"
    );
}
