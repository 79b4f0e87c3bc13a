//! RSS in every version, and RDF Site Summary: <https://www.rssboard.org/rss-specification>,
//! <https://web.resource.org/rss/1.0/spec>.

mod channel;
mod item;

use wiredesk_model::ParsedFeed;

pub use item::{atom_person, categories_of, set};

use crate::links::Base;
use crate::xml::{NodeId, Ns, Tree};
use crate::{Detected, FormatError, Hints, Limits};

/// Whether the root is that of RSS.
pub fn detect(detected: &Detected<'_>) -> bool {
    matches!(detected.root.as_deref(), Some("rss" | "rdf" | "channel"))
}

/// Reads a document.
///
/// # Errors
/// Where a limit is passed.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let tree = Tree::read(text, limits)?;
    let items: Vec<NodeId> = tree.all().filter(|node| is_item(&tree, *node)).collect();
    limits.check_items(items.len())?;
    let base = Base::of(hints.url.as_deref());
    let mut parsed = ParsedFeed {
        items: Vec::with_capacity(items.len()),
        item_sources: Vec::with_capacity(items.len()),
        ..ParsedFeed::default()
    };
    if let Some(channel) = find_channel(&tree) {
        parsed.feed = channel::read(&tree, channel, &base);
    }
    for node in items {
        parsed.items.push(item::read(&tree, node, &base));
        parsed.item_sources.push(tree.outer(node).to_owned());
    }
    Ok(parsed)
}

/// An `item`, wherever a damaged document has it: RDF puts items beside the channel, too.
fn is_item(tree: &Tree<'_>, node: NodeId) -> bool {
    let named = |node| tree.is(node, Ns::Plain, "item");
    named(node) && !tree.is_inside(node, named)
}

fn find_channel(tree: &Tree<'_>) -> Option<NodeId> {
    let named = |name: &'static str| {
        tree.all()
            .find(|node| tree.name(*node).eq_ignore_ascii_case(name))
    };
    named("channel").or_else(|| named("rss"))
}
