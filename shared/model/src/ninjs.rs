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

/// How much of the story the record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RepresentationType {
    /// All of it.
    Full,
    /// A part: the feed carried a teaser, and no more was to be had.
    Partial,
}

/// The standard that the article keeps to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standard {
    /// `ninjs`.
    pub name: String,
    /// `3.1`.
    pub version: String,
    /// URI of the JSON Schema.
    pub schema: String,
}

impl Standard {
    /// ninjs 3.1, which is what Wiredesk writes.
    pub fn ninjs() -> Self {
        Self {
            name: "ninjs".to_owned(),
            version: "3.1".to_owned(),
            schema: "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#".to_owned(),
        }
    }
}

/// A headline with its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headline {
    /// `main`, `subheadline`, …
    pub role: String,
    /// Media type, `text/plain`.
    pub content_type: String,
    /// The text.
    pub value: String,
}

/// A description with its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// `summary`, `caption`, …
    pub role: String,
    /// Media type, `text/plain`.
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
    /// Characters; markup and captions not counted.
    pub char_count: u64,
    /// Words; markup and captions not counted.
    pub word_count: u64,
    /// The body.
    pub value: String,
}

/// What the story is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// URI of the concept, where its vocabulary gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Name as written.
    pub name: String,
    /// The code as sent, where no URI can be made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub literal: Option<String>,
    /// How much the story is about it, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub relevance: Option<u8>,
}

/// A person or a genre.
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
    /// `provider` (whose feed it is), `contentSource` (the agency that the text credits).
    pub role: String,
}

/// Another id of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AltId {
    /// `guid` (the feed's own id), `link` (the page).
    pub role: String,
    /// The id as sent.
    pub value: String,
}

/// Rights as given; only what the source said. Either `linkedRights` or `encodedRights` is there,
/// never both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RightsInfo {
    /// URI of the rights expression language, with `encodedRights`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang_id: Option<String>,
    /// URI of the page that states the rights, a licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_rights: Option<String>,
    /// The rights in a rights expression language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoded_rights: Option<String>,
}

/// A media file of the story.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// Name within the story, `enclosure-1`.
    pub name: String,
    /// Where it is; a URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// Its file name, where the wire sends no address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Media type, where declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Length in bytes, where declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_in_bytes: Option<u64>,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// A ninjs 3.1 article.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Article {
    /// The story id; a URI.
    pub uri: String,
    /// `text`.
    #[serde(rename = "type")]
    pub item_type: String,
    /// Whether all of the story is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representation_type: Option<RepresentationType>,
    /// Version, digits as a string.
    pub version: String,
    /// Publishing status.
    #[serde(default)]
    pub pub_status: PubStatus,
    /// Language, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When the first version was made, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_created: Option<String>,
    /// When this version was made, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_created: Option<String>,
    /// When the content was made, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_created: Option<String>,
    /// When it is of no more interest, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Not before this time, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<String>,
    /// Editorial urgency, 1 to 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9))]
    pub urgency: Option<u8>,
    /// Slugline as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slugline: Option<String>,
    /// Headlines by role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headlines: Vec<Headline>,
    /// Byline as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Place of origin, as the dateline has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub located: Option<String>,
    /// Summary and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Description>,
    /// The body, as plain text and as XHTML.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<ArticleBody>,
    /// People: authors have `rel` `author`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<NamedConcept>,
    /// Subjects: categories of the item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
    /// Genres.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<NamedConcept>,
    /// Who it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub info_sources: Vec<InfoSource>,
    /// Note to the editors; not for the public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ed_note: Option<String>,
    /// Who holds the copyright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_holder: Option<String>,
    /// Terms of use, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_terms: Option<String>,
    /// Copyright line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_notice: Option<String>,
    /// Rights as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights_info: Option<RightsInfo>,
    /// Media files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
    /// Other ids of the story.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt_ids: Vec<AltId>,
    /// The standard that the article keeps to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<Standard>,
}
