//! Author and dates from microdata and `<time>`, where the head of the page is silent.

use memchr::memmem;

use super::attr;
use super::build::read_page;
use super::meta::Meta;

/// Longest author that is taken, in bytes of markup.
const AUTHOR_BYTES: usize = 600;
/// Elements looked at, of a kind.
const LOOKS: usize = 64;

/// Fills what `meta` does not know yet: the date that is marked up as the one of publication, or
/// the first behind the headline; the author that is marked up as such.
pub(crate) fn fill_from_microdata(html: &str, meta: &mut Meta) {
    if meta.published.is_none() && meta.data.published.is_none() {
        meta.published = published(html);
    }
    if meta.author.is_none() && meta.data.author.is_none() {
        meta.author = author(html);
    }
}

fn published(html: &str) -> Option<String> {
    let marked = marked(html, "datePublished").find_map(|(attrs, _)| {
        attr::value(attrs, "datetime").or_else(|| attr::value(attrs, "content"))
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

fn author(html: &str) -> Option<String> {
    marked(html, "author").find_map(|(_, inner)| {
        let end = inner.floor_char_boundary(AUTHOR_BYTES);
        let inner = &inner[..end];
        // The name within, where it is marked up, or else the text up to the first end tag.
        let named = marked(inner, "name").next().map_or(inner, |(_, name)| name);
        let text_end = memmem::find(named.as_bytes(), b"</").unwrap_or(named.len());
        let page = read_page(&named[..text_end]);
        let text = page.lines.first().map(|line| page.text_of(line))?;
        let is_name = (1..=8).contains(&text.split_whitespace().count());
        is_name.then(|| text.to_owned())
    })
}

/// Attributes of the elements with this `itemprop`, and what stands behind each start tag.
fn marked<'a>(html: &'a str, wanted: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let each = memmem::find_iter(html.as_bytes(), "itemprop=").take(LOOKS);
    each.filter_map(|at| {
        let start = memchr::memrchr(b'<', html.as_bytes().get(..at)?)?;
        let end = at + memchr::memchr(b'>', &html.as_bytes()[at..])?;
        let attrs = html.get(start + 1..end)?;
        let name_end = attrs.find(|c: char| c.is_ascii_whitespace())?;
        Some((&attrs[name_end..], &html[end + 1..]))
    })
    .filter(move |(attrs, _)| {
        attr::raw_value(attrs, "itemprop")
            .is_some_and(|found| found.split_whitespace().any(|word| word == wanted))
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
