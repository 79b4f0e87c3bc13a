//! Atom 1.0 (RFC 4287) and Atom 0.3.

mod borrowed;
mod deleted;
mod text;

use wiredesk_model::{Enclosure, Feed, Item, ItemSource, ParsedFeed};

use crate::extra::keep_element;
use crate::links::Base;
use crate::rss::{atom_person, set};
use crate::wishes::{self, Syndication};
use crate::xml::{NodeId, Ns, Tree};
use crate::{Detected, FormatError, Hints, Limits, to_rfc3339};

use borrowed::{Borrowed, borrow_for_feed};
use deleted::{is_deleted_entry, read_deleted_entry};
use text::construct;

/// Whether the root is that of Atom.
pub fn detect(detected: &Detected<'_>) -> bool {
    matches!(detected.root.as_deref(), Some("feed" | "entry"))
}

/// Reads a document.
///
/// # Errors
/// Where a limit is passed.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let tree = Tree::read(text, limits)?;
    let entries: Vec<NodeId> = tree.all().filter(|node| is_entry(&tree, *node)).collect();
    let deleted: Vec<NodeId> = tree
        .all()
        .filter(|node| is_deleted_entry(&tree, *node))
        .collect();
    limits.check_items(entries.len() + deleted.len())?;
    let base = Base::of(hints.url.as_deref());
    let mut parsed = ParsedFeed::default();
    let root = tree
        .all()
        .find(|node| is_own(&tree, *node) && tree.name(*node).eq_ignore_ascii_case("feed"));
    let base = match root {
        Some(root) => base.within(tree.attribute(root, "xml:base").as_deref()),
        None => base,
    };
    if let Some(root) = root {
        parsed.feed = read_feed(&tree, root, &base);
    }
    for node in entries {
        let mut item = read_entry(&tree, node, &base);
        if item.authors.is_empty() {
            // An entry without authors is by those of its feed (RFC 4287, 4.2.1).
            item.authors.clone_from(&parsed.feed.authors);
        }
        parsed.items.push(item);
        parsed.item_sources.push(tree.outer(node).to_owned());
    }
    for node in deleted {
        parsed.items.push(read_deleted_entry(&tree, node));
        parsed.item_sources.push(tree.outer(node).to_owned());
    }
    Ok(parsed)
}

/// An id is a full IRI (RFC 4287, 4.2.6); some feeds send a path.
fn full_id(id: &str, base: &Base) -> String {
    let completed = if id.starts_with('/') {
        base.resolve(id)
    } else {
        None
    };
    completed.unwrap_or_else(|| id.to_owned())
}

/// Elements of Atom; without a declaration they are plain.
fn is_own(tree: &Tree<'_>, node: NodeId) -> bool {
    matches!(tree.ns(node), Ns::Atom | Ns::Plain)
}

fn is_entry(tree: &Tree<'_>, node: NodeId) -> bool {
    let named = |node| is_own(tree, node) && tree.name(node).eq_ignore_ascii_case("entry");
    named(node) && !tree.is_inside(node, named)
}

/// Where the names of relations are registered; they may be written in full (RFC 4287, 4.2.7.2).
const IANA_RELATIONS: &str = "http://www.iana.org/assignments/relation/";

/// A link with what it is for.
struct Link {
    href: String,
    rel: Option<String>,
    media_type: Option<String>,
    length: Option<String>,
    title: Option<String>,
}

impl Link {
    fn read(tree: &Tree<'_>, node: NodeId, base: &Base) -> Option<Self> {
        let base = base.within(tree.attribute(node, "xml:base").as_deref());
        let attribute = |name| tree.attribute(node, name).map(String::from);
        Some(Self {
            href: base
                .resolve(&attribute("href").unwrap_or_else(|| tree.text(node).into_owned()))?,
            rel: attribute("rel").map(|rel| match rel.strip_prefix(IANA_RELATIONS) {
                Some(name) => name.to_owned(),
                None => rel,
            }),
            media_type: attribute("type"),
            length: attribute("length"),
            title: attribute("title").filter(|title| !title.is_empty()),
        })
    }

    fn is_page(&self) -> bool {
        self.media_type
            .as_deref()
            .is_none_or(|kind| kind.contains("html"))
    }

    fn is(&self, rel: &str) -> bool {
        self.rel
            .as_deref()
            .unwrap_or("alternate")
            .eq_ignore_ascii_case(rel)
    }
}

/// The page among the links: an alternate in HTML before another alternate.
fn page_of(links: &[Link]) -> Option<String> {
    let is_page = |link: &&Link| link.is("alternate") && link.is_page();
    // Names of relations are in small letters; those that are come first.
    let is_exact =
        |link: &&Link| is_page(link) && matches!(link.rel.as_deref(), None | Some("alternate"));
    links
        .iter()
        .find(is_exact)
        .or_else(|| links.iter().find(is_page))
        .or_else(|| links.iter().find(|link| link.is("alternate")))
        .map(|link| link.href.clone())
}

fn read_feed(tree: &Tree<'_>, root: NodeId, base: &Base) -> Feed {
    let mut feed = Feed {
        language: tree.attribute(root, "xml:lang").map(String::from),
        ..Feed::default()
    };
    let mut links = Vec::new();
    let mut syndication = Syndication::default();
    for node in tree.children(root) {
        if tree.ns(node) == Ns::Syndication {
            syndication.read(tree, node);
        }
        if !is_own(tree, node) {
            continue;
        }
        let text = || tree.text(node);
        match &*tree.lower_name(node) {
            "title" => set(&mut feed.title, &construct(tree, node, base)),
            "subtitle" | "tagline" => set(&mut feed.subtitle, &construct(tree, node, base)),
            "info" if feed.subtitle.is_none() => {
                set(&mut feed.subtitle, &construct(tree, node, base))
            }
            "rights" | "copyright" => set(&mut feed.rights, &construct(tree, node, base)),
            "link" => links.extend(Link::read(tree, node, base)),
            "id" => set(&mut feed.id, &full_id(&text(), base)),
            "generator" => set(&mut feed.generator, &generator(tree, node)),
            "icon" => feed.icon = base.resolve(&text()),
            "logo" => feed.logo = base.resolve(&text()),
            "updated" | "modified" => feed.updated = to_rfc3339(&text()).or(feed.updated.take()),
            "published" | "issued" | "created" => {
                feed.published = to_rfc3339(&text()).or(feed.published.take())
            }
            "author" => feed.authors.extend(atom_person(tree, node, base)),
            "contributor" => feed.contributors.extend(atom_person(tree, node, base)),
            "category" => feed.categories.extend(category(tree, node)),
            "entry" => {}
            _ => keep_element(&mut feed.extra, tree, node),
        }
    }
    feed.image = feed.logo.clone().or_else(|| feed.icon.clone());
    feed.link = page_of(&links);
    for link in &links {
        wishes::relation(&mut feed, link.rel.as_deref(), &link.href);
    }
    syndication.finish(&mut feed.wishes);
    borrow_for_feed(tree, root, &mut feed);
    feed.links = links.into_iter().map(|link| link.href).collect();
    feed
}

fn read_entry(tree: &Tree<'_>, entry: NodeId, base: &Base) -> Item {
    let base = base.within(tree.attribute(entry, "xml:base").as_deref());
    let mut item = Item {
        language: tree.attribute(entry, "xml:lang").map(String::from),
        ..Item::default()
    };
    let mut links = Vec::new();
    let mut created = None;
    let mut borrowed = Borrowed::default();
    for node in tree.children(entry) {
        if !is_own(tree, node) {
            borrowed.read(tree, node, &base);
            continue;
        }
        let text = || tree.text(node);
        match &*tree.lower_name(node) {
            "title" => set(&mut item.title, &construct(tree, node, &base)),
            "summary" => set(&mut item.summary, &construct(tree, node, &base)),
            "content" => read_content(tree, node, &base, &mut item),
            "rights" | "copyright" => set(&mut item.rights, &construct(tree, node, &base)),
            "link" => links.extend(Link::read(tree, node, &base)),
            "id" => set(&mut item.id, &full_id(&text(), &base)),
            "published" | "issued" => {
                item.published = to_rfc3339(&text()).or(item.published.take())
            }
            "updated" | "modified" => item.updated = to_rfc3339(&text()).or(item.updated.take()),
            "created" => created = to_rfc3339(&text()).or(created),
            "author" => item.authors.extend(atom_person(tree, node, &base)),
            "contributor" => item.contributors.extend(atom_person(tree, node, &base)),
            "category" => item.categories.extend(category(tree, node)),
            "source" => from_source(tree, node, &base, &mut item),
            _ => keep_element(&mut item.extra, tree, node),
        }
    }
    item.published = item.published.or(created);
    item.link = page_of(&links);
    let replies = |link: &&Link| link.is("replies") && link.is_page();
    item.comments = links.iter().find(replies).map(|link| link.href.clone());
    for link in links {
        if link.is("enclosure") {
            item.enclosures.push(Enclosure {
                url: link.href.clone(),
                media_type: link.media_type,
                length: link.length,
                title: link.title,
                ..Enclosure::default()
            });
        }
        item.links.push(link.href);
    }
    borrowed.lend_to(&mut item);
    item
}

fn read_content(tree: &Tree<'_>, node: NodeId, base: &Base, item: &mut Item) {
    match tree.attribute(node, "src") {
        Some(src) => {
            // Content elsewhere (RFC 4287, 4.1.3.2): a link like any other.
            item.links.extend(base.resolve(&src));
        }
        None => set(&mut item.content, &construct(tree, node, base)),
    }
}

/// An entry copied from another feed names it, and inherits its authors and rights (RFC 4287,
/// 4.2.11).
fn from_source(tree: &Tree<'_>, source: NodeId, base: &Base, item: &mut Item) {
    let mut from = ItemSource::default();
    let mut links = Vec::new();
    for node in tree.children(source) {
        match tree.name(node) {
            "title" => set(&mut from.title, &construct(tree, node, base)),
            "link" => links.extend(Link::read(tree, node, base)),
            "author" if item.authors.is_empty() => {
                item.authors.extend(atom_person(tree, node, base))
            }
            "rights" => set(&mut item.rights, &construct(tree, node, base)),
            _ => {}
        }
    }
    let itself = links.iter().find(|link| link.is("self"));
    from.url = itself
        .map(|link| link.href.clone())
        .or_else(|| page_of(&links));
    item.source = Some(from).filter(|from| *from != ItemSource::default());
}

/// The program with its version and address, as far as they are given.
fn generator(tree: &Tree<'_>, node: NodeId) -> String {
    let mut line = tree.text(node).into_owned();
    let version = tree.attribute(node, "version");
    let version = version.map(|version| format!("v{version}"));
    let address = tree
        .attribute(node, "uri")
        .or_else(|| tree.attribute(node, "url"));
    for part in [version, address.map(String::from)].into_iter().flatten() {
        line.push(' ');
        line.push_str(&part);
    }
    line.trim().to_owned()
}

fn category(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    let by_attribute = tree
        .attribute(node, "term")
        .filter(|term| !term.is_empty())
        .or_else(|| tree.attribute(node, "label"));
    let text = by_attribute.unwrap_or_else(|| tree.text(node));
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
