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
    /// The memory that the newest records of the cleaner-state topic hold. A record that cannot be
    /// read is left out: what it says will be learned again. `layouts` says since when the pages of a
    /// source are as they should be, though they changed.
    pub fn recall(state: Vec<Incoming>, layouts: &HashMap<String, Timestamp>) -> Self {
        let mut memory = Self::default();
        let mut seen_before: HashMap<&str, HashSet<String>> = HashMap::new();
        for record in state {
            let value = record.value.as_deref().unwrap_or_default();
            match serde_json::from_slice::<SeenStory>(value) {
                Ok(seen) => {
                    let layout = layouts.get_key_value(seen.source.as_str());
                    if let Some((source, _)) = layout.filter(|(_, at)| seen.seen_at <= **at) {
                        let stories = seen_before.entry(source).or_default();
                        stories.insert(record.key.clone());
                    }
                    memory.restore(record.key, seen);
                }
                Err(error) => tracing::warn!(
                    story = record.key,
                    "what was remembered of a story cannot be read: {error}"
                ),
            }
        }
        for (source, stories) in seen_before {
            if let Some(memory) = memory.sources.get_mut(source) {
                memory.window.accept_layout(|story| stories.contains(story));
            }
        }
        memory
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
