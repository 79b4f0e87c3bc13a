use wiredesk_model::Version;

use super::*;

fn item(id: &str, link: &str, title: &str) -> Item {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Item {
        id: some(id),
        link: some(link),
        title: some(title),
        ..Item::default()
    }
}

fn ids(items: &[Item], seen: &BTreeMap<String, SeenItem>) -> Vec<String> {
    let source = SourceConfig::feed("post", "https://x.example/feed");
    let hashes: Vec<String> = items.iter().map(item_hash).collect();
    identify(&source, items, &hashes, seen)
        .into_iter()
        .map(|identity| {
            identity.map_or("-".to_owned(), |identity| {
                identity.story.as_str().to_owned()
            })
        })
        .collect()
}

fn seen(id: &str, item: &Item) -> BTreeMap<String, SeenItem> {
    let entry = SeenItem {
        hash: item_hash(item),
        version: Version::FIRST,
        last_poll: 1,
        page: None,
    };
    BTreeMap::from([(id.to_owned(), entry)])
}

#[test]
fn ids_come_from_guid_then_link_then_content() {
    let items = [
        item("https://x.example/1", "https://x.example/a", "One"),
        item("tag:x.example,2026:2", "", "Two"),
        item("hp 10/3", "", "Three"),
        item("", "https://X.example/4?utm_source=rss&id=7#top", "Four"),
        item("", "https://x.example/#5", "Five"),
    ];
    let got = ids(&items, &BTreeMap::new());
    assert_eq!(
        got[..4],
        [
            "https://x.example/1",
            "tag:x.example,2026:2",
            "urn:wiredesk:post:hp%2010/3",
            "https://x.example/4?id=7",
        ]
    );
    assert_eq!(
        got[4],
        format!("urn:wiredesk:post:hash:{}", item_hash(&items[4]))
    );
}

#[test]
fn a_guid_used_twice_drops_no_item() {
    let first = item("g", "https://x.example/a", "One");
    let second = item("g", "https://x.example/b", "Two");
    let both = [second.clone(), first.clone()];
    assert_eq!(
        ids(&both, &BTreeMap::new()),
        ["https://x.example/b", "https://x.example/a"]
    );
    // The one that went out under the guid keeps it, wherever it stands now.
    let before = seen("urn:wiredesk:post:g", &first);
    assert_eq!(
        ids(&both, &before),
        ["https://x.example/b", "urn:wiredesk:post:g"]
    );
    // And one that went out under its link keeps that when it is alone again.
    let before = seen("https://x.example/b", &second);
    assert_eq!(ids(&[second], &before), ["https://x.example/b"]);
}

#[test]
fn a_shared_guid_and_link_end_in_the_content() {
    let items = [
        item("g", "https://x.example/live", "One"),
        item("g", "https://x.example/live", "Two"),
    ];
    let got = ids(&items, &BTreeMap::new());
    assert_ne!(got[0], got[1]);
    assert!(
        got.iter()
            .all(|id| id.starts_with("urn:wiredesk:post:hash:")),
        "{got:?}"
    );
}

#[test]
fn a_word_for_word_repeat_counts_once() {
    let one = item("g", "https://x.example/a", "One");
    assert_eq!(
        ids(&[one.clone(), one], &BTreeMap::new()),
        ["urn:wiredesk:post:g", "-"]
    );
}

#[test]
fn dates_and_white_space_do_not_change_the_hash() {
    let plain = item("g", "l", "One  two");
    let mut later = item("g", "l", " One two\n");
    later.updated = Some("2026-03-02T08:00:00Z".to_owned());
    assert_eq!(item_hash(&plain), item_hash(&later));
    assert_ne!(
        item_hash(&plain),
        item_hash(&item("g", "l", "One two three"))
    );
}

proptest::proptest! {
    /// Invariant 1: whatever guids and links repeat, items of different content are different
    /// stories, and over any sequence of polls every content goes out.
    #[test]
    fn no_item_is_ever_dropped(
        polls in proptest::collection::vec(
            proptest::collection::vec(("[ab]?", "[ab]?", "[a-d]"), 0..6), 1..5)
    ) {
        let source = SourceConfig::feed("post", "https://x.example/feed");
        let memory = crate::changes::Memory { items: 1000, polls: 50 };
        let mut seen = BTreeMap::new();
        let mut published = std::collections::BTreeSet::new();
        for (number, poll) in polls.iter().enumerate() {
            let items: Vec<Item> = poll
                .iter()
                .map(|(id, link, title)| {
                    let link = if link.is_empty() { String::new() } else { format!("https://x.example/{link}") };
                    item(id, &link, title)
                })
                .collect();
            let hashes: Vec<String> = items.iter().map(item_hash).collect();
            let identities = identify(&source, &items, &hashes, &seen);
            let stories: std::collections::BTreeSet<&str> =
                identities.iter().flatten().map(|identity| identity.story.as_str()).collect();
            let contents: std::collections::BTreeSet<&String> = hashes.iter().collect();
            proptest::prop_assert!(stories.len() >= contents.len(), "{poll:?} gave {stories:?}");
            let changes = crate::changes::compare(&source, &items, seen, number as u64 + 1, memory);
            published.extend(changes.fresh.iter().map(|fresh| hashes[fresh.index].clone()));
            for hash in &hashes {
                proptest::prop_assert!(published.contains(hash), "{poll:?} left out {hash}");
            }
            seen = changes.seen;
        }
    }
}
