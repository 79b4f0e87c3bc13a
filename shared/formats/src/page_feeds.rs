//! The feeds that a page links to: what is asked for where a page came instead of a feed.

use crate::links::Base;
use crate::xml::{Attributes, decode_into};

/// Bytes of a page that are looked at.
const LOOKED_AT_BYTES: usize = 1024 * 1024;
/// Feeds of a page that are told, at the most.
const MOST_FEEDS: usize = 50;
/// Media types of feeds.
const FEED_TYPES: [&str; 5] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/x-rss+xml",
];
/// How addresses of feeds end.
const FEED_ENDINGS: [&str; 9] = [
    ".rss", ".rdf", ".atom", "/rss", "/feed", "/atom", "rss.xml", "feed.xml", "atom.xml",
];

/// A feed that a page links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFeed {
    /// Its address, in full where the page's own is known.
    pub url: String,
    /// What the page calls it.
    pub title: Option<String>,
    /// Whether the page declares it as its feed (`<link rel="alternate">`), instead of a link among
    /// others whose address looks like a feed's.
    pub is_declared: bool,
}

/// The feeds that the page at `url` links to, those that it declares first.
pub fn page_feeds(html: &str, url: Option<&str>) -> Vec<PageFeed> {
    let mut end = html.len().min(LOOKED_AT_BYTES);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let html = &html[..end];
    let mut base = Base::of(url);
    let mut feeds: Vec<PageFeed> = Vec::new();
    for (name, attributes) in tags(html) {
        if name.eq_ignore_ascii_case("base") {
            base = base.within(value_of(attributes, "href").as_deref());
            continue;
        }
        let Some(feed) = feed_of(name, attributes, &base) else {
            continue;
        };
        match feeds.iter().position(|known| known.url == feed.url) {
            Some(known) if feed.is_declared && !feeds[known].is_declared => feeds[known] = feed,
            Some(_) => {}
            None if feeds.len() < MOST_FEEDS => feeds.push(feed),
            None => break,
        }
    }
    feeds.sort_by_key(|feed| !feed.is_declared);
    feeds
}

fn feed_of(name: &str, attributes: &str, base: &Base) -> Option<PageFeed> {
    let is_link = name.eq_ignore_ascii_case("link");
    if !is_link && !name.eq_ignore_ascii_case("a") {
        return None;
    }
    let href = value_of(attributes, "href")?;
    let media_type = value_of(attributes, "type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let is_feed_type = FEED_TYPES
        .iter()
        .any(|known| media_type.eq_ignore_ascii_case(known));
    let rel = value_of(attributes, "rel").unwrap_or_default();
    let has_rel = |wanted: &str| {
        rel.split_ascii_whitespace()
            .any(|one| one.eq_ignore_ascii_case(wanted))
    };
    let is_declared = is_link && (has_rel("alternate") && is_feed_type || has_rel("feed"));
    let is_feed = is_declared || !is_link && (is_feed_type || looks_like_feed(&href));
    is_feed.then_some(())?;
    Some(PageFeed {
        url: base.resolve(&href)?,
        title: value_of(attributes, "title").filter(|title| !title.is_empty()),
        is_declared,
    })
}

fn looks_like_feed(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    FEED_ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// The start tags of a page that can link, each with its name and the text of its attributes.
/// Comments and scripts have none.
fn tags(html: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let open = rest.find('<')?;
            rest = &rest[open + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
                continue;
            }
            let (tag, behind) = rest.split_once('>')?;
            rest = behind;
            let end = tag.find(|c: char| c.is_ascii_whitespace());
            let (name, attributes) = tag.split_at(end.unwrap_or(tag.len()));
            if name.eq_ignore_ascii_case("script") {
                rest = rest.split_once("</script").map_or("", |(_, behind)| behind);
            } else if !name.is_empty() {
                return Some((name, attributes));
            }
        }
    })
}

fn value_of(attributes: &str, name: &str) -> Option<String> {
    let (_, raw) =
        Attributes::new(attributes).find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    let mut value = String::new();
    decode_into(raw.trim(), &[], &mut value);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_feeds_come_before_links_that_look_like_feeds() {
        let page = "<html><head><base href='/news/'><!-- <link rel=alternate type=application/rss+xml href=old> -->\
            <script>var a = \"<link rel='alternate' type='application/rss+xml' href='js'>\";</script>\
            <a href='https://x.example/sport/feed/?a=1'>Sport</a>\
            <LINK REL='home Alternate' TYPE='application/rss+xml; charset=utf-8' title='All &amp; more' HREF=feed.xml>\
            <link rel=alternate hreflang=de href=de.html><link rel=stylesheet href=rss.xml>\
            <a href=feed.xml>RSS</a><a href=about.html>About</a><a type=application/atom+xml href=/x>x</a>";
        let feeds = page_feeds(page, Some("https://x.example/"));
        let told: Vec<_> = feeds
            .iter()
            .map(|feed| (feed.url.as_str(), feed.title.as_deref(), feed.is_declared))
            .collect();
        let expected = [
            ("https://x.example/news/feed.xml", Some("All & more"), true),
            ("https://x.example/sport/feed/?a=1", None, false),
            ("https://x.example/x", None, false),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn broken_pages_give_what_they_have() {
        for page in [
            "",
            "<",
            "<!--",
            "<a",
            "<link href",
            "<script>",
            "a < b > c",
            "<é>",
        ] {
            assert_eq!(page_feeds(page, None), [], "{page}");
        }
        let many: String = (0..200).map(|n| format!("<a href=/{n}/feed>")).collect();
        assert_eq!(page_feeds(&many, None).len(), MOST_FEEDS);
    }
}
