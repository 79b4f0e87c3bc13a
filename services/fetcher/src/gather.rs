//! Documents out of files, objects and archives: what each says becomes items, once.

use std::collections::BTreeMap;
use std::io::Read;

use wiredesk_formats::archive::{Archive, ArchivedDocument};
use wiredesk_formats::{Format, FormatError, Hints, Limits, inflate_if_gzip};
use wiredesk_model::{HttpFacts, ParsedFeed, Payload, RawItem, SeenItem, Timestamp};

use crate::maker::{RecordMaker, is_document, read_any};
use crate::pages::{Page, media_type_of};
use crate::poll::Context;
use crate::{FetchError, SourceConfig, changes};

/// Endings of documents, wires and feeds, and of archives.
const DOCUMENTS: [&str; 9] = [
    ".txt", ".html", ".htm", ".xml", ".json", ".nitf", ".newsml", ".rss", ".atom",
];
const ARCHIVES: [&str; 5] = [".warc", ".tar", ".tgz", ".jsonl", ".ndjson"];
/// Bytes of a file without a declared type that tell whether it is text.
const LOOKED_AT_BYTES: usize = 512;

/// Items gathered in one scan.
pub(crate) struct Gathering<'a> {
    pub context: &'a Context,
    pub source: &'a SourceConfig,
    /// The scan, counted as polls are.
    pub poll: u64,
    pub items: Vec<RawItem>,
    pub unchanged: usize,
}

/// A document with what is known of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Carried {
    /// Where it is, for messages.
    pub place: String,
    /// Its name, for a document that is one story and names none.
    pub name: Option<String>,
    /// What was said of it.
    pub hints: Hints,
    /// The answer that once carried it.
    pub facts: Option<HttpFacts>,
    /// When it was fetched, where that was not now.
    pub fetched_at: Option<Timestamp>,
    /// The document, packed with gzip or not.
    pub bytes: Vec<u8>,
}

/// An archive that is being read, from one scan to the next.
pub(crate) struct OpenArchive {
    /// Its name in the cursor, and what tells it from others of that name.
    pub name: String,
    pub tag: String,
    /// The entry to go on with, counted from 1.
    pub next_entry: u64,
    /// Everything of it was read.
    pub is_done: bool,
    /// The first thing that was wrong with it.
    pub error: Option<FetchError>,
    documents: Archive<'static>,
}

impl OpenArchive {
    /// Opens an archive to go on with entry `next_entry`.
    pub fn open(
        (name, tag): (String, String),
        from: impl Read + Send + 'static,
        next_entry: u64,
        limits: &Limits,
    ) -> Result<Self, FetchError> {
        let documents = Archive::open(from, limits).map_err(|error| unreadable(&name, error))?;
        Ok(Self {
            name,
            tag,
            next_entry,
            is_done: false,
            error: None,
            documents,
        })
    }
}

impl<'a> Gathering<'a> {
    /// Nothing gathered yet.
    pub fn new(context: &'a Context, source: &'a SourceConfig, poll: u64) -> Self {
        Self {
            context,
            source,
            poll,
            items: Vec::new(),
            unchanged: 0,
        }
    }

    /// Whether one scan takes no more.
    pub fn is_full(&self) -> bool {
        self.items.len() >= self.context.settings.folder_documents
    }

    /// The limits of one document.
    pub fn limits(&self) -> Limits {
        Limits {
            document_bytes: self.context.settings.page_bytes,
            ..Limits::default()
        }
    }

    /// Takes a document in, and tells which stories are in it.
    pub fn document(
        &mut self,
        carried: Carried,
        seen: &mut BTreeMap<String, SeenItem>,
    ) -> Result<Vec<String>, FetchError> {
        let limits = self.limits();
        let wrong = |error| unreadable(&carried.place, error);
        let bytes = inflate_if_gzip(&carried.bytes, &limits).map_err(wrong)?;
        let hints = Hints {
            habits: self.source.habits.clone(),
            ..carried.hints.clone()
        };
        let mut parsed = read_any(&bytes, &hints, &limits).map_err(wrong)?;
        if let Some(name) = carried.name.as_ref().filter(|_| is_document(&parsed)) {
            let items = parsed.items.iter_mut();
            items.for_each(|item| item.id = Some(name.clone()));
        }
        let taken = changes::take_in(self.source, &parsed.items, seen, self.poll);
        self.unchanged += parsed.items.len() - taken.fresh.len();
        let maker = RecordMaker {
            run: &self.context.run,
            source: self.source,
            parsed: &parsed,
            facts: carried.facts.as_ref(),
            now: carried
                .fetched_at
                .unwrap_or_else(|| self.context.clock.now()),
        };
        let whole = is_document(&parsed).then(|| document_payload(&parsed, bytes.into_owned()));
        let items = taken.fresh.iter().map(|fresh| match &whole {
            Some(payload) => maker.raw_item_of(fresh, Page::NotWanted, payload.clone()),
            None => maker.raw_item(fresh, Page::NotWanted),
        });
        self.items.extend(items);
        Ok(taken.stories)
    }

    /// Takes documents of an archive in, from where it stands, until the scan is full or the
    /// archive at its end. What is wrong with one of them is noted, and the others go on.
    pub fn archive(&mut self, open: &mut OpenArchive, seen: &mut BTreeMap<String, SeenItem>) {
        while !self.is_full() {
            let document = match open.documents.next() {
                Some(Ok(document)) => document,
                Some(Err(error)) => {
                    open.error.get_or_insert(unreadable(&open.name, error));
                    continue;
                }
                None => {
                    open.is_done = true;
                    return;
                }
            };
            if document.place < open.next_entry {
                continue;
            }
            open.next_entry = document.place.saturating_add(1);
            let taken = if document.url.is_none() && is_archive_name(&document.name) {
                self.inner_archive(&open.name, document, seen)
            } else {
                self.archived(&open.name, document, seen)
            };
            if let Err(error) = taken {
                open.error.get_or_insert(error);
            }
        }
    }

    /// Takes in all documents of an archive inside another. It is one entry there, so it has the
    /// limits of a document, unpacked.
    fn inner_archive(
        &mut self,
        outer: &str,
        archive: ArchivedDocument,
        seen: &mut BTreeMap<String, SeenItem>,
    ) -> Result<(), FetchError> {
        let place = format!("{outer}/{}", archive.name);
        let limits = self.limits();
        let wrong = |error| unreadable(&place, error);
        let bytes = inflate_if_gzip(&archive.bytes, &limits).map_err(wrong)?;
        let mut first_error = None;
        for document in Archive::open(&*bytes, &limits).map_err(wrong)? {
            let taken = document
                .map_err(wrong)
                .and_then(|document| self.archived(&place, document, seen));
            first_error = first_error.or(taken.err());
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Takes in one entry of an archive, where it can be a document of ours.
    fn archived(
        &mut self,
        archive: &str,
        document: ArchivedDocument,
        seen: &mut BTreeMap<String, SeenItem>,
    ) -> Result<(), FetchError> {
        if is_wanted(&document) {
            self.document(carried(archive, document), seen)?;
        }
        Ok(())
    }
}

/// Whether an entry can be a document of ours; an archive of the web holds pictures and scripts,
/// too.
fn is_wanted(document: &ArchivedDocument) -> bool {
    if !document.is_answer() {
        return false;
    }
    let is_of_web = document.url.is_some();
    match media_type_of(document.content_type.as_deref()) {
        Some(media_type) => {
            let words = ["html", "xml", "json", "text/plain", "vnd.iptc"];
            words.iter().any(|word| media_type.contains(word))
        }
        None if is_of_web => !document.bytes.iter().take(LOOKED_AT_BYTES).any(|b| *b == 0),
        None => is_document_name(&document.name),
    }
}

fn carried(archive: &str, document: ArchivedDocument) -> Carried {
    let facts = document.url.as_ref().zip(document.status);
    let header = |name| document.header(name).map(str::to_owned);
    let facts = facts.map(|(url, status)| HttpFacts {
        url: url.clone(),
        status,
        etag: header("etag"),
        last_modified: header("last-modified"),
    });
    let name = document
        .url
        .is_none()
        .then(|| format!("{archive}/{}", document.name));
    Carried {
        place: format!("{archive}: {}", document.name),
        name,
        hints: document.hints(),
        facts,
        fetched_at: document.date.as_deref().and_then(|date| date.parse().ok()),
        bytes: document.bytes,
    }
}

fn unreadable(place: &str, error: FormatError) -> FetchError {
    FetchError::Unreadable {
        url: place.to_owned(),
        error,
    }
}

/// The bytes of a document with one story, as they are.
pub(crate) fn document_payload(parsed: &ParsedFeed, bytes: Vec<u8>) -> Payload {
    let media_type = Format::named(&parsed.format).map_or("text/plain", |format| format.media_type);
    Payload {
        media_type: media_type.to_owned(),
        charset: None,
        bytes,
    }
}

/// Whether a file's name is that of a document, a wire or a feed.
pub(crate) fn is_document_name(name: &str) -> bool {
    ends_with(name, &DOCUMENTS)
}

/// Whether a file's name is that of an archive.
pub(crate) fn is_archive_name(name: &str) -> bool {
    ends_with(name, &ARCHIVES)
}

fn ends_with(name: &str, endings: &[&str]) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    !name.starts_with('.') && endings.iter().any(|end| plain.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_documents_from_archives_and_from_the_rest() {
        for name in ["a.txt", "b/C.HTML", "feed.xml.gz", "2026/story.nitf"] {
            assert!(is_document_name(name) && !is_archive_name(name), "{name}");
        }
        for name in [
            "a.warc",
            "b/c.warc.gz",
            "d.tar",
            "e.tar.gz",
            "f.tgz",
            "g.jsonl.gz",
            "h.ndjson",
        ] {
            assert!(is_archive_name(name) && !is_document_name(name), "{name}");
        }
        for name in ["a.docx", "a.txt.part", ".a.txt", "b/.c.tar", "gz"] {
            assert!(!is_archive_name(name) && !is_document_name(name), "{name}");
        }
    }
}
