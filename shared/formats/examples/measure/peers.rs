//! The readers that are compared. Each counts the items of a document; none where it cannot read it.

use wiredesk_formats::{Hints, parse};

use super::repair::repaired;

/// Reads a document and counts its items.
pub type Read = fn(&[u8]) -> Option<usize>;

/// A reader and its name.
pub struct Reader {
    pub name: &'static str,
    pub read: Read,
}

/// All of them, ours first.
pub const READERS: [Reader; 5] = [
    Reader {
        name: "wiredesk",
        read: ours,
    },
    Reader {
        name: "feed-rs",
        read: feed_rs,
    },
    Reader {
        name: "feed-rs + repair",
        read: |bytes| feed_rs(&repaired(bytes)),
    },
    Reader {
        name: "feedparser-rs",
        read: feedparser_rs,
    },
    Reader {
        name: "rss + atom_syndication",
        read: rss_and_atom,
    },
];

fn ours(bytes: &[u8]) -> Option<usize> {
    Some(parse(bytes, &Hints::default()).ok()?.items.len())
}

fn feed_rs(bytes: &[u8]) -> Option<usize> {
    // It panics on some encodings.
    let read = std::panic::catch_unwind(|| feed_rs::parser::parse(bytes).ok());
    Some(read.ok().flatten()?.entries.len())
}

/// Without its sanitizing, which none of the others does.
fn feedparser_rs(bytes: &[u8]) -> Option<usize> {
    let options = feedparser_rs::ParseOptions {
        sanitize_html: false,
        resolve_relative_uris: false,
        ..feedparser_rs::ParseOptions::default()
    };
    let feed = feedparser_rs::parse_with_options(bytes, &options).ok()?;
    Some(feed.entries.len())
}

fn rss_and_atom(bytes: &[u8]) -> Option<usize> {
    match rss::Channel::read_from(bytes) {
        Ok(channel) => Some(channel.items.len()),
        Err(_) => Some(atom_syndication::Feed::read_from(bytes).ok()?.entries.len()),
    }
}
