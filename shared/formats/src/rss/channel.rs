//! What the channel says of the feed.

use wiredesk_model::{Feed, Person};

use crate::extra::keep_element;
use crate::links::Base;
use crate::person::parse_person;
use crate::to_rfc3339;
use crate::wishes::{self, Syndication};
use crate::xml::{NodeId, Ns, Tree};

use super::item::{atom_person, categories_of, push_unique, set};

pub(super) fn read(tree: &Tree<'_>, channel: NodeId, base: &Base) -> Feed {
    let base = base.within(tree.attribute(channel, "xml:base").as_deref());
    let mut feed = Feed::default();
    let mut spare = Feed::default();
    let mut syndication = Syndication::default();
    for node in tree.children(channel) {
        match tree.ns(node) {
            Ns::Plain => plain(tree, node, &base, &mut feed),
            Ns::Atom => atom(tree, node, &base, &mut spare, &mut feed),
            Ns::Syndication => syndication.read(tree, node),
            _ => module(tree, node, &mut spare, &mut feed),
        }
    }
    // RDF and RSS 0.90 have the image beside the channel.
    if feed.image.is_none() {
        feed.image = tree
            .all()
            .find(|node| tree.is(*node, Ns::Plain, "image"))
            .and_then(|image| image_url(tree, image, &base));
    }
    fill(&mut feed, spare);
    syndication.finish(&mut feed.wishes);
    let first = |ns, name| tree.child(channel, ns, name).map(|node| tree.text(node));
    // A date that does not say of what, and the only person there is, serve where nothing else does.
    feed.published = feed
        .published
        .or_else(|| to_rfc3339(&first(Ns::Dc, "date")?));
    if feed.authors.is_empty() {
        let person = first(Ns::Plain, "webMaster").and_then(|text| parse_person(&text));
        feed.authors.extend(person);
    }
    feed.language = feed
        .language
        .or_else(|| tree.attribute(channel, "xml:lang").map(String::from))
        .or_else(|| {
            tree.attribute(tree.parent(channel)?, "xml:lang")
                .map(String::from)
        });
    feed
}

fn plain(tree: &Tree<'_>, node: NodeId, base: &Base, feed: &mut Feed) {
    let text = || base.complete(tree.text(node));
    match &*tree.lower_name(node) {
        "title" => set(&mut feed.title, &text()),
        "description" | "tagline" | "subtitle" => set(&mut feed.subtitle, &text()),
        "link" => {
            let href = tree.attribute(node, "href");
            if let Some(link) = base.resolve(href.as_deref().unwrap_or(&text())) {
                feed.link.get_or_insert_with(|| link.clone());
                push_unique(&mut feed.links, link);
            }
        }
        "language" => set(&mut feed.language, &text()),
        "copyright" => set(&mut feed.rights, &text()),
        "generator" => set(&mut feed.generator, &text()),
        "image" => feed.image = feed.image.take().or_else(|| image_url(tree, node, base)),
        "pubdate" => feed.published = to_rfc3339(&text()).or(feed.published.take()),
        "lastbuilddate" => feed.updated = to_rfc3339(&text()).or(feed.updated.take()),
        "managingeditor" | "author" => feed.authors.extend(parse_person(&text())),
        "webmaster" => feed.contributors.extend(parse_person(&text())),
        "category" => feed.categories.extend(categories_of(tree, node)),
        "ttl" => feed.wishes.ttl_minutes = text().parse().ok(),
        "skiphours" => feed.wishes.skip_hours = wishes::skip_hours(tree, node),
        "skipdays" => feed.wishes.skip_days = wishes::skip_days(tree, node),
        "guid" | "id" => set(&mut feed.id, &text()),
        "item" | "items" => {}
        _ => keep_element(&mut feed.extra, tree, node),
    }
}

fn atom(tree: &Tree<'_>, node: NodeId, base: &Base, spare: &mut Feed, feed: &mut Feed) {
    match tree.name(node) {
        "link" => {
            let Some(link) = tree
                .attribute(node, "href")
                .and_then(|href| base.resolve(&href))
            else {
                return;
            };
            let rel = tree.attribute(node, "rel");
            if matches!(rel.as_deref(), None | Some("alternate")) {
                spare.link.get_or_insert_with(|| link.clone());
            }
            wishes::relation(feed, rel.as_deref(), &link);
            push_unique(&mut feed.links, link);
        }
        "updated" => spare.updated = to_rfc3339(&tree.text(node)),
        "published" => spare.published = to_rfc3339(&tree.text(node)),
        "id" => set(&mut spare.id, &tree.text(node)),
        "icon" => set(&mut spare.icon, &tree.text(node)),
        "logo" => set(&mut spare.logo, &tree.text(node)),
        "title" => set(&mut spare.title, &tree.text(node)),
        "subtitle" | "tagline" => set(&mut spare.subtitle, &tree.text(node)),
        "rights" | "copyright" => set(&mut spare.rights, &tree.text(node)),
        "category" => spare.categories.extend(categories_of(tree, node)),
        "author" => spare.authors.extend(atom_person(tree, node, base)),
        _ => keep_element(&mut feed.extra, tree, node),
    }
}

fn module(tree: &Tree<'_>, node: NodeId, spare: &mut Feed, feed: &mut Feed) {
    let text = || tree.text(node);
    match (tree.ns(node), tree.name(node)) {
        (Ns::Dc, "title") => set(&mut spare.title, &text()),
        (Ns::Dc, "description") | (Ns::Itunes, "subtitle") => set(&mut spare.subtitle, &text()),
        (Ns::Itunes, "summary") if spare.subtitle.is_none() => set(&mut spare.subtitle, &text()),
        (Ns::Dc, "language") => set(&mut spare.language, &text()),
        (Ns::Dc, "rights") => set(&mut spare.rights, &text()),
        (Ns::Dc, "identifier") => set(&mut spare.id, &text()),
        (Ns::Dc, "date" | "modified") => {
            spare.updated = to_rfc3339(&text()).or(spare.updated.take())
        }
        (Ns::Dc, "created" | "issued") => {
            spare.published = to_rfc3339(&text()).or(spare.published.take())
        }
        (Ns::Dc, "creator" | "author") | (Ns::Itunes, "author") => {
            spare.authors.extend(parse_person(&text()))
        }
        (Ns::Dc, "publisher") if spare.authors.is_empty() => {
            spare.authors.extend(parse_person(&text()))
        }
        (Ns::Dc, "contributor") => spare.contributors.extend(parse_person(&text())),
        (Ns::Dc, "subject") => spare.categories.extend(categories_of(tree, node)),
        (Ns::Itunes, "category" | "keywords") => spare.categories.extend(categories_of(tree, node)),
        (Ns::Itunes, "image") => {
            let image = address(tree, node).unwrap_or_else(|| text().into_owned());
            set(&mut spare.image, &image);
        }
        (Ns::Itunes, "link") | (Ns::Media, "content" | "thumbnail") if is_picture(tree, node) => {
            set(&mut spare.image, &address(tree, node).unwrap_or_default());
        }
        (Ns::Itunes, "owner") => {
            let part = |name| {
                let child = tree.child(node, Ns::Itunes, name)?;
                Some(tree.text(child).into_owned()).filter(|text| !text.is_empty())
            };
            let owner = Person {
                name: part("name"),
                email: part("email"),
                uri: None,
            };
            if owner != Person::default() {
                spare.contributors.push(owner);
            }
        }
        (Ns::Other, "generatorAgent") => {
            spare.generator = tree.attribute(node, "rdf:resource").map(String::from);
        }
        _ => keep_element(&mut feed.extra, tree, node),
    }
}

fn address(tree: &Tree<'_>, node: NodeId) -> Option<String> {
    let address = tree
        .attribute(node, "href")
        .or_else(|| tree.attribute(node, "url"))?;
    Some(address.into_owned())
}

/// Whether an element that can stand for any file says that it is a picture.
fn is_picture(tree: &Tree<'_>, node: NodeId) -> bool {
    let is = |name, start| {
        tree.attribute(node, name)
            .is_some_and(|value| value.starts_with(start))
    };
    tree.name(node) == "thumbnail"
        || is("rel", "image")
        || is("type", "image/")
        || is("medium", "image")
}

fn image_url(tree: &Tree<'_>, image: NodeId, base: &Base) -> Option<String> {
    let url = tree
        .child(image, Ns::Plain, "url")
        .map(|url| tree.text(url))
        .or_else(|| tree.attribute(image, "rdf:resource"))
        .or_else(|| tree.attribute(image, "href"))?;
    base.resolve(&url)
}

/// Takes from `spare` what `feed` does not have.
fn fill(feed: &mut Feed, spare: Feed) {
    let pairs = [
        (&mut feed.title, spare.title),
        (&mut feed.subtitle, spare.subtitle),
        (&mut feed.link, spare.link),
        (&mut feed.id, spare.id),
        (&mut feed.language, spare.language),
        (&mut feed.rights, spare.rights),
        (&mut feed.generator, spare.generator),
        (&mut feed.image, spare.image),
        (&mut feed.icon, spare.icon),
        (&mut feed.logo, spare.logo),
        (&mut feed.updated, spare.updated),
        (&mut feed.published, spare.published),
    ];
    for (field, other) in pairs {
        if field.is_none() {
            *field = other;
        }
    }
    for (list, others) in [
        (&mut feed.authors, spare.authors),
        (&mut feed.contributors, spare.contributors),
    ] {
        for person in others {
            push_unique(list, person);
        }
    }
    for category in spare.categories {
        push_unique(&mut feed.categories, category);
    }
}
