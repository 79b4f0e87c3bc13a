//! What microdata and `<time>` say of the story, where the head of the page is silent.

use memchr::memmem;

use super::attr;
use super::build::read_page;
use super::meta::Meta;

/// Longest text that is taken, in bytes of markup.
const TEXT_BYTES: usize = 600;
/// Elements looked at, of a kind.
const LOOKS: usize = 64;

/// Fills what `meta` does not know yet: what is marked up as a property of a story, and for the date
/// the first `<time>` behind the headline.
pub(crate) fn fill_from_microdata(html: &str, meta: &mut Meta) {
    let marked = Marked::of(html);
    if meta.published.is_none() && meta.data.published.is_none() {
        meta.published = published(html, &marked);
    }
    if meta.author.is_none() && meta.data.author.is_none() {
        meta.author = author(&marked);
    }
    if meta.section.is_none() && meta.data.section.is_none() {
        meta.section = marked.text("articleSection");
    }
    if meta.language.is_none() && meta.data.language.is_none() {
        meta.language = marked.text("inLanguage");
    }
    if meta.canonical_url.is_none() && meta.social_url.is_none() {
        meta.social_url = marked.address();
    }
    if meta.social_title.is_none() && meta.data.headline.is_none() {
        meta.data.headline = marked.text("headline");
    }
    let is_free = marked.text("isAccessibleForFree");
    meta.data.is_paywalled |= is_free.is_some_and(|word| word.eq_ignore_ascii_case("false"));
}

/// An element with an `itemprop`.
struct Property<'a> {
    /// First byte of its start tag.
    start: usize,
    tag: &'a str,
    attrs: &'a str,
    /// What stands behind its start tag.
    inner: &'a str,
    names: &'a str,
}

/// The properties of a page, in its order.
struct Marked<'a> {
    html: &'a str,
    properties: Vec<Property<'a>>,
}

impl<'a> Marked<'a> {
    fn of(html: &'a str) -> Self {
        let each = memmem::find_iter(html.as_bytes(), "itemprop=").take(LOOKS);
        let properties = each.filter_map(|at| {
            let start = memchr::memrchr(b'<', html.as_bytes().get(..at)?)?;
            let end = at + memchr::memchr(b'>', &html.as_bytes()[at..])?;
            let tag = html.get(start + 1..end)?;
            let name_end = tag.find(|c: char| c.is_ascii_whitespace())?;
            let attrs = &tag[name_end..];
            Some(Property {
                start,
                tag: &tag[..name_end],
                attrs,
                inner: &html[end + 1..],
                names: attr::raw_value(attrs, "itemprop")?,
            })
        });
        Self {
            html,
            properties: properties.collect(),
        }
    }

    /// Those of a name.
    fn named(&self, wanted: &'a str) -> impl Iterator<Item = &Property<'a>> {
        let is_named = move |property: &&Property<'a>| {
            let mut names = property.names.split_whitespace();
            names.any(|name| name == wanted)
        };
        self.properties.iter().filter(is_named)
    }

    /// The first value of a name that is a text of one line.
    fn text(&self, name: &'a str) -> Option<String> {
        let text = self.named(name).next()?.text()?;
        (!text.is_empty()).then_some(text)
    }

    /// The address of the story. Its pictures and authors have addresses, too, so that one counts
    /// only where no other thing begins between it and the story.
    fn address(&self) -> Option<String> {
        let page = self.named("mainEntityOfPage").find_map(Property::address);
        page.or_else(|| {
            let story = story_start(self.html)?;
            let own = |property: &&Property<'a>| {
                let between = self.html.get(story..property.start);
                between.is_some_and(|between| !between.contains("itemscope"))
            };
            self.named("url").find(own)?.address()
        })
    }
}

impl Property<'_> {
    fn text(&self) -> Option<String> {
        if let Some(content) = attr::value(self.attrs, "content") {
            let content = content.trim();
            return (content.len() <= TEXT_BYTES).then(|| content.to_owned());
        }
        first_text(self.inner, &format!("</{}", self.tag))
    }

    fn address(&self) -> Option<String> {
        let address = ["href", "content", "itemid"]
            .iter()
            .find_map(|name| attr::value(self.attrs, name))?;
        let is_whole = address.starts_with("http://") || address.starts_with("https://");
        is_whole.then_some(address)
    }
}

/// The first line of text up to an end tag.
fn first_text(inner: &str, end_tag: &str) -> Option<String> {
    let inner = &inner[..inner.floor_char_boundary(TEXT_BYTES)];
    let end = memmem::find(inner.as_bytes(), end_tag.as_bytes());
    let page = read_page(&inner[..end.unwrap_or(inner.len())]);
    let line = page.lines.first()?;
    Some(page.text_of(line).to_owned())
}

/// Where the start tag of the first element ends that is marked up as a story.
fn story_start(html: &str) -> Option<usize> {
    let types = memmem::find_iter(html.as_bytes(), "itemtype=").take(LOOKS);
    types
        .filter_map(|at| Some((at, at + memchr::memchr(b'>', &html.as_bytes()[at..])?)))
        .find(|(at, end)| {
            let rest = html.get(*at..*end).unwrap_or_default();
            ["Article", "Posting", "Report"]
                .iter()
                .any(|kind| rest.contains(kind))
        })
        .map(|(_, end)| end)
}

fn published(html: &str, marked: &Marked<'_>) -> Option<String> {
    let marked = marked.named("datePublished").find_map(|property| {
        attr::value(property.attrs, "datetime").or_else(|| attr::value(property.attrs, "content"))
    });
    let headline = memmem::find(html.as_bytes(), b"<h1").unwrap_or(html.len());
    let behind = || {
        start_tags(html, "<time", headline).find_map(|(attrs, _)| attr::value(attrs, "datetime"))
    };
    // Behind the headline stand dates of other stories too, so only the first counts.
    marked
        .or_else(behind)
        .filter(|date| date.len() >= 8 && date.len() <= 40)
        .filter(|date| date.starts_with(|c: char| c.is_ascii_digit()))
}

fn author(marked: &Marked<'_>) -> Option<String> {
    marked.named("author").find_map(|property| {
        let end = property.inner.floor_char_boundary(TEXT_BYTES);
        let within = Marked::of(&property.inner[..end]);
        // The name within, where it is marked up, or else the text up to the first end tag.
        let named = within.named("name").next();
        let text = first_text(named.map_or(property.inner, |name| name.inner), "</")?;
        let is_name = (1..=8).contains(&text.split_whitespace().count());
        is_name.then_some(text)
    })
}

/// Attributes of the start tags that begin so, from a place on.
fn start_tags<'a>(
    html: &'a str,
    start: &'a str,
    from: usize,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let rest = html.get(from..).unwrap_or_default();
    let each = memmem::find_iter(rest.as_bytes(), start.as_bytes()).take(1);
    each.filter_map(move |at| {
        let attrs = &rest[at + start.len()..];
        let end = memchr::memchr(b'>', attrs.as_bytes())?;
        Some((&attrs[..end], &attrs[end + 1..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(html: &str) -> Meta {
        let mut meta = Meta::default();
        fill_from_microdata(html, &mut meta);
        meta
    }

    #[test]
    fn marked_up_fields_are_read() {
        let meta = filled(
            "<div itemprop='author' itemscope><span itemprop=\"name\">Ida <b>Holm</b></span></div>\
             <time itemprop=datePublished datetime='2026-03-02T05:40:00Z'>Monday</time>",
        );
        assert_eq!(meta.author.as_deref(), Some("Ida Holm"));
        assert_eq!(meta.published.as_deref(), Some("2026-03-02T05:40:00Z"));
    }

    #[test]
    fn what_is_said_of_the_story_is_no_other_thing_s() {
        let meta = filled(
            "<article itemscope itemtype='https://schema.org/NewsArticle'><link itemprop=url href='https://paper.example/a'>\
             <h1 itemprop=headline>The <i>wall</i> holds</h1><meta itemprop=articleSection content=Town>\
             <meta itemprop=inLanguage content=en><meta itemprop=isAccessibleForFree content=False>\
             <div itemprop=image itemscope><meta itemprop=url content='https://paper.example/a.jpg'></div></article>",
        );
        assert_eq!(meta.data.headline.as_deref(), Some("The wall holds"));
        assert_eq!(meta.section.as_deref(), Some("Town"));
        assert_eq!(meta.language.as_deref(), Some("en"));
        assert_eq!(meta.social_url.as_deref(), Some("https://paper.example/a"));
        assert!(meta.data.is_paywalled);
        let picture = filled(
            "<article itemscope itemtype='https://schema.org/NewsArticle'><div itemprop=image itemscope>\
             <meta itemprop=url content='https://paper.example/a.jpg'></div></article>",
        );
        assert_eq!(picture.social_url, None);
        let page = filled("<meta itemprop=mainEntityOfPage itemid='https://paper.example/b'>");
        assert_eq!(page.social_url.as_deref(), Some("https://paper.example/b"));
    }

    #[test]
    fn the_time_behind_the_headline_is_the_next_best() {
        let html = "<time datetime='2020-01-01'>old</time><h1>The wall</h1><time datetime='2026-03-02'>Monday</time>";
        assert_eq!(filled(html).published.as_deref(), Some("2026-03-02"));
        assert_eq!(
            filled("<time datetime='2020-01-01'>old</time>").published,
            None
        );
    }

    #[test]
    fn rubbish_ends() {
        for html in [
            "itemprop=",
            "<a itemprop=author",
            "<é itemprop=author>",
            "itemprop=>x",
            "<h1<time",
        ] {
            filled(html);
        }
    }
}
