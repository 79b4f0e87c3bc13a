//! Versions that were put aside, and what is left of those that were forgotten.

use serde::{Deserialize, Serialize};
use wiredesk_model::{Timestamp, Version};

/// A version that does not decide, remembered to tell a repeat from a late version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Older {
    /// Its version.
    pub version: Version,
    /// Hash of its content.
    pub hash: String,
    /// When it was received, where that decides.
    pub received: Option<Timestamp>,
}

/// As it is stored: a short list, without the time where there is none.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Timed(Version, String, Timestamp),
    Untimed(Version, String),
}

impl From<Stored> for Older {
    fn from(stored: Stored) -> Self {
        let (version, hash, received) = match stored {
            Stored::Timed(version, hash, received) => (version, hash, Some(received)),
            Stored::Untimed(version, hash) => (version, hash, None),
        };
        Self {
            version,
            hash,
            received,
        }
    }
}

impl From<Older> for Stored {
    fn from(older: Older) -> Self {
        match older.received {
            Some(received) => Stored::Timed(older.version, older.hash, received),
            None => Stored::Untimed(older.version, older.hash),
        }
    }
}

/// What is left of older versions that are no longer remembered one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// The highest of them.
    pub up_to: Version,
    /// How many they are.
    pub count: u32,
    /// When the last of them was received, where that decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Timestamp>,
}

impl Forgotten {
    /// Those forgotten before and one more.
    pub(crate) fn with(before: Option<Self>, older: &Older) -> Self {
        Self {
            up_to: before.map_or(older.version, |those| those.up_to.max(older.version)),
            count: before.map_or(0, |those| those.count).saturating_add(1),
            received: before.and_then(|those| those.received).max(older.received),
        }
    }
}
