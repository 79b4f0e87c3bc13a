//! One document of an archive, and what the archive says of it.

use crate::Hints;

/// A document as it stands in an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchivedDocument {
    /// Which entry of the archive it is, counted from 1 over all entries.
    pub place: u64,
    /// Type of the WARC record; empty in other archives.
    pub kind: String,
    /// Path inside the archive, or the address that it was fetched from.
    pub name: String,
    /// The address that it was fetched from.
    pub url: Option<String>,
    /// When it was fetched or written, RFC 3339 in UTC.
    pub date: Option<String>,
    /// Status of the HTTP answer.
    pub status: Option<u16>,
    /// Headers of the HTTP answer, as sent.
    pub headers: Vec<(String, String)>,
    /// Media type as declared.
    pub content_type: Option<String>,
    /// The document, without the packing that it was sent in.
    pub bytes: Vec<u8>,
}

impl ArchivedDocument {
    /// What is known of the document beside its bytes.
    pub fn hints(&self) -> Hints {
        Hints {
            content_type: self.content_type.clone(),
            url: self.url.clone(),
            ..Hints::default()
        }
    }

    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }

    /// Whether it is an answer that carries a document; redirects and refusals are none.
    pub fn is_answer(&self) -> bool {
        self.status
            .is_none_or(|status| (200..300).contains(&status))
    }
}

/// The first value of a name among named fields.
pub(super) fn value_of<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    fields
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}
