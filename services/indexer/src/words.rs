//! Text into the words that are indexed and asked for.
//!
//! Words end where Unicode ends them (UAX #29). Scripts that put no spaces between words are cut
//! into overlapping pairs of letters instead, which finds any run of letters without a dictionary.
//! Every word is folded: case, width and accents make no difference.

use std::ops::Range;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use unicode_segmentation::UnicodeSegmentation as _;

/// Longest word, in bytes; what is longer is no word that anybody asks for.
const MAX_WORD: usize = 128;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Folded, as it stands in the index.
    pub folded: String,
    /// In lower case with its accents, as stemmers want it; empty for a pair of letters.
    pub lower: String,
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// Its number in the text.
    pub position: usize,
}

impl Word {
    /// Whether it is a part of a run without spaces.
    pub fn is_pair(&self) -> bool {
        self.lower.is_empty()
    }
}

/// The words of `text`, in order.
///
/// A run of `n` letters without spaces gives `n - 1` pairs and its last letter, so that every
/// letter begins one of them.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut found = Words::default();
    let mut rest = 0;
    while rest < text.len() {
        let tail = &text[rest..];
        let unspaced = tail.chars().next().is_some_and(is_unspaced);
        let end = tail
            .char_indices()
            .find(|(_, letter)| is_unspaced(*letter) != unspaced)
            .map_or(text.len(), |(at, _)| rest + at);
        match unspaced {
            true => found.add_run(text, rest..end),
            false => found.add_spaced(text, rest..end),
        }
        rest = end;
    }
    found.words
}

#[derive(Default)]
struct Words {
    words: Vec<Word>,
    position: usize,
}

impl Words {
    fn add_spaced(&mut self, text: &str, range: Range<usize>) {
        for (at, word) in text[range.clone()].unicode_word_indices() {
            let start = range.start + at;
            for (part, offset) in parts(word) {
                self.add(part, start + offset..start + offset + part.len());
            }
        }
    }

    fn add(&mut self, word: &str, range: Range<usize>) {
        let plain = match is_acronym(word) {
            true => word.replace('.', ""),
            false => word.to_owned(),
        };
        let lower = plain.to_lowercase();
        if lower.len() <= MAX_WORD {
            self.words.push(Word {
                folded: fold(&lower),
                lower,
                range,
                position: self.position,
            });
        }
        self.position += 1;
    }

    fn add_run(&mut self, text: &str, range: Range<usize>) {
        let run = &text[range.clone()];
        let folded: Vec<char> = fold(&run.to_lowercase()).chars().collect();
        let starts: Vec<usize> = run.char_indices().map(|(at, _)| range.start + at).collect();
        // Where folding joins letters (narrow kana), the whole run stands for each of them.
        let is_same = starts.len() == folded.len();
        for at in 0..folded.len() {
            let end = (at + 2).min(folded.len());
            self.words.push(Word {
                folded: folded[at..end].iter().collect(),
                lower: String::new(),
                range: match is_same {
                    true => starts[at]..starts.get(end).copied().unwrap_or(range.end),
                    false => range.clone(),
                },
                position: self.position,
            });
            self.position += 1;
        }
    }
}

/// The parts of a word around its apostrophes, with their places: `l'État` is two words; the `s` of
/// `Ada's` is none.
fn parts(word: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::with_capacity(1);
    let mut at = 0;
    for part in word.split(['\'', '’', '＇']) {
        let is_genitive = at > 0 && matches!(part, "s" | "S");
        if !part.is_empty() && !is_genitive {
            found.push((part, at));
        }
        at += part.len();
        at += word[at..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// Whether it is like `U.N`: letters with dots between them.
fn is_acronym(word: &str) -> bool {
    let is_letter = |part: &str| part.chars().count() == 1 && part.chars().all(char::is_alphabetic);
    word.contains('.') && word.split('.').all(is_letter)
}

/// Scripts that put no spaces between words, and Korean, whose endings stick to its words.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0E00..=0x0EFF // Thai, Lao
        | 0x1000..=0x109F // Myanmar
        | 0x1780..=0x17FF // Khmer
        | 0x1100..=0x11FF | 0xA960..=0xA97F | 0xAC00..=0xD7FF // Hangul
        | 0x3005..=0x3007 | 0x3041..=0x30FA | 0x30FC..=0x30FF // kana, iteration marks
        | 0x3105..=0x312F | 0x31A0..=0x31BF | 0x31F0..=0x31FF // Bopomofo, more kana
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF // Han
        | 0xFF66..=0xFF9F) // narrow kana
}

/// `text` without differences of case, width and accents.
pub(crate) fn fold(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.is_ascii() {
        return lower;
    }
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(&lower);
    let mut folded = String::with_capacity(lower.len());
    for letter in apart.chars().filter(|letter| !is_accent(*letter)) {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            'أ' | 'إ' | 'آ' | 'ٱ' => folded.push('ا'),
            'ـ' => {}
            other => folded.extend(other.to_lowercase()),
        }
    }
    // Kana and Hangul were taken apart too, and belong together.
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&folded);
    composed.into_owned()
}

/// Accents of Latin, Greek and Cyrillic, vowel points of Arabic and Hebrew.
fn is_accent(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0300..=0x036F | 0x0591..=0x05BD | 0x05BF..=0x05C7 | 0x064B..=0x065F | 0x0670)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn words_are_what_people_ask_for() {
        let cases: [(&str, &[&str]); 9] = [
            (
                "The Harbour-Wall HELD.",
                &["the", "harbour", "wall", "held"],
            ),
            ("l'État, Ada's plan", &["l", "etat", "ada", "plan"]),
            ("Straße in Łódź", &["strasse", "in", "lodz"]),
            ("the U.N. and 3.5 km", &["the", "un", "and", "3.5", "km"]),
            ("港の防波堤", &["港の", "の防", "防波", "波堤", "堤"]),
            ("ＡＢＣ ﾊﾞﾙ", &["abc", "バル", "ル"]),
            ("서울 시장", &["서울", "울", "시장", "장"]),
            ("Ёлка й", &["елка", "и"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "Ein Café: 港湾の壁";
        let found = words(text);
        let shown: Vec<&str> = found.iter().map(|word| &text[word.range.clone()]).collect();
        assert_eq!(shown, ["Ein", "Café", "港湾", "湾の", "の壁", "壁"]);
        let positions: Vec<usize> = found.iter().map(|word| word.position).collect();
        assert_eq!(positions, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn no_text_breaks_it() {
        let hostile = [
            "'''",
            "’s",
            "a'",
            "\u{0301}\u{0301}",
            "ﾞﾟ",
            "\u{3099}",
            "'ß'",
            "𠮷野家",
        ];
        for text in hostile {
            for word in words(text) {
                assert!(text.get(word.range.clone()).is_some(), "{text}: {word:?}");
            }
        }
        assert!(words(&"x".repeat(5_000)).is_empty());
    }
}
