//! A feed document out of its bytes, with what is said around its items.

use wiredesk_formats::{FormatError, Hints, Limits, decode_text, page_feeds, parse_within};
use wiredesk_model::ParsedFeed;

use crate::FetchError;
use crate::http::shown;

/// Bytes at the end of a document that its last tag is looked for in: caches sign behind it.
const TAIL_BYTES: usize = 4 * 1024;
/// Feeds that an error names, where a page links to them.
const FEEDS_NAMED: usize = 3;

/// A feed document as read.
pub(crate) struct Document {
    /// Its items, and what it says of itself.
    pub parsed: ParsedFeed,
    /// Whether its end is there. One that was cut off is read as far as it goes.
    pub is_whole: bool,
}

/// Reads a feed document that came from `hints.url`.
pub(crate) fn read_feed(
    body: &[u8],
    hints: &Hints,
    limits: &Limits,
) -> Result<Document, FetchError> {
    match parse_within(body, hints, limits) {
        Ok(parsed) => Ok(Document {
            is_whole: has_end(body),
            parsed,
        }),
        Err(error) => Err(unreadable(body, hints, error)),
    }
}

/// Date of the newest item that has one.
pub(crate) fn newest(parsed: &ParsedFeed) -> Option<String> {
    let dates = parsed.items.iter();
    dates
        .filter_map(|item| item.updated.clone().max(item.published.clone()))
        .max()
}

fn unreadable(body: &[u8], hints: &Hints, error: FormatError) -> FetchError {
    let url = shown(hints.url.as_deref().unwrap_or_default());
    if matches!(error, FormatError::NotAFeed { .. }) {
        let page = decode_text(body, hints);
        let feeds = page_feeds(&page.text, hints.url.as_deref()).into_iter();
        let feeds: Vec<String> = feeds.map(|feed| feed.url).take(FEEDS_NAMED).collect();
        if !feeds.is_empty() {
            return FetchError::PageWithFeeds { url, feeds };
        }
    }
    FetchError::Unreadable { url, error }
}

/// Whether a document has the end that its beginning asks for; where that cannot be told, it has.
fn has_end(body: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&body[..body.len().min(TAIL_BYTES)]);
    let tail = String::from_utf8_lossy(&body[body.len().saturating_sub(TAIL_BYTES)..]);
    let last = tail.trim_end().chars().last();
    match head
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .next()
    {
        Some('{') => last == Some('}'),
        Some('[') => last == Some(']'),
        _ => root_of(&head).is_none_or(|root| {
            tail.contains(&format!("</{root}")) || tail.trim_end().ends_with("/>")
        }),
    }
}

/// The name of the first element.
fn root_of(head: &str) -> Option<&str> {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut pieces = head.split('<').skip(1);
    let tag = pieces.find(|rest| begins(rest))?;
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/'))?;
    Some(&tag[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_cut_off_is_told_from_a_whole_one() {
        let whole = [
            "<?xml version=\"1.0\"?><!-- a --><rss version=\"2.0\"><channel></channel></rss>\n<!-- cached -->",
            "<rdf:RDF xmlns=\"a\"><item/></rdf:RDF >",
            "\u{feff} {\"items\": []}\n",
            "[1]",
            "<feed/>",
            "",
            "plain text",
        ];
        for document in whole {
            assert!(has_end(document.as_bytes()), "{document}");
        }
        for document in [
            "<rss><channel><item></item>",
            "<?xml version=\"1.0\"?><feed><entry></entry",
            "{\"items\": [",
        ] {
            assert!(!has_end(document.as_bytes()), "{document}");
        }
    }
}
