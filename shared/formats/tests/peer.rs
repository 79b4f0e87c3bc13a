//! On sound feeds our reader and feed-rs must agree; where feed-rs loses text, we must not.

use wiredesk_formats::{Hints, parse, to_rfc3339};

const FEEDS: [(&str, &[u8]); 3] = [
    ("rss/full.xml", include_bytes!("../fixtures/rss/full.xml")),
    ("rss/rdf.xml", include_bytes!("../fixtures/rss/rdf.xml")),
    ("atom/full.xml", include_bytes!("../fixtures/atom/full.xml")),
];

#[test]
fn sound_feeds_are_read_as_feed_rs_reads_them() {
    for (name, bytes) in FEEDS {
        let ours = parse(bytes, &Hints::default()).unwrap();
        // feed-rs refuses a whole feed for one type that it does not know.
        let text = String::from_utf8_lossy(bytes).replace(" type=\"text/plain\"", "");
        let theirs = feed_rs::parser::parse(text.as_bytes()).unwrap();
        assert_eq!(
            ours.feed.title,
            theirs.title.map(|title| title.content),
            "{name}"
        );
        assert_eq!(ours.items.len(), theirs.entries.len(), "{name}");
        for (item, entry) in ours.items.iter().zip(theirs.entries) {
            if let Some(title) = entry.title.filter(|_| {
                !item
                    .title
                    .as_deref()
                    .is_some_and(|title| title.contains('<'))
            }) {
                assert_eq!(
                    item.title.as_deref(),
                    Some(title.content.as_str()),
                    "{name}"
                );
            }
            if let Some(published) = entry.published.filter(|_| item.published.is_some()) {
                assert_eq!(
                    item.published,
                    to_rfc3339(&published.to_rfc3339()),
                    "{name}"
                );
            }
            if !entry.links.is_empty() && item.link.is_some() {
                assert!(
                    entry
                        .links
                        .iter()
                        .any(|link| Some(&link.href) == item.link.as_ref()),
                    "{name}: {:?}",
                    item.link
                );
            }
        }
    }
}

#[test]
fn inline_markup_in_text_is_kept() {
    let feed = b"<rss version='2.0'><channel><item><title>Part <em>one</em> two</title></item></channel></rss>";
    let ours = parse(feed, &Hints::default()).unwrap();
    assert_eq!(
        ours.items[0].title.as_deref(),
        Some("Part <em>one</em> two")
    );
}
