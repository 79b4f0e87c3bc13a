//! The value on `feed-state`: where the polling of a feed stands.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Since when the server says that the feed is gone for good (status 410).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<Timestamp>,
    /// Until when its host wants to be left alone (`Retry-After`), as far as this feed was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_alone_until: Option<Timestamp>,
    /// Since when the feed has been silent for much longer than its own rhythm lets expect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_since: Option<Timestamp>,
    /// Polls so far that had no item in common with the one before.
    #[serde(skip_serializing_if = "is_default")]
    pub gaps: u64,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_gap: Option<Gap>,
}

/// Time between two polls in which every item of the feed was replaced: some may never have been
/// seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// The poll before.
    pub since: Timestamp,
    /// The poll that had nothing in common with it.
    pub until: Timestamp,
    /// Items missed, as the learned rhythm lets estimate.
    pub missed_items: u64,
}

/// A permanent redirect of the feed, as far as it has been seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// The address as configured.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// Polls in a row that led there.
    pub sightings: u32,
    /// The first of them.
    pub first_seen: Timestamp,
    /// Whether the new address is asked instead of the configured one.
    pub is_learned: bool,
}

/// How often the feed brings something new.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rhythm {
    /// New items in a thousand days, weighted towards the last hours.
    pub new_per_1000_days: u64,
    /// Time over which that was measured.
    pub measured_seconds: u64,
    /// Items that the document held when it was last read.
    pub listed_items: u64,
    /// When the feed last said what it holds, be it that nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_at: Option<Timestamp>,
    /// When a new item was last found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_new: Option<Timestamp>,
    /// Polls so far that found new items, the first not counted.
    pub arrivals: u64,
    /// Longest pause between two of them, slowly forgotten.
    pub longest_pause_seconds: u64,
}

/// What the feed document asks of those who poll it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FeedWishes {
    /// RSS `ttl`, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_minutes: Option<u32>,
    /// `sy:updatePeriod` by `sy:updateFrequency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_seconds: Option<u64>,
    /// `sy:updateBase`: updates come at whole periods from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_base: Option<Timestamp>,
    /// `skipHours`: hours of the day without updates, 0 to 23 in UTC.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub skip_hours: BTreeSet<u8>,
    /// `skipDays`: days of the week without updates, from Monday = 1 to Sunday = 7, in UTC.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub skip_days: BTreeSet<u8>,
}

/// Whether the server's word that nothing changed can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ValidatorTrust {
    /// When the whole feed was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_at: Option<Timestamp>,
    /// Times that the server said "not modified" of a feed that was.
    pub lies: u32,
    /// Since when the feed is asked for without validators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off_since: Option<Timestamp>,
}

/// One poll, for display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PollNote {
    /// When it began.
    pub at: Timestamp,
    /// `changed`, `unchanged` or `failed`.
    pub outcome: String,
    /// Status of the answer, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Items found that are new.
    #[serde(default)]
    pub new: u64,
    /// Items found that changed.
    #[serde(default)]
    pub updated: u64,
}

/// An archive or object as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TakenFile {
    /// What tells it from others of its name: an ETag, or time and size.
    pub tag: String,
    /// When it was changed.
    pub changed: Timestamp,
    /// The entry of an archive to go on with, counted from 1; `None` where all of it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_entry: Option<u64>,
}

/// A place in the order of objects: by time of their last change, then by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct TakenTo {
    /// The last change.
    pub changed: Timestamp,
    /// The name.
    pub name: String,
}

/// A subscription at the hub that a feed names (WebSub).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HubSubscription {
    /// The hub.
    pub hub: String,
    /// The topic: the address by which the feed names itself.
    pub topic: String,
    /// When the hub was last asked for it.
    pub asked_at: Timestamp,
    /// Requests in a row that failed, that were denied, or that the hub never verified.
    #[serde(default)]
    pub failures: u32,
    /// What the last failure said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Until when the hub has granted it, once verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// When the hub last delivered something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivery: Option<Timestamp>,
    /// Deliveries so far.
    #[serde(default)]
    pub deliveries: u64,
    /// Polls in a row that found news which the hub had not delivered.
    #[serde(default)]
    pub missed: u32,
}

/// Cursors stay small: what says nothing is not written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
    /// Its page, where that is watched for being taken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<WatchedPage>,
}

/// The page of a story, asked for again and again where its absence deletes the story.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WatchedPage {
    /// Where it is.
    pub url: String,
    /// What the id of the story was made of.
    pub identity: String,
    /// When it was last asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Whether it has been there: a page that never was is a wrong link.
    #[serde(skip_serializing_if = "is_default")]
    pub was_there: bool,
    /// Times in a row that it was not there (404 or 410).
    #[serde(skip_serializing_if = "is_default")]
    pub missing: u32,
    /// Whether the story was deleted for it.
    #[serde(skip_serializing_if = "is_default")]
    pub is_deleted: bool,
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
    /// Where the feed has moved, or seems to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// What its document asks of those who poll it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wishes: FeedWishes,
    /// How often it brings something new.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rhythm: Rhythm,
    /// Whether "not modified" can be trusted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trust: ValidatorTrust,
    /// The last polls, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<PollNote>,
    /// Its subscription at a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubSubscription>,
    /// Messages that were pushed in of late, each by a hash, with when it came: a repeat is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub messages: BTreeMap<String, Timestamp>,
    /// Name of the folder that claimed files wait in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Archives and objects that were taken, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub taken: BTreeMap<String, TakenFile>,
    /// Every object up to here, by time and name, was taken; `taken` holds those behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_to: Option<TakenTo>,
}
