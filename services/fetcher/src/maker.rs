//! Raw items out of parsed ones.

use wiredesk_formats::{Format, FormatError, Hints, Kind, Limits, parse_document, parse_within};
use wiredesk_model::{HttpFacts, ParsedFeed, Payload, RawItem, RunId, Timestamp, content_hash};

use crate::SourceConfig;
use crate::changes::Fresh;
use crate::pages::Page;

/// Makes the raw records of one document.
pub(crate) struct RecordMaker<'a> {
    pub run: &'a RunId,
    pub source: &'a SourceConfig,
    pub parsed: &'a ParsedFeed,
    pub facts: Option<&'a HttpFacts>,
    pub now: Timestamp,
}

impl RecordMaker<'_> {
    /// The record of one item, with its page.
    pub fn raw_item(&self, fresh: &Fresh, page: Page) -> RawItem {
        let parsed = self.parsed;
        let bytes = parsed
            .item_sources
            .get(fresh.index)
            .cloned()
            .unwrap_or_default()
            .into_bytes();
        let media_type =
            Format::named(&parsed.format).map_or("application/xml", |format| format.media_type);
        let payload = Payload {
            media_type: media_type.to_owned(),
            charset: Some("utf-8".to_owned()),
            bytes,
        };
        self.raw_item_of(fresh, page, payload)
    }

    /// The record of one item whose bytes are not those that the reader set apart.
    pub fn raw_item_of(&self, fresh: &Fresh, page: Page, payload: Payload) -> RawItem {
        let parsed = self.parsed;
        let (page, page_http, page_error) = match page {
            Page::NotWanted => (None, None, None),
            Page::Here(payload, facts) => (Some(payload), Some(facts), None),
            Page::Missing(error) => (None, None, Some(error)),
        };
        let hash = match &page {
            Some(page) => content_hash(&[payload.bytes.as_slice(), &page.bytes].concat()),
            None => content_hash(&payload.bytes),
        };
        RawItem {
            story: fresh.identity.story.clone(),
            version: fresh.version,
            identity: fresh.identity.part.as_str().to_owned(),
            source: self.source.source_id(),
            feed: self.source.feed_id(),
            run: self.run.clone(),
            fetched_at: self.now,
            payload,
            hash,
            item: parsed.items[fresh.index].clone(),
            feed_title: self
                .source
                .name
                .clone()
                .or_else(|| parsed.feed.title.clone()),
            feed_language: parsed
                .feed
                .language
                .clone()
                .or_else(|| self.source.language.clone()),
            http: self.facts.cloned(),
            page,
            page_http,
            page_error,
        }
    }
}

/// Reads whatever it is: a feed, a wire, or a document with one story.
pub(crate) fn read_any(
    bytes: &[u8],
    hints: &Hints,
    limits: &Limits,
) -> Result<ParsedFeed, FormatError> {
    match parse_within(bytes, hints, limits) {
        Err(FormatError::NotAFeed { .. }) => parse_document(bytes, hints, limits),
        read => read,
    }
}

/// Whether it was read as a document with one story.
pub(crate) fn is_document(parsed: &ParsedFeed) -> bool {
    Format::named(&parsed.format).is_some_and(|format| format.kind == Kind::Document)
}
