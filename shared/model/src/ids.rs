//! Ids that cross crates, each its own type so that one cannot stand in for another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it is; nothing is checked or changed.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

id! {
    /// Identity of a story over all its versions: the key of every record about it.
    StoryId
}
id! {
    /// Identity of one polled feed or watched folder: the key of its poll cursor.
    FeedId
}
id! {
    /// A configured source (a publisher or an agency), by its name in `config/sources`.
    SourceId
}
id! {
    /// One run of the pipeline over some input: `live`, or the name of a replay.
    RunId
}
id! {
    /// One running instance of a service.
    InstanceId
}

/// Version of a story, counted from 1. Only a higher version replaces a lower one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Version(pub u32);

impl Version {
    /// The version of a story seen for the first time from a source that numbers none.
    pub const FIRST: Version = Version(1);

    /// The version after this one; the last one stays the last.
    pub fn next(self) -> Version {
        Version(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Hash of some bytes: BLAKE3, the first 16 bytes in lower-case hex, 32 characters.
pub fn content_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

impl RunId {
    /// The run of news as it happens.
    pub fn live() -> Self {
        Self("live".to_owned())
    }
}
