//! What the cleaner remembers: the newest stories of each source.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use wiredesk_cleaning::{Fingerprint, SourceWindow, StoryPrint};
use wiredesk_model::{Incoming, SourceId, Timestamp};

/// Stories remembered in one partition, over all sources: beyond it the source that was silent for
/// the longest time is forgotten.
const STORIES: usize = 50_000;

/// The value on the cleaner-state topic: one story as it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenStory {
    /// The source.
    pub source: SourceId,
    /// When it was last fetched.
    pub seen_at: Timestamp,
    /// Its number among the stories of the source, in the order in which they came.
    pub number: u64,
    /// Number of the first story that is the same as this one.
    pub group: u64,
    /// Its blocks and its page.
    pub print: StoryPrint,
    /// Text of the blocks that stood in another story before, shortened.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<Fingerprint, String>,
}

/// The stories of a source.
#[derive(Debug, Default)]
struct SourceMemory {
    window: SourceWindow,
    /// Value of the clock when a story of it last came.
    touched: u64,
}

/// The memory of one partition.
#[derive(Debug, Default)]
pub struct PartitionMemory {
    sources: HashMap<String, SourceMemory>,
    /// The source of each story.
    stories: HashMap<String, String>,
    /// Stories whose pages came before their source's layout was accepted, while they are read.
    of_old_layout: HashSet<String>,
    /// Counts the stories that came.
    clock: u64,
}

/// How a story is remembered now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub number: u64,
    pub group: u64,
    /// Stories that are forgotten for it.
    pub forgotten: Vec<String>,
}

impl PartitionMemory {
    /// Takes in what the cleaner-state topic holds of a story, in the place of what it held before. A
    /// record that cannot be read is left out: what it says will be learned again. `layouts` says
    /// since when the pages of a source are as they should be, though they changed.
    pub fn remember(&mut self, record: Incoming, layouts: &HashMap<String, Timestamp>) {
        self.forget(&record.key);
        let Some(value) = record.value else {
            return;
        };
        match serde_json::from_slice::<SeenStory>(&value) {
            Ok(seen) => {
                let layout = layouts.get(seen.source.as_str());
                if layout.is_some_and(|at| seen.seen_at <= *at) {
                    self.of_old_layout.insert(record.key.clone());
                }
                self.restore(record.key, seen);
            }
            Err(error) => tracing::warn!(
                story = record.key,
                "what was remembered of a story cannot be read: {error}"
            ),
        }
    }

    /// All of the topic has been taken in: pages that came before their source's layout was accepted
    /// are compared with no more.
    pub fn recalled(&mut self) {
        let old = std::mem::take(&mut self.of_old_layout);
        let sources: HashSet<&String> =
            old.iter().filter_map(|one| self.stories.get(one)).collect();
        for source in sources {
            if let Some(memory) = self.sources.get_mut(source) {
                memory.window.accept_layout(|story| old.contains(story));
            }
        }
    }

    /// Forgets a story, and its source where it was the last one of it.
    fn forget(&mut self, story: &str) {
        self.of_old_layout.remove(story);
        let Some(source) = self.stories.remove(story) else {
            return;
        };
        if let Some(memory) = self.sources.get_mut(&source) {
            memory.window.forget(story);
            if memory.window.is_empty() {
                self.sources.remove(&source);
            }
        }
    }

    fn restore(&mut self, story: String, seen: SeenStory) {
        let source = seen.source.as_str().to_owned();
        let memory = self.sources.entry(source.clone()).or_default();
        memory
            .window
            .restore(&story, (seen.number, seen.group), seen.print);
        self.stories.insert(story, source);
    }

    /// The stories of each source.
    pub fn windows(&self) -> impl Iterator<Item = (&str, &SourceWindow)> {
        let windows = self.sources.iter();
        windows.map(|(source, memory)| (source.as_str(), &memory.window))
    }

    /// The stories of a source.
    pub(crate) fn window(&mut self, source: &SourceId) -> &SourceWindow {
        let known = self.sources.entry(source.as_str().to_owned());
        &known.or_default().window
    }

    /// Remembers a story as it is now.
    pub(crate) fn see(&mut self, source: &SourceId, story: &str, print: StoryPrint) -> Place {
        let source = source.as_str();
        let before = self.stories.insert(story.to_owned(), source.to_owned());
        if let Some(other) = before.filter(|before| before != source)
            && let Some(memory) = self.sources.get_mut(&other)
        {
            memory.window.forget(story);
        }
        self.clock += 1;
        let memory = self.sources.entry(source.to_owned()).or_default();
        memory.touched = self.clock;
        let (number, group) = memory.window.see(story, print);
        let mut forgotten = memory.window.forget_oldest();
        for story in &forgotten {
            self.stories.remove(story);
        }
        forgotten.extend(self.forget_beyond(STORIES, source));
        Place {
            number,
            group,
            forgotten,
        }
    }

    /// Forgets the sources that were silent for the longest time, until no more than `most` stories
    /// are left; `but` is the one that speaks.
    fn forget_beyond(&mut self, most: usize, but: &str) -> Vec<String> {
        let mut forgotten = Vec::new();
        while self.stories.len() > most {
            let others = self.sources.iter().filter(|(name, _)| *name != but);
            let oldest = others.min_by_key(|(_, memory)| memory.touched);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                break;
            };
            let Some(memory) = self.sources.remove(&name) else {
                break;
            };
            for story in memory.window.stories() {
                self.stories.remove(story);
                forgotten.push(story.to_owned());
            }
        }
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> SourceId {
        SourceId::new(name)
    }

    #[test]
    fn a_story_that_changes_its_source_is_remembered_once() {
        let mut memory = PartitionMemory::default();
        memory.see(&source("one"), "s", StoryPrint::default());
        memory.see(&source("two"), "s", StoryPrint::default());
        assert!(memory.window(&source("one")).is_empty());
        assert_eq!(memory.window(&source("two")).len(), 1);
    }

    /// A log that is not compacted yet holds what was outranked, and is read to the same end.
    #[test]
    fn every_record_of_the_log_leads_to_the_same_memory_as_the_newest_alone() {
        let page = |seen_at: &str, source: &str, number: u64| SeenStory {
            source: SourceId::new(source),
            seen_at: seen_at.parse().expect("a date"),
            number,
            group: number,
            print: StoryPrint::default(),
            texts: BTreeMap::new(),
        };
        let log = [
            ("a", Some(page("2026-01-01T00:00:00Z", "one", 0))),
            ("b", Some(page("2026-01-02T00:00:00Z", "one", 1))),
            ("c", Some(page("2026-01-03T00:00:00Z", "one", 2))),
            ("a", None),
            ("c", Some(page("2026-01-04T00:00:00Z", "two", 0))),
            ("d", Some(page("2026-01-05T00:00:00Z", "one", 2))),
            ("e", Some(page("2026-01-05T00:00:00Z", "three", 0))),
            ("e", None),
        ];
        let mut memory = PartitionMemory::default();
        for (key, seen) in log {
            let value = seen.map(|seen| serde_json::to_vec(&seen).expect("it is JSON"));
            let record = Incoming {
                at: wiredesk_model::TopicPartition::new(wiredesk_model::Topic::CleanerState, 0),
                offset: 0,
                timestamp_ms: 0,
                key: key.to_owned(),
                value,
                headers: wiredesk_model::Headers::new(),
            };
            memory.remember(record, &HashMap::new());
        }
        memory.recalled();
        let mut windows: Vec<(&str, Vec<&str>)> = memory
            .windows()
            .map(|(source, window)| (source, window.stories().collect()))
            .collect();
        windows.sort();
        assert_eq!(windows, [("one", vec!["b", "d"]), ("two", vec!["c"])]);
        assert_eq!(memory.stories.len(), 3);
    }

    #[test]
    fn the_source_that_was_silent_longest_is_forgotten_first() {
        let mut memory = PartitionMemory::default();
        for (name, story) in [("one", "a"), ("two", "b"), ("one", "c"), ("three", "d")] {
            memory.see(&source(name), story, StoryPrint::default());
        }
        assert_eq!(memory.forget_beyond(3, "three"), ["b"]);
        assert_eq!(memory.forget_beyond(1, "three"), ["a", "c"]);
        assert_eq!(memory.forget_beyond(0, "three"), [""; 0]);
        assert_eq!(memory.window(&source("three")).len(), 1);
    }
}
