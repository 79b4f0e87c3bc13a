//! The value on `orders`: what must happen to a story at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FeedId, Headers, Outgoing, RawItem, RunId, SourceId, StoryId, Timestamp, Topic, Version,
    WireStatus, header,
};

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderAction {
    /// Never again, and what was published must be taken back.
    Kill,
    /// Not now: every version received up to the order is taken back; a later one is free.
    Hold,
}

impl OrderAction {
    /// The word for it, as it stands in records and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderAction::Kill => "kill",
            OrderAction::Hold => "hold",
        }
    }
}

/// Who gave an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderedBy {
    /// The story itself: a version of it came with that status.
    Version,
    /// Another item of the wire, which names the story.
    Advisory,
    /// A person at the desk.
    Operator,
    /// An advisory ahead of its turn: `story` is the advisory, and `means` tells of the other item.
    Ahead,
}

/// What an advisory says of the story that it means.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Meant {
    /// Ids, as sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Words in lower case, with the number or headline of the story among them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// An order about one story. Given twice it has the effect of once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoryOrder {
    /// The story.
    pub story: StoryId,
    /// What is ordered.
    pub action: OrderAction,
    /// Who gave it.
    pub by: OrderedBy,
    /// When the order was received.
    pub at: Timestamp,
    /// The source that it comes from; an advisory has power over stories of its own source only.
    pub source: SourceId,
    /// The feed or folder that it came by.
    pub feed: FeedId,
    /// The run that received it.
    pub run: RunId,
    /// The version that says so, where the story itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// When that version was made, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Hash of its raw bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What named the story: the id of an advisory, or an operator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Which story an advisory means that is ahead of its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Meant>,
}

impl StoryOrder {
    /// The source, and the feed, of what people at the desk order.
    pub const DESK: &str = "desk";

    /// The order that an operator gives about a story.
    pub fn of_operator(story: StoryId, action: OrderAction, at: Timestamp) -> Self {
        Self {
            story,
            action,
            by: OrderedBy::Operator,
            at,
            source: SourceId::from(Self::DESK),
            feed: FeedId::from(Self::DESK),
            run: RunId::live(),
            version: None,
            created: None,
            hash: None,
            note: None,
            means: None,
        }
    }

    /// The order that an item gives about its own story: a version that is canceled kills.
    pub fn of_item(item: &RawItem) -> Option<Self> {
        let facts = item.item.wire.as_deref()?;
        let kills = facts.status == WireStatus::Canceled && facts.is_story();
        kills.then(|| Self {
            story: item.story.clone(),
            action: OrderAction::Kill,
            by: OrderedBy::Version,
            at: item.fetched_at,
            source: item.source.clone(),
            feed: item.feed.clone(),
            run: item.run.clone(),
            version: Some(item.version),
            created: facts.version_created.clone(),
            hash: Some(item.hash.clone()),
            note: None,
            means: None,
        })
    }

    /// The order of an advisory that has still to find the story it means.
    pub fn ahead(item: &RawItem, action: OrderAction, means: Meant) -> Self {
        Self {
            story: item.story.clone(),
            action,
            by: OrderedBy::Ahead,
            at: item.fetched_at,
            source: item.source.clone(),
            feed: item.feed.clone(),
            run: item.run.clone(),
            version: None,
            created: None,
            hash: None,
            note: None,
            means: Some(means),
        }
    }

    /// The record of the order.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn record(&self) -> Result<Outgoing, serde_json::Error> {
        Ok(Outgoing {
            topic: Topic::Orders,
            key: self.story.as_str().to_owned(),
            value: Some(serde_json::to_vec(self)?),
            headers: Headers::new()
                .with(header::CE_SOURCE, self.source.as_str())
                .with(header::CONTENT_TYPE, "application/json")
                .with(header::RUN, self.run.as_str()),
        })
    }
}
