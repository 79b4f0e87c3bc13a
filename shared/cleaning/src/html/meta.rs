//! What a page says of itself: title, language, address, dates, author, structured data.

use super::attr;
use super::entity;
use super::json_ld::{self, StructuredData};

/// What a page says of itself, each as found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Meta {
    /// `<title>`.
    pub title: Option<String>,
    /// `og:title` and the like.
    pub social_title: Option<String>,
    /// `description`, `og:description`.
    pub description: Option<String>,
    /// `<html lang>`, or what a meta element says.
    pub language: Option<String>,
    /// `<link rel=canonical>`.
    pub canonical_url: Option<String>,
    /// `og:url`.
    pub social_url: Option<String>,
    /// Author named in a meta element.
    pub author: Option<String>,
    /// Publication date named in a meta element.
    pub published: Option<String>,
    /// When the page was last changed, as a meta element says.
    pub updated: Option<String>,
    /// Section of the paper named in a meta element.
    pub section: Option<String>,
    /// `og:type`.
    pub kind: Option<String>,
    /// `article:content_tier`: `free`, `metered` or `locked`.
    pub tier: Option<String>,
    /// JSON-LD of the story.
    pub data: StructuredData,
}

/// Longest meta value that is kept, in bytes.
const VALUE_BYTES: usize = 4096;

impl Meta {
    pub(crate) fn read_html(&mut self, attrs: &str) {
        let declared = attr::value(attrs, "lang").or_else(|| attr::value(attrs, "xml:lang"));
        set(&mut self.language, declared);
    }

    pub(crate) fn read_title(&mut self, content: &str) {
        // Where it never ends, the rest of the page stands in it.
        let content = &content[..content.floor_char_boundary(VALUE_BYTES)];
        set(
            &mut self.title,
            Some(folded(&entity::decode(content, false))),
        );
    }

    pub(crate) fn read_link(&mut self, attrs: &str) {
        let is_canonical = attr::raw_value(attrs, "rel")
            .is_some_and(|rel| rel.trim().eq_ignore_ascii_case("canonical"));
        if is_canonical {
            set(&mut self.canonical_url, attr::value(attrs, "href"));
        }
    }

    pub(crate) fn read_meta(&mut self, attrs: &str) {
        let name = ["property", "name", "itemprop", "http-equiv"]
            .iter()
            .find_map(|key| attr::raw_value(attrs, key));
        let Some(name) = name else { return };
        let name = name.trim().to_ascii_lowercase();
        let place = match name.as_str() {
            "og:title" | "twitter:title" | "dc.title" => &mut self.social_title,
            "og:description" | "description" | "twitter:description" => &mut self.description,
            "og:url" => &mut self.social_url,
            "author" | "article:author" | "parsely-author" | "dc.creator" | "byl" => {
                &mut self.author
            }
            "article:published_time"
            | "datepublished"
            | "date"
            | "pubdate"
            | "dc.date"
            | "parsely-pub-date"
            | "article:published" => &mut self.published,
            "article:modified_time"
            | "datemodified"
            | "og:updated_time"
            | "dc.date.modified"
            | "last-modified" => &mut self.updated,
            "article:section" | "parsely-section" | "articlesection" => &mut self.section,
            "og:type" => &mut self.kind,
            "article:content_tier" => &mut self.tier,
            "content-language" | "dc.language" => &mut self.language,
            _ => return,
        };
        let value = attr::value(attrs, "content");
        set(
            place,
            value
                .filter(|value| value.len() <= VALUE_BYTES)
                .map(|value| folded(&value)),
        );
    }

    pub(crate) fn read_script(&mut self, attrs: &str, content: &str) {
        let is_data = attr::raw_value(attrs, "type")
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"));
        if is_data {
            json_ld::read(content, &mut self.data);
        }
    }
}

/// The first value stands.
fn set(place: &mut Option<String>, value: Option<String>) {
    if place.is_none() {
        *place = value.filter(|value| !value.is_empty());
    }
}

fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::read_page;

    fn meta(head: &str) -> Meta {
        read_page(&format!(
            "<html lang=en><head>{head}</head><body><p>One.</p></body></html>"
        ))
        .meta
    }

    type Found = fn(&Meta) -> Option<&str>;

    fn check(cases: &[(&str, Found, &str)]) {
        for (head, found, expected) in cases {
            assert_eq!(found(&meta(head)), Some(*expected), "{head}");
        }
    }

    #[test]
    fn title_and_address_of_a_head_are_read() {
        check(&[
            (
                "<title>The  wall &amp; port</title>",
                |m| m.title.as_deref(),
                "The wall & port",
            ),
            (
                "<meta property=og:title content='The wall'>",
                |m| m.social_title.as_deref(),
                "The wall",
            ),
            (
                "<meta name=twitter:title content='The wall'>",
                |m| m.social_title.as_deref(),
                "The wall",
            ),
            (
                "<meta property=og:description content='It holds.'>",
                |m| m.description.as_deref(),
                "It holds.",
            ),
            (
                "<meta name=description content='It holds.'>",
                |m| m.description.as_deref(),
                "It holds.",
            ),
            (
                "<link rel=Canonical href=/a>",
                |m| m.canonical_url.as_deref(),
                "/a",
            ),
            (
                "<meta property=og:url content=/b>",
                |m| m.social_url.as_deref(),
                "/b",
            ),
        ]);
    }

    #[test]
    fn what_a_head_says_of_the_story_is_read() {
        check(&[
            (
                "<meta property=og:type content=article>",
                |m| m.kind.as_deref(),
                "article",
            ),
            (
                "<meta name=author content='Ida Holm'>",
                |m| m.author.as_deref(),
                "Ida Holm",
            ),
            (
                "<meta property=article:published_time content=2026-03-02>",
                |m| m.published.as_deref(),
                "2026-03-02",
            ),
            (
                "<meta property=article:modified_time content=2026-03-03>",
                |m| m.updated.as_deref(),
                "2026-03-03",
            ),
            (
                "<meta property=og:updated_time content=2026-03-03>",
                |m| m.updated.as_deref(),
                "2026-03-03",
            ),
            (
                "<meta property=article:section content=Town>",
                |m| m.section.as_deref(),
                "Town",
            ),
            (
                "<meta property=article:content_tier content=locked>",
                |m| m.tier.as_deref(),
                "locked",
            ),
            (
                "<meta name=dc.language content=de>",
                |m| m.language.as_deref(),
                "en",
            ),
        ]);
    }

    #[test]
    fn the_first_value_stands_and_empty_ones_say_nothing() {
        let found = meta(
            "<meta property=og:title content=''><meta property=og:title content=A><meta property=og:title content=B>",
        );
        assert_eq!(found.social_title.as_deref(), Some("A"));
        let long = format!("<title>{}", "word ".repeat(4000));
        assert!(
            meta(&long)
                .title
                .is_none_or(|title| title.len() <= VALUE_BYTES)
        );
    }
}
