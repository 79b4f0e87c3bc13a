//! IPTC 7901, the text wire of agencies: a header line, a slug, headline lines up to `=`, the
//! text, and the time of filing.
//!
//! ```text
//! SOH svc062 4 i 211 options CRLF  slug/ CRLF
//! STX 1ST LEAD CRLF headline CRLF By … = CRLF
//! text … CRLF
//! ETX 131137 GMT Nov 13 CRLF
//! ```

mod header;

use wiredesk_model::{Item, ParsedFeed, RoleText, WireTerm};

use self::header::Header;
use super::advisory_words::mark_advisory;
use super::body::render_text;
use super::draft::Draft;
use super::habits::Habits;
use super::text_identity::identify;
use super::text_wire::{
    ETX, SOH, STX, find_dateline, is_byline, push_note, read_dateline, without_by, without_controls,
};
use crate::date::to_rfc3339;
use crate::{Detected, FormatError, Hints, Limits};

/// What a line says that stands before notes which are not to be printed, in lower case.
const NOT_FOR_PUBLICATION: [&str; 3] = [
    "not for publication",
    "not intended for publication",
    "nicht zur veröffentlichung",
];
/// Such a line is no longer, in bytes.
const MARK_BYTES: usize = 120;
/// A headline without a mark is no longer, in bytes.
const MAX_HEAD_BYTES: usize = 160;
/// A line of headlines has no more lines before its `=`.
const MAX_HEAD_LINES: usize = 12;

/// Whether a document is IPTC 7901.
pub fn detect(document: &Detected<'_>) -> bool {
    // Another wire uses the same controls, and is asked first.
    let text = document.text;
    let first = text
        .trim_start_matches(SOH)
        .lines()
        .next()
        .unwrap_or_default();
    let is_marked = text.starts_with(SOH) && text.contains(STX);
    Header::read(first).is_some_and(|header| is_marked || header.is_complete())
}

/// Reads the stories of a document, each behind its own header.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    limits.check_bytes(text.len())?;
    let mut feed = ParsedFeed::default();
    let parts = text.split(SOH).filter(|part| !part.trim().is_empty());
    for part in parts {
        limits.check_items(feed.items.len() + 1)?;
        feed.items.push(read_story(part, &hints.habits));
        feed.item_sources.push(part.to_owned());
    }
    Ok(feed)
}

fn read_story(source: &str, habits: &Habits) -> Item {
    let mut draft = Draft::default();
    draft.facts.class = Some("text".to_owned());
    draft.language.clone_from(&habits.default_language);
    let (first, rest) = source.split_once('\n').unwrap_or((source, ""));
    let rest = match Header::read(first) {
        Some(header) => {
            header.apply(&mut draft);
            rest
        }
        None => source,
    };
    let (text, filed) = split_trailer(rest);
    draft.facts.version_created = filed;
    let (slug, text) = split_slug(text);
    draft.facts.slugline = slug;
    let (head, body) = split_head(&text);
    headline(&mut draft, &head);
    mark_advisory(&mut draft.facts, &text);
    let body = split_notes(&mut draft, body);
    read_dateline(&mut draft, body);
    let mut html = String::new();
    render_text(body, &mut html);
    draft.body = Some(html);
    identify(&mut draft);
    draft.finish()
}

/// The text and when it was filed: that stands behind ETX, or in the last line of the text.
fn split_trailer(rest: &str) -> (&str, Option<String>) {
    let (text, trailer) = rest.split_once(ETX).unwrap_or((rest, ""));
    if let Some(time) = filed_at(trailer) {
        return (text, Some(time));
    }
    let trimmed = text.trim_end();
    let (before, last) = trimmed.rsplit_once('\n').unwrap_or(("", trimmed));
    match filed_at(last) {
        Some(time) => (before, Some(time)),
        None => (text, None),
    }
}

/// `131137 GMT Nov 13`: day, hour and minute, zone, month, year; the agency may stand before it.
fn filed_at(trailer: &str) -> Option<String> {
    let words: Vec<&str> = trailer
        .split_whitespace()
        .filter(|word| !word.starts_with(char::is_control))
        .collect();
    let is_number =
        |word: &str, digits| word.len() == digits && word.bytes().all(|byte| byte.is_ascii_digit());
    let place = words.iter().take(2).position(|word| is_number(word, 6))?;
    let (clock, zone, month, year) = match words[place..] {
        [clock, zone, month, year, ..] if is_number(year, 2) => (clock, zone, month, year),
        [clock, month, year, ..] if is_number(year, 2) => (clock, "GMT", month, year),
        _ => return None,
    };
    let (day, hour, minute) = (&clock[..2], &clock[2..4], &clock[4..]);
    to_rfc3339(&format!("{day} {month} 20{year} {hour}:{minute} {zone}"))
}

/// The slug before STX, or on the first line where that ends with a slash; and the text behind.
fn split_slug(text: &str) -> (Option<String>, String) {
    let clean = |slug: &str| {
        let slug = without_controls(slug);
        let slug = slug.trim().trim_end_matches('/').trim();
        (!slug.is_empty()).then(|| slug.to_owned())
    };
    if let Some((slug, text)) = text.split_once(STX) {
        return (clean(slug), without_controls(text));
    }
    let text = without_controls(text);
    let trimmed = text.trim_start();
    match trimmed.split_once('\n') {
        Some((first, rest)) if first.trim_end().ends_with('/') => (clean(first), rest.to_owned()),
        _ => (None, text),
    }
}

/// The lines up to the one that ends with `=`, and the text behind it.
fn split_head(text: &str) -> (Vec<String>, &str) {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').take(MAX_HEAD_LINES) {
        at += line.len();
        let line = line.trim();
        if let Some(last) = line.strip_suffix('=') {
            lines.push(last.trim().to_owned());
            lines.retain(|line| !line.is_empty());
            return (lines, &text[at..]);
        }
        lines.push(line.to_owned());
    }
    match first_line(text) {
        Some((line, text)) => (vec![line.to_owned()], text),
        None => (Vec::new(), text),
    }
}

/// A line that stands alone above a dateline: some agencies end their headlines with nothing else.
fn first_line(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.trim_start().split_once('\n')?;
    let (line, (blank, story)) = (line.trim(), rest.split_once('\n')?);
    let is_head = blank.trim().is_empty()
        && line.len() <= MAX_HEAD_BYTES
        && !line.ends_with(['.', '!', '?', '"'])
        && find_dateline(story).is_some();
    is_head.then_some((line, story))
}

/// Sorts the lines above the text: take keys in capitals or brackets, the headline, the byline.
fn headline(draft: &mut Draft, lines: &[String]) {
    let is_key = |line: &str| {
        let in_brackets = line.starts_with('(') && line.ends_with(')');
        let in_capitals = !line.contains(char::is_lowercase) && line.contains(char::is_uppercase);
        in_brackets || in_capitals
    };
    let bylines = lines
        .iter()
        .enumerate()
        .filter(|(place, line)| *place > 0 && is_byline(line));
    let text_end = bylines
        .map(|(place, _)| place)
        .next()
        .unwrap_or(lines.len());
    // The last line before the byline is the headline, whatever it looks like.
    let last = text_end.saturating_sub(1);
    let key_end = lines[..last].iter().take_while(|line| is_key(line)).count();
    draft.facts.signals.extend(
        lines[..key_end]
            .iter()
            .map(|key| key.trim_matches(['(', ')']).to_owned()),
    );
    let text = lines[key_end..text_end].join(" ");
    if !text.is_empty() {
        draft.facts.headlines.push(RoleText {
            text,
            ..RoleText::default()
        });
    }
    if let Some(byline) = lines.get(text_end) {
        let name = without_by(byline);
        draft.facts.byline = Some(name.to_owned());
        draft.facts.credits.push(WireTerm {
            name: Some(name.to_owned()),
            role: Some("author".to_owned()),
            ..WireTerm::default()
        });
    }
}

/// The text to be printed; what stands behind it becomes a note to editors.
fn split_notes<'t>(draft: &mut Draft, body: &'t str) -> &'t str {
    let is_mark = |line: &str| {
        let lower = line.to_lowercase();
        line.len() <= MARK_BYTES && NOT_FOR_PUBLICATION.iter().any(|mark| lower.contains(mark))
    };
    let mut at = 0;
    let Some(mark) = body.split_inclusive('\n').find(|line| {
        at += line.len();
        is_mark(line)
    }) else {
        return body;
    };
    push_note(draft, Some("not-for-publication"), &body[at..]);
    at -= mark.len();
    let story = body[..at].trim_end_matches(|c: char| c.is_whitespace() || c == '*');
    // The heading of the notes goes with them.
    match story.rsplit_once('\n') {
        Some((story, heading)) if heading.starts_with('#') => story,
        _ => story,
    }
}
