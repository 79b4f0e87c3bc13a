//! The phrases that boilerplate is made of, by language, as data (`phrases/*.toml`).
//!
//! A phrase alone decides nothing: it is a cue, and rules weigh it with shape and place.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::letters::{Letters, WORDS};

const FILES: [(&str, &str); 10] = [
    ("en", include_str!("../phrases/en.toml")),
    ("de", include_str!("../phrases/de.toml")),
    ("fr", include_str!("../phrases/fr.toml")),
    ("es", include_str!("../phrases/es.toml")),
    ("it", include_str!("../phrases/it.toml")),
    ("pt", include_str!("../phrases/pt.toml")),
    ("nl", include_str!("../phrases/nl.toml")),
    ("pl", include_str!("../phrases/pl.toml")),
    ("nordic", include_str!("../phrases/nordic.toml")),
    ("slavic", include_str!("../phrases/slavic.toml")),
];
const WORLD: (&str, &str) = ("world", include_str!("../phrases/world.toml"));

/// Phrases that are as well a heading, an answer or a name.
const WEAK: &str = include_str!("../phrases/weak.toml");

macro_rules! cues {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)+) => {
        /// What a phrase is typical of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Cue {
            $($(#[$doc])* $variant,)+
        }

        impl Cue {
            /// All cues, in the order of their bits.
            pub(crate) const ALL: &'static [(Cue, &'static str)] = &[$((Cue::$variant, $name),)+];
        }
    };
}

cues! {
    /// An advertisement marker.
    Advert "advert",
    /// "Story continues below".
    Continues "continues",
    /// The label of a related-topics insert.
    Related "related",
    /// A pointer in front of a headline: "Read more:".
    Pointer "pointer",
    /// The label of a most-read list.
    Popular "popular",
    /// A newsletter box.
    Newsletter "newsletter",
    /// An app box.
    App "app",
    /// Share and page buttons, comment prompts.
    Share "share",
    /// "Follow us".
    Follow "follow",
    /// Correction and contact footers.
    Correction "correction",
    /// Copyright tails.
    Copyright "copyright",
    /// Log in, subscribe, donate.
    Paywall "paywall",
    /// Place holders of players and embeds.
    Media "media",
    /// Cookie notices.
    Consent "consent",
    /// Bylines and dates set apart.
    Byline "byline",
    /// Picture credits.
    Credit "credit",
    /// Reporting credits and source notes at the end.
    SignOff "signoff",
    /// Labels of tag lists and tables of contents.
    Tags "tags",
    /// Words that speak to the reader, or of the paper itself.
    Reader "reader",
    /// Links and buttons that sell: "Shop now", "Check price".
    Offer "offer",
}

/// Longest line that is searched, in words.
const LINE_WORDS: usize = WORDS;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    #[serde(default)]
    whole: Vec<String>,
    #[serde(default)]
    start: Vec<String>,
    #[serde(default)]
    inside: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Whole,
    Start,
    Inside,
}

struct Phrase {
    words: Vec<u32>,
    place: Place,
    cue: u8,
    is_weak: bool,
}

/// Phrases by the hash of their first word. The keys are hashes and the build's own, so a cheap
/// hasher is safe here.
#[derive(Default)]
struct Table {
    phrases: HashMap<u32, Vec<Phrase>, BuildHasherDefault<Spread>>,
    /// The first words of phrases that count in any place.
    inside: Filter,
    /// The first words of all phrases.
    anywhere: Filter,
    /// The words of the weak phrases.
    weak: HashSet<Vec<u32>>,
}

/// One bit for each low part of a word's hash: most words begin no phrase, and this says so at
/// once.
struct Filter(Vec<u64>);

impl Default for Filter {
    fn default() -> Self {
        Self(vec![0; FILTER_BITS as usize / 64])
    }
}

impl Filter {
    fn add(&mut self, word: u32) {
        let bit = word / 2 % FILTER_BITS;
        self.0[bit as usize / 64] |= 1 << (bit % 64);
    }

    fn may_hold(&self, word: u32) -> bool {
        let bit = word / 2 % FILTER_BITS;
        self.0[bit as usize / 64] & 1 << (bit % 64) != 0
    }
}

/// Bits of the filter.
const FILTER_BITS: u32 = 1 << 14;

/// Spreads a hash over 64 bits.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Stands for any word.
const ANY: u32 = 0;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::default();
        match toml::from_str::<HashMap<String, Vec<String>>>(WEAK) {
            Ok(lists) => table.weak = lists.values().flatten().map(|one| words_of(one)).collect(),
            Err(error) => debug_assert!(false, "weak phrases: {error}"),
        }
        for (name, text) in FILES.iter().chain([&WORLD]) {
            match toml::from_str::<HashMap<String, Lists>>(text) {
                Ok(lists) => table.add(&lists),
                // The files are part of the build, and `every_file_is_read` reads them all.
                Err(error) => debug_assert!(false, "phrases of {name}: {error}"),
            }
        }
        table
    })
}

impl Table {
    fn add(&mut self, lists: &HashMap<String, Lists>) {
        for (name, lists) in lists {
            let Some((cue, _)) = Cue::ALL.iter().find(|(_, known)| known == name) else {
                debug_assert!(false, "no cue is called {name}");
                continue;
            };
            let places = [
                (Place::Whole, &lists.whole),
                (Place::Start, &lists.start),
                (Place::Inside, &lists.inside),
            ];
            for (place, phrases) in places {
                for phrase in phrases {
                    self.add_phrase(phrase, place, *cue as u8);
                }
            }
        }
    }

    fn add_phrase(&mut self, phrase: &str, place: Place, cue: u8) {
        let words = words_of(phrase);
        let is_weak = place == Place::Whole && self.weak.contains(&words);
        if let Some(first) = words.first().copied() {
            self.anywhere.add(first);
            if place == Place::Inside {
                self.inside.add(first);
            }
            self.phrases.entry(first).or_default().push(Phrase {
                words,
                place,
                cue,
                is_weak,
            });
        }
    }

    /// Phrases that may stand where the word does.
    fn beginning(&self, word: u32, is_first: bool) -> &[Phrase] {
        let filter = if is_first {
            &self.anywhere
        } else {
            &self.inside
        };
        if !filter.may_hold(word) {
            return &[];
        }
        self.phrases.get(&word).map_or(&[], Vec::as_slice)
    }
}

/// The words of a phrase, each by its hash.
fn words_of(phrase: &str) -> Vec<u32> {
    let mut letters = Letters::default();
    let mut words = Vec::new();
    for piece in phrase.split(' ') {
        if piece == "#" {
            words.push(ANY);
            continue;
        }
        letters.read(piece);
        words.extend((0..letters.words().min(WORDS)).map(|at| letters.word(at)));
    }
    words
}

/// The cues of a line, one bit a cue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cues {
    /// The line is just the phrase.
    pub whole: u32,
    /// The line begins with it.
    pub start: u32,
    /// The phrase stands somewhere in it.
    pub inside: u32,
    /// The phrase that it is just is as well a heading, an answer or a name.
    pub is_weak: bool,
}

impl Cues {
    /// Whether the line is just a phrase of `cue`.
    pub(crate) fn is(self, cue: Cue) -> bool {
        self.whole & 1 << cue as u32 != 0
    }

    /// Whether the line begins with a phrase of `cue`, or is one.
    pub(crate) fn begins(self, cue: Cue) -> bool {
        (self.start | self.whole) & 1 << cue as u32 != 0
    }

    /// Whether a phrase of `cue` stands anywhere in it.
    pub(crate) fn has(self, cue: Cue) -> bool {
        (self.inside | self.start | self.whole) & 1 << cue as u32 != 0
    }
}

/// Finds the cues of a line; a long line has none but for those it begins with.
pub(crate) fn cues_of(line: &str) -> Cues {
    let mut letters = Letters::default();
    letters.read(line);
    cues_in(line, &letters)
}

/// Finds the cues of a line whose letters were read.
pub(crate) fn cues_in(line: &str, letters: &Letters) -> Cues {
    // A paragraph of many words can only begin with a phrase.
    let is_long = line.len() > LINE_WORDS * 16
        || line.len() > LINE_WORDS * 4
            && line.bytes().filter(|byte| *byte == b' ').count() >= LINE_WORDS;
    let count = letters.words();
    let is_short = !is_long && count < LINE_WORDS;
    let mut words = [ANY; LINE_WORDS];
    let words = &mut words[..count.min(LINE_WORDS)];
    for (at, word) in words.iter_mut().enumerate() {
        *word = letters.word(at);
    }
    let words = &*words;
    let table = table();
    let mut cues = Cues::default();
    let positions = if is_short {
        words.len()
    } else {
        words.len().min(1)
    };
    for at in 0..positions {
        for phrase in table.beginning(words[at], at == 0) {
            if !stands_at(&phrase.words, &words[at..]) {
                continue;
            }
            let bit = 1 << phrase.cue;
            match phrase.place {
                Place::Whole if at == 0 && is_whole(&phrase.words, words, line) => {
                    cues.whole |= bit;
                    cues.is_weak |= phrase.is_weak;
                }
                Place::Start if at == 0 => cues.start |= bit,
                Place::Inside => cues.inside |= bit,
                _ => {}
            }
        }
    }
    cues
}

fn stands_at(phrase: &[u32], words: &[u32]) -> bool {
    phrase.len() <= words.len()
        && phrase
            .iter()
            .zip(words)
            .all(|(wanted, word)| *wanted == ANY || wanted == word)
}

/// The phrase and at most a number behind it ("Advertisement 2", "3 comments").
fn is_whole(phrase: &[u32], words: &[u32], line: &str) -> bool {
    let more = words.len() - phrase.len();
    more == 0
        || more == 1
            && line.ends_with(|c: char| c.is_ascii_digit() || c == ')')
            && line.len() < 40
            && line
                .rsplit(' ')
                .next()
                .is_some_and(|last| last.chars().all(|c| !c.is_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        for (name, text) in FILES.iter().chain([&WORLD]) {
            let lists: HashMap<String, Lists> =
                toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            for cue in lists.keys() {
                assert!(
                    Cue::ALL.iter().any(|(_, known)| known == cue),
                    "{name}: {cue}"
                );
            }
        }
    }

    #[test]
    fn cues_depend_on_the_place() {
        assert!(cues_of("Advertisement").is(Cue::Advert));
        assert!(
            cues_of("- ADVERTISEMENT 2 -").is(Cue::Advert)
                || cues_of("ADVERTISEMENT 2").is(Cue::Advert)
        );
        assert!(!cues_of("Advertisement spending fell 4 percent").is(Cue::Advert));
        assert!(cues_of("Читайте також: Про що домовились").begins(Cue::Related));
        assert!(cues_of("You can sign up for our newsletter").has(Cue::Newsletter));
        assert!(!cues_of("He read more books").begins(Cue::Pointer));
    }
}
