//! Bytes to items: unpack, decode, detect, read.

use wiredesk_model::ParsedFeed;

use crate::{FormatError, Hints, Kind, Limits, bytes::inflate_if_gzip, decode_text, detect};

/// Reads a feed within the default limits.
///
/// # Errors
/// Where the bytes are no feed, damaged beyond repair or over a limit.
///
/// ```
/// use wiredesk_formats::{FormatError, Hints, parse};
/// let page = b"<!DOCTYPE html><title>404</title>";
/// let error = parse(page, &Hints::default()).unwrap_err();
/// assert_eq!(error.to_string(), "neither a feed nor a wire: the document is an HTML page");
/// ```
pub fn parse(bytes: &[u8], hints: &Hints) -> Result<ParsedFeed, FormatError> {
    parse_within(bytes, hints, &Limits::default())
}

/// Reads a feed within limits of the caller's own.
///
/// # Errors
/// Where the bytes are no feed, damaged beyond repair or over a limit.
pub fn parse_within(
    bytes: &[u8],
    hints: &Hints,
    limits: &Limits,
) -> Result<ParsedFeed, FormatError> {
    read(bytes, hints, limits, Kind::Feed)
}

/// Reads a document with one story: a plain text or a saved HTML page.
///
/// # Errors
/// Where the bytes are empty, or over a limit.
pub fn parse_document(
    bytes: &[u8],
    hints: &Hints,
    limits: &Limits,
) -> Result<ParsedFeed, FormatError> {
    read(bytes, hints, limits, Kind::Document)
}

fn read(
    bytes: &[u8],
    hints: &Hints,
    limits: &Limits,
    kind: Kind,
) -> Result<ParsedFeed, FormatError> {
    let unpacked = inflate_if_gzip(bytes, limits)?;
    let decoded = decode_text(&unpacked, hints);
    let detected = detect(&decoded.text, kind, &hints.habits);
    if detected.text.is_empty() {
        return Err(FormatError::Empty);
    }
    let Some(format) = detected.format else {
        return Err(FormatError::NotAFeed {
            looks_like: detected.in_words(),
        });
    };
    let mut feed = (format.read)(detected.text, hints, limits)?;
    format.name.clone_into(&mut feed.format);
    Ok(feed)
}
