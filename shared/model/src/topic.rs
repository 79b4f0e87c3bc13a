//! The topics, with what each needs to be created. No other crate spells a topic name.

use serde::{Deserialize, Serialize};

/// A topic of the pipeline, apart from its physical name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Items exactly as received.
    Raw,
    /// Block trees and plain text, with every removed span.
    Clean,
    /// Article records: every version and life-cycle event.
    Enriched,
    /// The newest publishable version of each story; a tombstone once it is withdrawn.
    Current,
    /// Records that a stage could not process, as they were.
    Dead,
    /// Poll cursors of feeds and folders.
    FeedState,
    /// What the enricher remembers of each story; holds stories under embargo, so it is not for
    /// subscribers.
    StoryState,
    /// What the cleaner remembers of the newest stories of each source: what repeats over them, and
    /// what their pages are like.
    CleanerState,
    /// What an operator should know of a source: its pages changed, or bar the way.
    Events,
    /// What must happen to a story at once, ahead of everything that waits: kills and holds.
    Orders,
}

/// How a topic forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cleanup {
    /// Records older than the retention go.
    Delete {
        /// Age in milliseconds after which a record may go.
        retention_ms: u64,
    },
    /// The newest record of each key stays, older ones may go.
    Compact,
}

/// What a topic is created with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// Which topic.
    pub topic: Topic,
    /// Number of partitions.
    pub partitions: u32,
    /// How it forgets.
    pub cleanup: Cleanup,
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Topic {
    /// Every topic, in the order of the flow.
    pub const ALL: [Topic; 10] = [
        Topic::Raw,
        Topic::Clean,
        Topic::Enriched,
        Topic::Current,
        Topic::Dead,
        Topic::FeedState,
        Topic::StoryState,
        Topic::CleanerState,
        Topic::Events,
        Topic::Orders,
    ];

    /// The short name, as used on the command line: `raw`, `feed-state`.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Raw => "raw",
            Topic::Clean => "clean",
            Topic::Enriched => "enriched",
            Topic::Current => "current",
            Topic::Dead => "dead",
            Topic::FeedState => "feed-state",
            Topic::StoryState => "story-state",
            Topic::CleanerState => "cleaner-state",
            Topic::Events => "events",
            Topic::Orders => "orders",
        }
    }

    /// The topic of a short name, if there is one.
    pub fn from_name(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// How the topic forgets unless configured otherwise.
    pub fn cleanup(self) -> Cleanup {
        match self {
            Topic::Raw | Topic::Clean => Cleanup::Delete {
                retention_ms: 7 * DAY_MS,
            },
            Topic::Enriched | Topic::Dead | Topic::Events | Topic::Orders => Cleanup::Delete {
                retention_ms: 28 * DAY_MS,
            },
            Topic::Current | Topic::FeedState | Topic::StoryState | Topic::CleanerState => {
                Cleanup::Compact
            }
        }
    }

    /// The topic with `partitions` partitions and its usual way to forget.
    pub fn spec(self, partitions: u32) -> TopicSpec {
        TopicSpec {
            topic: self,
            partitions,
            cleanup: self.cleanup(),
        }
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Physical names: `wire.raw`, or `newsroom1.wire.raw` with a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicNames {
    prefix: String,
}

impl TopicNames {
    /// Names with `prefix` and a dot in front; an empty prefix adds nothing.
    pub fn with_prefix(prefix: &str) -> Self {
        let dotted = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}.")
        };
        Self { prefix: dotted }
    }

    /// The name of `topic` on the broker.
    pub fn physical(&self, topic: Topic) -> String {
        format!("{}wire.{}", self.prefix, topic.name())
    }

    /// The topic behind a name on the broker, if it is one of ours under this prefix.
    pub fn logical(&self, physical: &str) -> Option<Topic> {
        Topic::from_name(physical.strip_prefix(&self.prefix)?.strip_prefix("wire.")?)
    }

    /// The consumer group of a service: `wiredesk.cleaner`, prefixed as the topics are.
    pub fn group(&self, service: &str) -> String {
        format!("{}wiredesk.{service}", self.prefix)
    }
}
