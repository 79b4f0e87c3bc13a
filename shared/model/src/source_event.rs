//! The value on `events`: what an operator should know of a source.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{SourceId, StoryId, Timestamp};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceEventKind {
    /// Its pages bar the way: a check for robots, a refusal, a consent form.
    Blocked,
    /// Its pages are no longer like those before: their layout has changed.
    LayoutChange,
    /// Its pages are again as they were.
    Recovered,
}

impl SourceEventKind {
    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceEventKind::Blocked => "blocked",
            SourceEventKind::LayoutChange => "layout-change",
            SourceEventKind::Recovered => "recovered",
        }
    }
}

/// Something about a source that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceEvent {
    /// What happened.
    pub kind: SourceEventKind,
    /// The source.
    pub source: SourceId,
    /// When it was noticed.
    pub at: Timestamp,
    /// The story on whose page it was noticed.
    pub story: StoryId,
    /// Topic, partition and offset of its raw record: `raw/3/42`.
    pub raw_ref: String,
    /// What was measured, against what, in words.
    pub detail: String,
}
