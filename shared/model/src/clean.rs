//! The value on `clean`: the story without what is not the story.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Block, Credit, FeedId, HttpFacts, Item, Media, PageFacts, QualityFlag, Removal, RunId,
    SourceId, StoryId, Timestamp, Version,
};

/// A cleaned story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CleanStory {
    /// The story.
    pub story: StoryId,
    /// Which version of it.
    pub version: Version,
    /// What the id was made of: `guid`, `link` or `hash`.
    pub identity: String,
    /// The configured source.
    pub source: SourceId,
    /// The feed or folder.
    pub feed: FeedId,
    /// The run that fetched it.
    pub run: RunId,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// Hash of the raw bytes.
    pub raw_hash: String,
    /// Topic, partition and offset of the raw record: `raw/3/42`.
    pub raw_ref: String,
    /// The item as parsed, without its content and summary.
    pub item: Item,
    /// The teaser as plain text, where the feed carries one beside the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Title of the feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_title: Option<String>,
    /// Language that the item, page or feed declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_language: Option<String>,
    /// Byline as the page gives it, where a page was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_byline: Option<String>,
    /// Publication date as the page gives it, RFC 3339, where a page was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_published: Option<String>,
    /// What else the page says of itself, and how well its body was found.
    #[serde(default, skip_serializing_if = "PageFacts::is_empty")]
    pub page: PageFacts,
    /// Title of the story as plain text.
    pub title: String,
    /// Where the body came from: `page`, `content`, `summary`, `document`, or `none`
    /// where a wire item has no body.
    pub body_from: String,
    /// The body.
    pub blocks: Vec<Block>,
    /// The body as plain text, paragraphs separated by an empty line.
    pub text: String,
    /// Pictures and references within the body, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// Everything taken out.
    pub removed: Vec<Removal>,
    /// Credits that stood in the text as lines of their own, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// What a reader of the record should know of its quality.
    pub quality: Vec<QualityFlag>,
    /// The answer that carried the body, where HTTP did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpFacts>,
    /// Version of the cleaning rules.
    pub rules_version: String,
}
