//! An object store inside the test: a bucket that speaks as much of S3 as an archive asks for, and
//! answers otherwise where the test says so.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use percent_encoding::percent_decode_str;

use crate::web::{Answer, SeenRequest, TestSite};

/// Name of the bucket.
const NAME: &str = "wire";
/// Objects on one page of a list: few, so that paging is seen.
const PAGE: usize = 3;

/// Makes an answer out of a request, and of what does as it asks.
type Manner = Box<dyn FnMut(&SeenRequest, &dyn Fn() -> Answer) -> Answer + Send>;

#[derive(Default)]
struct Shelf {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    manner: Mutex<Option<Manner>>,
}

/// A bucket on a port of its own; it closes when dropped.
pub struct Bucket {
    site: TestSite,
    shelf: Arc<Shelf>,
}

impl Bucket {
    /// Opens an empty bucket.
    pub fn start() -> Self {
        let (site, shelf) = (TestSite::start(), Arc::new(Shelf::default()));
        let behind = Arc::clone(&shelf);
        site.answer_rest_by(move |request| behind.answer(request));
        Self { site, shelf }
    }

    /// Its address with a prefix, as an archive is configured.
    pub fn location(&self) -> String {
        format!("s3://{NAME}/archive")
    }

    /// What has to be known besides the address.
    pub fn options(&self) -> Vec<(String, String)> {
        let options = [
            ("aws_endpoint", self.site.url("")),
            ("aws_allow_http", "true".to_owned()),
            ("aws_region", "eu-central-1".to_owned()),
            ("aws_access_key_id", "desk".to_owned()),
            ("aws_secret_access_key", "the key of the desk".to_owned()),
        ];
        let owned = options.map(|(key, value)| (key.to_owned(), value));
        owned.into()
    }

    /// Answers from now on as `manner` says. It is told the request and how to do as it asks, which
    /// gives the usual answer.
    pub fn answer_by(
        &self,
        manner: impl FnMut(&SeenRequest, &dyn Fn() -> Answer) -> Answer + Send + 'static,
    ) {
        *lock(&self.shelf.manner) = Some(Box::new(manner));
    }

    /// Answers as usual from now on.
    pub fn answer_as_usual(&self) {
        *lock(&self.shelf.manner) = None;
    }

    /// Names of all objects.
    pub fn names(&self) -> Vec<String> {
        lock(&self.shelf.objects).keys().cloned().collect()
    }

    /// Puts an object in behind everybody's back.
    pub fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        lock(&self.shelf.objects).insert(name.to_owned(), bytes.into());
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.site.requests()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    fn answer(&self, request: &SeenRequest) -> Answer {
        match lock(&self.manner).as_mut() {
            Some(manner) => manner(request, &|| self.usual(request)),
            None => self.usual(request),
        }
    }

    fn usual(&self, request: &SeenRequest) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let name = plain(path.trim_start_matches('/'));
        let name = name.strip_prefix(NAME).unwrap_or(&name);
        let name = name.trim_start_matches('/');
        match (request.method.as_str(), name) {
            ("GET", "") => self.list(query),
            ("GET", name) => self.read(name, request.header("range")),
            ("PUT", name) => self.write(name, request),
            ("POST", "") => self.remove(&request.body),
            _ => Answer::status(405),
        }
    }

    fn list(&self, query: &str) -> Answer {
        let asked = |wanted: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(name, _)| *name == wanted);
            found.map(|(_, value)| plain(value)).unwrap_or_default()
        };
        let (prefix, after) = (asked("prefix"), asked("continuation-token"));
        let objects = lock(&self.objects);
        let mut left = objects
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix) && **name > after);
        let mut listed = String::new();
        let mut last = None;
        for (name, bytes) in left.by_ref().take(PAGE) {
            let size = bytes.len();
            listed.push_str(&format!(
                "<Contents><Key>{name}</Key><LastModified>2026-03-02T06:00:00.000Z</LastModified>\
                 <ETag>\"{size}\"</ETag><Size>{size}</Size></Contents>"
            ));
            last = Some(name);
        }
        let next = last.filter(|_| left.next().is_some());
        if let Some(next) = next {
            listed.push_str(&format!(
                "<NextContinuationToken>{next}</NextContinuationToken>"
            ));
        }
        let page = format!("<?xml version=\"1.0\"?><ListBucketResult>{listed}</ListBucketResult>");
        Answer::ok("application/xml", page)
    }

    fn read(&self, name: &str, range: Option<&str>) -> Answer {
        let objects = lock(&self.objects);
        let Some(bytes) = objects.get(name) else {
            return Answer::status(404);
        };
        let from = range.and_then(|range| {
            let from = range.strip_prefix("bytes=")?.split('-').next()?;
            from.parse().ok().filter(|from| *from < bytes.len())
        });
        let facts = |answer: Answer| {
            answer
                .header("Last-Modified", "Mon, 02 Mar 2026 06:00:00 GMT")
                .header("ETag", &format!("\"{}\"", bytes.len()))
        };
        let Some(from) = from else {
            return facts(Answer::ok("application/octet-stream", bytes.clone()));
        };
        let place = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
        facts(Answer::status(206))
            .header("Content-Range", &place)
            .body(&bytes[from..])
    }

    fn write(&self, name: &str, request: &SeenRequest) -> Answer {
        let mut objects = lock(&self.objects);
        if request.header("if-none-match") == Some("*") && objects.contains_key(name) {
            return Answer::status(412);
        }
        objects.insert(name.to_owned(), request.body.clone());
        Answer::status(200).header("ETag", &format!("\"{}\"", request.body.len()))
    }

    /// Removes the objects that a list names.
    fn remove(&self, list: &[u8]) -> Answer {
        let list = String::from_utf8_lossy(list);
        let mut removed = String::new();
        for piece in list.split("<Key>").skip(1) {
            let name = piece.split("</Key>").next().unwrap_or_default();
            lock(&self.objects).remove(name);
            removed.push_str(&format!("<Deleted><Key>{name}</Key></Deleted>"));
        }
        let page = format!("<DeleteResult>{removed}</DeleteResult>");
        Answer::ok("application/xml", page)
    }
}

/// The text behind percent signs.
fn plain(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
