//! NewsML-G2 (IPTC), 2.9 to 2.35: `newsItem`, `packageItem`, and messages of many items.
//!
//! Concept, planning and knowledge items are read as far as they share the shape, and marked as
//! no stories. Every element is optional, as in the standard; where it gives a default (status
//! usable, version 1), silence means that.

mod content;
mod item;
mod meta;
mod package;
mod term;

use wiredesk_model::{ParsedFeed, Transmission, WireKind};

use super::dates::read_date;
use super::el::El;
use crate::xml::Tree;
use crate::{Detected, FormatError, Hints, Limits};

/// Elements that an item is, and what kind of item.
const ITEMS: [(&str, WireKind); 6] = [
    ("newsItem", WireKind::News),
    ("packageItem", WireKind::Package),
    ("conceptItem", WireKind::Concept),
    ("planningItem", WireKind::Planning),
    ("knowledgeItem", WireKind::Knowledge),
    ("catalogItem", WireKind::Knowledge),
];

/// A message is sent on no more channels.
const MAX_SERVICES: usize = 64;

/// Whether a document is NewsML-G2.
pub fn detect(document: &Detected<'_>) -> bool {
    let root = document.markup_root();
    // A catalog of vocabularies may come alone; other catalogs have other namespaces.
    let is_catalog = root == "catalog" && document.text.contains("iptc.org/std/nar");
    is_catalog
        || root.eq_ignore_ascii_case("newsMessage")
        || ITEMS
            .iter()
            .any(|(name, _)| root.eq_ignore_ascii_case(name))
}

/// Reads a message, or a document with one item.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let tree = Tree::read(text, limits)?;
    let mut feed = ParsedFeed::default();
    let mut header = Header::default();
    for id in tree.all() {
        let el = El { tree: &tree, id };
        if el.is("newsMessage")
            && let Some(found) = el.child("header")
        {
            header = Header::read(found, hints);
        }
        let Some(kind) = kind_of(el) else {
            continue;
        };
        if tree.is_inside(id, |around| {
            kind_of(El {
                tree: &tree,
                id: around,
            })
            .is_some()
        }) {
            continue;
        }
        limits.check_items(feed.items.len() + 1)?;
        feed.items
            .push(item::read(el, kind, &header, &hints.habits));
        feed.item_sources.push(el.source().to_owned());
    }
    Ok(feed)
}

fn kind_of(el: El<'_, '_>) -> Option<WireKind> {
    let found = ITEMS.iter().find(|(name, _)| el.is(name));
    found.map(|(_, kind)| *kind)
}

/// What a message says of all its items.
#[derive(Debug, Clone, Default)]
struct Header {
    transmission: Option<Transmission>,
    priority: Option<String>,
}

impl Header {
    fn read(header: El<'_, '_>, hints: &Hints) -> Self {
        let name = |wanted: &str| header.child(wanted).and_then(El::name_line);
        let sent = name("sent");
        let transmission = Transmission {
            id: name("transmitId"),
            sequence: None,
            sent: sent.and_then(|sent| read_date(&sent, &hints.habits)),
            sender: name("sender").or_else(|| name("origin")),
            services: header
                .all("channel")
                .filter_map(El::name_line)
                .take(MAX_SERVICES)
                .collect(),
        };
        Self {
            transmission: (transmission != Transmission::default()).then_some(transmission),
            priority: name("priority"),
        }
    }
}
