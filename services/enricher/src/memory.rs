//! What the enricher remembers: the state of each story, and the version that waits for its time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wiredesk_lifecycle::{Card, Digest, Embargo, Status, Story};
use wiredesk_model::{ArticleRecord, Incoming, RunId, SourceId, StoryOrder, Timestamp};

use crate::shelf::{Page, Shelf, ShelfSettings};

/// Pause between two searches for stories that are over.
const SEARCH_EVERY: Duration = Duration::from_secs(60 * 60);
/// Pause between two looks at advisories that wait for their story.
const AHEAD_EVERY: Duration = Duration::from_secs(5);
/// Advisories that wait so; beyond that the oldest wait for their turn alone.
const MAX_AHEAD: usize = 200;
/// Stories on disk that are looked at at once in such a search.
const SEARCHED_AT_ONCE: u32 = 500;

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
    /// The record, without any text, that takes the newest version back once its time is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Box<ArticleRecord>>,
    /// When the newest version was decided about, by the clock of this machine: a replay brings
    /// versions that were received long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Timestamp>,
    /// When an advisory came by which a story was found ahead of its turn; such a memory may stand
    /// under an id that is no story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advised: Option<Timestamp>,
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
            (None, _) if newest.expired => format!("version {version} has expired"),
            (None, Embargo::Until(time)) if self.waiting.is_some() => {
                format!("version {version} waits until {time}")
            }
            (None, _) if self.waiting.is_some() => {
                format!("version {version} waits for a later one")
            }
            (None, _) => format!("version {version} is not to be shown"),
        }
    }

    /// Since when nothing is expected of it any more; `None` while it must be remembered: what was
    /// killed, is held back, withheld or waits would come out if it came again.
    pub(crate) fn over_since(&self) -> Option<Timestamp> {
        let story = &self.story;
        let is_kept = story.killed.is_some() || story.held_back.is_some() || self.waiting.is_some();
        let Some(newest) = &story.newest else {
            return self.advised.filter(|_| !is_kept);
        };
        let is_told = story.shown.is_some() || newest.expired || newest.status == Status::Deleted;
        (is_told && !is_kept).then(|| self.decided.unwrap_or(newest.received))
    }

    /// Who the record of this memory is from.
    pub(crate) fn origin(&self) -> (SourceId, RunId) {
        let wire = self.waiting.as_ref().map(|waiting| &waiting.wire);
        let source = wire.map(|wire| wire.source.clone()).or(self.source.clone());
        let run = wire.map_or_else(RunId::live, |wire| wire.run.clone());
        (source.unwrap_or_else(|| SourceId::from("")), run)
    }

    /// When time alone changes something next, where that is known.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let newest = self.story.newest.as_ref()?;
        let released = match newest.embargo {
            Embargo::Until(time) => self.waiting.as_ref().map(|_| time),
            Embargo::Absent | Embargo::Unknown => None,
        };
        let expires = self.ending.as_ref().and(newest.expires);
        [released, expires].into_iter().flatten().min()
    }
}

/// The memory of one partition.
#[derive(Debug, Default)]
pub struct PartitionMemory {
    stories: Shelf,
    /// Stories whose memory could not be read, and why.
    unreadable: HashMap<String, String>,
    /// Orders that came and are not carried out yet, the oldest first.
    orders: VecDeque<StoryOrder>,
    /// Advisories that wait for their story to be known, and when they were last looked at.
    ahead: Ahead,
    /// Why nothing can be decided any more.
    stopped: Option<String>,
    /// The last search for stories that are long over.
    search: Search,
}

/// Advisories ahead of their turn.
#[derive(Debug, Default)]
struct Ahead {
    orders: VecDeque<StoryOrder>,
    looked: Option<Timestamp>,
}

/// A search for stories that are over, page by page and then again after a while.
#[derive(Debug, Default)]
struct Search {
    begun: Option<Timestamp>,
    next: Option<Page>,
}

impl PartitionMemory {
    /// The memory of a partition of which nothing is known yet.
    pub(crate) fn new(settings: ShelfSettings) -> Self {
        Self {
            stories: Shelf::new(settings),
            ..Self::default()
        }
    }

    /// Takes in what the story-state topic holds of a story, in the place of what it held before.
    pub(crate) fn remember(&mut self, record: Incoming) {
        let key = record.key;
        self.unreadable.remove(&key);
        // Its timer goes with what was there.
        let taken = self.stories.take(&key).map(drop);
        let Some(value) = record.value else {
            match taken {
                Ok(()) => self.forget(&key),
                Err(detail) => self.stop(detail),
            }
            return;
        };
        match (taken, serde_json::from_slice::<StoryMemory>(&value)) {
            (Err(detail), _) => self.stop(detail),
            (Ok(()), Ok(story)) => self.put(key, story),
            (Ok(()), Err(error)) => {
                self.unreadable.insert(key, error.to_string());
            }
        }
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

    /// Keeps an advisory until its story is known or its turn comes.
    pub fn wait_ahead(&mut self, order: StoryOrder) {
        self.ahead.orders.push_back(order);
        if self.ahead.orders.len() > MAX_AHEAD {
            self.ahead.orders.pop_front();
        }
    }

    /// The advisories that wait, taken off, every few seconds.
    pub fn take_ahead(&mut self, now: Timestamp) -> Vec<StoryOrder> {
        let is_due = self
            .ahead
            .looked
            .is_none_or(|looked| now.duration_since(looked).unsigned_abs() >= AHEAD_EVERY);
        if self.ahead.orders.is_empty() || !is_due {
            return Vec::new();
        }
        self.ahead.looked = Some(now);
        self.ahead.orders.drain(..).collect()
    }

    /// The turn of an advisory has come.
    pub fn forget_ahead(&mut self, advisory: &str) {
        self.ahead
            .orders
            .retain(|order| order.story.as_str() != advisory);
    }

    /// Stories that may have been over since before `now` less `time`, some at once; a story that
    /// was taken since may be among them wrongly.
    pub fn take_over(&mut self, now: Timestamp, time: Duration) -> Vec<String> {
        let is_new = self
            .search
            .begun
            .is_none_or(|begun| now.duration_since(begun).unsigned_abs() >= SEARCH_EVERY);
        if is_new {
            (self.search.begun, self.search.next) = (Some(now), Some(Page(None, SEARCHED_AT_ONCE)));
        }
        let (Some(page), Ok(before)) = (self.search.next.take(), now.checked_sub(time)) else {
            return Vec::new();
        };
        match self.stories.over(before, page) {
            Ok((stories, next)) => {
                self.search.next = next;
                stories
            }
            Err(detail) => {
                self.stop(detail);
                Vec::new()
            }
        }
    }

    /// Lets go of a story that was taken.
    pub fn forget(&mut self, story: &str) {
        if let Err(detail) = self.stories.forget(story) {
            self.stop(detail);
        }
    }

    /// Stories in memory.
    #[cfg(test)]
    pub(crate) fn in_memory(&self) -> usize {
        self.stories.in_memory()
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

    /// Stories whose time may have come by `now`, the earliest, to be taken each: at once `most` of
    /// those in memory, and of those on disk.
    pub fn due(&mut self, now: Timestamp, most: usize) -> Vec<String> {
        self.stories.due(now, most).unwrap_or_else(|detail| {
            self.stop(detail);
            Vec::new()
        })
    }
}
