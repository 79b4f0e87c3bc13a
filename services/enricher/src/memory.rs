//! What the enricher remembers: the state of each story, and the version that waits for its time.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use wiredesk_lifecycle::{Card, Digest, Embargo, Story};
use wiredesk_model::{ArticleRecord, Incoming, RunId, SourceId, StoryOrder, Timestamp};

use crate::shelf::{Shelf, ShelfSettings};

/// The value on the story-state topic.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StoryMemory {
    /// Where the story stands.
    pub story: Story,
    /// The source that it came from first, which owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// What other stories are told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// What the newest version said, for what the next one changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// The record that waits for the end of its embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Box<ArticleRecord>>,
    /// Orders that were not followed, by source and time: orders are read again after every start,
    /// and the operator is told once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<(SourceId, Timestamp)>,
}

/// What a version said, in a few hashes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Said {
    /// Which version.
    pub version: String,
    /// What it said.
    pub digest: Digest,
}

impl StoryMemory {
    /// Where the story stands, in words that tell nothing of its content.
    pub fn standing(&self) -> String {
        let Some(newest) = &self.story.newest else {
            return "nothing known".to_owned();
        };
        let version = newest.version;
        if self.story.killed.is_some() {
            return format!("version {version}, killed");
        }
        match (self.story.shown, newest.embargo) {
            (Some(shown), _) => format!("version {shown} is current"),
            (None, Embargo::Until(time)) if self.waiting.is_some() => {
                format!("version {version} waits until {time}")
            }
            (None, _) if self.waiting.is_some() => {
                format!("version {version} waits for a later one")
            }
            (None, _) => format!("version {version} is not to be shown"),
        }
    }

    /// Who the record of this memory is from.
    pub(crate) fn origin(&self) -> (SourceId, RunId) {
        let wire = self.waiting.as_ref().map(|waiting| &waiting.wire);
        let source = wire.map(|wire| wire.source.clone()).or(self.source.clone());
        let run = wire.map_or_else(RunId::live, |wire| wire.run.clone());
        (source.unwrap_or_else(|| SourceId::from("")), run)
    }

    /// When the waiting version is due, where that is known.
    fn due(&self) -> Option<Timestamp> {
        self.waiting.as_ref()?;
        match self.story.newest.as_ref()?.embargo {
            Embargo::Until(time) => Some(time),
            Embargo::Absent | Embargo::Unknown => None,
        }
    }
}

/// The memory of one partition.
#[derive(Debug, Default)]
pub struct PartitionMemory {
    stories: Shelf,
    /// When waiting versions are due; an entry may be stale, the story decides.
    queue: BTreeSet<(Timestamp, String)>,
    /// Stories whose memory could not be read, and why.
    unreadable: HashMap<String, String>,
    /// Orders that came and are not carried out yet, the oldest first.
    orders: VecDeque<StoryOrder>,
    /// Why nothing can be decided any more.
    stopped: Option<String>,
}

impl PartitionMemory {
    /// The memory that the newest records of the story-state topic hold.
    pub(crate) fn recall(state: Vec<Incoming>, settings: ShelfSettings) -> Self {
        let mut memory = Self {
            stories: Shelf::new(settings),
            ..Self::default()
        };
        for record in state {
            let value = record.value.as_deref().unwrap_or_default();
            match serde_json::from_slice::<StoryMemory>(value) {
                Ok(story) => memory.put(record.key, story),
                Err(error) => {
                    memory.unreadable.insert(record.key, error.to_string());
                }
            }
        }
        memory
    }

    /// What is remembered of a story; nothing yet where it is new.
    ///
    /// # Errors
    /// Where its memory could not be read: deciding without it could publish what was killed. The
    /// text says what to do.
    pub fn take(&mut self, story: &str) -> Result<StoryMemory, String> {
        match self.unreadable.get(story) {
            Some(error) => Err(format!(
                "what is remembered of story {story} cannot be read ({error}); it was written by a \
                 newer build, so run that one"
            )),
            None => Ok(self.stories.take(story)?.unwrap_or_default()),
        }
    }

    /// Remembers a story.
    pub fn put(&mut self, story: String, memory: StoryMemory) {
        if let Some(due) = memory.due() {
            self.queue.insert((due, story.clone()));
        }
        if let Err(detail) = self.stories.put(story, memory) {
            self.stop(detail);
        }
    }

    /// Takes note of an order.
    pub fn push_order(&mut self, order: StoryOrder) {
        self.orders.push_back(order);
    }

    /// The oldest orders, taken off.
    pub fn take_orders(&mut self, most: usize) -> Vec<StoryOrder> {
        let count = self.orders.len().min(most);
        self.orders.drain(..count).collect()
    }

    /// Nothing can be decided any more, for this reason.
    pub fn stop(&mut self, detail: String) {
        tracing::error!("nothing more is decided: {detail}");
        self.stopped.get_or_insert(detail);
    }

    /// Why nothing can be decided any more, where that is so.
    pub fn stopped(&self) -> Option<String> {
        self.stopped.clone()
    }

    /// Stories whose time has come by `now`, taken off the queue.
    pub fn take_due(&mut self, now: Timestamp, most: usize) -> Vec<String> {
        let mut due = Vec::new();
        while due.len() < most && self.queue.first().is_some_and(|(time, _)| *time <= now) {
            due.extend(self.queue.pop_first().map(|(_, story)| story));
        }
        due
    }
}
