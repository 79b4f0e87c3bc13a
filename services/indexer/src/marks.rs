//! The piece of a story that shows why it was found, with the words marked.

use std::collections::BTreeSet;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stems::Stems;
use crate::words::{Word, words};

/// Length of a piece, in bytes.
const LENGTH: usize = 240;
/// What stands before the first marked word of a piece, in bytes.
const BEFORE: usize = 60;

/// A part of a text: marked where it is what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Piece {
    /// The text, as it is in the story: not escaped.
    pub text: String,
    /// Whether it was asked for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub marked: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The words that are asked for.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub exact: BTreeSet<String>,
    pub stems: BTreeSet<String>,
    pub beginnings: Vec<String>,
    /// With the letters that may differ.
    pub similar: Vec<(String, u8)>,
}

impl Marks {
    fn is_asked(&self, word: &Word, stems: &Stems) -> bool {
        let folded = word.folded.as_str();
        self.exact.contains(folded)
            || self
                .beginnings
                .iter()
                .any(|begins| folded.starts_with(begins.as_str()))
            || self.similar.iter().any(|(asked, letters)| {
                strsim::osa_distance(asked, folded) <= usize::from(*letters)
            })
            || (!self.stems.is_empty() && self.stems.contains(&stems.stem(word)))
    }

    /// Where the words stand in a text, and which words they are.
    fn found(&self, text: &str, stems: &Stems) -> Vec<(Range<usize>, String)> {
        let found = words(text).into_iter();
        found
            .filter(|word| self.is_asked(word, stems))
            .map(|word| (word.range, word.folded))
            .collect()
    }

    /// The whole text in pieces.
    pub fn whole(&self, text: &str, stems: &Stems) -> Vec<Piece> {
        pieces(text, 0..text.len(), &self.found(text, stems))
    }

    /// The best piece of a text: where most of the words stand close to each other. The beginning
    /// where none does.
    pub fn best(&self, text: &str, stems: &Stems) -> Vec<Piece> {
        let found = self.found(text, stems);
        let start = best_start(&found);
        let start = near_boundary(text, start.saturating_sub(BEFORE), start);
        let end = near_end(text, (start + LENGTH).min(text.len()));
        let mut cut = pieces(text, start..end, &found);
        if start > 0 {
            cut.insert(0, plain("… "));
        }
        if end < text.len() {
            cut.push(plain(" …"));
        }
        cut
    }
}

/// Where a piece with most different words begins.
fn best_start(found: &[(Range<usize>, String)]) -> usize {
    let mut best = (0, 0);
    for (at, (range, _)) in found.iter().enumerate() {
        let within = found[at..]
            .iter()
            .take_while(|(other, _)| other.end < range.start + LENGTH - BEFORE);
        let different: BTreeSet<&str> = within.map(|(_, word)| word.as_str()).collect();
        if different.len() > best.0 {
            best = (different.len(), range.start);
        }
    }
    best.1
}

/// The first end of a word (or of a letter, where there are none) at or behind `at`, not past
/// `latest`.
fn near_boundary(text: &str, at: usize, latest: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let at = up_to_letter(text, at);
    match text[at..latest.max(at)].find(char::is_whitespace) {
        Some(space) => up_to_letter(text, at + space + 1),
        None => at,
    }
}

fn near_end(text: &str, at: usize) -> usize {
    let at = up_to_letter(text, at);
    if at >= text.len() {
        return text.len();
    }
    // Not further back than a long word goes.
    let from = up_to_letter(text, at.saturating_sub(30));
    text[from..at]
        .rfind(char::is_whitespace)
        .map_or(at, |space| from + space)
}

fn up_to_letter(text: &str, mut at: usize) -> usize {
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at.min(text.len())
}

fn pieces(text: &str, range: Range<usize>, found: &[(Range<usize>, String)]) -> Vec<Piece> {
    let mut cut: Vec<Piece> = Vec::new();
    let mut at = range.start;
    for (mark, _) in found {
        let (start, end) = (mark.start.max(at), mark.end.min(range.end));
        if start >= end {
            continue;
        }
        push(&mut cut, &text[at..start], false);
        push(&mut cut, &text[start..end], true);
        at = end;
    }
    push(&mut cut, &text[at..range.end], false);
    cut
}

fn push(cut: &mut Vec<Piece>, text: &str, marked: bool) {
    if text.is_empty() {
        return;
    }
    let text = text.replace(['\n', '\r', '\t'], " ");
    match cut.last_mut() {
        Some(last) if last.marked == marked => last.text.push_str(&text),
        _ => cut.push(Piece { text, marked }),
    }
}

fn plain(text: &str) -> Piece {
    Piece {
        text: text.to_owned(),
        marked: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let piece = |piece: &Piece| match piece.marked {
            true => format!("[{}]", piece.text),
            false => piece.text.clone(),
        };
        pieces.iter().map(piece).collect()
    }

    #[test]
    fn the_piece_with_most_of_the_words_is_shown() {
        let filler = "Nothing of note happened on that day in the harbour. ".repeat(12);
        let text = format!("A wall. {filler}The sea wall held when the tide rose.\n\n{filler}");
        let marks = Marks {
            exact: BTreeSet::from(["wall".to_owned(), "tide".to_owned()]),
            stems: BTreeSet::from(["rise".to_owned()]),
            ..Marks::default()
        };
        let best = shown(&marks.best(&text, &Stems::of("en")));
        assert!(
            best.contains("The sea [wall] held when the [tide] rose."),
            "{best}"
        );
        assert!(best.starts_with("… ") && best.ends_with(" …"), "{best}");
        assert!(best.len() < LENGTH + 40, "{}", best.len());
    }

    #[test]
    fn letters_are_never_cut() {
        let text = "港湾の防波堤が高潮に耐えた。".repeat(20);
        let marks = Marks {
            exact: BTreeSet::from(["高潮".to_owned(), "防波".to_owned(), "波堤".to_owned()]),
            ..Marks::default()
        };
        let best = shown(&marks.best(&text, &Stems::of("ja")));
        assert!(best.contains("港湾の[防波堤]が[高潮]に"), "{best}");
        assert_eq!(shown(&marks.whole("", &Stems::of("ja"))), "");
        assert_eq!(shown(&marks.best("短い", &Stems::of("ja"))), "短い");
    }
}
