//! One version of a story as it arrives, reduced to what decides about it.

use serde::{Deserialize, Serialize};
use wiredesk_model::{FeedId, Timestamp, Version};

/// Whether the provider lets the version be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It may be published, once no embargo stands.
    Usable,
    /// Not now; what was published must be taken back until a later version is usable.
    Withheld,
    /// Never again (a kill); what was published must be taken back for good.
    Canceled,
    /// The source took the item down; a later version brings it back.
    Deleted,
    /// A word that is not known: not publishable.
    Unknown,
}

/// Until when nothing of the story may be public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Embargo {
    /// None is given.
    Absent,
    /// Until this time.
    Until(Timestamp),
    /// One is given, and no time could be read from it: closed until a later version opens it.
    Unknown,
}

impl Embargo {
    /// Whether the story may be public at `now`.
    pub fn is_open(self, now: Timestamp) -> bool {
        match self {
            Embargo::Absent => true,
            Embargo::Until(time) => now >= time,
            Embargo::Unknown => false,
        }
    }
}

/// One version as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its version.
    pub version: Version,
    /// The feed that counted it; `None` where the source itself numbers its versions. Numbers of
    /// two feeds do not compare, and those of one begin anew where its cursor is lost.
    pub counted_by: Option<FeedId>,
    /// When the provider made it, where it says so.
    pub created: Option<Timestamp>,
    /// Whether it may be published.
    pub status: Status,
    /// Until when it must not be public.
    pub embargo: Embargo,
    /// From when it must not be public any more.
    pub expires: Option<Timestamp>,
    /// Hash of its content: same version and same hash are the same thing sent again.
    pub hash: String,
    /// When it was received.
    pub received: Timestamp,
}

/// An order about the story as a whole, which need not be a version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Kill it. The arrival is the version that says so; an order that is no version of the story
    /// takes the place of the newest one.
    Kill(Option<Arrival>, Timestamp),
    /// Hold back every version received up to this time.
    Hold(Timestamp),
}

impl Arrival {
    /// A usable version without an embargo that does not expire.
    pub fn usable(version: Version, hash: &str, received: Timestamp) -> Self {
        Self {
            version,
            counted_by: None,
            created: None,
            status: Status::Usable,
            embargo: Embargo::Absent,
            expires: None,
            hash: hash.to_owned(),
            received,
        }
    }
}
