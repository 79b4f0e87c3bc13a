//! Folders whose files are claimed, and archives in folders.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use common::{Desk, HandClock, Log, quick, titles};
use wiredesk_fetcher::{AfterTaking, Clock, FetcherSettings, SourceConfig};

fn drop_box(folder: &Path, after: AfterTaking) -> SourceConfig {
    SourceConfig {
        after,
        ..SourceConfig::folder("drop", folder.to_str().unwrap())
    }
}

fn desk(folder: &Path, after: AfterTaking) -> Desk {
    Desk::new(vec![drop_box(folder, after)], quick())
}

/// Writes a file that was finished a minute ago by the desk's clock.
fn write(clock: &HandClock, path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = File::create(path).unwrap();
    file.write_all(bytes).unwrap();
    let now = SystemTime::from(clock.now());
    file.set_modified(now - Duration::from_secs(60)).unwrap();
}

/// Every file below a folder, by its name there.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap();
                found.push(name.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn files_are_claimed_read_committed_and_only_then_put_away() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut desk = desk(folder.path(), AfterTaking::Move);
    write(&desk.clock, &at("a.txt"), b"One");
    write(&desk.clock, &at("deep/b.txt"), b"Two");
    assert_eq!(
        desk.poll().len(),
        0,
        "the name for claims is committed first"
    );
    assert_eq!(files(folder.path()), ["a.txt", "deep/b.txt"]);
    let taken = desk.produced();
    let name = desk.cursor("drop").claim.unwrap();
    let claimed = [
        format!(".claimed/{name}/a.txt"),
        format!(".claimed/{name}/deep/b.txt"),
    ];
    assert_eq!(files(folder.path()), claimed, "not committed yet");
    let items = desk.commit(taken);
    assert_eq!(items[1].story.as_str(), "urn:wiredesk:drop:deep/b.txt");
    desk.settle();
    assert_eq!(files(folder.path()), [".done/a.txt", ".done/deep/b.txt"]);

    write(&desk.clock, &at("a.txt"), b"One, corrected");
    desk.clock.advance(11);
    let items = desk.settle();
    assert_eq!(items[0].version.0, 2, "the same name is the same story");
    assert_eq!(
        files(folder.path()),
        [".done/a.txt", ".done/a.txt.1", ".done/deep/b.txt"]
    );
}

#[test]
fn what_was_claimed_before_a_crash_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = desk(folder.path(), AfterTaking::Delete);
    write(&first.clock, &folder.path().join("a.txt"), b"One");
    first.poll();
    let lost = first.produced();
    assert_eq!(lost.outputs.len(), 2);
    let (log, clock) = (first.log.clone(), first.clock.clone());
    drop((first, lost));
    let sources = vec![drop_box(folder.path(), AfterTaking::Delete)];
    let mut second = Desk::over(log, clock, sources, quick());
    second.clock.advance(11);
    assert_eq!(second.settle().len(), 1, "nothing is lost");
    assert_eq!(files(folder.path()), Vec::<String>::new());
    assert_eq!(second.log.items.len(), 1, "and nothing comes twice");
}

#[test]
fn two_groups_on_one_folder_share_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || FetcherSettings {
        folder_documents: 3,
        ..quick()
    };
    let clock = HandClock::new();
    let sources = || vec![drop_box(folder.path(), AfterTaking::Delete)];
    let open = || Desk::over(Log::default(), clock.clone(), sources(), settings());
    let (mut one, mut other) = (open(), open());
    for number in 0..40 {
        let name = folder.path().join(format!("{number:02}.txt"));
        write(&clock, &name, format!("Story {number}").as_bytes());
    }
    std::thread::scope(|scope| {
        for desk in [&mut one, &mut other] {
            scope.spawn(|| desk.settle());
        }
    });
    clock.advance(11);
    one.settle();
    other.settle();
    let mut all: Vec<&str> = titles_of(&one)
        .into_iter()
        .chain(titles_of(&other))
        .collect();
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    assert_eq!((all.len(), count), (40, 40), "each file once");
    assert_eq!(files(folder.path()), Vec::<String>::new());
}

fn titles_of(desk: &Desk) -> Vec<&str> {
    let items = desk.log.items.iter();
    items
        .map(|item| item.item.content.as_deref().unwrap())
        .collect()
}

#[test]
fn what_cannot_be_read_is_put_aside_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(folder.path(), AfterTaking::Move);
    write(&desk.clock, &folder.path().join("empty.txt"), b"");
    write(&desk.clock, &folder.path().join("good.txt"), b"Good");
    assert_eq!(desk.settle().len(), 1);
    let expected = [
        ".done/good.txt",
        ".failed/empty.txt",
        ".failed/empty.txt.reason.txt",
    ];
    assert_eq!(files(folder.path()), expected);
    let reason = fs::read_to_string(folder.path().join(expected[2])).unwrap();
    assert!(reason.contains("the document is empty"), "{reason}");
}

fn warc(records: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut warc = Vec::new();
    for (url, date, body) in records {
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: \"e\"\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let head = format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n\
             Content-Type: application/http;msgtype=response\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        warc.extend_from_slice(head.as_bytes());
        warc.extend_from_slice(answer.as_bytes());
        warc.extend_from_slice(b"\r\n\r\n");
    }
    warc
}

/// A tar file of plain files (POSIX ustar).
fn tar<B: AsRef<[u8]>>(entries: &[(&str, B)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, body) in entries {
        let body = body.as_ref();
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[100..108].copy_from_slice(b"0000644\0");
        head[108..124].copy_from_slice(b"0000000\x000000000\0");
        head[124..136].copy_from_slice(format!("{:011o}\0", body.len()).as_bytes());
        head[136..148].copy_from_slice(b"14400000000\0");
        head[148..156].copy_from_slice(b"        ");
        head[156] = b'0';
        head[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend_from_slice(&head);
        tar.extend_from_slice(body);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

#[test]
fn archives_come_in_pieces_with_their_own_dates() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || FetcherSettings {
        folder_documents: 2,
        ..quick()
    };
    let source = || SourceConfig::folder("archive", folder.path().to_str().unwrap());
    let mut first = Desk::new(vec![source()], settings());
    let pages: Vec<(String, String)> = (1..=5)
        .map(|n| {
            let url = format!("https://post.example/{n}");
            (url, format!("<html><title>Page {n}</title><p>Text {n}"))
        })
        .collect();
    let records: Vec<_> = pages
        .iter()
        .map(|(url, body)| (url.as_str(), "2019-05-01T06:00:00Z", body.as_str()))
        .collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&warc(&records)).unwrap();
    let path = folder.path().join("crawl.warc.gz");
    write(&first.clock, &path, &packer.finish().unwrap());
    assert_eq!(titles(&first.poll()), ["Page 1", "Page 2"]);
    assert_eq!(titles(&first.poll()), ["Page 3", "Page 4"]);
    let item = &first.log.items[0];
    assert_eq!(item.story.as_str(), "https://post.example/1");
    assert_eq!(item.fetched_at.to_string(), "2019-05-01T06:00:00Z");
    let http = item.http.as_ref().unwrap();
    assert_eq!((http.status, http.etag.as_deref()), (200, Some("\"e\"")));

    let (log, clock) = (first.log.clone(), first.clock.clone());
    drop(first);
    let mut second = Desk::over(log, clock, vec![source()], settings());
    assert_eq!(
        titles(&second.settle()),
        ["Page 5"],
        "another instance goes on"
    );
    second.clock.advance(60);
    assert_eq!(second.settle().len(), 0);
    assert_eq!(second.log.items.len(), 5);
}

#[test]
fn a_tar_of_wires_and_texts_is_a_source() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(folder.path(), AfterTaking::Move);
    let feed = common::rss(&[("1", "One", "a"), ("2", "Two", "b")]);
    let entries = [
        ("2019/feed.xml", feed.as_str()),
        ("2019/bridge.txt", "Bridge opens\n\nIt opened on Monday."),
        ("2019/notes.docx", "no document of ours"),
        ("2019/empty.txt", ""),
    ];
    write(&desk.clock, &folder.path().join("old.tar"), &tar(&entries));
    assert_eq!(titles(&desk.settle()), ["One", "Two", "Bridge opens"]);
    let story = desk.log.items[2].story.as_str();
    assert_eq!(story, "urn:wiredesk:drop:old.tar/2019/bridge.txt");
    let told = fs::read_to_string(folder.path().join(".failed/old.tar.reason.txt")).unwrap();
    assert!(told.contains("2019/empty.txt"), "{told}");
}

#[test]
fn archives_inside_an_archive_are_taken_in_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(folder.path(), AfterTaking::Keep);
    let page = "<html><title>Bridge opens</title><p>It opened on Monday.";
    let crawl = warc(&[("https://post.example/1", "2019-05-01T06:00:00Z", page)]);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&crawl).unwrap();
    let wires = tar(&[("pier.txt", "Pier closes\n\nIt closed on Friday.")]);
    let entries = [
        ("2019/crawl.warc.gz", packer.finish().unwrap()),
        ("2019/wires.tar", wires),
        ("2019/broken.tar", b"no archive".to_vec()),
    ];
    write(
        &desk.clock,
        &folder.path().join("years.tar"),
        &tar(&entries),
    );
    assert_eq!(titles(&desk.settle()), ["Bridge opens", "Pier closes"]);
    let stories: Vec<&str> = desk
        .log
        .items
        .iter()
        .map(|item| item.story.as_str())
        .collect();
    let tape = "urn:wiredesk:drop:years.tar/2019/wires.tar/pier.txt";
    assert_eq!(stories, ["https://post.example/1", tape]);
    let told = desk.cursor("drop").health.last_error.unwrap();
    assert!(told.contains("2019/broken.tar"), "{told}");
}
