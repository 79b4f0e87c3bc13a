//! What a page says of itself, how well its body was found, and what stands in it besides text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a page says of itself beyond title, byline, date and language, and how well its body was
/// found. Everything is as found, and nothing is there where no page was read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PageFacts {
    /// Address that the page gives for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// Section of the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// When the page says that it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// The publisher rule that it was cleaned with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher_rule: Option<String>,
    /// Where the body stood, if not in the lines of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_place: Option<BodyPlace>,
    /// How sure the model is of the lines that it took for the body, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// How far the body agrees with the one in the structured data of the page, 0 to 1, where there
    /// is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_agreement: Option<f64>,
    /// Share of the text of the page that stands in links, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_share: Option<f64>,
}

impl PageFacts {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a body stood that was not in the lines of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyPlace {
    /// In the structured data of the page, as `articleBody`.
    StructuredData,
    /// In what the page shows those who run no scripts.
    Noscript,
}

/// What kind of thing stands in a body besides text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MediaKind {
    /// A picture.
    Picture,
    /// A video.
    Video,
    /// A sound.
    Audio,
    /// A post, player or document of another site.
    Embed,
}

/// A picture, or a reference to something of another site, in its place within the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Its address: http or https.
    pub url: String,
    /// What it shows, for those who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Its caption, without the credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Whom it is credited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// How many kept blocks stand before it.
    pub after_block: u32,
}
