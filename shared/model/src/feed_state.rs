//! The value on `feed-state`: where the polling of a feed stands.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FeedId, Timestamp, Version};

/// How polling goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FeedHealth {
    /// Polls that failed since the last that did not.
    pub failures_in_a_row: u32,
    /// What the last failure said.
    pub last_error: Option<String>,
    /// Status of the last answer, where there was one.
    pub last_status: Option<u16>,
    /// When a poll last succeeded.
    pub last_success: Option<Timestamp>,
}

/// An item that was seen in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeenItem {
    /// Hash of the item as last seen.
    pub hash: String,
    /// The version that was given to it.
    pub version: Version,
    /// The poll in which it was last in the feed.
    pub last_poll: u64,
}

/// The poll cursor of a feed or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedState {
    /// The feed.
    pub feed: FeedId,
    /// The URL that the validators belong to.
    pub url: String,
    /// `ETag`, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified`, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// No request before this time.
    pub next_poll: Timestamp,
    /// Polls so far.
    pub polls: u64,
    /// Items seen, by story id.
    pub seen: BTreeMap<String, SeenItem>,
    /// How polling goes.
    #[serde(default)]
    pub health: FeedHealth,
}
