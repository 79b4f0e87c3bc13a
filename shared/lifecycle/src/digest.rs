//! How one version of a story differs from the one before, told from a few hashes.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use wiredesk_model::content_hash;

/// Paragraphs that are remembered of a version; a longer body is compared by its beginning.
const MAX_PARAGRAPHS: usize = 400;

/// What was said in one version, small enough to be remembered: by it the next version is compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digest {
    /// Hashes of the parts other than the body, by name.
    #[serde(default)]
    pub parts: BTreeMap<String, String>,
    /// Hashes of the paragraphs.
    #[serde(default)]
    pub paragraphs: Vec<u32>,
    /// Words of the body.
    #[serde(default)]
    pub words: u64,
}

/// How two versions differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Names of the parts that differ; `body` is the last where the body does.
    pub parts: Vec<String>,
    /// Paragraphs that were not there before.
    pub added: u32,
    /// Paragraphs that are there no more.
    pub removed: u32,
    /// Words more, or less.
    pub words: i64,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_nothing(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Digest {
    /// The digest of a version: its parts by name, its body, and the words of it.
    pub fn of<'a>(
        parts: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: &str,
        words: u64,
    ) -> Self {
        let hash = |text: &str| {
            let folded: Vec<&str> = text.split_whitespace().collect();
            content_hash(folded.join(" ").as_bytes())
        };
        let parts = parts
            .into_iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(name, text)| (name.to_owned(), hash(text)[..8].to_owned()));
        let paragraphs = body
            .split('\n')
            .filter(|paragraph| !paragraph.trim().is_empty())
            .take(MAX_PARAGRAPHS)
            .map(|paragraph| u32::from_str_radix(&hash(paragraph)[..8], 16).unwrap_or_default());
        Self {
            parts: parts.collect(),
            paragraphs: paragraphs.collect(),
            words,
        }
    }

    /// What is different in `self` from `before`.
    pub fn difference(&self, before: &Digest) -> Difference {
        let names = self.parts.keys().chain(before.parts.keys());
        let mut parts: Vec<String> = names
            .filter(|name| self.parts.get(*name) != before.parts.get(*name))
            .cloned()
            .collect();
        parts.sort();
        parts.dedup();
        let (added, removed) = (
            missing(&self.paragraphs, &before.paragraphs),
            missing(&before.paragraphs, &self.paragraphs),
        );
        if self.paragraphs != before.paragraphs {
            parts.push("body".to_owned());
        }
        let words = i64::try_from(self.words).unwrap_or(i64::MAX);
        let words_before = i64::try_from(before.words).unwrap_or(i64::MAX);
        Difference {
            parts,
            added,
            removed,
            words: words - words_before,
        }
    }
}

/// How many of `these` are not among `those`, each counted as often as it stands.
fn missing(these: &[u32], those: &[u32]) -> u32 {
    let mut left = HashMap::new();
    for one in those {
        *left.entry(one).or_insert(0u32) += 1;
    }
    let mut missing = 0;
    for one in these {
        match left.get_mut(one).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => missing += 1,
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(headline: &str, body: &str) -> Digest {
        let words = body.split_whitespace().count() as u64;
        Digest::of([("headline", headline), ("byline", "")], body, words)
    }

    #[test]
    fn what_changed_is_told_by_part_and_paragraph() {
        let before = digest("Ferry is back", "One two.\n\nThree four.\n\nThree four.");
        let same = digest("Ferry  is back ", "One  two.\nThree four.\nThree four.");
        assert!(same.difference(&before).is_nothing());
        let after = digest(
            "Ferry is gone",
            "One two.\n\nThree four.\n\nFive six seven.",
        );
        let expected = Difference {
            parts: vec!["headline".to_owned(), "body".to_owned()],
            added: 1,
            removed: 1,
            words: 1,
        };
        assert_eq!(after.difference(&before), expected);
        let moved = digest("Ferry is back", "Three four.\n\nOne two.\n\nThree four.");
        let difference = moved.difference(&before);
        assert_eq!((difference.added, difference.removed), (0, 0));
        assert_eq!(difference.parts, ["body"]);
    }
}
