//! NewsML 1.x (IPTC): `NewsItem`s with components inside each other, to any depth.
//!
//! Agencies put the same facts at different depths, so each fact is taken from the first
//! component that has it, and lists are gathered from all of them. A news item that carries the
//! same story in several languages gives one item for each.

mod component;
mod content;
mod envelope;
mod identity;
mod lines;
mod management;

use wiredesk_model::{Item, ParsedFeed, WireKind};

use self::envelope::Envelope;
use super::draft::Draft;
use super::el::El;
use super::habits::Habits;
use crate::xml::Tree;
use crate::{Detected, FormatError, Hints, Limits};

/// Whether a document is NewsML 1.x.
pub fn detect(document: &Detected<'_>) -> bool {
    let root = document.markup_root();
    // A news item alone is told from that of G2 by what is in it.
    let is_item = root == "newsitem" && document.text.contains("<NewsManagement");
    root == "newsml" || is_item
}

/// Reads every news item of a document.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let tree = Tree::read(text, limits)?;
    let mut feed = ParsedFeed::default();
    let mut envelope = Envelope::default();
    for id in tree.all() {
        let el = El { tree: &tree, id };
        if el.is("NewsEnvelope") {
            envelope = Envelope::read(el, &hints.habits);
        }
        if !el.is("NewsItem")
            || tree.is_inside(id, |around| {
                El {
                    tree: &tree,
                    id: around,
                }
                .is("NewsItem")
            })
        {
            continue;
        }
        for story in component::stories(el) {
            limits.check_items(feed.items.len() + 1)?;
            feed.items
                .push(read_item(el, &story, &envelope, &hints.habits));
            feed.item_sources.push(el.source().to_owned());
        }
    }
    Ok(feed)
}

fn read_item(
    item: El<'_, '_>,
    story: &component::Story<'_, '_>,
    envelope: &Envelope,
    habits: &Habits,
) -> Item {
    let provider = item.at("Identification/NewsIdentifier/ProviderId");
    let provider = provider.and_then(El::name_line);
    let habits = &*habits.of_provider(provider.as_deref());
    let mut draft = Draft::default();
    envelope.apply(&mut draft);
    identity::read(&mut draft, item, story);
    for el in item.children() {
        match el.name() {
            "NewsManagement" => management::read(&mut draft, el, habits),
            "Identification" | "NewsComponent" | "Catalog" => {}
            "TopicSet" | "TopicSetRef" => {
                let is_story = item.child("NewsComponent").is_some();
                if !is_story {
                    draft.facts.kind = WireKind::Knowledge;
                }
                draft.keep("", el);
            }
            _ => draft.keep("", el),
        }
    }
    story.read_components(&mut draft, habits);
    content::read(&mut draft, story, habits);
    if draft.language.is_none() {
        draft.language = item
            .attr("xml:lang")
            .or_else(|| habits.default_language.clone());
    }
    draft.finish()
}
