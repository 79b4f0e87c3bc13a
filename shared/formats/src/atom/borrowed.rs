//! What feeds in Atom take from other vocabularies where Atom's own elements are missing.

use wiredesk_model::{Feed, Item};

use crate::extra::keep_element;
use crate::links::Base;
use crate::media::Media;
use crate::person::parse_person;
use crate::rss::set;
use crate::to_rfc3339;
use crate::xml::{NodeId, Ns, Tree};

use super::deleted::is_deleted_entry;

/// What an entry has from elsewhere.
#[derive(Default)]
pub(super) struct Borrowed {
    item: Item,
    media: Media,
}

impl Borrowed {
    /// Takes in an element that is not Atom's.
    pub fn read(&mut self, tree: &Tree<'_>, node: NodeId, base: &Base) {
        let item = &mut self.item;
        let text = || tree.text(node);
        match (tree.ns(node), tree.name(node)) {
            (Ns::Media, _) => self.media.read(tree, node, base),
            (Ns::Content, "encoded") => set(&mut item.content, &text()),
            (Ns::Dc, "title") => set(&mut item.title, &text()),
            (Ns::Dc, "description" | "abstract") => set(&mut item.summary, &text()),
            (Ns::Dc, "identifier") => set(&mut item.id, &text()),
            (Ns::Dc, "rights") => set(&mut item.rights, &text()),
            (Ns::Dc, "language") => set(&mut item.language, &text()),
            (Ns::Dc, "subject") => item.categories.push(text().into_owned()),
            (Ns::Dc, "creator") => item.authors.extend(parse_person(&text())),
            (Ns::Dc, "contributor") => item.contributors.extend(parse_person(&text())),
            (Ns::Dc, "date") => item.updated = item.updated.take().or_else(|| to_rfc3339(&text())),
            _ => keep_element(&mut item.extra, tree, node),
        }
    }

    /// Gives an entry what it does not have.
    pub fn lend_to(self, entry: &mut Item) {
        let Self { item, media } = self;
        let pairs = [
            (&mut entry.id, item.id),
            (&mut entry.title, item.title.or(media.title)),
            (&mut entry.summary, item.summary.or(media.description)),
            (&mut entry.content, item.content),
            (&mut entry.rights, item.rights),
            (&mut entry.language, item.language),
            (&mut entry.updated, item.updated),
            (&mut entry.image, media.image),
        ];
        for (own, other) in pairs {
            if own.is_none() {
                *own = other;
            }
        }
        entry.extra.extend(item.extra);
        entry.authors.extend(item.authors);
        entry.contributors.extend(item.contributors);
        entry.categories.extend(item.categories);
        entry.categories.extend(media.categories);
        entry.enclosures.extend(media.files);
    }
}

/// Gives a feed what it does not have.
pub(super) fn borrow_for_feed(tree: &Tree<'_>, root: NodeId, feed: &mut Feed) {
    let is_other = |node: &NodeId| {
        !matches!(tree.ns(*node), Ns::Plain | Ns::Atom | Ns::Syndication)
            && !is_deleted_entry(tree, *node)
    };
    for node in tree.children(root).filter(is_other) {
        let text = || tree.text(node);
        match (tree.ns(node), tree.name(node)) {
            (Ns::Dc, "title") => set(&mut feed.title, &text()),
            (Ns::Dc, "description") => set(&mut feed.subtitle, &text()),
            (Ns::Dc, "identifier") => set(&mut feed.id, &text()),
            (Ns::Dc, "rights") => set(&mut feed.rights, &text()),
            (Ns::Dc, "language") => set(&mut feed.language, &text()),
            (Ns::Dc, "subject") => feed.categories.push(text().into_owned()),
            (Ns::Dc, "creator") => feed.authors.extend(parse_person(&text())),
            _ => keep_element(&mut feed.extra, tree, node),
        }
    }
}
