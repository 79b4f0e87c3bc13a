//! Objects in a bucket: a small store on this machine that speaks as much of S3 as is asked of it.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use common::{Desk, quick, titles};
use wiredesk_fetcher::{AfterTaking, Bucket, FetcherSettings, SourceConfig, SourceKind, probe};
use wiredesk_host::HttpServer;
use wiredesk_settings::Secret;

/// An object: when it was changed, and its bytes.
type Object = (String, Vec<u8>);

#[derive(Clone, Default)]
struct Shelf {
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
    /// Requests that were not signed, and objects that were asked for.
    unsigned: Arc<Mutex<usize>>,
    asked: Arc<Mutex<Vec<String>>>,
    is_away: Arc<Mutex<bool>>,
}

impl Shelf {
    fn put(&self, name: &str, changed: &str, bytes: impl Into<Vec<u8>>) {
        let object = (changed.to_owned(), bytes.into());
        self.objects.lock().unwrap().insert(name.to_owned(), object);
    }

    fn names(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }

    fn note(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let signed = headers.get(header::AUTHORIZATION);
        if !signed.is_some_and(|value| {
            value
                .to_str()
                .unwrap()
                .starts_with("AWS4-HMAC-SHA256 Credential=desk/")
        }) {
            *self.unsigned.lock().unwrap() += 1;
        }
        match *self.is_away.lock().unwrap() {
            true => Err(StatusCode::FORBIDDEN),
            false => Ok(()),
        }
    }

    /// One object a page, so that paging is seen.
    fn page(&self, query: &HashMap<String, String>) -> String {
        let prefix = query.get("prefix").cloned().unwrap_or_default();
        let after = query.get("continuation-token").cloned().unwrap_or_default();
        let objects = self.objects.lock().unwrap();
        let mut left = objects
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix) && **name > after);
        let (listed, next) = match left.next() {
            Some((name, (changed, bytes))) => {
                let size = bytes.len();
                let entry = format!(
                    "<Contents><Key>{name}</Key><LastModified>{changed}</LastModified><ETag>\"{size}-{changed}\"</ETag><Size>{size}</Size></Contents>"
                );
                let token = left
                    .next()
                    .map(|_| format!("<NextContinuationToken>{name}</NextContinuationToken>"));
                (entry, token.unwrap_or_default())
            }
            None => (String::new(), String::new()),
        };
        format!("<?xml version=\"1.0\"?><ListBucketResult>{listed}{next}</ListBucketResult>")
    }
}

async fn list(
    State(shelf): State<Shelf>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    match shelf.note(&headers) {
        Ok(()) => shelf.page(&query).into_response(),
        Err(status) => status.into_response(),
    }
}

async fn read(
    State(shelf): State<Shelf>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(status) = shelf.note(&headers) {
        return status.into_response();
    }
    shelf.asked.lock().unwrap().push(name.clone());
    match shelf.objects.lock().unwrap().get(&name) {
        Some((_, bytes)) => {
            let facts = [
                (header::LAST_MODIFIED, "Mon, 02 Mar 2026 06:00:00 GMT"),
                (header::ETAG, "\"e\""),
            ];
            (facts, bytes.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A copy inside the bucket, or a new object where there is none of its name.
async fn put(
    State(shelf): State<Shelf>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut objects = shelf.objects.lock().unwrap();
    let Some(from) = headers.get("x-amz-copy-source") else {
        assert_eq!(headers[header::IF_NONE_MATCH], "*");
        if objects.contains_key(&name) {
            return StatusCode::PRECONDITION_FAILED.into_response();
        }
        objects.insert(name, ("2026-03-02T08:00:00.000Z".to_owned(), body.to_vec()));
        return [(header::ETAG, "\"e\"")].into_response();
    };
    let from = from.to_str().unwrap();
    let from = from
        .trim_start_matches("/wire/")
        .trim_start_matches("wire/");
    let object = objects[from].clone();
    objects.insert(name, object);
    "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>".into_response()
}

/// Deletes the objects that a list names.
async fn delete(State(shelf): State<Shelf>, body: Bytes) -> Response {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let mut answer = String::from("<DeleteResult>");
    for piece in text.split("<Key>").skip(1) {
        let name = piece.split("</Key>").next().unwrap();
        shelf.objects.lock().unwrap().remove(name);
        answer.push_str(&format!("<Deleted><Key>{name}</Key></Deleted>"));
    }
    answer.push_str("</DeleteResult>");
    answer.into_response()
}

fn open() -> (Shelf, HttpServer) {
    let shelf = Shelf::default();
    let routes = Router::new()
        .route("/wire", get(list).post(delete))
        .route("/wire/{*name}", get(read).put(put))
        .with_state(shelf.clone());
    let server = HttpServer::start_for_all("127.0.0.1:0".parse().unwrap(), |_| routes).unwrap();
    (shelf, server)
}

fn source(server: &HttpServer, after: AfterTaking) -> SourceConfig {
    SourceConfig {
        kind: SourceKind::S3,
        after,
        s3: Bucket {
            endpoint: Some(format!("http://{}", server.address())),
            access_key: Some(Secret::new("desk")),
            secret_key: Some(Secret::new("the key of the desk")),
            ..Bucket::default()
        },
        ..SourceConfig::feed("agency", "s3://wire/in/")
    }
}

#[test]
fn every_object_is_taken_once_in_the_order_of_its_change() {
    let (shelf, server) = open();
    shelf.put("in/b.txt", "2026-03-02T06:00:00.000Z", "Older");
    shelf.put("in/a.txt", "2026-03-02T07:00:00.000Z", "Newer");
    shelf.put("in/picture.png", "2026-03-02T07:00:00.000Z", "no document");
    shelf.put(
        "other/c.txt",
        "2026-03-02T07:00:00.000Z",
        "Not below the prefix",
    );
    let settings = || FetcherSettings {
        folder_documents: 1,
        ..quick()
    };
    let mut desk = Desk::new(vec![source(&server, AfterTaking::Keep)], settings());
    let items = desk.settle();
    let texts: Vec<_> = items
        .iter()
        .map(|item| item.item.content.as_deref().unwrap())
        .collect();
    assert_eq!(texts, ["Older", "Newer"]);
    assert_eq!(items[0].story.as_str(), "urn:wiredesk:agency:b.txt");
    assert_eq!(*shelf.unsigned.lock().unwrap(), 0);

    shelf.put("in/a.txt", "2026-03-02T07:30:00.000Z", "Newer, corrected");
    shelf.put("in/late.txt", "2026-03-02T05:00:00.000Z", "Late");
    let (log, clock) = (desk.log.clone(), desk.clock.clone());
    drop(desk);
    let sources = vec![source(&server, AfterTaking::Keep)];
    let mut second = Desk::over(log, clock, sources, settings());
    second.clock.advance(61);
    let items = second.settle();
    let versions: Vec<_> = items
        .iter()
        .map(|item| (item.story.as_str(), item.version.0))
        .collect();
    let late = ("urn:wiredesk:agency:late.txt", 1);
    assert_eq!(versions, [late, ("urn:wiredesk:agency:a.txt", 2)]);
    assert_eq!(
        shelf.asked.lock().unwrap().len(),
        4,
        "nothing was read twice"
    );
    assert_eq!(shelf.names().len(), 5, "the bucket is as it was");
}

#[test]
fn objects_are_put_away_once_they_are_committed() {
    let (shelf, server) = open();
    shelf.put("in/2026/a.txt", "2026-03-02T06:00:00.000Z", "One");
    let mut desk = Desk::new(vec![source(&server, AfterTaking::Move)], quick());
    assert_eq!(desk.poll(), [], "the name of its claims comes first");
    let taken = desk.produced();
    let claimed = ["in/.claimed/2026/a.txt", "in/2026/a.txt"];
    assert_eq!(shelf.names(), claimed, "not committed yet");
    assert_eq!(desk.commit(taken).len(), 1);
    desk.clock.advance(61);
    desk.settle();
    assert_eq!(shelf.names(), ["in/.done/2026/a.txt"]);
    desk.clock.advance(61);
    assert_eq!(desk.settle().len(), 0);
}

#[test]
fn two_groups_on_one_bucket_share_its_objects() {
    let (shelf, server) = open();
    for name in ["a", "b"] {
        let text = format!("Title {name}\n\nA text about {name}.");
        shelf.put(&format!("in/{name}.txt"), "2026-03-02T06:00:00.000Z", text);
    }
    let desk = || Desk::new(vec![source(&server, AfterTaking::Delete)], quick());
    let (mut first, mut second) = (desk(), desk());
    assert_eq!((first.poll(), second.poll()), (vec![], vec![]));
    let taken = first.produced();
    assert_eq!(second.settle(), [], "both are claimed");
    // Its process ends before the commit, and another of the group goes on.
    drop(taken);
    let (log, clock) = (first.log.clone(), first.clock.clone());
    let sources = vec![source(&server, AfterTaking::Delete)];
    let mut first = Desk::over(log, clock, sources, quick());
    assert_eq!(titles(&first.poll()), ["Title a", "Title b"]);
    shelf.put("in/c.txt", "2026-03-02T07:00:00.000Z", "Title c\n\nA text.");
    second.clock.advance(61);
    assert_eq!(titles(&second.settle()), ["Title c"]);
    for desk in [&mut first, &mut second] {
        desk.clock.advance(61);
        assert_eq!(desk.settle(), []);
    }
    assert_eq!(shelf.names(), [""; 0], "nothing is left, claims neither");
}

#[test]
fn archives_are_read_in_pieces_from_one_copy() {
    let (shelf, server) = open();
    let mut warc = Vec::new();
    for number in 1..=5 {
        let body = format!("Story {number}");
        warc.extend_from_slice(
            format!(
                "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: https://post.example/{number}\r\n\
                 WARC-Date: 2019-05-01T06:00:00Z\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}\r\n\r\n",
                body.len()
            )
            .as_bytes(),
        );
    }
    shelf.put("in/old.warc", "2026-03-02T06:00:00.000Z", warc);
    let settings = FetcherSettings {
        folder_documents: 2,
        ..quick()
    };
    let mut desk = Desk::new(vec![source(&server, AfterTaking::Keep)], settings);
    assert_eq!(desk.settle().len(), 5);
    assert_eq!(shelf.asked.lock().unwrap().len(), 1);
    assert_eq!(
        desk.log.items[4].fetched_at.to_string(),
        "2019-05-01T06:00:00Z"
    );
    assert_eq!(desk.cursor("agency").taken["in/old.warc"].next_entry, None);
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_lost_for_it() {
    let (shelf, server) = open();
    shelf.put("in/empty.txt", "2026-03-02T05:00:00.000Z", "");
    shelf.put("in/huge.txt", "2026-03-02T05:30:00.000Z", vec![b'a'; 200]);
    shelf.put("in/good.txt", "2026-03-02T06:00:00.000Z", "Good");
    *shelf.is_away.lock().unwrap() = true;
    let settings = FetcherSettings {
        page_bytes: 100,
        ..quick()
    };
    let agency = source(&server, AfterTaking::Keep);
    let mut desk = Desk::new(vec![agency.clone()], settings.clone());
    desk.poll();
    let error = desk.cursor("agency").health.last_error.unwrap();
    assert!(error.starts_with("cannot read s3://wire/in"), "{error}");
    assert!(!error.contains("the key of the desk"));
    *shelf.is_away.lock().unwrap() = false;
    desk.clock.advance(120);
    let items = desk.settle();
    assert_eq!(titles(&items).len(), 1);
    let notes = desk.log.items.len();
    assert_eq!(notes, 1);
    assert_eq!(probe(&agency, &settings).unwrap().items, 3);
}
