//! Raw items as WARC 1.1 (ISO 28500), so that every web-archive tool reads them.
//!
//! Each item gives a `resource` record with its own bytes, a `response` record with the page that
//! was fetched for it, and a `metadata` record with everything else that we know: the envelope of
//! the raw record as JSON, without the bytes that stand before it. The three name each other by
//! `WARC-Concurrent-To`. Each record is a gzip member of its own.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use wiredesk_formats::archive::ArchivedDocument;
use wiredesk_model::{Headers, HttpFacts, Incoming, Payload, RawItem, Timestamp};

use crate::archive::offset_of;
use crate::segment::timestamp;

/// Media type of our metadata records.
pub(crate) const ENVELOPE_TYPE: &str = "application/vnd.wiredesk.raw+json";

/// The raw record around its payloads.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Envelope {
    /// Topic, partition and offset: `raw/3/42`.
    pub raw_ref: String,
    /// When it was written to the log.
    pub time: Timestamp,
    pub key: String,
    pub headers: Headers,
    /// The raw item; its payloads have no bytes here.
    pub item: RawItem,
}

/// A raw item as it comes out of an archive.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchivedRaw {
    /// Where it stood in the log: `raw/3/42`.
    pub raw_ref: String,
    /// When it was written to the log.
    pub time: Timestamp,
    /// The headers that it had.
    pub headers: Headers,
    /// The item.
    pub item: RawItem,
}

impl ArchivedRaw {
    /// The offset that it had in its partition of the log.
    pub fn offset(&self) -> i64 {
        offset_of(&self.raw_ref)
    }
}

/// Writes a WARC file.
pub(crate) struct WarcWriter {
    out: Vec<u8>,
}

impl WarcWriter {
    pub fn new(time: Timestamp) -> std::io::Result<Self> {
        let mut writer = Self { out: Vec::new() };
        let info = format!(
            "software: Wiredesk {}\r\nformat: WARC File Format 1.1\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let head = Head {
            kind: "warcinfo",
            id: record_id("warcinfo", &time.to_string()),
            time,
            target: None,
            content_type: "application/warc-fields",
            concurrent_to: Vec::new(),
        };
        writer.record(&head, info.as_bytes())?;
        Ok(writer)
    }

    /// Adds one raw record.
    pub fn add(&mut self, record: &Incoming, mut item: RawItem) -> std::io::Result<()> {
        let raw_ref = format!(
            "{}/{}/{}",
            record.at.topic, record.at.partition, record.offset
        );
        let payload = std::mem::take(&mut item.payload.bytes);
        let page = item
            .page
            .as_mut()
            .map(|page| std::mem::take(&mut page.bytes));
        let ids = ["resource", "response", "metadata"].map(|kind| record_id(kind, &raw_ref));
        let [resource, response, metadata] = &ids;
        let media_type = with_charset(&item.payload);
        let head = Head {
            kind: "resource",
            id: resource.clone(),
            time: item.fetched_at,
            target: Some(format!("urn:wiredesk:{raw_ref}")),
            content_type: &media_type,
            concurrent_to: Vec::new(),
        };
        self.record(&head, &payload)?;
        let mut together = vec![resource.clone()];
        if let (Some(bytes), Some(described)) = (page, &item.page) {
            let facts = item.page_http.clone().unwrap_or_default();
            let mut block = answer_head(&facts, described, bytes.len()).into_bytes();
            block.extend_from_slice(&bytes);
            let head = Head {
                kind: "response",
                id: response.clone(),
                time: item.fetched_at,
                target: Some(target_of(&facts, &item)),
                content_type: "application/http; msgtype=response",
                concurrent_to: together.clone(),
            };
            self.record(&head, &block)?;
            together.push(response.clone());
        }
        let target = item.item.link.clone();
        let envelope = Envelope {
            raw_ref,
            time: timestamp(Some(record.timestamp_ms)),
            key: record.key.clone(),
            headers: record.headers.clone(),
            item,
        };
        let head = Head {
            kind: "metadata",
            id: metadata.clone(),
            time: envelope.item.fetched_at,
            target: target.filter(|url| url.starts_with("http")),
            content_type: ENVELOPE_TYPE,
            concurrent_to: together,
        };
        let block = serde_json::to_vec(&envelope)?;
        self.record(&head, &block)
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    fn record(&mut self, head: &Head<'_>, block: &[u8]) -> std::io::Result<()> {
        let mut packed = GzEncoder::new(&mut self.out, Compression::default());
        write!(packed, "WARC/1.1\r\nWARC-Type: {}\r\n", head.kind)?;
        write!(packed, "WARC-Record-ID: {}\r\n", head.id)?;
        write!(
            packed,
            "WARC-Date: {}\r\n",
            head.time.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        )?;
        if let Some(target) = &head.target {
            write!(packed, "WARC-Target-URI: {}\r\n", as_uri(target))?;
        }
        for other in &head.concurrent_to {
            write!(packed, "WARC-Concurrent-To: {other}\r\n")?;
        }
        write!(packed, "Content-Type: {}\r\n", one_line(head.content_type))?;
        write!(packed, "Content-Length: {}\r\n\r\n", block.len())?;
        packed.write_all(block)?;
        packed.write_all(b"\r\n\r\n")?;
        packed.finish().map(drop)
    }
}

struct Head<'h> {
    kind: &'static str,
    id: String,
    time: Timestamp,
    target: Option<String>,
    content_type: &'h str,
    concurrent_to: Vec<String>,
}

/// The same record has the same id whenever it is written.
fn record_id(kind: &str, of: &str) -> String {
    let hash = blake3::hash(format!("{kind} {of}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    format!("<urn:uuid:{id}>")
}

fn with_charset(payload: &Payload) -> String {
    match (&payload.charset, payload.media_type.as_str()) {
        (_, "") => "application/octet-stream".to_owned(),
        (Some(charset), media_type) => format!("{media_type}; charset={charset}"),
        (None, media_type) => media_type.to_owned(),
    }
}

fn target_of(facts: &HttpFacts, item: &RawItem) -> String {
    match (facts.url.as_str(), &item.item.link) {
        ("", Some(link)) => link.clone(),
        ("", None) => format!("urn:wiredesk:{}", item.story),
        (url, _) => url.to_owned(),
    }
}

/// The head of the answer as far as it was kept. The body stands as it was after decompression, so
/// no content coding is named.
fn answer_head(facts: &HttpFacts, page: &Payload, length: usize) -> String {
    let status = if facts.status == 0 { 200 } else { facts.status };
    let mut head = format!(
        "HTTP/1.1 {status} \r\nContent-Type: {}\r\nContent-Length: {length}\r\n",
        one_line(&with_charset(page))
    );
    for (name, value) in [
        ("ETag", &facts.etag),
        ("Last-Modified", &facts.last_modified),
    ] {
        if let Some(value) = value {
            head.push_str(&format!("{name}: {}\r\n", one_line(value)));
        }
    }
    head.push_str("\r\n");
    head
}

/// An address as it can stand in a head: what no URI may hold is written as `%20` and the like. As it
/// was sent it stands in the envelope.
fn as_uri(address: &str) -> String {
    let mut uri = String::with_capacity(address.len());
    for byte in address.bytes() {
        let may_stand = byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte);
        match may_stand {
            true => uri.push(char::from(byte)),
            false => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// A value that cannot break out of its line.
fn one_line(value: &str) -> String {
    value.replace(['\r', '\n'], " ")
}

/// Puts the records of one item together again as they come out of a file.
#[derive(Debug, Default)]
pub(crate) struct Gatherer {
    payload: Vec<u8>,
    page: Option<Vec<u8>>,
}

impl Gatherer {
    /// Takes the next document; the item where it is complete with it.
    pub fn take(&mut self, document: ArchivedDocument) -> Result<Option<ArchivedRaw>, String> {
        match document.kind.as_str() {
            "resource" => self.payload = document.bytes,
            "response" => self.page = Some(document.bytes),
            "metadata" if document.content_type.as_deref() == Some(ENVELOPE_TYPE) => {
                let mut envelope: Envelope = serde_json::from_slice(&document.bytes)
                    .map_err(|error| format!("entry {}: {error}", document.place))?;
                envelope.item.payload.bytes = std::mem::take(&mut self.payload);
                if let Some(page) = &mut envelope.item.page {
                    page.bytes = self.page.take().unwrap_or_default();
                }
                self.page = None;
                return Ok(Some(ArchivedRaw {
                    raw_ref: envelope.raw_ref,
                    time: envelope.time,
                    headers: envelope.headers,
                    item: envelope.item,
                }));
            }
            _ => {}
        }
        Ok(None)
    }
}
