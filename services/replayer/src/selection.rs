//! Which items are meant.

use wiredesk_archive::Manifest;
use wiredesk_model::{RawItem, Timestamp};

/// Which items are meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Fetched at or after this.
    pub since: Option<Timestamp>,
    /// Fetched before this.
    pub until: Option<Timestamp>,
    /// Of one of these sources; of any where it is empty.
    pub sources: Vec<String>,
    /// Of one of these stories; of any where it is empty.
    pub stories: Vec<String>,
    /// With each of these words in its title or text, in any case.
    pub words: Vec<String>,
}

impl Selection {
    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an item is among them.
    pub fn holds(&self, item: &RawItem) -> bool {
        let named =
            |list: &[String], name: &str| list.is_empty() || list.iter().any(|one| one == name);
        self.since.is_none_or(|since| item.fetched_at >= since)
            && self.until.is_none_or(|until| item.fetched_at < until)
            && named(&self.sources, item.source.as_str())
            && named(&self.stories, item.story.as_str())
            && self.is_said_in(item)
    }

    /// Whether an order about a story concerns it: who gave it, and when, says nothing of that.
    pub(crate) fn may_order(&self, story: &str) -> bool {
        self.stories.is_empty() || self.stories.iter().any(|one| one == story)
    }

    fn is_said_in(&self, item: &RawItem) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let said = &item.item;
        let parts = [&said.title, &said.summary, &said.content];
        let text: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let page = item
            .page
            .as_ref()
            .map(|page| String::from_utf8_lossy(&page.bytes));
        let text = format!("{}\n{}", text.join("\n"), page.unwrap_or_default()).to_lowercase();
        let mut words = self.words.iter();
        words.all(|word| text.contains(&word.to_lowercase()))
    }

    /// Whether a segment can hold anything of it.
    pub(crate) fn may_hold(&self, segment: &Manifest) -> bool {
        let has_story = self.stories.is_empty()
            || self
                .stories
                .iter()
                .any(|story| segment.stories.contains(story));
        // What was fetched stands in the log a moment later, never before.
        segment.records > 0 && has_story && self.since.is_none_or(|since| segment.until >= since)
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.since.map(|since| format!("fetched since {since}")));
        parts.extend(self.until.map(|until| format!("fetched before {until}")));
        if !self.sources.is_empty() {
            parts.push(format!("from {}", self.sources.join(" or ")));
        }
        if !self.stories.is_empty() {
            parts.push(format!("of story {}", self.stories.join(" or ")));
        }
        if !self.words.is_empty() {
            parts.push(format!("that says {}", self.words.join(" and ")));
        }
        if parts.is_empty() {
            parts.push("a raw item".to_owned());
        }
        f.write_str(&parts.join(" and "))
    }
}
