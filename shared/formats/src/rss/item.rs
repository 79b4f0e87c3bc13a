//! One item, with the modules that RSS borrows from.

use wiredesk_model::{Enclosure, Item, ItemSource, Person};

use crate::extra::keep_element;
use crate::links::{Base, is_absolute};
use crate::media::Media;
use crate::person::parse_person;
use crate::to_rfc3339;
use crate::xml::{NodeId, Ns, Tree};

/// What may stand in for a field that the item itself does not have.
#[derive(Default)]
struct Spare {
    item: Item,
    guid_is_link: bool,
    media: Media,
    /// A date that does not say of what; it is that of publication where there is no other.
    date: Option<String>,
    /// The page itself, where the link goes through a counter (FeedBurner).
    page: Option<String>,
    /// The enclosure itself, where its address goes through a counter.
    file: Option<String>,
}

pub(super) fn read(tree: &Tree<'_>, item: NodeId, base: &Base) -> Item {
    let base = base.within(tree.attribute(item, "xml:base").as_deref());
    let mut own = Item::default();
    let mut spare = Spare::default();
    for node in tree.children(item) {
        match tree.ns(node) {
            Ns::Plain => plain(tree, node, &base, &mut own, &mut spare),
            Ns::Atom => atom(tree, node, &base, &mut own, &mut spare),
            Ns::Media => spare.media.read(tree, node, &base),
            Ns::Other if tree.name(node) == "origLink" => {
                spare.page = base.resolve(&tree.text(node))
            }
            Ns::Other if tree.name(node) == "origEnclosureLink" => {
                spare.file = base.resolve(&tree.text(node))
            }
            _ => module(tree, node, &base, &mut own, &mut spare),
        }
    }
    own.language = tree
        .attribute(item, "xml:lang")
        .map(String::from)
        .or(own.language);
    if own.id.is_none() {
        own.id = tree
            .attribute(item, "rdf:about")
            .map(String::from)
            .filter(|about| !about.is_empty());
    }
    fill(&mut own, spare, &base);
    own
}

fn plain(tree: &Tree<'_>, node: NodeId, base: &Base, own: &mut Item, spare: &mut Spare) {
    let text = || base.complete(tree.text(node));
    match &*tree.lower_name(node) {
        "title" => set(&mut own.title, &text()),
        "link" => {
            let href = tree.attribute(node, "href");
            if let Some(link) = base.resolve(href.as_deref().unwrap_or(&text())) {
                own.link.get_or_insert_with(|| link.clone());
                push_unique(&mut own.links, link);
            }
        }
        "guid" | "id" => {
            set(&mut own.id, &text());
            let permalink = tree.attribute(node, "ispermalink");
            let said = permalink.map(|word| !word.eq_ignore_ascii_case("false"));
            own.is_permalink = own.is_permalink.or(said);
            spare.guid_is_link = said.unwrap_or(true);
        }
        "description" | "summary" => set(&mut own.summary, &text()),
        "fullitem" | "body" => set(&mut spare.item.content, &text()),
        "pubdate" | "published" | "issued" => {
            own.published = to_rfc3339(&text()).or(own.published.take())
        }
        "updated" | "modified" | "lastbuilddate" => {
            own.updated = to_rfc3339(&text()).or(own.updated.take())
        }
        "author" if tree.has_children(node) => own.authors.extend(atom_person(tree, node, base)),
        "author" | "managingeditor" => own.authors.extend(parse_person(&text())),
        "category" => own.categories.extend(categories_of(tree, node)),
        "comments" => own.comments = base.resolve(&text()),
        "copyright" | "rights" => set(&mut own.rights, &text()),
        "language" => set(&mut own.language, &text()),
        "enclosure" => own.enclosures.extend(enclosure(tree, node, base)),
        "source" => own.source = own.source.take().or_else(|| source_of(tree, node, base)),
        "content" => set(&mut spare.item.content, &text()),
        _ => keep_element(&mut own.extra, tree, node),
    }
}

fn atom(tree: &Tree<'_>, node: NodeId, base: &Base, own: &mut Item, spare: &mut Spare) {
    let text = || base.complete(tree.text(node));
    match tree.name(node) {
        "link" => {
            let Some(link) = tree
                .attribute(node, "href")
                .and_then(|href| base.resolve(&href))
            else {
                return;
            };
            match tree.attribute(node, "rel").as_deref() {
                None | Some("alternate") => {
                    spare.item.link.get_or_insert_with(|| link.clone());
                }
                Some("enclosure") => own.enclosures.push(Enclosure {
                    url: link.clone(),
                    media_type: tree.attribute(node, "type").map(String::from),
                    length: tree.attribute(node, "length").map(String::from),
                    ..Enclosure::default()
                }),
                Some(_) => {}
            }
            push_unique(&mut own.links, link);
        }
        "updated" | "modified" => {
            spare.item.updated = to_rfc3339(&text()).or(spare.item.updated.take())
        }
        "published" | "issued" => {
            spare.item.published = to_rfc3339(&text()).or(spare.item.published.take())
        }
        "id" => set(&mut spare.item.id, &text()),
        "title" => set(&mut spare.item.title, &text()),
        "summary" => set(&mut spare.item.summary, &text()),
        "content" => set(&mut spare.item.content, &text()),
        "author" => spare.item.authors.extend(atom_person(tree, node, base)),
        "contributor" => own.contributors.extend(atom_person(tree, node, base)),
        "category" => own.categories.extend(categories_of(tree, node)),
        "rights" | "copyright" => set(&mut spare.item.rights, &text()),
        "created" if spare.date.is_none() => spare.date = to_rfc3339(&text()),
        _ => keep_element(&mut own.extra, tree, node),
    }
}

fn module(tree: &Tree<'_>, node: NodeId, base: &Base, own: &mut Item, spare: &mut Spare) {
    let text = || base.complete(tree.text(node));
    match (tree.ns(node), tree.name(node)) {
        (Ns::Content, "encoded") | (Ns::Xhtml, "body" | "div") => set(&mut own.content, &text()),
        (Ns::Dc, "title") => set(&mut spare.item.title, &text()),
        (Ns::Dc, "description" | "abstract") | (Ns::Itunes, "summary") => {
            set(&mut spare.item.summary, &text())
        }
        (Ns::Itunes, "subtitle") if spare.item.summary.is_none() => {
            set(&mut spare.item.summary, &text())
        }
        (Ns::Itunes, "image") => {
            let href = tree.attribute(node, "href");
            own.image = own
                .image
                .take()
                .or_else(|| base.resolve(href.as_deref().unwrap_or(&text())));
        }
        (Ns::Itunes, "title") if spare.item.title.is_none() => set(&mut spare.item.title, &text()),
        (Ns::Dc, "creator" | "author") | (Ns::Itunes, "author") => {
            spare.item.authors.extend(parse_person(&text()))
        }
        (Ns::Dc, "contributor") => own.contributors.extend(parse_person(&text())),
        (Ns::Dc, "subject") | (Ns::Itunes, "category" | "keywords") => {
            own.categories.extend(categories_of(tree, node));
        }
        (Ns::Dc, "rights") => set(&mut spare.item.rights, &text()),
        (Ns::Dc, "language") => set(&mut spare.item.language, &text()),
        (Ns::Dc, "identifier") => set(&mut spare.item.id, &text()),
        (Ns::Dc, "date" | "modified") => {
            spare.item.updated = to_rfc3339(&text()).or(spare.item.updated.take());
            if tree.name(node) == "date" {
                spare.date.clone_from(&spare.item.updated);
            }
        }
        (Ns::Dc, "created" | "issued" | "available") => {
            spare.item.published = to_rfc3339(&text()).or(spare.item.published.take());
        }
        _ => keep_element(&mut own.extra, tree, node),
    }
}

fn enclosure(tree: &Tree<'_>, node: NodeId, base: &Base) -> Option<Enclosure> {
    let text = tree.text(node);
    let url = tree
        .attribute(node, "url")
        .or_else(|| tree.attribute(node, "href"))
        .unwrap_or(text);
    Some(Enclosure {
        url: base.resolve(&url)?,
        media_type: tree.attribute(node, "type").map(String::from),
        length: tree.attribute(node, "length").map(String::from),
        ..Enclosure::default()
    })
}

/// The feed that the item was taken over from.
fn source_of(tree: &Tree<'_>, node: NodeId, base: &Base) -> Option<ItemSource> {
    let source = ItemSource {
        title: Some(tree.text(node).into_owned()).filter(|title| !title.is_empty()),
        url: tree
            .attribute(node, "url")
            .and_then(|url| base.resolve(&url)),
    };
    (source != ItemSource::default()).then_some(source)
}

/// Takes from `spare` what the item does not have.
fn fill(own: &mut Item, spare: Spare, base: &Base) {
    let Spare {
        item,
        guid_is_link,
        media,
        date,
        page,
        file,
    } = spare;
    own.enclosures.extend(media.files);
    own.categories.extend(media.categories);
    own.image = own.image.take().or(media.image);
    if let (Some(file), Some(first)) = (file, own.enclosures.first_mut()) {
        first.url = file;
    }
    if let Some(page) = page {
        push_unique(&mut own.links, page.clone());
        own.link = Some(page);
    }
    let pairs = [
        (&mut own.title, item.title.or(media.title)),
        (&mut own.id, item.id),
        (&mut own.link, item.link),
        (&mut own.summary, item.summary.or(media.description)),
        (&mut own.content, item.content),
        (&mut own.updated, item.updated),
        (&mut own.published, item.published.or(date)),
        (&mut own.rights, item.rights),
        (&mut own.language, item.language),
    ];
    for (field, other) in pairs {
        if field.is_none() {
            *field = other;
        }
    }
    for person in item.authors {
        push_unique(&mut own.authors, person);
    }
    if own.link.is_none() && guid_is_link {
        own.link = own
            .id
            .as_deref()
            .and_then(|id| base.resolve(id))
            .filter(|link| is_absolute(link) && link.starts_with("http"));
        own.links.extend(own.link.clone());
    }
}

/// The texts of a category: its own, that of its attributes, and those of the categories inside.
pub fn categories_of(tree: &Tree<'_>, node: NodeId) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        let by_attribute = ["text", "term", "label", "rdf:resource"]
            .into_iter()
            .find_map(|name| tree.attribute(node, name));
        let is_keywords = tree.name(node) == "keywords";
        // Plain elements inside are markup of the text, unless they are categories themselves.
        let is_category =
            |inner: &NodeId| tree.ns(*inner) != Ns::Plain || tree.is(*inner, Ns::Plain, "category");
        let inner: Vec<NodeId> = tree.children(node).filter(is_category).collect();
        let texts: Vec<String> = match by_attribute {
            Some(text) => vec![text.into_owned()],
            None if !inner.is_empty() => Vec::new(),
            None if is_keywords => tree.text(node).split(',').map(str::to_owned).collect(),
            None => vec![tree.text(node).into_owned()],
        };
        found.extend(
            texts
                .into_iter()
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty()),
        );
        open.extend(inner);
    }
    found
}

/// A person as Atom writes it.
pub fn atom_person(tree: &Tree<'_>, node: NodeId, base: &Base) -> Option<Person> {
    let base = base.within(tree.attribute(node, "xml:base").as_deref());
    let part = |names: &[&str]| {
        let child = tree.children(node).find(|child| {
            names
                .iter()
                .any(|name| tree.name(*child).eq_ignore_ascii_case(name))
        })?;
        Some(tree.text(child).into_owned()).filter(|text| !text.is_empty())
    };
    if !tree.has_children(node) {
        return parse_person(&tree.text(node));
    }
    let person = Person {
        name: part(&["name"]),
        email: part(&["email"]),
        uri: part(&["uri", "url", "homepage"]).and_then(|uri| base.resolve(&uri)),
    };
    (person != Person::default()).then_some(person)
}

/// Sets a field that has no text yet.
pub fn set(field: &mut Option<String>, text: &str) {
    if field.is_none() && !text.is_empty() {
        *field = Some(text.to_owned());
    }
}

pub(super) fn push_unique<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}
