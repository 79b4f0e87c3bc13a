//! What the two text wires have in common: lines of control characters and customs of the trade.

use wiredesk_model::{RoleText, WireTerm};

use super::draft::Draft;

/// Start of heading.
pub const SOH: char = '\u{1}';
/// Start of text.
pub const STX: char = '\u{2}';
/// End of text.
pub const ETX: char = '\u{3}';

/// How far into the text a dateline is looked for, in characters.
const DATELINE_CHARS: usize = 120;
/// A dateline has no more words before its agency.
const PLACE_WORDS: usize = 9;

/// What a dateline is followed by.
const DASHES: [char; 5] = ['-', '_', '–', '—', '='];

/// The text without control characters; tabs and line ends stay.
pub fn without_controls(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// Reads the dateline at the start of a text, and the place in it.
pub fn read_dateline(draft: &mut Draft, text: &str) {
    let Some(found) = find_dateline(text) else {
        return;
    };
    draft.facts.dateline = Some(found.line.to_owned());
    draft.facts.located.push(WireTerm {
        name: Some(found.city.to_owned()),
        role: Some("dateline".to_owned()),
        ..WireTerm::default()
    });
}

/// A dateline in running text.
#[derive(Debug, PartialEq, Eq)]
pub struct Dateline<'t> {
    /// It, without the dash behind it.
    pub line: &'t str,
    /// The city in it.
    pub city: &'t str,
}

/// Finds the dateline that a paragraph begins with: `Berlin (dpa) - `, `CHATHAM, Mass. (AP) _ `,
/// `(ANSA) - NAPOLI, 24 FEB - `.
pub fn find_dateline(text: &str) -> Option<Dateline<'_>> {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .nth(DATELINE_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let start = &text[..end];
    let line = match start.strip_prefix('(') {
        Some(agency) => {
            let (_, behind) = agency.split_once(')')?;
            let behind = behind.trim_start().strip_prefix(DASHES)?.trim_start();
            let dash = behind
                .match_indices(DASHES)
                .map(|(at, _)| at)
                .find(|at| is_free(behind, *at))?;
            behind[..dash].trim_end()
        }
        None => {
            let close = start.find(')')?;
            start[close + 1..].trim_start().strip_prefix(DASHES)?;
            &start[..=close]
        }
    };
    let place = line.split(" (").next().unwrap_or(line);
    let begins = place
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() && !c.is_lowercase());
    let is_place = begins
        && place.split_whitespace().count() <= PLACE_WORDS
        && !place.contains(['!', '?', '"', '“', '”', ':', '\n']);
    let city = place.split([',', ';']).next().unwrap_or(place).trim();
    (is_place && (place != line || place.contains(','))).then_some(Dateline { line, city })
}

/// Whether the dash at `at` has white space before it, and so joins no words.
fn is_free(text: &str, at: usize) -> bool {
    text[..at].ends_with(char::is_whitespace)
}

/// Words that a byline begins with.
const BY: [&str; 6] = ["by ", "von ", "par ", "por ", "di ", "da "];

/// Whether a line says by whom the story is.
pub fn is_byline(line: &str) -> bool {
    without_by(line).len() < line.len()
}

/// A byline without the "by" that it begins with.
pub fn without_by(line: &str) -> &str {
    let begins = |by: &&&str| {
        line.get(..by.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(by))
    };
    BY.iter()
        .find(begins)
        .map_or(line, |by| line[by.len()..].trim())
}

/// A note to editors.
pub fn push_note(draft: &mut Draft, role: Option<&str>, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        draft.facts.ed_notes.push(RoleText {
            role: role.map(str::to_owned),
            text: text.to_owned(),
            language: None,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datelines_are_told_from_sentences() {
        let cases = [
            ("Berlin (dpa) - The vote", Some(("Berlin (dpa)", "Berlin"))),
            (
                "CHATHAM, Mass. (AP) _ A boat",
                Some(("CHATHAM, Mass. (AP)", "CHATHAM")),
            ),
            (
                "STOCKHOLM, Aug 29, 2014 (AFP) - A firm",
                Some(("STOCKHOLM, Aug 29, 2014 (AFP)", "STOCKHOLM")),
            ),
            ("The union (with 3 members) said", None),
            (
                "(ANSA) - NAPOLI, 24 FEB - Il sindaco",
                Some(("NAPOLI, 24 FEB", "NAPOLI")),
            ),
            ("(Adds comment, detail)", None),
            ("No dateline here", None),
        ];
        for (text, expected) in cases {
            let mut draft = Draft::default();
            read_dateline(&mut draft, text);
            let found = draft.facts.dateline.as_deref();
            assert_eq!(found, expected.map(|(dateline, _)| dateline), "{text}");
            let place = draft
                .facts
                .located
                .first()
                .and_then(|place| place.name.as_deref());
            assert_eq!(place, expected.map(|(_, place)| place), "{text}");
        }
    }
}
