//! What a news wire says of an item beyond what a web feed can say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::feed_state::is_default;
use crate::{Extra, Version};

/// What kind of item a wire document carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WireKind {
    /// One piece of news, in words or as a picture, video or graphic.
    #[default]
    News,
    /// Several items held together.
    Package,
    /// A person, place, event or other concept; no story.
    Concept,
    /// What is planned to be covered; no story.
    Planning,
    /// A list of concepts or of vocabularies; no story.
    Knowledge,
}

/// Whether an item may be published, as its provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WireStatus {
    /// It may, subject to embargo and rights.
    #[default]
    Usable,
    /// Not now.
    Withheld,
    /// Never again, and what was published must be withdrawn.
    Canceled,
    /// Its source has taken it down; a later version brings it back.
    Deleted,
    /// A word that is not known: not publishable.
    Unknown,
}

/// Until when an item must not be published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Embargo {
    /// The wire names none.
    #[default]
    Absent,
    /// Until a point in time.
    Until {
        /// When it ends, RFC 3339.
        at: String,
    },
    /// There is one and its end is not known: closed until someone says otherwise.
    Unknown {
        /// What the wire says instead of a date; empty for an empty element.
        text: String,
    },
}

/// A term of a vocabulary, or a party, place or thing named by one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WireTerm {
    /// The code as sent: a qcode, a URI, or a literal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The vocabulary: its URI where the document gives it, or else the alias or name in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Whether the code only leads to a description in the same document and means nothing
    /// outside it.
    #[serde(skip_serializing_if = "is_default")]
    pub is_pointer: bool,
    /// Name in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind of thing it is, as sent.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The part it plays for the item, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How much the item is about it, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevance: Option<u8>,
    /// Wider terms that the wire names with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broader: Vec<WireTerm>,
    /// The same thing in other vocabularies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<WireTerm>,
}

/// A text with the part it plays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RoleText {
    /// The role as sent; none for the main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The text.
    pub text: String,
    /// Language of the text where it has its own, BCP 47 as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A relation to another item or page; also a member of a package.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WireLink {
    /// The relation as sent: `irel:seeAlso`, `derivedFrom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rel: Option<String>,
    /// Guid or address of what it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Version of what it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Class of what it points to: `text`, `picture`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Title or headline of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Group of the package that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Media type of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
}

/// A file that shows the item, or a picture that goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WireRendition {
    /// Name of the rendition: `main`, `rnd:thumbnail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address or id of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// Media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Size in bytes, as declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// Width in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Caption that stands with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// How the item was sent, which is no part of its content.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Transmission {
    /// Id of the message or take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Number of the message on its service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    /// When it was sent, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// Who sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Service or product that it was sent on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
}

/// What a wire says of an item. Dates, headline, body, authors and language that every item has
/// are on the item itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WireFacts {
    /// What kind of item it is.
    pub kind: WireKind,
    /// Class of the item, without its scheme: `text`, `picture`, `composite`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Guid as sent. The item's `id` is the same over all versions, this may name the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
    /// Version as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether it may be published; a record that does not say is closed.
    #[serde(default = "closed_status")]
    pub status: WireStatus,
    /// The word that the wire used for the status, without its scheme; none where it was silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_word: Option<String>,
    /// Until when it must not be published; a record that does not say is closed.
    #[serde(default = "closed_embargo")]
    pub embargo: Embargo,
    /// Editorial urgency, 1 (flash) to 9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<u8>,
    /// Priority of the transmission, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Every headline with its role, the main one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headlines: Vec<RoleText>,
    /// Slugline, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slugline: Option<String>,
    /// Byline as it is to be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byline: Option<String>,
    /// Credit line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_line: Option<String>,
    /// Dateline as it is to be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dateline: Option<String>,
    /// Where the item was made or where it happened, each as the wire says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub located: Vec<WireTerm>,
    /// Creators and contributors with their roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<WireTerm>,
    /// Every subject, with its scheme.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<WireTerm>,
    /// Genres.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<WireTerm>,
    /// Keywords.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Abstracts, teasers and captions with their roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<RoleText>,
    /// When the first version was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_created: Option<String>,
    /// When this version was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_created: Option<String>,
    /// When the content was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_created: Option<String>,
    /// When the content was last changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_modified: Option<String>,
    /// When it is of no more interest, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Who holds the copyright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright_holder: Option<String>,
    /// Terms of use, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_terms: Option<String>,
    /// Who provides the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<WireTerm>,
    /// Where the provider has it from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<WireTerm>,
    /// Notes to editors, with their roles; not for the public.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ed_notes: Vec<RoleText>,
    /// Signals to the receiver, as sent: `sig:correction`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// Relations to other items and pages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<WireLink>,
    /// Members of a package, and items associated with this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<WireLink>,
    /// Files that show the item.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<WireRendition>,
    /// Series that it is part of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<WireTerm>,
    /// Words of the body, as declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<u64>,
    /// How it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transmission: Option<Transmission>,
    /// What had no field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<Extra>,
}

fn closed_status() -> WireStatus {
    WireStatus::Unknown
}

fn closed_embargo() -> Embargo {
    Embargo::Unknown {
        text: String::new(),
    }
}

impl WireFacts {
    /// Whether it is a story at all, and not a concept, a plan or a list.
    pub fn is_story(&self) -> bool {
        matches!(self.kind, WireKind::News | WireKind::Package)
    }

    /// The number that the source itself gives the version, where it is one.
    pub fn version_number(&self) -> Option<Version> {
        let version = self.version.as_deref()?;
        version.trim().parse().ok().map(Version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_does_not_say_is_closed() {
        let facts: WireFacts = serde_json::from_str("{}").unwrap();
        assert_eq!(facts.status, WireStatus::Unknown);
        assert!(matches!(facts.embargo, Embargo::Unknown { .. }));
        let whole = WireFacts::default();
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<WireFacts>(&text).unwrap(), whole);
    }
}
