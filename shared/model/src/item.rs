//! A parsed feed and its items: one model for every source format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FeedWishes, WireFacts};

/// A person named by a feed, each part as far as given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// Name as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// A file that belongs to an item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Enclosure {
    /// Where it is.
    pub url: String,
    /// Media type as declared.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Length in bytes as declared, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<String>,
    /// What it is, in one word: `image`, `video`, `audio`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who made it, to be named with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// The feed that an item was taken over from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ItemSource {
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its address, or that of its site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Something that the reader of the format has no field for, kept as it was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Extra {
    /// Where it stood, by the names of the document: `georss:point`, `itemMeta/generator`.
    pub path: String,
    /// Its text, its markup or its JSON.
    pub value: String,
}

/// What a feed says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Feed {
    /// Title, as text or HTML as sent.
    pub title: Option<String>,
    /// Subtitle or description.
    pub subtitle: Option<String>,
    /// The page that the feed belongs to.
    pub link: Option<String>,
    /// Every link of the feed.
    pub links: Vec<String>,
    /// Id of the feed.
    pub id: Option<String>,
    /// Declared language, BCP 47 as sent.
    pub language: Option<String>,
    /// Copyright line.
    pub rights: Option<String>,
    /// Program that wrote it.
    pub generator: Option<String>,
    /// Image of the feed.
    pub image: Option<String>,
    /// Icon of the feed.
    pub icon: Option<String>,
    /// Logo of the feed.
    pub logo: Option<String>,
    /// Last change, RFC 3339.
    pub updated: Option<String>,
    /// Publication, RFC 3339.
    pub published: Option<String>,
    /// Authors of the feed.
    pub authors: Vec<Person>,
    /// Contributors to the feed.
    pub contributors: Vec<Person>,
    /// Categories of the feed.
    pub categories: Vec<String>,
    /// Hubs that deliver what is new (WebSub), the first preferred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hubs: Vec<String>,
    /// The address by which the feed names itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_link: Option<String>,
    /// What it asks of those who poll it.
    #[serde(flatten)]
    pub wishes: FeedWishes,
    /// What had no field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<Extra>,
}

/// One item of a feed, or one document of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Item {
    /// The item's own id (`guid`, `atom:id`), as sent.
    pub id: Option<String>,
    /// Whether the feed says that the id is the address of the page (`isPermaLink` of RSS).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_permalink: Option<bool>,
    /// Title, as text or HTML as sent.
    pub title: Option<String>,
    /// The page of the story.
    pub link: Option<String>,
    /// Every link of the item.
    pub links: Vec<String>,
    /// Publication, RFC 3339.
    pub published: Option<String>,
    /// Last change, RFC 3339.
    pub updated: Option<String>,
    /// Authors.
    pub authors: Vec<Person>,
    /// Contributors.
    pub contributors: Vec<Person>,
    /// Teaser, HTML or text as sent.
    pub summary: Option<String>,
    /// Full content, HTML or text as sent.
    pub content: Option<String>,
    /// Copyright line.
    pub rights: Option<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Files that belong to it.
    pub enclosures: Vec<Enclosure>,
    /// A picture that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The feed that it was taken over from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ItemSource>,
    /// Page of its comments.
    pub comments: Option<String>,
    /// Declared language, BCP 47 as sent.
    pub language: Option<String>,
    /// What a news wire says beyond this; only on items from wires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<Box<WireFacts>>,
    /// What had no field; that of a wire stands in `wire`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<Extra>,
}

/// A feed document as read: the feed, its items, and the bytes of each item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedFeed {
    /// Name of the format: `rss`, `atom`, `json-feed`, …
    pub format: String,
    /// The feed's own fields.
    pub feed: Feed,
    /// The items, in the document's order.
    pub items: Vec<Item>,
    /// The bytes of each item as they stand in the document, UTF-8, in the same order. Empty
    /// where the format does not set its items apart.
    pub item_sources: Vec<String>,
}
