//! What became of clean records that left no record of their own, by what stands around them.

use std::collections::BTreeMap;

use wiredesk_enricher::{Role, StoryMemory};
use wiredesk_model::{CleanStory, Embargo, Incoming, WireStatus};

/// The clean records of a story, and where it was killed.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// The hash of each, by its offset.
    hashes: BTreeMap<i64, String>,
    /// When the event of its kill was written.
    killed_ms: Option<i64>,
    /// The clean record that killed it, where one did.
    killed_by: Option<i64>,
}

impl Versions {
    pub fn note(&mut self, record: &Incoming, story: &CleanStory) {
        self.hashes.insert(record.offset, story.raw_hash.clone());
    }

    /// `event` told of the kill; it names the version of `clean`, which may be what killed the story.
    pub fn note_kill(&mut self, event: &Incoming, clean: Option<&Incoming>) {
        self.killed_ms = Some(event.timestamp_ms);
        self.killed_by = clean.filter(|clean| is_kill(clean)).map(|kill| kill.offset);
    }

    /// Why a record that was decided about left nothing.
    pub fn reason(&self, record: &Incoming, memory: Option<&StoryMemory>) -> String {
        let value = record.value.as_deref().unwrap_or_default();
        let Ok(story) = serde_json::from_slice::<CleanStory>(value) else {
            return "filtered: nothing stands in it".to_owned();
        };
        match Role::of(&story) {
            Role::Note => return "filtered: no story".to_owned(),
            Role::Advisory => return "followed: orders about what it names".to_owned(),
            Role::Story => {}
        }
        let mut before = self.hashes.range(..record.offset);
        if self.is_behind_kill(record) {
            return "filtered: the story is killed".to_owned();
        }
        if before.any(|(_, hash)| *hash == story.raw_hash) {
            return "filtered: a duplicate".to_owned();
        }
        let waiting = memory.and_then(|memory| memory.waiting.as_ref());
        if waiting.is_some_and(|waiting| waiting.wire.raw_ref == story.raw_ref) {
            return "held until it may be public".to_owned();
        }
        let facts = story.item.wire.as_deref();
        if facts.is_some_and(|facts| !matches!(facts.embargo, Embargo::Absent)) {
            return "held, and never came to its time".to_owned();
        }
        if self.killed_ms.is_some() {
            return "filtered: the story is killed, or it was a duplicate".to_owned();
        }
        "filtered: a duplicate of what is no longer kept".to_owned()
    }

    fn is_behind_kill(&self, record: &Incoming) -> bool {
        match (self.killed_by, self.killed_ms) {
            (Some(offset), _) => offset < record.offset,
            (None, Some(time_ms)) => time_ms <= record.timestamp_ms,
            (None, None) => false,
        }
    }
}

fn is_kill(clean: &Incoming) -> bool {
    let value = clean.value.as_deref().unwrap_or_default();
    let story: Option<CleanStory> = serde_json::from_slice(value).ok();
    let facts = story.and_then(|story| story.item.wire);
    facts.is_some_and(|facts| facts.status == WireStatus::Canceled)
}
