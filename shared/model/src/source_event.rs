//! The value on `events`: what an operator should know of a source.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Gap, SourceId, StoryId, Timestamp};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceEventKind {
    /// Its pages bar the way: a check for robots, a refusal, a consent form.
    Blocked,
    /// Its pages are no longer like those before: their layout has changed.
    LayoutChange,
    /// Every item of its feed was replaced between two polls: some may have come and gone unseen.
    Gap,
    /// Its feed answers, but has been without news for much longer than ever.
    Quiet,
    /// Its server says that the feed is gone for good.
    Gone,
    /// Its feed has another address for good.
    Moved,
    /// Its server said that nothing had changed where something had.
    Distrusted,
    /// Its hub does not deliver.
    HubLost,
    /// It is again as it was.
    Recovered,
}

impl SourceEventKind {
    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceEventKind::Blocked => "blocked",
            SourceEventKind::LayoutChange => "layout-change",
            SourceEventKind::Gap => "gap",
            SourceEventKind::Quiet => "quiet",
            SourceEventKind::Gone => "gone",
            SourceEventKind::Moved => "moved",
            SourceEventKind::Distrusted => "distrusted",
            SourceEventKind::HubLost => "hub-lost",
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryId>,
    /// Topic, partition and offset of its raw record: `raw/3/42`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_ref: Option<String>,
    /// Of a gap: between which polls, and how many items were missed by estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// What was measured, against what, in words.
    pub detail: String,
}
