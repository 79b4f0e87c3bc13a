//! Why a record went where it went: closed sets, so that they can be counted.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every code.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The code as it stands in headers, metrics and logs.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }

            /// The code of a text, if it is one.
            pub fn from_code(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Why a record is a dead letter.
    ReasonCode {
        /// The value is not the JSON envelope that the topic carries.
        Undecodable => "undecodable",
        /// The record has no value where one is needed.
        EmptyValue => "empty-value",
        /// The record is of a schema version that this build cannot read.
        UnknownSchema => "unknown-schema",
        /// The payload could not be read in its format.
        Unparsable => "unparsable",
        /// Nothing that could be the body of a story was found.
        NoBody => "no-body",
        /// The page bars the way to the story, and the feed carries no body of it.
        Blocked => "blocked",
        /// A size, depth or time limit was passed.
        OverLimit => "over-limit",
        /// Tried as often as allowed, and failed each time.
        RetriesSpent => "retries-spent",
        /// The stage failed in a way that it should not have; a defect of ours.
        Panicked => "panicked",
        /// An advisory means another item, and which one could not be told: for an operator.
        Unresolved => "unresolved",
        /// The place that it is to be stored in does not take it.
        Refused => "refused",
        /// A source takes back a story that is not its own: for an operator.
        NotOwner => "not-owner",
        /// Its text is that of a story that was killed: for an operator.
        ResemblesKilled => "resembles-killed",
    }
}

codes! {
    /// Why a record was taken in and rightly led to no output.
    FilterReason {
        /// The same bytes were processed before.
        Duplicate => "duplicate",
        /// Not a story: an advisory, a test message, a page without news.
        NotAStory => "not-a-story",
        /// A tombstone, which has nothing to process.
        Tombstone => "tombstone",
        /// The story was killed before.
        Killed => "killed",
    }
}
