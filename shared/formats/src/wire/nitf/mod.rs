//! NITF 3.x: one story, its metadata in `head` and in `body.head`, its text in `body.content`.

mod body_head;
mod head;
mod merge;

use wiredesk_model::{Item, ParsedFeed, RoleText};

use super::body::render_into;
use super::draft::Draft;
use super::el::El;
use super::habits::Habits;
use crate::xml::Tree;
use crate::{Detected, FormatError, Hints, Limits};

pub use body_head::read_body_head;
pub use head::read_head;
pub use merge::merge_head;

/// Whether a document is NITF.
pub fn detect(document: &Detected<'_>) -> bool {
    document.markup_root() == "nitf"
}

/// Reads every story of a document; there is one, or several in a wrapper.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let tree = Tree::read(text, limits)?;
    let mut feed = ParsedFeed::default();
    for id in tree.all() {
        let el = El { tree: &tree, id };
        if !el.is("nitf") || is_inside_its_like(el, "nitf") {
            continue;
        }
        limits.check_items(feed.items.len() + 1)?;
        feed.items.push(read_story(el, &hints.habits));
        feed.item_sources.push(el.source().to_owned());
    }
    Ok(feed)
}

fn read_story(nitf: El<'_, '_>, habits: &Habits) -> Item {
    let mut draft = Draft::default();
    draft.facts.class = Some("text".to_owned());
    draft.language = nitf.any_attr(&["baselang", "xml:lang", "lang"]);
    if let Some(head) = nitf.child("head") {
        read_head(&mut draft, head, habits);
    }
    if let Some(head) = nitf.find("body.head") {
        read_body_head(&mut draft, head, habits);
    }
    if draft.facts.headlines.is_empty() {
        let title = draft.title.clone().map(|text| RoleText {
            text,
            ..RoleText::default()
        });
        draft.facts.headlines.extend(title);
    }
    let mut body = String::new();
    render_body(nitf, &mut body);
    draft.body = Some(body);
    if draft.language.is_none() {
        draft.language.clone_from(&habits.default_language);
    }
    draft.finish()
}

/// Appends the body of a story in or around `el`: its content and what stands behind it.
pub fn render_body(el: El<'_, '_>, out: &mut String) {
    let mut found = false;
    for inner in el.descendants() {
        if inner.is("body.content") || inner.is("body.end") {
            found = true;
            if !is_inside_its_like(inner, inner.name()) {
                render_into(inner, out);
            }
        }
    }
    // A body without sections is all content.
    if !found && let Some(body) = el.find("body") {
        render_into(body, out);
    }
}

/// Whether an element of the same name is around it, which says all that it says already.
pub fn is_inside_its_like(el: El<'_, '_>, name: &str) -> bool {
    let tree = el.tree;
    tree.is_inside(el.id, |id| El { tree, id }.is(name))
}
