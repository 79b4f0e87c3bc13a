//! The part of IPTC ninjs 3.1 that Wiredesk writes, field for field as the standard names it.
//!
//! Source: IPTC `ninjs-schema_3.1.json`. The root is closed: nothing of ours goes in here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Publishing status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PubStatus {
    /// May be published.
    #[default]
    Usable,
    /// Not until further notice.
    Withheld,
    /// Never again.
    Canceled,
}

/// A headline with its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Headline {
    /// `main`, `subheadline`, …
    pub role: String,
    /// The text.
    pub value: String,
}

/// A description with its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// `summary`, `caption`, …
    pub role: String,
    /// Media type.
    pub content_type: String,
    /// The text.
    pub value: String,
}

/// One form of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleBody {
    /// `main`.
    pub role: String,
    /// `text/plain` or `application/xhtml+xml`.
    pub content_type: String,
    /// Characters, markup not counted.
    pub char_count: u64,
    /// Words, markup not counted.
    pub word_count: u64,
    /// The body.
    pub value: String,
}

/// A person, organisation, place or subject.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct NamedConcept {
    /// URI of the concept, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Name as written.
    pub name: String,
    /// Relation to the story: `author`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rel: Option<String>,
}

/// Who the story comes from, with the role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InfoSource {
    /// Name as written.
    pub name: String,
    /// `provider`, `contentSource`, …
    pub role: String,
}

/// Rights as given; only what the source said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RightsInfo {
    /// Language of the rights expression.
    pub lang: String,
    /// The expression.
    pub encoded_rights: String,
}

/// A media file of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// Name within the story, `enclosure-1`.
    pub name: String,
    /// Where it is.
    pub href: String,
    /// Media type, where declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Length in bytes, where declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_in_bytes: Option<u64>,
}

/// A ninjs 3.1 article.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Article {
    /// The story id; a URI.
    pub uri: String,
    /// `text`.
    #[serde(rename = "type")]
    pub item_type: String,
    /// Version, digits as a string.
    pub version: String,
    /// Publishing status.
    pub pub_status: PubStatus,
    /// Language, BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When the first version was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_created: Option<String>,
    /// When this version was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_created: Option<String>,
    /// Not before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<String>,
    /// Editorial urgency, 1 to 9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<u8>,
    /// Slugline as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slugline: Option<String>,
    /// Headlines by role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headlines: Vec<Headline>,
    /// Byline as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Place of origin as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub located: Option<String>,
    /// Summary and the like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Description>,
    /// The body, as plain text and as XHTML.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<ArticleBody>,
    /// People: authors have `rel` `author`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<NamedConcept>,
    /// Subjects: categories of the feed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<NamedConcept>,
    /// Who it comes from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub info_sources: Vec<InfoSource>,
    /// Copyright line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright_notice: Option<String>,
    /// Rights as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights_info: Option<RightsInfo>,
    /// Media files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
}
