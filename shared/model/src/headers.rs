//! Names of record headers, and the ordered list that carries them.

use serde::{Deserialize, Serialize};

/// Header names. CloudEvents 1.0 binary mode (`ce_*`) for the events, ours (`wd_*`) for the rest.
pub mod header {
    /// CloudEvents: `1.0`.
    pub const CE_SPECVERSION: &str = "ce_specversion";
    /// CloudEvents: `story@version`.
    pub const CE_ID: &str = "ce_id";
    /// CloudEvents: the source that the story came from.
    pub const CE_SOURCE: &str = "ce_source";
    /// CloudEvents: `article.created`, `article.updated`, …
    pub const CE_TYPE: &str = "ce_type";
    /// CloudEvents: the story id.
    pub const CE_SUBJECT: &str = "ce_subject";
    /// CloudEvents: when the event happened, RFC 3339.
    pub const CE_TIME: &str = "ce_time";
    /// CloudEvents: URI of the JSON Schema of the value.
    pub const CE_DATASCHEMA: &str = "ce_dataschema";
    /// Media type of the value (Kafka binding of CloudEvents).
    pub const CONTENT_TYPE: &str = "content-type";
    /// The run that wrote the record.
    pub const RUN: &str = "wd_run";
    /// On a clean story that a run made anew and that is promoted: what it replaces, `3.1`.
    pub const PROMOTED: &str = "wd_promoted";
    /// Number of the partition that a record belongs to, where its key does not decide that.
    pub const PARTITION: &str = "wd_partition";
    /// Dead letter: the stage that gave up.
    pub const DEAD_STAGE: &str = "wd_dead_stage";
    /// Dead letter: reason code.
    pub const DEAD_REASON: &str = "wd_dead_reason";
    /// Dead letter: what went wrong, in words.
    pub const DEAD_DETAIL: &str = "wd_dead_detail";
    /// Dead letter: how often it was tried.
    pub const DEAD_ATTEMPTS: &str = "wd_dead_attempts";
    /// Dead letter: the topic that it was read from.
    pub const DEAD_TOPIC: &str = "wd_dead_topic";
    /// Dead letter: its partition there.
    pub const DEAD_PARTITION: &str = "wd_dead_partition";
    /// Dead letter: its offset there.
    pub const DEAD_OFFSET: &str = "wd_dead_offset";
    /// Dead letter: when it was given up, RFC 3339.
    pub const DEAD_TIME: &str = "wd_dead_time";
    /// On a record that was sent again: the place of the dead letter that it was, `0:42`.
    pub const RETRY_OF: &str = "wd_retry_of";
    /// On the dead topic: the place of the letter that this record settles, `0:42`.
    pub const SETTLES: &str = "wd_settles";
    /// On the dead topic: how it was settled, `retry` or `drop`.
    pub const SETTLED_AS: &str = "wd_settled_as";
}

/// Record headers, in the order they were added. Values are text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same headers with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a header behind the others.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// The newest value under `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Name and value of each header, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
