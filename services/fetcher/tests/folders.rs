//! Folders of documents.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use common::{Desk, quick, titles};
use wiredesk_fetcher::{Clock, FetcherSettings, SourceConfig};

/// Writes a file that was finished long ago by the desk's clock.
fn write(desk: &Desk, folder: &Path, name: &str, bytes: &[u8], age_seconds: u64) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = File::create(path).unwrap();
    file.write_all(bytes).unwrap();
    let now = SystemTime::from(desk.clock.now());
    file.set_modified(now - Duration::from_secs(age_seconds))
        .unwrap();
}

fn folder_desk(folder: &Path, settings: FetcherSettings) -> Desk {
    Desk::new(
        vec![SourceConfig::folder("drop", folder.to_str().unwrap())],
        settings,
    )
}

#[test]
fn each_document_is_a_story_and_goes_out_once_a_version() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = folder_desk(folder.path(), quick());
    assert_eq!(desk.poll().len(), 0, "the first scan writes the cursor");
    write(
        &desk,
        folder.path(),
        "b/bridge.txt",
        b"Bridge opens\n\nIt opened on Monday.",
        60,
    );
    write(
        &desk,
        folder.path(),
        "page one.html",
        b"<html lang=de><title>Ein Titel</title><p>Text",
        60,
    );
    write(
        &desk,
        folder.path(),
        "notes.docx",
        b"no document of ours",
        60,
    );
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"Packed story\n\nIt was packed.").unwrap();
    write(
        &desk,
        folder.path(),
        "packed.txt.gz",
        &packer.finish().unwrap(),
        60,
    );
    desk.clock.advance(11);
    let items = desk.poll();
    assert_eq!(
        titles(&items),
        ["Bridge opens", "Packed story", "Ein Titel"]
    );
    assert_eq!(items[0].story.as_str(), "urn:wiredesk:drop:b/bridge.txt");
    assert_eq!(
        items[0].item.content.as_deref(),
        Some("It opened on Monday.")
    );
    assert_eq!(items[1].payload.bytes, b"Packed story\n\nIt was packed.");
    assert_eq!(
        (
            items[2].payload.media_type.as_str(),
            items[2].item.language.as_deref()
        ),
        ("text/html", Some("de"))
    );
    assert_eq!(items[2].story.as_str(), "urn:wiredesk:drop:page%20one.html");

    desk.clock.advance(11);
    desk.stays_quiet();
    write(
        &desk,
        folder.path(),
        "b/bridge.txt",
        b"Bridge opens\n\nIt opened on Tuesday.",
        30,
    );
    desk.clock.advance(11);
    let items = desk.poll();
    assert_eq!(
        (titles(&items), items[0].version.0),
        (vec!["Bridge opens"], 2)
    );
}

#[test]
fn a_restart_reads_again_but_publishes_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = folder_desk(folder.path(), quick());
    write(&first, folder.path(), "a.txt", b"Story", 60);
    assert_eq!(first.poll().len(), 1);
    let source = SourceConfig::folder("drop", folder.path().to_str().unwrap());
    let mut second = Desk::over(
        first.log.clone(),
        first.clock.clone(),
        vec![source],
        quick(),
    );
    second.clock.advance(60);
    second.stays_quiet();
}

#[test]
fn a_file_still_being_written_waits_for_the_next_scan() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = folder_desk(folder.path(), quick());
    write(&desk, folder.path(), "a.txt", b"Half a sto", 0);
    assert_eq!(desk.poll().len(), 0);
    write(
        &desk,
        folder.path(),
        "a.txt",
        b"Half a story and the rest",
        0,
    );
    desk.clock.advance(11);
    let items = desk.poll();
    assert_eq!(
        items[0].item.content.as_deref(),
        Some("Half a story and the rest")
    );
}

#[test]
fn what_cannot_be_read_is_told_once_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = folder_desk(
        folder.path(),
        FetcherSettings {
            page_bytes: 100,
            ..quick()
        },
    );
    write(&desk, folder.path(), "big.txt", &[b'a'; 200], 60);
    write(&desk, folder.path(), "empty.txt", b"", 60);
    write(&desk, folder.path(), "good.txt", b"Good", 60);
    assert_eq!(desk.poll().len(), 1);
    let cursor = desk.cursor("drop");
    let error = cursor.health.last_error.unwrap();
    assert!(
        error.contains("big.txt sent more than 100 bytes"),
        "{error}"
    );
    desk.clock.advance(11);
    desk.stays_quiet();
    fs::remove_file(folder.path().join("big.txt")).unwrap();
    fs::remove_file(folder.path().join("empty.txt")).unwrap();
    desk.clock.advance(11);
    desk.poll();
    assert_eq!(desk.cursor("drop").health.last_error, None);
}

#[test]
fn a_missing_folder_is_told_and_found_later() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("later");
    let mut desk = folder_desk(&folder, quick());
    desk.poll();
    assert!(
        desk.cursor("drop")
            .health
            .last_error
            .unwrap()
            .contains("cannot read")
    );
    write(&desk, &folder, "a.txt", b"Story", 60);
    desk.clock.advance(11);
    assert_eq!(desk.poll().len(), 1);
}

#[test]
fn a_large_folder_comes_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = folder_desk(
        folder.path(),
        FetcherSettings {
            folder_documents: 4,
            ..quick()
        },
    );
    for number in 0..10 {
        write(
            &desk,
            folder.path(),
            &format!("{number}.txt"),
            format!("Story {number}").as_bytes(),
            60,
        );
    }
    let sizes: Vec<usize> = (0..3).map(|_| desk.poll().len()).collect();
    assert_eq!(sizes, [4, 4, 2]);
    assert_eq!(desk.log.items.len(), 10);
}

#[test]
fn a_file_of_several_items_gives_each_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = folder_desk(folder.path(), quick());
    let two = common::rss(&[("1", "One", "a"), ("2", "Two", "b")]);
    write(&desk, folder.path(), "saved.xml", two.as_bytes(), 60);
    let items = desk.poll();
    assert_eq!(titles(&items), ["One", "Two"]);
    assert_eq!(items[0].story.as_str(), "https://post.example/1");
    let changed = common::rss(&[("1", "One", "a"), ("2", "Two", "b, corrected")]);
    write(&desk, folder.path(), "saved.xml", changed.as_bytes(), 30);
    desk.clock.advance(11);
    let items = desk.poll();
    assert_eq!((titles(&items), items[0].version.0), (vec!["Two"], 2));
}
