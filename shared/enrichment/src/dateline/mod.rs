//! The dateline: place, date and agency in front of the first sentence.
//!
//! ```text
//! WASHINGTON (AP) — …          MADRID – …                   PUTRAJAYA, Nov 22 - …
//! Berlin (dpa/bb) - …          Madrid, 30 ago (EFE).- …     МОСКВА, 30 августа. /ТАСС/. …
//! (ANSA) - ROMA, 30 AGO - …    新华社北京8月30日电 …          (서울=연합뉴스) …
//! ```
//!
//! It stays in the text. What only looks like one ("NATO — the alliance", "UPDATE – …",
//! "Smith (R-Ohio) – …") is none: the more a form resembles running text, the more evidence it
//! needs (capitals, a known place, a date, a known agency).

mod evidence;
mod months;
mod places;
mod unspaced;
mod western;

use wiredesk_model::{Block, BlockKind};

use crate::byline::is_byline;

/// Bytes at the start of a paragraph that can be its dateline.
const HEAD_BYTES: usize = 240;

/// Short lines (a byline, a time) may stand before the first paragraph.
const PARAGRAPHS_TRIED: usize = 3;

/// A line of this many characters is a paragraph of the story.
const SHORT_LINE_CHARACTERS: usize = 80;

/// A dateline, as slices of its paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dateline<'a> {
    /// All of it, without the dash that ends it: `KYIV, Aug. 30 (Interfax)`.
    pub text: &'a str,
    /// The place, as written: `KYIV`, `COLUMBIA, S.C.`, `Tel Aviv/Beirut`.
    pub place: &'a str,
    /// The agency that it credits.
    pub agency: Option<&'static str>,
}

/// Reads the dateline of a story.
pub fn dateline(blocks: &[Block]) -> Option<Dateline<'_>> {
    let paragraphs = blocks
        .iter()
        .filter(|block| block.kind == BlockKind::Paragraph);
    for block in paragraphs.take(PARAGRAPHS_TRIED) {
        if let Some(found) = dateline_of(&block.text) {
            return Some(found);
        }
        let is_short = block.text.chars().count() < SHORT_LINE_CHARACTERS;
        let is_sentence = block.text.trim_end().ends_with(['.', '!', '?', '。']);
        if !is_byline(&block.text) && (!is_short || is_sentence) {
            return None;
        }
    }
    None
}

/// Reads the dateline at the start of a paragraph.
///
/// ```
/// let found = wiredesk_enrichment::dateline_of("KYIV, Aug. 30 (Interfax) — The power is back.");
/// let dateline = found.expect("a dateline");
/// assert_eq!(dateline.text, "KYIV, Aug. 30 (Interfax)");
/// assert_eq!((dateline.place, dateline.agency), ("KYIV", Some("Interfax")));
/// assert_eq!(wiredesk_enrichment::dateline_of("NATO — the alliance — met on Monday."), None);
/// ```
pub fn dateline_of(paragraph: &str) -> Option<Dateline<'_>> {
    let paragraph = paragraph.trim_start();
    let mut end = paragraph.len().min(HEAD_BYTES);
    while !paragraph.is_char_boundary(end) {
        end -= 1;
    }
    let head = &paragraph[..end];
    unspaced::read(head)
        .or_else(|| western::read_agency_first(head))
        .or_else(|| western::read(head))
}

/// The agency in brackets in front of a text that gives no place: `(AFP) - The …`.
pub(crate) fn leading_credit(paragraph: &str) -> Option<&'static str> {
    let inner = paragraph
        .trim_start()
        .strip_prefix(['(', '（', '【', '['])?;
    let (name, rest) = inner.split_once([')', '）', '】', ']'])?;
    let is_set_apart = rest
        .trim_start()
        .starts_with(['-', '–', '—', ':', '|', '.']);
    let is_short = name.chars().count() <= 40;
    (is_set_apart && is_short).then(|| crate::agency::agency_named(name))?
}

#[cfg(test)]
mod tests;
