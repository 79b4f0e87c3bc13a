//! Documents with one story: a plain text, or a saved HTML page.
//!
//! Only what names the document is looked for here; finding the story in it is cleaning.

use wiredesk_model::{Feed, Item, ParsedFeed};

use crate::xml::decode_into;
use crate::{Detected, FormatError, Hints, Limits};

/// A first line of more characters is a paragraph, not a title.
const MAX_TITLE_CHARS: usize = 160;
/// How far into a page its title is looked for.
const HEAD_BYTES: usize = 256 * 1024;

/// Roots of pages; XML that has another one is no page.
const PAGE_ROOTS: [&str; 4] = ["html", "head", "body", "!doctype"];
/// Characters that are looked at to tell a text from other bytes.
const TEXT_SAMPLE: usize = 4096;
/// Control characters that any text may have, as strays.
const STRAY_CONTROLS: usize = 3;
/// Beyond them, one in so many at the most.
const CONTROLS_ONE_IN: usize = 50;

/// Whether the document is a page, or a piece of one.
pub fn is_html(detected: &Detected<'_>) -> bool {
    let root = detected.root.as_deref();
    let is_markup = root.is_some() && detected.text.starts_with('<');
    let is_xml = detected.text.starts_with("<?xml");
    is_markup && (!is_xml || root.is_some_and(|root| PAGE_ROOTS.contains(&root)))
}

/// Whether the document is a text for people: no markup, no JSON, broken or not, and no bytes of a
/// program. What a source did not mean as a story must not go out as one.
pub fn is_text(detected: &Detected<'_>) -> bool {
    let text = detected.text;
    !(text.starts_with("<?xml") || is_json(text) || is_binary(text))
}

/// Whether a document begins as JSON does, and no text: with a brace and a quote.
fn is_json(text: &str) -> bool {
    let inner = match text.strip_prefix('[') {
        Some(list) => list.trim_start(),
        None => text,
    };
    let inside = inner.strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['"', '}']))
}

/// Whether too much of a document is no character that people read.
pub(crate) fn is_binary(text: &str) -> bool {
    let is_odd = |c: &char| c.is_control() && !c.is_whitespace();
    let sample = || text.chars().take(TEXT_SAMPLE);
    let odd = sample().filter(is_odd).count();
    odd > STRAY_CONTROLS && odd * CONTROLS_ONE_IN > sample().count()
}

/// A page: its `title`, its language, and all of it as content.
///
/// # Errors
/// Where the page is over the size limit.
pub fn read_html(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    limits.check_bytes(text.len())?;
    let item = Item {
        title: page_title(text),
        link: hints.url.clone(),
        links: hints.url.iter().cloned().collect(),
        content: Some(text.to_owned()),
        language: page_language(text),
        ..Item::default()
    };
    Ok(one_item(item, text))
}

/// A plain text. Its first line is the title where it stands alone, is short, and does not end
/// as a sentence does.
///
/// # Errors
/// Where the text is over the size limit.
pub fn read_text(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    limits.check_bytes(text.len())?;
    let (title, body) = match text.split_once('\n') {
        Some((first, rest)) if is_title(first, rest) => {
            (Some(first.trim().to_owned()), rest.trim())
        }
        _ => (None, text.trim()),
    };
    let item = Item {
        title,
        link: hints.url.clone(),
        links: hints.url.iter().cloned().collect(),
        content: Some(body.to_owned()),
        ..Item::default()
    };
    Ok(one_item(item, text))
}

fn one_item(item: Item, source: &str) -> ParsedFeed {
    ParsedFeed {
        format: String::new(),
        feed: Feed::default(),
        items: vec![item],
        item_sources: vec![source.to_owned()],
    }
}

fn is_title(first: &str, rest: &str) -> bool {
    let first = first.trim();
    let stands_alone = rest
        .split('\n')
        .next()
        .is_some_and(|line| line.trim().is_empty());
    let ends_as_sentence =
        first.ends_with(['.', ':', ';', ',', '…', '。']) || first.ends_with(".”");
    stands_alone
        && !rest.trim().is_empty()
        && !first.is_empty()
        && first.chars().count() <= MAX_TITLE_CHARS
        && !ends_as_sentence
}

fn page_title(text: &str) -> Option<String> {
    let head = head(text);
    let start = find_tag(head, "<title")?;
    let inside = head[start..].split_once('>')?.1;
    let raw = &inside[..inside.find("</").unwrap_or(inside.len())];
    let mut title = String::new();
    decode_into(raw, &[], &mut title);
    let folded = title.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(folded).filter(|title| !title.is_empty())
}

fn page_language(text: &str) -> Option<String> {
    let head = head(text);
    let start = find_tag(head, "<html")?;
    let tag = head[start..].split_once('>')?.0;
    let at = tag.to_ascii_lowercase().find("lang=")? + "lang=".len();
    let language: String = tag[at..]
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    Some(language).filter(|language| !language.is_empty())
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Where a tag begins, ASCII case aside.
fn find_tag(text: &str, tag: &str) -> Option<usize> {
    text.as_bytes().windows(tag.len() + 1).position(|window| {
        window[..tag.len()].eq_ignore_ascii_case(tag.as_bytes())
            && !window[tag.len()].is_ascii_alphanumeric()
    })
}
