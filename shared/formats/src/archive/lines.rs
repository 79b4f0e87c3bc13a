//! JSON lines: one document a line, as crawlers and data sets of news have them.
//!
//! A line is an object. Where it has a whole page under `html`, that is the document; where it has a
//! text or a piece of markup, it becomes an item of a JSON Feed with its title, address and date;
//! any other object is a document as it stands, such as ninjs.

use serde_json::{Map, Value, json};

use super::ArchivedDocument;
use super::stream::Stream;
use crate::FormatError;

/// Names of a whole page or of a piece of markup, by how often they are seen.
const MARKUP: [&str; 3] = ["html", "content_html", "raw_html"];
/// Names of a plain text.
const TEXT: [&str; 5] = ["text", "maintext", "content_text", "body", "content"];
const TITLES: [&str; 2] = ["title", "headline"];
const ADDRESSES: [&str; 3] = ["url", "link", "source_url"];
const IDS: [&str; 3] = ["id", "guid", "uri"];
/// Names of when it was published.
const PUBLISHED: [&str; 5] = [
    "date_published",
    "published",
    "date_publish",
    "date",
    "pubDate",
];
/// Names of when it was fetched.
const FETCHED: [&str; 3] = ["fetched_at", "date_download", "crawl_date"];

/// Whether bytes begin as JSON lines.
pub fn begins(first: &[u8]) -> bool {
    first.trim_ascii_start().starts_with(b"{")
}

/// The documents of a file of JSON lines.
pub struct LinesReader<'r> {
    stream: Stream<'r>,
    ended: bool,
}

impl<'r> LinesReader<'r> {
    pub(super) fn of(stream: Stream<'r>) -> Self {
        Self {
            stream,
            ended: false,
        }
    }
}

impl Iterator for LinesReader<'_> {
    type Item = Result<ArchivedDocument, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.stream.long_line("a line") {
                Ok(Some(Ok(line))) if line.trim_ascii().is_empty() => {}
                Ok(Some(Ok(line))) => {
                    let place = self.stream.place;
                    return Some(document(&line, place).map_err(|why| FormatError::Damaged {
                        format: "jsonl",
                        detail: format!("line {place} {why}"),
                    }));
                }
                Ok(Some(Err(error))) => return Some(Err(error)),
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

fn document(line: &[u8], place: u64) -> Result<ArchivedDocument, String> {
    let object: Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| format!("is no JSON object: {error}"))?;
    let text = |names: &[&str]| {
        let mut values = names.iter().filter_map(|name| object.get(*name)?.as_str());
        values.find(|value| !value.trim().is_empty())
    };
    let url = text(&ADDRESSES);
    let name = text(&IDS).or(url);
    let published = text(&PUBLISHED);
    let page = text(&MARKUP).filter(|markup| is_page(markup));
    let (bytes, content_type) = match (page, text(&MARKUP), text(&TEXT)) {
        (Some(page), ..) => (page.as_bytes().to_vec(), "text/html; charset=utf-8"),
        (None, None, None) => (line.to_vec(), "application/json"),
        (None, markup, plain) => {
            let item = json!({
                "id": name, "url": url, "title": text(&TITLES), "date_published": published,
                "content_html": markup, "content_text": plain.filter(|_| markup.is_none()),
                "language": text(&["language", "lang"]),
            });
            let feed = json!({"version": "https://jsonfeed.org/version/1.1", "items": [item]});
            (feed.to_string().into_bytes(), "application/feed+json")
        }
    };
    Ok(ArchivedDocument {
        place,
        name: name.map_or_else(|| format!("line {place}"), str::to_owned),
        url: url.map(str::to_owned),
        date: text(&FETCHED)
            .or(published)
            .and_then(crate::date::to_rfc3339),
        content_type: Some(content_type.to_owned()),
        bytes,
        ..ArchivedDocument::default()
    })
}

/// Whether markup is a whole page and not a piece of one.
fn is_page(markup: &str) -> bool {
    let begin: String = markup.trim_start().chars().take(15).collect();
    let begin = begin.to_ascii_lowercase();
    begin.starts_with("<!doctype html") || begin.starts_with("<html")
}

#[cfg(test)]
mod tests {
    use crate::archive::Archive;
    use crate::{FormatError, Limits, parse};

    fn read(lines: &str) -> Vec<Result<super::ArchivedDocument, FormatError>> {
        let limits = Limits {
            document_bytes: 400,
            ..Limits::default()
        };
        Archive::open(lines.as_bytes(), &limits)
            .expect("JSON lines")
            .collect()
    }

    #[test]
    fn a_line_is_a_page_an_item_or_a_document_of_its_own() {
        let lines = "{\"url\": \"https://post.example/1\", \"html\": \"<!DOCTYPE html><p>Bridge\", \
                     \"date_download\": \"2026-03-01 06:00:00\"}\n\n\
                     {\"title\": \"Ferry\", \"text\": \"It is back.\", \"date\": \"2026-03-02\"}\n\
                     {\"uri\": \"urn:1\", \"headline\": \"Wall\", \"body_text\": \"Put off.\"}\n";
        let documents: Vec<_> = read(lines)
            .into_iter()
            .map(|one| one.expect("whole"))
            .collect();
        let types: Vec<_> = documents
            .iter()
            .map(|one| one.content_type.as_deref())
            .collect();
        assert_eq!(
            types,
            [
                Some("text/html; charset=utf-8"),
                Some("application/feed+json"),
                Some("application/json")
            ]
        );
        assert_eq!(documents[0].url.as_deref(), Some("https://post.example/1"));
        assert!(
            documents[0]
                .date
                .as_deref()
                .is_some_and(|date| date.starts_with("2026-03-01T06"))
        );
        let feed = parse(&documents[1].bytes, &documents[1].hints()).expect("a feed");
        assert_eq!(feed.items[0].title.as_deref(), Some("Ferry"));
        assert_eq!(feed.items[0].content.as_deref(), Some("It is back."));
        assert_eq!((documents[1].place, documents[2].place), (3, 4));
        assert_eq!(documents[2].name, "urn:1");
    }

    #[test]
    fn a_line_that_is_wrong_or_too_long_is_an_error_in_its_place() {
        let long = "x".repeat(500);
        let lines = format!(
            "{{\"text\": \"One.\"}}\n{{\"text\": \"{long}\"}}\n[1]\n{{\"text\": \"Two.\"}}"
        );
        let read = read(&lines);
        assert!(read[0].is_ok() && read[3].is_ok());
        assert!(matches!(
            read[1],
            Err(FormatError::OverLimit { limit: 400, .. })
        ));
        assert!(
            matches!(&read[2], Err(error) if error.to_string().contains("line 3 is no JSON object"))
        );
    }
}
