//! What a poll found that was not there before, and what is remembered of it.

use std::collections::BTreeMap;

use wiredesk_model::{Item, SeenItem, Version, WireFacts};

use crate::SourceConfig;
use crate::deletions;
use crate::identity::{Identity, identify, item_hash};

/// An item to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// Its place in the document.
    pub index: usize,
    /// Who it is.
    pub identity: Identity,
    /// The version that it becomes.
    pub version: Version,
}

/// The difference between a document and what was seen before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// New and changed items, in the document's order.
    pub fresh: Vec<Fresh>,
    /// What is remembered from now on.
    pub seen: BTreeMap<String, SeenItem>,
    /// Items that were there before, unchanged.
    pub unchanged: usize,
}

/// How long items are remembered after they left the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Items at the most, beside those in the feed.
    pub items: usize,
    /// Polls at the least.
    pub polls: u64,
}

/// Compares the items of a document with what was seen up to poll `poll`, which is this one, and
/// lets go of what left the feed long ago.
pub fn compare(
    source: &SourceConfig,
    items: &[Item],
    mut seen: BTreeMap<String, SeenItem>,
    poll: u64,
    memory: Memory,
) -> Changes {
    let taken = take_in(source, items, &mut seen, poll);
    Changes {
        unchanged: items.len() - taken.fresh.len(),
        fresh: taken.fresh,
        seen: forget(seen, poll, memory),
    }
}

/// What a document told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakenIn {
    /// New and changed items, in the document's order.
    pub fresh: Vec<Fresh>,
    /// Every story in it.
    pub stories: Vec<String>,
}

/// Notes the items of a document in `seen`, and gives those that are new or changed.
pub fn take_in(
    source: &SourceConfig,
    items: &[Item],
    seen: &mut BTreeMap<String, SeenItem>,
    poll: u64,
) -> TakenIn {
    let hashes: Vec<String> = items.iter().map(item_hash).collect();
    let identities = identify(source, items, &hashes, seen);
    let mut taken = TakenIn::default();
    for (index, (identity, hash)) in identities.into_iter().zip(hashes).enumerate() {
        let Some(identity) = identity else {
            continue;
        };
        let before = seen.get(identity.story.as_str());
        let is_unchanged = before.is_some_and(|before| before.hash == hash);
        let counted = match before {
            Some(before) if is_unchanged => before.version,
            Some(before) => before.version.next(),
            None => Version::FIRST,
        };
        // A wire that numbers its versions knows better than what was seen of it.
        let of_wire = items[index].wire.as_deref();
        let version = of_wire.and_then(WireFacts::version_number);
        let version = version.unwrap_or(counted);
        let last_poll = poll;
        let page = deletions::watched(source, &items[index], identity.part, before, is_unchanged);
        let story = identity.story.as_str().to_owned();
        taken.stories.push(story.clone());
        seen.insert(
            story,
            SeenItem {
                hash,
                version,
                last_poll,
                page,
            },
        );
        if !is_unchanged {
            taken.fresh.push(Fresh {
                index,
                identity,
                version,
            });
        }
    }
    taken
}

/// Marks everything that was in the feed at its last reading as still there: the feed is unchanged,
/// or could not be read.
pub fn keep(seen: &mut BTreeMap<String, SeenItem>, last_poll: u64, poll: u64) {
    for item in seen.values_mut().filter(|item| item.last_poll == last_poll) {
        item.last_poll = poll;
    }
}

/// Lets go of items that left the feed long ago; never of one that is in it.
pub fn forget(
    mut seen: BTreeMap<String, SeenItem>,
    poll: u64,
    memory: Memory,
) -> BTreeMap<String, SeenItem> {
    seen.retain(|_, item| item.last_poll.saturating_add(memory.polls) >= poll);
    let gone: Vec<u64> = {
        let mut polls: Vec<u64> = seen
            .values()
            .map(|item| item.last_poll)
            .filter(|last| *last != poll)
            .collect();
        polls.sort_unstable_by(|a, b| b.cmp(a));
        polls
    };
    if let Some(oldest_kept) = gone.get(memory.items) {
        seen.retain(|_, item| item.last_poll > *oldest_kept || item.last_poll == poll);
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: Memory = Memory {
        items: 3,
        polls: 50,
    };

    fn items(titles: &[(&str, &str)]) -> Vec<Item> {
        titles
            .iter()
            .map(|(id, title)| Item {
                id: Some((*id).to_owned()),
                title: Some((*title).to_owned()),
                ..Item::default()
            })
            .collect()
    }

    fn poll(list: &[(&str, &str)], seen: BTreeMap<String, SeenItem>, number: u64) -> Changes {
        compare(
            &SourceConfig::feed("p", "https://x.example/"),
            &items(list),
            seen,
            number,
            MEMORY,
        )
    }

    fn told(changes: &Changes) -> Vec<(usize, u32)> {
        changes
            .fresh
            .iter()
            .map(|fresh| (fresh.index, fresh.version.0))
            .collect()
    }

    #[test]
    fn new_items_changes_and_repeats_are_told_apart() {
        let first = poll(&[("a", "One"), ("b", "Two")], BTreeMap::new(), 1);
        assert_eq!(told(&first), [(0, 1), (1, 1)]);
        let second = poll(
            &[("c", "Three"), ("a", "One"), ("b", "Two, corrected")],
            first.seen,
            2,
        );
        assert_eq!(told(&second), [(0, 1), (2, 2)]);
        assert_eq!(second.unchanged, 1);
        let third = poll(&[("b", "Two")], second.seen, 3);
        assert_eq!(told(&third), [(0, 3)]);
    }

    #[test]
    fn an_item_that_left_is_remembered_for_a_while() {
        let first = poll(&[("a", "One")], BTreeMap::new(), 1);
        let gone = poll(&[], first.seen, 40);
        assert_eq!(told(&poll(&[("a", "One")], gone.seen.clone(), 51)), []);
        assert_eq!(
            told(&poll(&[("a", "One")], poll(&[], gone.seen, 52).seen, 53)),
            [(0, 1)]
        );
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_is_in_the_feed() {
        let mut seen = BTreeMap::new();
        for number in 1..=10 {
            let id = format!("a{number}");
            seen = poll(&[(&id, "x")], seen, number).seen;
        }
        assert!(seen.len() <= 1 + MEMORY.items, "{}", seen.len());
        let many: Vec<(String, &str)> = (0..20).map(|number| (format!("b{number}"), "x")).collect();
        let many: Vec<(&str, &str)> = many
            .iter()
            .map(|(id, title)| (id.as_str(), *title))
            .collect();
        let full = poll(&many, seen, 11);
        assert_eq!(full.fresh.len(), 20);
        assert_eq!(told(&poll(&many, full.seen, 12)), []);
    }

    #[test]
    fn unchanged_polls_keep_items_in_the_feed() {
        let mut seen = poll(&[("a", "One")], BTreeMap::new(), 1).seen;
        for number in 2..200 {
            keep(&mut seen, number - 1, number);
        }
        let left = poll(&[], seen, 200);
        assert_eq!(told(&poll(&[("a", "One")], left.seen, 201)), []);
    }
}
