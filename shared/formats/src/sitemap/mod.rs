//! Sitemaps (<https://www.sitemaps.org/protocol.html>) with Google's extensions for news, pictures
//! and films, and indexes of sitemaps.
//!
//! Where any page of a sitemap is news, only the news are items; a plain sitemap gives all its
//! pages. An index gives no items: its sitemaps are the links of the feed.

use wiredesk_model::{Enclosure, Extra, Feed, Item, ParsedFeed};

use crate::extra::keep_element;
use crate::links::Base;
use crate::xml::{NodeId, Tree};
use crate::{Detected, FormatError, Hints, Limits, to_rfc3339};

/// Whether the root is that of a sitemap or of an index.
pub fn detect(detected: &Detected<'_>) -> bool {
    matches!(detected.markup_root(), "urlset" | "sitemapindex")
}

/// Reads a document.
///
/// # Errors
/// Where a limit is passed.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    let tree = Tree::read(text, limits)?;
    let base = Base::of(hints.url.as_deref());
    let pages: Vec<NodeId> = tree.all().filter(|node| is(&tree, *node, "url")).collect();
    let has_news = |node: &NodeId| child(&tree, *node, "news").is_some();
    let is_news = pages.iter().any(has_news);
    let mut parsed = ParsedFeed::default();
    for page in pages.into_iter().filter(|page| !is_news || has_news(page)) {
        limits.check_items(parsed.items.len() + 1)?;
        parsed.items.push(read_page(&tree, page, &base));
        parsed.item_sources.push(tree.outer(page).to_owned());
    }
    parsed.feed = read_feed(&tree, &base);
    Ok(parsed)
}

/// What the news say of the site, and the sitemaps of an index.
fn read_feed(tree: &Tree<'_>, base: &Base) -> Feed {
    let publication = tree.all().find(|node| is(tree, *node, "publication"));
    let of_publication = |name| text(tree, publication?, name);
    let sitemaps = tree.all().filter(|node| is(tree, *node, "sitemap"));
    let places = sitemaps.filter_map(|node| base.resolve(&text(tree, node, "loc")?));
    Feed {
        title: of_publication("name"),
        language: of_publication("language"),
        links: places.collect(),
        ..Feed::default()
    }
}

fn read_page(tree: &Tree<'_>, page: NodeId, base: &Base) -> Item {
    let link = text(tree, page, "loc").and_then(|link| base.resolve(&link));
    let news = child(tree, page, "news");
    let of_news = |name| text(tree, news?, name);
    let publication = news.and_then(|news| child(tree, news, "publication"));
    let lists = ["genres", "keywords", "stock_tickers"].map(of_news);
    let words = lists.iter().flatten().flat_map(|list| list.split(','));
    Item {
        title: of_news("title"),
        links: link.iter().cloned().collect(),
        link,
        published: of_news("publication_date").and_then(|date| to_rfc3339(&date)),
        updated: text(tree, page, "lastmod").and_then(|date| to_rfc3339(&date)),
        language: publication.and_then(|node| text(tree, node, "language")),
        categories: words
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect(),
        enclosures: [pictures(tree, page, base), films(tree, page, base)].concat(),
        extra: others(tree, page),
        ..Item::default()
    }
}

/// What is neither the page, its date, its news, its pictures nor its films.
fn others(tree: &Tree<'_>, page: NodeId) -> Vec<Extra> {
    const KNOWN: [&str; 5] = ["loc", "lastmod", "news", "image", "video"];
    const KNOWN_OF_FILM: [&str; 4] = ["content_loc", "player_loc", "title", "description"];
    let mut extra = Vec::new();
    for node in tree.children(page) {
        if !KNOWN.iter().any(|name| is(tree, node, name)) {
            keep_element(&mut extra, tree, node);
        } else if is(tree, node, "video") {
            let others = tree
                .children(node)
                .filter(|inner| !KNOWN_OF_FILM.iter().any(|name| is(tree, *inner, name)));
            others.for_each(|inner| keep_element(&mut extra, tree, inner));
        }
    }
    extra
}

/// Films of Google's video extension: the file, or else the page that plays it.
fn films(tree: &Tree<'_>, page: NodeId, base: &Base) -> Vec<Enclosure> {
    tree.children(page)
        .filter(|node| is(tree, *node, "video"))
        .filter_map(|film| {
            let place = text(tree, film, "content_loc").or_else(|| text(tree, film, "player_loc"));
            Some(Enclosure {
                url: base.resolve(&place?)?,
                medium: Some("video".to_owned()),
                title: text(tree, film, "title"),
                description: text(tree, film, "description"),
                ..Enclosure::default()
            })
        })
        .collect()
}

fn pictures(tree: &Tree<'_>, page: NodeId, base: &Base) -> Vec<Enclosure> {
    tree.children(page)
        .filter(|node| is(tree, *node, "image"))
        .filter_map(|image| {
            Some(Enclosure {
                url: base.resolve(&text(tree, image, "loc")?)?,
                title: text(tree, image, "title"),
                description: text(tree, image, "caption"),
                ..Enclosure::default()
            })
        })
        .collect()
}

/// By local name: the prefixes of the extensions vary.
fn is(tree: &Tree<'_>, node: NodeId, name: &str) -> bool {
    tree.name(node).eq_ignore_ascii_case(name)
}

fn child(tree: &Tree<'_>, node: NodeId, name: &str) -> Option<NodeId> {
    tree.children(node).find(|inner| is(tree, *inner, name))
}

fn text(tree: &Tree<'_>, node: NodeId, name: &str) -> Option<String> {
    let text = tree.text(child(tree, node, name)?);
    // An address that is not closed ends where the next element begins.
    let text = match name {
        "loc" => text.split('<').next().unwrap_or_default().trim(),
        _ => &*text,
    };
    (!text.is_empty()).then(|| text.to_owned())
}
