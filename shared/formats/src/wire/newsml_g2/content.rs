//! `contentSet`: the body in line, and the files that hold the content.

use wiredesk_model::WireRendition;

use super::item::Reading;
use crate::wire::body::{render, render_into, unpacked};
use crate::wire::draft::Draft;
use crate::wire::el::{El, fold};
use crate::wire::nitf;

/// A body that is longer is not searched for what another rendition says again.
const COMPARED_BYTES: usize = 256 * 1024;

/// Reads the renditions of the content. The body is what stands in line; where several stand
/// there, each adds what those before it do not have. One in another language than the item's says
/// the same again, and is kept beside the body.
pub fn read(reading: &mut Reading<'_>, set: El<'_, '_>) {
    let language = reading.draft.language.clone().unwrap_or_default();
    let is_ours = |el: El<'_, '_>| {
        let tag = el.attr("xml:lang");
        tag.map(|tag| primary(&tag).eq_ignore_ascii_case(primary(&language)))
    };
    let has_ours = set
        .children()
        .any(|el| is_inline(el) && is_ours(el) == Some(true));
    for el in set.children() {
        match el.name() {
            _ if has_ours && is_inline(el) && is_ours(el) == Some(false) => {
                reading.draft.keep("contentSet", el);
            }
            "inlineXML" | "inlineData" => {
                if let Some(nitf) = el.child("nitf") {
                    nitf::merge_head(&mut reading.draft, nitf, reading.habits);
                }
                inline(&mut reading.draft, el);
            }
            "remoteContent" => {
                let rendition = remote(el);
                reading.draft.facts.renditions.push(rendition);
            }
            _ => reading.draft.keep("contentSet", el),
        }
    }
}

fn is_inline(el: El<'_, '_>) -> bool {
    matches!(el.name(), "inlineXML" | "inlineData")
}

/// The language of a tag, without script and region (BCP 47).
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

fn inline(draft: &mut Draft, el: El<'_, '_>) {
    let words = el.attr("wordcount").and_then(|count| count.parse().ok());
    let body = match el.attr("encoding") {
        None => body_of(el),
        Some(_) => match unpacked(el, &el.attr("contenttype").unwrap_or_default()) {
            Some(body) => body,
            // The bytes of a picture or a file are no text.
            None => return draft.keep("contentSet", el),
        },
    };
    if body.trim().is_empty() {
        return;
    }
    draft.facts.words = draft.facts.words.or(words);
    let before = draft.body.get_or_insert_default();
    // Only short bodies are compared: a set of many renditions would take its time otherwise.
    let is_compared = !before.is_empty() && before.len() <= COMPARED_BYTES;
    if !is_compared || !plain(before).contains(&plain(&body)) {
        before.push_str(&body);
    }
}

/// The body inside an inline element: that of HTML or NITF where there is one, or else all of it.
fn body_of(el: El<'_, '_>) -> String {
    if el.child("nitf").is_some() || el.find("body.content").is_some() {
        let mut body = String::new();
        nitf::render_body(el, &mut body);
        return body;
    }
    let mut body = String::new();
    let is_page =
        |inner: &El<'_, '_>| inner.is("body") && !nitf::is_inside_its_like(*inner, "body");
    let pages: Vec<_> = el.descendants().filter(is_page).collect();
    for page in &pages {
        render_into(*page, &mut body);
    }
    if pages.is_empty() {
        body = render(el);
    }
    body
}

/// Text without tags and white space, to compare by.
fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag && !c.is_whitespace() => text.push(c),
            _ => {}
        }
    }
    text
}

fn remote(el: El<'_, '_>) -> WireRendition {
    let number = |name: &str| el.attr(name).and_then(|number| number.parse().ok());
    WireRendition {
        name: el.any_attr(&["rendition", "id"]),
        href: el.any_attr(&["href", "residref"]),
        media_type: el.attr("contenttype"),
        size_bytes: el.attr("size").and_then(|size| size.parse().ok()),
        width: number("width"),
        height: number("height"),
        caption: el.child_line("description").map(|text| fold(&text)),
    }
}
