//! The HTTP answer inside a response record: head, chunks, packing.

use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};

use super::ArchivedDocument;
use super::stream::fields;
use crate::bytes::{inflate_if_gzip, read_within};
use crate::{FormatError, Limits};

/// Reads an answer into its document. Some crawlers store bodies without the packing that the
/// head still names; what is not packed as it says is taken as it is.
pub fn read_answer(
    document: &mut ArchivedDocument,
    answer: &[u8],
    limits: &Limits,
) -> Result<(), FormatError> {
    let (head, body) = split(answer);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let is_http = words.next().is_some_and(|word| word.starts_with("HTTP/"));
    let status = words.next().and_then(|word| word.parse().ok());
    if !is_http || status.is_none() {
        return Err(FormatError::Damaged {
            format: "warc",
            detail: format!(
                "the answer from {} begins with no HTTP status line",
                document.name
            ),
        });
    }
    document.status = status;
    document.headers = fields(head);
    document.content_type = document.header("Content-Type").map(str::to_owned);
    let is_chunked = document
        .header("Transfer-Encoding")
        .is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    let whole = is_chunked.then(|| unchunked(body)).flatten();
    let body = whole.as_deref().unwrap_or(body);
    let coding = document.header("Content-Encoding").map(str::to_lowercase);
    document.bytes = unpacked(body, coding.as_deref().map(str::trim), limits)?;
    Ok(())
}

/// Head and body, at the first empty line.
fn split(answer: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in answer.split_inclusive(|byte| *byte == b'\n') {
        let begin = at;
        at += line.len();
        if line.trim_ascii().is_empty() {
            return (&answer[..begin], &answer[at..]);
        }
    }
    (answer, &[])
}

/// The body without the marks of its chunks; none where there are no such marks.
fn unchunked(body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let end = memchr::memchr(b'\n', rest)?;
        let size = std::str::from_utf8(&rest[..end]).ok()?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[end + 1..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(..size)?);
        rest = without_line_end(&rest[size..]);
    }
}

/// The bytes without one line end at their start.
fn without_line_end(bytes: &[u8]) -> &[u8] {
    let rest = bytes.strip_prefix(b"\r").unwrap_or(bytes);
    rest.strip_prefix(b"\n").unwrap_or(rest)
}

fn unpacked(body: &[u8], coding: Option<&str>, limits: &Limits) -> Result<Vec<u8>, FormatError> {
    let read = |reader: &mut dyn Read| read_within(reader, body.len(), limits);
    let attempt = match coding {
        Some("br") => read(&mut brotli_decompressor::Decompressor::new(body, 4096)),
        // Named for zlib, and often sent without its frame.
        Some("deflate") => {
            read(&mut ZlibDecoder::new(body)).or_else(|_| read(&mut DeflateDecoder::new(body)))
        }
        Some("zstd") if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => {
            return Err(FormatError::Damaged {
                format: "warc",
                detail: "an answer packed with zstd, which archives are not read with".to_owned(),
            });
        }
        _ => return inflate_if_gzip(body, limits).map(std::borrow::Cow::into_owned),
    };
    match attempt {
        Err(FormatError::Damaged { .. }) => Ok(body.to_vec()),
        read => read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_what_has_none_is_left() {
        let chunked = b"4;x=1\r\nBrid\r\n8\r\nge opens\r\n0\r\n\r\n";
        assert_eq!(unchunked(chunked).unwrap(), b"Bridge opens");
        assert_eq!(unchunked(b"<rss>\n</rss>"), None);
        assert_eq!(unchunked(b"ff\r\nshort"), None);
    }
}
