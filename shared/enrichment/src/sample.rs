//! A small story for the tests of this crate.

use wiredesk_model::{Block, CleanStory, Item, PageFacts, Timestamp, Version};

/// A first version of a story with this title and these paragraphs.
pub(crate) fn story(title: &str, paragraphs: &[&str]) -> CleanStory {
    CleanStory {
        story: "tag:harbor-gazette.example,2026:7".into(),
        version: Version::FIRST,
        identity: "guid".to_owned(),
        source: "harbor-gazette".into(),
        feed: "harbor-gazette".into(),
        run: "live".into(),
        fetched_at: Timestamp::constant(1_787_000_000, 0),
        raw_hash: "00112233445566778899aabbccddeeff".to_owned(),
        raw_ref: "raw/0/0".to_owned(),
        item: Item::default(),
        summary: None,
        feed_title: None,
        declared_language: None,
        page_byline: None,
        page_published: None,
        page: PageFacts::default(),
        title: title.to_owned(),
        body_from: "content".to_owned(),
        blocks: paragraphs
            .iter()
            .map(|text| Block::paragraph(*text))
            .collect(),
        text: paragraphs.join("\n\n"),
        media: Vec::new(),
        removed: Vec::new(),
        credits: Vec::new(),
        quality: Vec::new(),
        http: None,
        rules_version: "1".to_owned(),
    }
}
