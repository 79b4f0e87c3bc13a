//! The value on `raw`: an item exactly as received, and where it came from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{FeedId, Item, RunId, SourceId, StoryId, Timestamp, Version};

/// Bytes as received, with what was said of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Payload {
    /// Media type: `application/rss+xml`, `text/html`, `text/plain`.
    pub media_type: String,
    /// Charset as declared by HTTP or by the document, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// The bytes; base64 in JSON.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    #[schemars(with = "String")]
    pub bytes: Vec<u8>,
}

/// What the server said, as far as it matters later.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct HttpFacts {
    /// The URL that answered, after redirects.
    pub url: String,
    /// Status code.
    pub status: u16,
    /// `ETag`, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified`, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// One item as received: the value on `raw`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RawItem {
    /// The story that the item tells.
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
    /// The item's own bytes.
    pub payload: Payload,
    /// Hash of the item's bytes, and of the page's where there is one.
    pub hash: String,
    /// The item as parsed.
    pub item: Item,
    /// Title of the feed, for credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_title: Option<String>,
    /// Language that the feed declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_language: Option<String>,
    /// The answer that carried the item, where HTTP did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpFacts>,
    /// The linked page, where it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Payload>,
    /// The answer that carried the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_http: Option<HttpFacts>,
    /// Why the linked page is missing although the source asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_error: Option<String>,
}

fn to_base64<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(input)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}
