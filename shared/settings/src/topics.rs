//! `[topics]`: how topics are called, shared out and kept.

use serde::Deserialize;
use wiredesk_model::{Cleanup, Topic, TopicNames, TopicSpec};

use crate::{Problem, RawTable};

const HOUR_MS: u64 = 60 * 60 * 1000;

/// `[topics]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct TopicsSection {
    /// Put in front of every topic and group, with a dot between; may be empty.
    pub prefix: String,
    /// `[topics.partitions]`.
    pub partitions: PartitionCounts,
    /// `[topics.retention_hours]`.
    pub retention_hours: RetentionHours,
}

/// `[topics.partitions]`: partitions of each topic when it is created.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct PartitionCounts {
    /// Of the raw topic.
    pub raw: u32,
    /// Of the clean topic.
    pub clean: u32,
    /// Of the enriched topic.
    pub enriched: u32,
    /// Of the current topic.
    pub current: u32,
    /// Of the dead topic.
    pub dead: u32,
    /// Of the feed-state topic: no more fetchers than this can share the feeds.
    pub feed_state: u32,
    /// Of the events topic.
    pub events: u32,
}

impl Default for PartitionCounts {
    fn default() -> Self {
        Self {
            raw: 12,
            clean: 12,
            enriched: 12,
            current: 12,
            dead: 3,
            feed_state: 12,
            events: 3,
        }
    }
}

/// `[topics.retention_hours]`: how long records are kept. The other topics are compacted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RetentionHours {
    /// On the raw topic.
    pub raw: u64,
    /// On the clean topic.
    pub clean: u64,
    /// On the enriched topic.
    pub enriched: u64,
    /// On the dead topic.
    pub dead: u64,
    /// On the events topic.
    pub events: u64,
    /// On the orders topic.
    pub orders: u64,
}

impl Default for RetentionHours {
    fn default() -> Self {
        let hours = |topic: Topic| match topic.cleanup() {
            Cleanup::Delete { retention_ms } => retention_ms / HOUR_MS,
            Cleanup::Compact => 0,
        };
        Self {
            raw: hours(Topic::Raw),
            clean: hours(Topic::Clean),
            enriched: hours(Topic::Enriched),
            dead: hours(Topic::Dead),
            events: hours(Topic::Events),
            orders: hours(Topic::Orders),
        }
    }
}

impl TopicsSection {
    /// The physical names.
    pub fn names(&self) -> TopicNames {
        TopicNames::with_prefix(&self.prefix)
    }

    /// What `topic` is created with.
    pub fn spec(&self, topic: Topic) -> TopicSpec {
        let cleanup = match self.retention(topic) {
            Some(hours) => Cleanup::Delete {
                retention_ms: hours.saturating_mul(HOUR_MS),
            },
            None => Cleanup::Compact,
        };
        TopicSpec {
            topic,
            partitions: self.partition_count(topic),
            cleanup,
        }
    }

    /// What every topic is created with.
    pub fn specs(&self) -> Vec<TopicSpec> {
        Topic::ALL
            .into_iter()
            .map(|topic| self.spec(topic))
            .collect()
    }

    fn partition_count(&self, topic: Topic) -> u32 {
        match topic {
            // A story and what the cleaner remembers of it must fall into the same partition.
            Topic::Raw | Topic::CleanerState => self.partitions.raw,
            // A story, what is remembered of it and what is ordered about it must fall into the
            // same partition.
            Topic::Clean | Topic::StoryState | Topic::Orders => self.partitions.clean,
            Topic::Enriched => self.partitions.enriched,
            Topic::Current => self.partitions.current,
            Topic::Dead => self.partitions.dead,
            Topic::FeedState => self.partitions.feed_state,
            Topic::Events => self.partitions.events,
        }
    }

    fn retention(&self, topic: Topic) -> Option<u64> {
        let hours = match topic {
            Topic::Raw => self.retention_hours.raw,
            Topic::Clean => self.retention_hours.clean,
            Topic::Enriched => self.retention_hours.enriched,
            Topic::Dead => self.retention_hours.dead,
            Topic::Events => self.retention_hours.events,
            Topic::Orders => self.retention_hours.orders,
            Topic::Current | Topic::FeedState | Topic::StoryState | Topic::CleanerState => {
                return None;
            }
        };
        Some(hours)
    }

    pub(crate) fn validate(&self, root: &RawTable, problems: &mut Vec<Problem>) {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if !self.prefix.chars().all(allowed) || self.prefix.len() > 200 {
            problems.push(root.problem_at(
                "topics.prefix",
                "`prefix` takes letters, digits, dot, dash and underscore, 200 at the most",
            ));
        }
        for topic in Topic::ALL {
            let count = self.partition_count(topic);
            // Told once: these have as many as the topic that they belong to.
            let follows = matches!(
                topic,
                Topic::CleanerState | Topic::StoryState | Topic::Orders
            );
            if !follows && !(1..=1024).contains(&count) {
                problems.push(root.problem_at(
                    &format!("topics.partitions.{topic}"),
                    &format!("{count} partitions is out of range; choose 1 to 1024"),
                ));
            }
            // Beyond a hundred years the number of milliseconds no longer fits where it must.
            if let Some(hours) = self.retention(topic)
                && !(1..=876_000).contains(&hours)
            {
                problems.push(root.problem_at(
                    &format!("topics.retention_hours.{topic}"),
                    &format!("{hours} hours is out of range; choose 1 to 876000"),
                ));
            }
        }
    }
}
