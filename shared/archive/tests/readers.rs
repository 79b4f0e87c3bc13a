//! What we write, read by the tools of others: warcio the WARC files, DuckDB and pyarrow the tables,
//! DuckDB the lines.

mod ground;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ground::{article, closing, incoming, raw_item, start};
use serde_json::Value;
use wiredesk_archive::{OnKill, Store, erase, sinks};
use wiredesk_model::{HttpFacts, Incoming, Payload, RawItem, Topic};
use wiredesk_pipeline::{Flush, Sink};
use wiredesk_testkit::python::Python;

/// A story that is taken out again, so that its file is written anew.
const ERASED: i64 = 4;

/// What an archive meets: pages and none, nothing at all, much, hostile names, several days.
fn items() -> Vec<RawItem> {
    let mut items: Vec<RawItem> = (0..12).map(raw_item).collect();
    items[1].payload.bytes.clear();
    items[3].payload.bytes = (0..300_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    items[5].item.link = Some("https://post.example/ä b\r\nWARC-Type: response".to_owned());
    items[6].page_http = Some(HttpFacts {
        status: 404,
        url: "https://post.example/6?a=1&b=%C3%A4".to_owned(),
        etag: Some("\"a\r\nX: y\"".to_owned()),
        ..HttpFacts::default()
    });
    items[7].payload.media_type.clear();
    items[7].payload.charset = None;
    items[8].page = Some(Payload {
        media_type: "text/html".to_owned(),
        charset: Some("windows-1252".to_owned()),
        bytes: Vec::new(),
    });
    items[9].fetched_at = "2026-11-24T00:00:00.000001Z".parse().expect("a time");
    items[10].fetched_at = "2026-11-25T23:59:59Z".parse().expect("a time");
    items
}

fn raw_records() -> Vec<Incoming> {
    let each = items().into_iter().zip(0..).map(|(item, offset)| {
        let value = serde_json::to_vec(&item).expect("JSON");
        incoming(Topic::Raw, offset, item.story.as_str(), value)
    });
    each.collect()
}

/// Records of two sources, one with a name that no folder may have, and with texts that need care.
fn published() -> Vec<Incoming> {
    let each = (0..8).map(|offset| {
        let mut record = article(offset, "article.created");
        let value = record.value.as_deref().unwrap_or_default();
        let mut value: Value = serde_json::from_slice(value).expect("JSON");
        if offset % 2 == 1 {
            value["wire"]["source"] = "bay/wire=1".into();
            value["article"]["headlines"][0]["value"] = "Ü \"quoted\"\n\u{0} 港 🚢".into();
        }
        if offset == 6 {
            value["article"]["bodies"] = Value::Null;
            value["wire"]["words"] = Value::Null;
        }
        record.value = serde_json::to_vec(&value).ok();
        record
    });
    each.collect()
}

/// An archive of all of it in segments of five records, of which one story was taken out.
fn archive(folder: &Path) -> Arc<Store> {
    let store = Store::open(&folder.display().to_string(), &[]).expect("a folder is a place");
    let store = Arc::new(store);
    let [raw, records] = sinks(&store, &closing(), OnKill::Keep);
    let fill = |mut sink: Box<dyn Sink>, topic: Topic, all: Vec<Incoming>| {
        sink.open(start(topic)).expect("opened");
        for some in all.chunks(5) {
            sink.take(some.to_vec()).expect("taken");
            sink.flush(Flush::All).expect("stored");
        }
    };
    fill(raw, Topic::Raw, raw_records());
    fill(records, Topic::Enriched, published());
    let story = format!("urn:story:{ERASED}");
    assert_eq!(erase(&store, &[&story]).expect("taken out"), 2);
    store
}

fn text<'v>(value: &'v Value, at: &str) -> &'v str {
    value
        .pointer(at)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Records of every file, by kind and place in the log; each file begins with what wrote it.
fn by_place(warcs: &Value) -> BTreeMap<(String, String), &Value> {
    let mut found = BTreeMap::new();
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    for records in warcs.as_object().expect("files").values() {
        let records = records.as_array().expect("records");
        assert_eq!(text(&records[0], "/headers/warc-type"), "warcinfo");
        for record in records {
            assert_eq!(text(record, "/version"), "WARC/1.1");
            let kind = text(record, "/headers/warc-type");
            let id = text(record, "/headers/warc-record-id");
            // The resource of an item names its place; what belongs to it names the resource.
            let place = match kind {
                "resource" => text(record, "/headers/warc-target-uri").to_owned(),
                _ => ids
                    .get(text(record, "/together/0"))
                    .cloned()
                    .unwrap_or_default(),
            };
            ids.insert(id, place.clone());
            if kind != "warcinfo" {
                assert!(!place.is_empty(), "{kind} {id} belongs to nothing");
                assert!(found.insert((kind.to_owned(), place), record).is_none());
            }
        }
    }
    found
}

/// What others read of an archive of ours; none where they are not there.
fn read_by_others() -> Option<Value> {
    let python = Python::for_tests()?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    archive(folder.path());
    let read = python.run("read_archive.py", &[folder.path()]);
    Some(serde_json::from_str(&read.expect("it reads all")).expect("JSON"))
}

#[test]
fn warcio_reads_every_item_with_its_page_and_what_we_know_of_it() {
    let Some(read) = read_by_others() else {
        return;
    };
    let files = read["warcs"].as_object().expect("files");
    assert_eq!(files.len(), 5, "three segments, two of them of two days");
    let mut records = by_place(&read["warcs"]);
    for (item, offset) in items().into_iter().zip(0_i64..) {
        if offset == ERASED {
            continue;
        }
        let place = format!("urn:wiredesk:raw/3/{offset}");
        let mut take = |kind: &str| records.remove(&(kind.to_owned(), place.clone()));
        let resource = take("resource").expect("its own bytes");
        assert_eq!(text(resource, "/content"), hex(&item.payload.bytes));
        let date = text(resource, "/headers/warc-date");
        assert_eq!(date.parse().ok(), Some(item.fetched_at));
        let page = take("response");
        assert_eq!(page.is_some(), item.page.is_some(), "{offset}");
        if let (Some(page), Some(sent)) = (page, &item.page) {
            assert_eq!(text(page, "/content"), hex(&sent.bytes));
            let status = item.page_http.as_ref().map_or(200, |facts| facts.status);
            assert_eq!(text(page, "/status"), status.to_string());
            assert_eq!(page["answer"]["X"], Value::Null, "no value breaks out");
        }
        let metadata = take("metadata").expect("what we know of it");
        if offset == 5 {
            let target = text(metadata, "/headers/warc-target-uri");
            assert_eq!(
                target,
                "https://post.example/%C3%A4%20b%0D%0AWARC-Type:%20response"
            );
        }
        let media_type = text(metadata, "/headers/content-type");
        assert_eq!(media_type, "application/vnd.wiredesk.raw+json");
    }
    assert_eq!(
        records.keys().collect::<Vec<_>>(),
        [] as [&(String, String); 0]
    );
}

#[test]
fn duckdb_and_pyarrow_read_every_table_and_duckdb_every_line() {
    let Some(read) = read_by_others() else {
        return;
    };
    let sent: Vec<Incoming> = published()
        .into_iter()
        .filter(|record| record.offset != ERASED)
        .collect();
    let lines = read["lines"].as_array().expect("lines");
    let places: Vec<&str> = lines.iter().map(|line| text(line, "/at")).collect();
    let expected: Vec<String> = sent
        .iter()
        .map(|record| format!("enriched/3/{}", record.offset))
        .collect();
    assert_eq!(places, expected);
    for reader in ["duckdb", "pyarrow"] {
        let rows = read[reader].as_array().expect("rows");
        assert_eq!(rows.len(), sent.len(), "{reader}");
        for record in &sent {
            let own = |row: &&Value| row["offset"] == record.offset;
            let row = rows.iter().find(own).expect("its row");
            let value = record.value.as_deref().unwrap_or_default();
            let value: Value = serde_json::from_slice(value).expect("JSON");
            let kept: Value = serde_json::from_str(text(row, "/record")).expect("JSON");
            assert_eq!(kept, value, "{reader}");
            assert_eq!(text(row, "/story"), record.key);
            assert_eq!(text(row, "/event"), "article.created");
            let title = &value["article"]["headlines"][0]["value"];
            assert_eq!(&row["title"], title, "{reader}");
            assert_eq!(row["words"], value["wire"]["words"], "{reader}");
            assert_eq!(row["body"].is_null(), record.offset == 6, "{reader}");
        }
    }
    // What the folders say is columns to DuckDB.
    let mut sources: Vec<&str> = read["duckdb"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| text(row, "/source"))
        .collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources, ["bay_wire_1", "harbour-post"]);
}
