//! How a version stands to the one before it, and a story to the stories of others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{SourceId, StoryId};

/// How a version differs from the one that was newest before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// Version that it is compared with.
    pub from_version: String,
    /// What differs: `headline`, `byline`, `dateline`, `body` and the like; empty for the same text again.
    pub parts: Vec<String>,
    /// Paragraphs that are new.
    pub paragraphs_added: u32,
    /// Paragraphs that are gone.
    pub paragraphs_removed: u32,
    /// Words more, or fewer where below 0.
    pub words: i64,
}

/// The chain of stories that tell the same, and where this one stands in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoryChain {
    /// The first story of the chain, by whose id the chain is known.
    pub id: StoryId,
    /// Stories of the last days in it, this one among them.
    pub sightings: u32,
    /// Sources of these.
    pub sources: u32,
    /// Those nearest to this one, the nearest first.
    pub near: Vec<NearStory>,
}

/// A story with nearly the same text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NearStory {
    /// The story.
    pub story: StoryId,
    /// Its source.
    pub source: SourceId,
    /// The share of runs of three words that both texts have, 0 to 1, estimated to about 0.1.
    pub score: f64,
}
