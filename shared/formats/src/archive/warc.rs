//! WARC (ISO 28500): response records, and those that hold a document without an answer around it.

use super::ArchivedDocument;
use super::document::value_of;
use super::http::read_answer;
use super::stream::{Stream, fields};
use crate::date::to_rfc3339;
use crate::{FormatError, Limits};

const MAGIC: &[u8] = b"WARC/";
/// Records that hold a document.
const WITH_DOCUMENT: [&str; 3] = ["response", "resource", "conversion"];

/// Whether bytes begin as a WARC file.
pub fn begins(first: &[u8]) -> bool {
    first.starts_with(MAGIC)
}

/// The documents of a WARC file.
pub struct WarcReader<'r> {
    stream: Stream<'r>,
    limits: Limits,
    ended: bool,
    with_metadata: bool,
    /// Records so far that hold no document.
    pub passed_over: u64,
}

/// What becomes of a record: a document (or why there is none), or nothing.
type Record = Option<Result<ArchivedDocument, FormatError>>;

impl<'r> WarcReader<'r> {
    pub(super) fn of(stream: Stream<'r>, limits: &Limits) -> Self {
        Self {
            stream,
            limits: *limits,
            ended: false,
            with_metadata: false,
            passed_over: 0,
        }
    }

    /// Has `metadata` records come as documents too, told apart by [`ArchivedDocument::kind`].
    #[must_use]
    pub fn with_metadata(mut self) -> Self {
        self.with_metadata = true;
        self
    }

    /// Reads one record; the outer error ends the archive.
    fn record(&mut self) -> Result<Record, FormatError> {
        let Some(head) = self.head()? else {
            self.ended = true;
            return Ok(None);
        };
        let head = fields(&head);
        let field = |name| value_of(&head, name);
        let url = field("WARC-Target-URI").map(|url| url.trim_matches(['<', '>']).to_owned());
        let name = url.clone().unwrap_or_else(|| {
            field("WARC-Record-ID")
                .map_or_else(|| format!("record {}", self.stream.place), str::to_owned)
        });
        let length = field("Content-Length").and_then(|length| length.parse().ok());
        let Some(length) = length else {
            let what = "a record without Content-Length";
            return Err(self.stream.damaged("warc", what));
        };
        let kind = field("WARC-Type").unwrap_or_default();
        let is_answer = kind.eq_ignore_ascii_case("response");
        // Answers of name servers are recorded as responses too.
        let holds_document = WITH_DOCUMENT
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
            && !name.starts_with("dns:");
        let is_wanted_metadata = self.with_metadata && kind.eq_ignore_ascii_case("metadata");
        if !holds_document && !is_wanted_metadata {
            self.passed_over += 1;
            self.stream.skip(length, &name)?;
            return Ok(None);
        }
        let bytes = match self.stream.document(length, &name)? {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Some(Err(error))),
        };
        let mut document = ArchivedDocument {
            place: self.stream.place,
            kind: kind.to_ascii_lowercase(),
            name,
            url,
            date: field("WARC-Date").and_then(to_rfc3339),
            content_type: field("Content-Type").map(str::to_owned),
            ..ArchivedDocument::default()
        };
        if !is_answer {
            document.bytes = bytes;
            return Ok(Some(Ok(document)));
        }
        let read = read_answer(&mut document, &bytes, &self.limits);
        Ok(Some(read.map(|()| document)))
    }

    /// The head of the next record; none at the end of the archive.
    fn head(&mut self) -> Result<Option<Vec<u8>>, FormatError> {
        loop {
            let Some(line) = self.stream.line("the head of a record")? else {
                return Ok(None);
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            self.stream.place += 1;
            let is_whole = line.ends_with(b"\n");
            if !is_whole && (begins(&line) || MAGIC.starts_with(&line)) {
                return Err(self.stream.cut_off("the head of a record"));
            }
            if !begins(&line) {
                let what = "something else where a record must begin";
                return Err(self.stream.damaged("warc", what));
            }
            let mut head = line;
            head.extend(self.stream.head("the head of a record")?);
            return Ok(Some(head));
        }
    }
}

impl Iterator for WarcReader<'_> {
    type Item = Result<ArchivedDocument, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.record() {
                Ok(Some(document)) => return Some(document),
                Ok(None) => {}
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
