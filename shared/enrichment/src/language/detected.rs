//! The language of a text, from its letters and its little words.
//!
//! Two witnesses: the trigrams of `whatlang`, and the function words ("the", "und", "que") that no
//! text of some length goes without. Trigrams are good at long text and guess at short one;
//! function words are few but rarely wrong, and part near languages (Danish from Norwegian) better.

use std::collections::HashMap;
use std::sync::LazyLock;

use whatlang::{Detector, Lang, Script};

use super::words::FUNCTION_WORDS;
use crate::words::is_ideographic;

/// A detected language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// BCP 47.
    pub tag: &'static str,
    /// How sure, 0 to 1.
    pub confidence: f64,
}

/// Characters looked at; more changes nothing.
const CHARACTERS_READ: usize = 1_500;

/// Fewer letters than this say nothing.
const LETTERS_NEEDED: usize = 12;

/// Letters that a script without near languages needs.
const SIGNS_NEEDED: usize = 3;

/// The least share of function words in a text of their language.
const FUNCTION_WORD_SHARE: f64 = 0.12;

/// Trigrams below this confidence are a guess.
const WEAK_GUESS: f64 = 0.3;

/// The detector without the languages that no wire writes in, which it takes short texts for.
static TRIGRAMS: LazyLock<Detector> = LazyLock::new(|| {
    Detector::with_denylist(vec![
        Lang::Lat,
        Lang::Epo,
        Lang::Jav,
        Lang::Aka,
        Lang::Sna,
        Lang::Tuk,
    ])
});

/// Detects the language of a text; nothing where it is too short or mixed to tell.
///
/// ```
/// let found = wiredesk_enrichment::detect_language("Der Stadtrat hat am Montag entschieden.");
/// assert_eq!(found.map(|found| found.tag), Some("de"));
/// assert_eq!(wiredesk_enrichment::detect_language("OK 2026"), None);
/// ```
pub fn detect_language(text: &str) -> Option<Detection> {
    let sample = sample_of(text);
    let letters = sample
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count();
    if let Some(found) = east_asian(&sample, letters) {
        return Some(found);
    }
    if letters < LETTERS_NEEDED {
        return None;
    }
    let guess = TRIGRAMS.detect(&sample)?;
    let trigrams = Detection {
        tag: tag_of(guess.lang())?,
        confidence: guess.confidence().clamp(0.0, 1.0),
    };
    if has_one_language(guess.script()) {
        return Some(Detection {
            confidence: 1.0,
            ..trigrams
        });
    }
    Some(weigh(trigrams, &sample))
}

/// The first words of a text without addresses.
fn sample_of(text: &str) -> String {
    let mut sample = String::new();
    let mut characters = 0;
    let words = text
        .split_whitespace()
        .filter(|word| !word.contains("://") && !word.contains('@'));
    for letter in words.flat_map(|word| word.chars().chain([' '])) {
        sample.push(letter);
        characters += 1;
        if characters >= CHARACTERS_READ {
            break;
        }
    }
    sample
}

/// Chinese and Japanese share their characters: kana make it Japanese. Korean has its own.
fn east_asian(sample: &str, letters: usize) -> Option<Detection> {
    let ideographs = sample
        .chars()
        .filter(|letter| is_ideographic(*letter))
        .count();
    let kana = sample
        .chars()
        .filter(|letter| matches!(u32::from(*letter), 0x3041..=0x3096 | 0x30A1..=0x30FA))
        .count();
    if ideographs < SIGNS_NEEDED || ideographs * 3 < letters {
        return None;
    }
    let tag = if kana * 12 >= ideographs { "ja" } else { "zh" };
    Some(Detection {
        tag,
        confidence: 1.0,
    })
}

/// Scripts that news write one language in.
fn has_one_language(script: Script) -> bool {
    !matches!(
        script,
        Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari | Script::Hebrew
    )
}

/// Brings the witnesses together.
fn weigh(trigrams: Detection, sample: &str) -> Detection {
    let votes = Votes::count(sample);
    let Some((best, hits, next)) = votes.leader() else {
        return trigrams;
    };
    // Agreement of two witnesses is as sure as it gets.
    if best == trigrams.tag {
        let confidence = if hits >= 3.0 || hits >= next * 2.0 {
            1.0
        } else {
            0.8
        };
        return Detection {
            confidence: trigrams.confidence.max(confidence),
            ..trigrams
        };
    }
    let own = votes.of(trigrams.tag);
    // Trigrams that hardly believe themselves yield to a single word.
    let needed = if trigrams.confidence < WEAK_GUESS {
        1.0
    } else {
        2.0
    };
    let is_woven_in = hits >= votes.words as f64 * FUNCTION_WORD_SHARE;
    let is_clear = hits >= needed && hits >= own * 1.5 && hits - own >= 1.0 && hits > next;
    if is_clear && is_woven_in {
        let margin = (hits - next.max(own)) / hits;
        let ceiling = if hits < 3.0 { 0.6 } else { 0.95 };
        return Detection {
            tag: best,
            confidence: (0.5 + margin / 2.0).clamp(0.5, ceiling),
        };
    }
    Detection {
        confidence: trigrams.confidence.min(0.5),
        ..trigrams
    }
}

/// The lists that a word stands in.
static LISTS_OF_WORD: LazyLock<HashMap<&str, Vec<usize>>> = LazyLock::new(|| {
    let mut index: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, list) in FUNCTION_WORDS.iter().enumerate() {
        for word in list.words.split(' ') {
            let lists = index.entry(word).or_default();
            if !lists.contains(&place) {
                lists.push(place);
            }
        }
    }
    index
});

/// How often the function words of each language occur. A word that several languages share
/// counts for each of them in part.
struct Votes {
    by_language: Vec<(&'static str, f64)>,
    words: usize,
}

impl Votes {
    fn count(sample: &str) -> Self {
        let mut votes: Vec<(&'static str, f64)> =
            FUNCTION_WORDS.iter().map(|list| (list.tag, 0.0)).collect();
        let folded = sample.to_lowercase();
        let mut words = 0;
        for word in folded.split(|letter: char| !letter.is_alphabetic() && !is_mark(letter)) {
            words += usize::from(!word.is_empty());
            let Some(lists) = LISTS_OF_WORD.get(word) else {
                continue;
            };
            for place in lists {
                votes[*place].1 += weight(lists.len());
            }
        }
        Self {
            by_language: votes,
            words,
        }
    }

    /// The language with the most, its votes, and the votes of the next.
    fn leader(&self) -> Option<(&'static str, f64, f64)> {
        let mut best = ("", 0.0);
        let mut next = 0.0;
        for (tag, votes) in &self.by_language {
            if *votes > best.1 {
                next = best.1;
                best = (tag, *votes);
            } else if *votes > next {
                next = *votes;
            }
        }
        (best.1 > 0.0).then_some((best.0, best.1, next))
    }

    fn of(&self, tag: &str) -> f64 {
        self.by_language
            .iter()
            .find(|(other, _)| *other == tag)
            .map_or(0.0, |(_, votes)| *votes)
    }
}

fn weight(sharing: usize) -> f64 {
    match sharing {
        1 => 1.0,
        2 => 0.7,
        3 => 0.5,
        _ => 0.3,
    }
}

/// Vowel signs and joiners inside words of the scripts of India and of Persian.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{900}'..='\u{963}' | '\u{200c}' | '’')
}

/// BCP 47 of the detector's languages.
fn tag_of(lang: Lang) -> Option<&'static str> {
    Some(match lang.code() {
        "pes" => "fa",
        "cmn" => "zh",
        code => super::tag::two_letter(code)?,
    })
}
