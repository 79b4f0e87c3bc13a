//! What others wrote is replayed: their WARC files, folders, JSON lines. Original times, the name of
//! the run, everything once, and what is damaged is told and goes on once it is mended.

mod stages;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use stages::{records, wiredesk};
use wiredesk_host::open_transport;
use wiredesk_model::{Topic, header};
use wiredesk_pipeline::Transport;
use wiredesk_settings::Settings;

const FEED: &str = "<rss version=\"2.0\"><channel><title>Port Alder Post</title>\
    <item><guid isPermaLink=\"false\">wall-1</guid><title>Sea wall</title><description>The council \
    of Port Alder put off its vote on the new sea wall until the end of the month, a spokeswoman said \
    on Monday.</description></item>\
    <item><guid isPermaLink=\"false\">ferry-1</guid><title>Ferry</title><description>The ferry to the \
    outer islands is back in service after a week in which the harbour was closed.</description></item>\
    </channel></rss>";
const PAGE: &str = "<!doctype html><html lang=\"en\"><head><title>Bridge opens</title></head><body>\
    <nav><a href=\"/\">Home</a></nav><article><h1>Bridge opens</h1><p>The new bridge over the Alder \
    opened to traffic on Sunday after three years of work, the mayor said at the ceremony.</p><p>It \
    carries two lanes and a path for bicycles, and cost less than the town had planned for.</p>\
    </article></body></html>";

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).expect("memory takes it");
    packer.finish().expect("memory takes it")
}

/// A body in chunks, as servers send it.
fn chunked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in bytes.chunks(97) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

/// A record as crawlers of the web write them: WARC/1.0, each packed by itself.
fn member(kind: &str, target: &str, date: &str, block: &[u8]) -> Vec<u8> {
    let content_type = match kind {
        "warcinfo" => "application/warc-fields",
        "request" => "application/http; msgtype=request",
        _ => "application/http; msgtype=response",
    };
    let target = match target {
        "" => String::new(),
        target => format!("WARC-Target-URI: {target}\r\n"),
    };
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Date: {date}\r\n{target}WARC-IP-Address: 192.0.2.7\r\n\
         WARC-Record-ID: <urn:uuid:6f7f1b5e-0000-4000-8000-{:012x}>\r\nContent-Type: {content_type}\r\n\
         WARC-Payload-Digest: sha1:2JMQ3FSNOBBQGCUQYYBYQYZ7TUZ5E3WJ\r\nContent-Length: {}\r\n\r\n",
        date.len() * 1000 + block.len(),
        block.len()
    );
    packed(&[head.as_bytes(), block, b"\r\n\r\n"].concat())
}

fn answer(status: &str, content_type: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nServer: nginx\r\n\
         Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    [head.into_bytes(), chunked(&packed(body.as_bytes()))].concat()
}

/// A crawl of news: requests between the answers, a redirect, a picture, a feed, a page.
fn crawl() -> Vec<Vec<u8>> {
    let request = b"GET / HTTP/1.1\r\nHost: post.example\r\n\r\n";
    let page = "https://post.example/bridge";
    vec![
        member(
            "warcinfo",
            "",
            "2019-05-01T00:00:00Z",
            b"software: Crawler/3.4\r\n",
        ),
        member("request", page, "2019-05-01T06:00:00Z", request),
        member(
            "response",
            page,
            "2019-05-01T06:00:00Z",
            &answer("200 OK", "text/html; charset=utf-8", PAGE),
        ),
        member(
            "response",
            "https://post.example/old",
            "2019-05-01T06:00:01Z",
            &answer("301 Moved", "text/html", "<p>Gone</p>"),
        ),
        member(
            "response",
            "https://post.example/a.png",
            "2019-05-01T06:00:02Z",
            &answer("200 OK", "image/png", "\u{1}PNG"),
        ),
        member(
            "response",
            "https://post.example/feed",
            "2019-05-01T07:00:00Z",
            &answer("200 OK", "application/rss+xml", FEED),
        ),
    ]
}

fn replay(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = wiredesk(
        folder,
        &folder.join("data"),
        &[&["replay"], arguments].concat(),
    );
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), told)
}

/// The log of a run.
fn run_log(folder: &Path, run: &str) -> Arc<dyn Transport> {
    let settings = Settings {
        data_dir: folder.join("data/runs").join(run),
        ..Settings::default()
    };
    open_transport(&settings).expect("the run is there")
}

/// Story, time of fetching and run of every published event, by story.
fn published(folder: &Path, run: &str) -> Vec<(String, String, String)> {
    let log = run_log(folder, run);
    let mut all: Vec<_> = records(log.as_ref(), Topic::Enriched)
        .into_iter()
        .map(|record| {
            let value: Value =
                serde_json::from_slice(record.value.as_deref().expect("a value")).expect("JSON");
            assert_eq!(record.headers.get(header::RUN), Some(run));
            let wire = |name: &str| value["wire"][name].as_str().unwrap_or_default().to_owned();
            (record.key, wire("fetched_at"), wire("run"))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_crawl_of_others_is_replayed_once_at_its_own_times_also_when_it_was_cut_off() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let whole = crawl();
    let cut = [whole[..5].concat(), whole[5][..whole[5].len() / 2].to_vec()].concat();
    std::fs::write(folder.join("news.warc.gz"), &cut).expect("written");
    let (is_well, told) = replay(folder, &["news.warc.gz", "--into", "crawl"]);
    assert!(!is_well, "{told}");
    assert!(
        told.contains("news.warc.gz") && told.contains("entry 6"),
        "{told}"
    );
    let first = ("https://post.example/bridge", "2019-05-01T06:00:00Z");
    let expected = |list: &[(&str, &str)]| -> Vec<_> {
        let mut list: Vec<_> = list
            .iter()
            .map(|(story, time)| ((*story).to_owned(), (*time).to_owned(), "crawl".to_owned()))
            .collect();
        list.sort();
        list
    };
    assert_eq!(published(folder, "crawl"), expected(&[first]));

    std::fs::write(folder.join("news.warc.gz"), whole.concat()).expect("written");
    let feed_time = "2019-05-01T07:00:00Z";
    for again in [&["--again"][..], &[]] {
        let arguments = [&["news.warc.gz", "--into", "crawl"], again].concat();
        let (is_well, told) = replay(folder, &arguments);
        assert!(is_well, "{told}");
        let all = published(folder, "crawl");
        let all: Vec<_> = all
            .iter()
            .map(|one| (one.0.as_str(), one.1.as_str()))
            .collect();
        assert_eq!(
            all,
            [
                first,
                ("urn:wiredesk:news:ferry-1", feed_time),
                ("urn:wiredesk:news:wall-1", feed_time)
            ]
        );
    }
}

#[test]
fn folders_and_json_lines_are_replayed_and_only_what_is_selected() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    std::fs::create_dir_all(folder.join("years/2020")).expect("a folder");
    std::fs::write(folder.join("years/feed.xml"), FEED).expect("written");
    std::fs::write(
        folder.join("years/2020/council.txt"),
        "Council meets\n\nThe council of Port Alder met on Friday to talk about the lights at the \
         harbour, which have been dark since the storm.\n",
    )
    .expect("written");
    let line = |id: usize, text: &str| {
        serde_json::json!({
            "id": format!("line-{id}"), "title": format!("Line {id}"), "text": text,
            "date": "2021-02-03T04:05:06Z",
        })
    };
    let lines = format!(
        "{}\n{}\n",
        line(
            1,
            "The library of Port Alder opens again on Saturday with a reading for children."
        ),
        line(
            2,
            "The fish market of Port Alder stays closed until the roof is mended, its owner said."
        ),
    );
    std::fs::write(folder.join("years/data.jsonl"), lines).expect("written");

    let (is_well, told) = replay(folder, &["years", "--into", "all", "--as", "attic"]);
    assert!(is_well, "{told}");
    let all = published(folder, "all");
    let stories: Vec<&str> = all.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(
        stories,
        [
            "urn:wiredesk:attic:2020/council.txt",
            "urn:wiredesk:attic:ferry-1",
            "urn:wiredesk:attic:line-1",
            "urn:wiredesk:attic:line-2",
            "urn:wiredesk:attic:wall-1",
        ]
    );
    assert_eq!(all[2].1, "2021-02-03T04:05:06Z");

    let arguments = ["years", "--into", "some", "--query", "port ROOF"];
    let (is_well, told) = replay(folder, &arguments);
    assert!(is_well, "{told}");
    let some = published(folder, "some");
    assert_eq!(some.len(), 1, "{some:?}");
    assert!(some[0].0.ends_with("line-2"), "{some:?}");
}

#[test]
fn items_of_a_file_keep_their_distances_divided_by_the_speed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let line = |minute: u32| {
        let line = serde_json::json!({
            "id": format!("line-{minute}"), "title": format!("Line {minute}"),
            "date": format!("2021-02-03T04:{minute:02}:00Z"),
            "text": format!("The library of Port Alder opens for the reading number {minute}."),
        });
        format!("{line}\n")
    };
    let lines: String = [0, 1, 3].into_iter().map(line).collect();
    std::fs::write(folder.join("data.jsonl"), lines).expect("written");
    let (is_well, told) = replay(folder, &["data.jsonl", "--into", "paced", "--speed", "120"]);
    assert!(is_well, "{told}");
    let mut times: Vec<i64> = records(run_log(folder, "paced").as_ref(), Topic::Raw)
        .iter()
        .map(|record| record.timestamp_ms)
        .collect();
    times.sort_unstable();
    assert_eq!(times.len(), 3);
    // Half a second for each minute, from the first item on; clocks may be a little apart.
    for (time, due) in times.iter().zip([0, 500, 1_500]) {
        assert!(time - times[0] >= due - 100, "{times:?}");
    }
}

#[test]
fn a_place_that_is_not_there_and_a_speed_that_is_none_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    std::fs::write(folder.join("feed.xml"), FEED).expect("written");
    for (arguments, why) in [
        (&["nowhere.warc"][..], "there is no nowhere.warc"),
        (&["feed.xml", "--speed", "fast"], "say max, realtime"),
        (&["topic:clean"], "only the raw topic can be replayed"),
        (&["topic:raw@0"], "names no offsets"),
    ] {
        let (is_well, told) = replay(folder, arguments);
        assert!(!is_well && told.contains(why), "{arguments:?}: {told}");
    }
}
