//! The value on `enriched` and `current`: the article record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::feed_state::is_default;
use crate::{
    Article, Changes, Credit, FeedId, PageFacts, Removal, RunId, SourceId, StoryChain, Timestamp,
};

/// Name of the record's schema and its version; the value of `schema` and of `ce_dataschema`.
pub const ARTICLE_SCHEMA: &str = "https://wiredesk.dev/schema/article-record/1";

/// What kind of change a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeClass {
    /// The first version.
    Created,
    /// The story grew or changed.
    Update,
    /// A substantive error was fixed.
    Correction,
    /// The same text again.
    Repeat,
}

/// What a reader of the record should know of its quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QualityFlag {
    /// The body has few words.
    Short,
    /// Only a teaser: the feed carried no more, and no page was fetched.
    TeaserOnly,
    /// The linked page could not be fetched; the body is what the feed carried.
    PageMissing,
    /// The dates are not the source's own.
    DateGuessed,
    /// The page is not free to read as a whole, or its text ends at a prompt to subscribe.
    Paywalled,
    /// The page lists or sells things, or introduces someone: it tells no story.
    NotAnArticle,
    /// The text of the feed breaks off.
    TruncatedFeed,
    /// The page was no page of the story but one that bars the way: a check for robots, a refusal, a
    /// consent form.
    Blocked,
    /// The body may be wrong: it was found with little certainty, it is not the one that the page's
    /// own data gives, or the pages of the source have changed.
    LowConfidence,
}

/// A language with where it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Language {
    /// As declared, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// As detected from the text, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected: Option<String>,
    /// How sure the detection is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// A date with where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatedFrom {
    /// The date, RFC 3339.
    pub value: String,
    /// `item.published`, `item.updated`, `page`, or `fetched` where the source gave none.
    pub from: String,
}

/// Hashes of the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContentHash {
    /// Hash of the raw bytes.
    pub raw: String,
    /// Hash of the clean text, case and white space folded.
    pub text: String,
}

/// What Wiredesk knows beyond ninjs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wire {
    /// The configured source.
    pub source: SourceId,
    /// The feed or folder.
    pub feed: FeedId,
    /// The run that fetched it.
    pub run: RunId,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// What the story id was made of: `guid`, `link` or `hash`.
    pub identity: String,
    /// The page of the story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Topic, partition and offset of the raw record: `raw/3/42`.
    pub raw_ref: String,
    /// What kind of change this version is.
    pub change: ChangeClass,
    /// Whether a higher version was there before: kept, and not what is current.
    #[serde(default, skip_serializing_if = "is_default")]
    pub superseded: bool,
    /// How often this version came before with other content.
    #[serde(default, skip_serializing_if = "is_default")]
    pub revision: u32,
    /// How it differs from the version before; only where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// The chain of stories that tell the same; only where others do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<StoryChain>,
    /// Language, declared and detected.
    pub language: Language,
    /// Publication date.
    pub published: DatedFrom,
    /// Date of this version.
    pub updated: DatedFrom,
    /// Dateline as it stands in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dateline: Option<String>,
    /// Agency that the text credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// Words of the body.
    pub words: u64,
    /// Hashes of the content.
    pub hash: ContentHash,
    /// Where the body came from: `page`, `content`, `summary`, `document`, or `none`
    /// where a wire item has no body.
    pub body_from: String,
    /// What a reader should know of its quality.
    pub quality: Vec<QualityFlag>,
    /// Everything taken out.
    pub removed: Vec<Removal>,
    /// Credits that stood in the text as lines of their own, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// What the page says of itself, and how well its body was found.
    #[serde(default, skip_serializing_if = "PageFacts::is_empty")]
    pub page: PageFacts,
    /// Version of the cleaning rules.
    pub rules_version: String,
}

/// The article record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleRecord {
    /// [`ARTICLE_SCHEMA`].
    pub schema: String,
    /// IPTC ninjs 3.1.
    pub article: Article,
    /// What Wiredesk knows beyond it.
    pub wire: Wire,
}
