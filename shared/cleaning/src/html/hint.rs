//! What an element's attributes say of its purpose, in a closed set of hints.
//!
//! The words behind each hint are data (`hints.txt`); none is of a single site. For every element
//! the arena keeps how far above it the nearest element with each hint stands.

use std::sync::OnceLock;

use super::attr::{self, Attrs};
use super::tag::Tag;

/// Number of hints, names and tags together.
pub(crate) const HINTS: usize = 64;

/// Steps up to the nearest element with each hint; [`FAR`] where there is none.
pub(crate) type Near = [u8; HINTS];

/// No element above has the hint, or it is at least this far.
pub(crate) const FAR: u8 = 15;

/// Hints that come from tags, behind those that come from names.
const TAG_HINTS: [&str; 19] = [
    "<p>",
    "<li>",
    "<list>",
    "<table>",
    "<aside>",
    "<footer>",
    "<header>",
    "<nav>",
    "<form>",
    "<figure>",
    "<figcaption>",
    "<article>",
    "<main>",
    "<section>",
    "<blockquote>",
    "<button>",
    "<heading>",
    "<details>",
    "<pre>",
];

/// Bits of [`own_hints`]: one for each hint.
pub(crate) type HintSet = u64;

const SLOTS: usize = 2048;

struct Words {
    names: Vec<&'static str>,
    slots: Vec<(u32, u8)>,
}

fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut names = Vec::new();
        let mut slots = vec![(0u32, 0u8); SLOTS];
        let lines = include_str!("hints.txt").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let Some((name, words)) = line.split_once(": ") else {
                continue;
            };
            for word in words.split_whitespace() {
                let hash = word.bytes().fold(SEED, step);
                let mut slot = hash as usize % SLOTS;
                while slots[slot].0 != 0 {
                    slot = (slot + 1) % SLOTS;
                }
                slots[slot] = (hash, names.len() as u8);
            }
            names.push(name);
        }
        Words { names, slots }
    })
}

const SEED: u32 = 0x811c_9dc5;

/// One step of FNV-1a.
fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

impl Words {
    fn find(&self, hash: u32) -> HintSet {
        let mut found = 0;
        let mut slot = hash as usize % SLOTS;
        while self.slots[slot].0 != 0 {
            if self.slots[slot].0 == hash {
                found |= 1 << self.slots[slot].1;
            }
            slot = (slot + 1) % SLOTS;
        }
        found
    }

    /// Hints of one attribute value, word by word and pair by pair.
    fn read(&self, value: &str, found: &mut HintSet) {
        let mut hash = SEED;
        let mut pair = SEED;
        let mut length = 0;
        let mut lower_before = false;
        for byte in value.bytes().chain([b' ']) {
            let upper = byte.is_ascii_uppercase();
            if upper && lower_before || !byte.is_ascii_alphabetic() {
                if length > 1 {
                    *found |= self.find(hash);
                    *found |= self.find(pair);
                }
                if length > 0 {
                    pair = hash;
                }
                hash = SEED;
                length = 0;
            }
            lower_before = byte.is_ascii_lowercase();
            if byte.is_ascii_alphabetic() {
                let lower = byte.to_ascii_lowercase();
                hash = step(hash, lower);
                pair = step(pair, lower);
                length += 1;
            } else if byte.is_ascii_whitespace() {
                pair = SEED;
            }
        }
    }
}

/// Position of a named hint, `related` or `<nav>`.
#[cfg(test)]
fn hint_index(name: &str) -> Option<usize> {
    hint_names().position(|hint| hint == name)
}

/// All hints, in the order of [`Near`].
pub(crate) fn hint_names() -> impl Iterator<Item = &'static str> {
    words().names.iter().copied().chain(TAG_HINTS)
}

/// What the start tag itself says: its hints, whether it is hidden, and a hash of tag and class.
#[derive(Clone, Copy)]
pub(crate) struct Own {
    pub hints: HintSet,
    pub is_hidden: bool,
    pub signature: u32,
}

/// What was read last: pages say the same of hundreds of elements.
pub(crate) struct KnownHints<'a> {
    /// By all attributes.
    elements: Known<'a, Own>,
    /// By the class alone, where other attributes differ.
    classes: Known<'a, Class>,
}

impl KnownHints<'_> {
    pub(crate) fn new() -> Self {
        Self {
            elements: Known(Vec::new()),
            classes: Known(Vec::new()),
        }
    }
}

/// What was read last of texts on elements: one a place, by the text. Takes no room before the
/// first, so that small pieces of HTML cost little.
struct Known<'a, T>(Vec<Option<(Tag, &'a str, T)>>);

impl<'a, T: Copy> Known<'a, T> {
    const PLACES: usize = 256;

    fn get(&mut self, tag: Tag, text: &'a str, read: impl FnOnce() -> T) -> T {
        if self.0.is_empty() {
            self.0.resize(Self::PLACES, None);
        }
        let place = &mut self.0[Self::place(tag, text)];
        match place {
            Some((known_tag, known, found)) if *known_tag == tag && *known == text => *found,
            _ => place.insert((tag, text, read())).2,
        }
    }

    /// Where a text is kept: from its length, its middle and both of its ends.
    fn place(tag: Tag, text: &str) -> usize {
        let bytes = text.as_bytes();
        let eight = |part: Option<&[u8; 8]>| part.map_or(0, |part| u64::from_le_bytes(*part));
        let front = eight(bytes.first_chunk());
        let middle = eight(bytes[bytes.len() / 2..].first_chunk());
        let back = eight(bytes.last_chunk());
        let seed = (bytes.len() as u64) << 8 | tag as u64;
        let mixed = front ^ middle.rotate_left(11) ^ back.rotate_left(23) ^ seed;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize % Self::PLACES
    }
}

/// What a class says on an element.
#[derive(Clone, Copy)]
struct Class {
    hints: HintSet,
    signature: u32,
}

/// Reads a class.
fn class_of(tag: Tag, value: &str) -> Class {
    let mut hints = 0;
    words().read(value, &mut hints);
    let letters = value.bytes().filter(|byte| !byte.is_ascii_digit());
    Class {
        hints,
        signature: letters.fold(step(SEED, tag as u8), step),
    }
}

/// Reads a start tag.
pub(crate) fn own_hints<'a>(tag: Tag, attrs: &'a str, known: &mut KnownHints<'a>) -> Own {
    let KnownHints { elements, classes } = known;
    elements.get(tag, attrs, || read_hints(tag, attrs, classes))
}

fn read_hints<'a>(tag: Tag, attrs: &'a str, classes: &mut Known<'a, Class>) -> Own {
    let words = words();
    let mut own = Own {
        hints: tag_hints(tag, words.names.len()),
        is_hidden: false,
        signature: step(SEED, tag as u8),
    };
    // The whole page's elements carry classes of its kind, which say nothing of a part.
    if matches!(tag, Tag::Html | Tag::Body) {
        return own;
    }
    let mut has_class = false;
    for (name, value) in Attrs::new(attrs) {
        match name.len() {
            // An element has one class; what else claims to be one counts for nothing but hints.
            5 if name.eq_ignore_ascii_case("class") => {
                let class = classes.get(tag, value, || class_of(tag, value));
                own.hints |= class.hints;
                if !has_class {
                    own.signature = class.signature;
                }
                has_class = true;
            }
            5 if name.eq_ignore_ascii_case("style") => {
                own.is_hidden |= hides(value);
            }
            6 if name.eq_ignore_ascii_case("hidden") => own.is_hidden = true,
            2 | 4 | 8 if is_naming(name) => words.read(value, &mut own.hints),
            11 if name.eq_ignore_ascii_case("aria-hidden") => own.is_hidden |= value == "true",
            9.. if name.starts_with("data-") && is_naming_data(name) => {
                words.read(value, &mut own.hints);
            }
            _ => {}
        }
    }
    own
}

fn is_naming(name: &str) -> bool {
    ["id", "role", "itemprop"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

fn is_naming_data(name: &str) -> bool {
    matches!(
        &name[5..],
        "testid"
            | "test-id"
            | "component"
            | "component-name"
            | "module"
            | "widget"
            | "type"
            | "qa"
            | "block"
            | "name"
    )
}

/// Whether an element amid a sentence is a card that shows only below the pointer ("profile of the
/// senator, with her latest stories"): no part of the sentence. The word that it belongs to is.
pub(crate) fn is_card(attrs: &str) -> bool {
    const CARDS: [&str; 4] = ["rollover", "tooltip", "popover", "hovercard"];
    const PARTS: [&str; 5] = ["block", "content", "text", "box", "card"];
    let is_part = |name: &str| {
        let behind = CARDS.iter().find_map(|card| name.split_once(card));
        behind.is_some_and(|(_, part)| {
            PARTS.iter().any(|end| part.ends_with(end)) && !part.contains("trigger")
        })
    };
    attr::raw_value(attrs, "class").is_some_and(|class| class.split_ascii_whitespace().any(is_part))
}

fn hides(style: &str) -> bool {
    let folded: String = style
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    folded.contains("display:none") || folded.contains("visibility:hidden")
}

fn tag_hints(tag: Tag, first: usize) -> HintSet {
    let place = match tag {
        Tag::P => 0,
        Tag::Li | Tag::Dd | Tag::Dt => 1,
        Tag::Ul | Tag::Ol | Tag::Dl | Tag::Menu => 2,
        Tag::Table | Tag::Td | Tag::Th | Tag::Tr => 3,
        Tag::Aside => 4,
        Tag::Footer => 5,
        Tag::Header => 6,
        Tag::Nav => 7,
        Tag::Form | Tag::Fieldset => 8,
        Tag::Figure | Tag::Picture => 9,
        Tag::Figcaption | Tag::Caption => 10,
        Tag::Article => 11,
        Tag::Main => 12,
        Tag::Section => 13,
        Tag::Blockquote => 14,
        Tag::Button | Tag::Legend => 15,
        Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => 16,
        Tag::Details | Tag::Summary => 17,
        Tag::Pre => 18,
        _ => return 0,
    };
    1 << (first + place)
}

/// Distances of an element, from those of the element above and its own hints.
pub(crate) fn nearer(above: &Near, own: HintSet) -> Near {
    let mut near = *above;
    for distance in &mut near {
        *distance = (*distance + 1).min(FAR);
    }
    let mut left = own;
    while left != 0 {
        near[left.trailing_zeros() as usize] = 0;
        left &= left - 1;
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(attrs: &str, hint: &str) -> bool {
        let at = hint_index(hint).expect("a hint of that name");
        own_hints(Tag::Div, attrs, &mut KnownHints::new()).hints & 1 << at != 0
    }

    #[test]
    fn names_are_read_word_by_word() {
        assert!(has(r#"class="c-related-posts x""#, "related"));
        assert!(has(r#"class="articleBody""#, "body"));
        assert!(has(r#"class="article__body""#, "body"));
        assert!(has(r#"id="ad-slot-3""#, "ad"));
        assert!(!has(r#"class="leading-normal shadow""#, "ad"));
        assert!(!has(r#"class="article  body""#, "body"));
    }

    #[test]
    fn cards_are_told_from_what_they_belong_to() {
        for class in ["rollover-people-block", "x tooltiptext", "popover__content"] {
            assert!(is_card(&format!(r#"class="{class}""#)), "{class}");
        }
        for class in ["rollover-people", "tooltip", "tooltip-trigger-text", "text"] {
            assert!(!is_card(&format!(r#"class="{class}""#)), "{class}");
        }
    }

    #[test]
    fn all_hints_have_a_place() {
        assert!(hint_names().count() <= HINTS);
    }

    #[test]
    fn distances_grow_downwards() {
        let top = nearer(&[FAR; HINTS], 1 << 3);
        let below = nearer(&top, 0);
        assert_eq!((top[3], below[3], below[4]), (0, 1, FAR));
    }
}
