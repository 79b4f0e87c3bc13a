//! The shape of a line's text: what can be seen without knowing where it stands.

use crate::draft::ends_as_sentence;
use crate::html::{Line, Page};
use crate::phrases::{Cues, cues_of};

/// What a line's text looks like.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    pub chars: u32,
    pub words: u32,
    /// Share of its bytes inside links.
    pub link_share: f32,
    pub capitals: u32,
    /// Characters of East Asian scripts.
    pub wide: u32,
    pub digits: u32,
    pub commas: u32,
    /// Sentence ends with something behind them.
    pub stops: u32,
    pub quotes: u32,
    /// Words that begin with a capital.
    pub title_words: u32,
    pub has_at: bool,
    pub has_bar: bool,
    pub has_url: bool,
    pub has_clock: bool,
    pub has_money: bool,
    pub ends: u8,
    pub starts: u8,
    pub is_sentence: bool,
    pub cues: Cues,
    /// Hash of its letters and digits.
    pub hash: u64,
}

impl Shape {
    /// Whether it looks like a paragraph of a story.
    pub(crate) fn is_story(&self) -> bool {
        // Chinese, Japanese and Korean say as much in a third of the characters.
        let is_long = self.words >= 12 || self.chars >= 100 || self.wide >= 30;
        self.link_share < 0.35 && is_long && self.is_sentence
    }
}

/// Looks at a line.
pub(crate) fn shape_of(page: &Page, line: &Line) -> Shape {
    let text = page.text_of(line);
    let mut shape = Shape {
        link_share: line.link_bytes as f32 / text.len().max(1) as f32,
        ends: end_of(text),
        starts: start_of(text),
        is_sentence: ends_as_sentence(text),
        cues: cues_of(text),
        hash: SEED,
        ..Shape::default()
    };
    if text.is_ascii() {
        count_ascii(text.as_bytes(), &mut shape);
    } else {
        count_chars(text, &mut shape);
    }
    shape
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(hash: u64, value: u32) -> u64 {
    (hash ^ u64::from(value)).wrapping_mul(0x0100_0000_01b3)
}

fn count_ascii(bytes: &[u8], shape: &mut Shape) {
    shape.chars = bytes.len() as u32;
    shape.words = 1;
    let mut before = b' ';
    for byte in bytes {
        count_one(char::from(*byte), char::from(before), shape);
        before = *byte;
    }
}

fn count_chars(text: &str, shape: &mut Shape) {
    shape.words = 1;
    let mut before = ' ';
    for c in text.chars() {
        shape.chars += 1;
        count_one(c, before, shape);
        before = c;
    }
}

fn count_one(c: char, before: char, shape: &mut Shape) {
    if c.is_ascii() {
        match c {
            'a'..='z' => shape.hash = mix(shape.hash, u32::from(c)),
            'A'..='Z' => {
                shape.capitals += 1;
                shape.title_words += u32::from(before == ' ');
                shape.hash = mix(shape.hash, u32::from(c.to_ascii_lowercase()));
            }
            '0'..='9' => {
                shape.digits += 1;
                shape.hash = mix(shape.hash, u32::from(c));
            }
            ' ' => {
                shape.words += 1;
                shape.stops += u32::from(matches!(before, '.' | '!' | '?'));
            }
            ',' => shape.commas += 1,
            '"' => shape.quotes += 1,
            '@' => shape.has_at = true,
            '|' => shape.has_bar = true,
            '/' => shape.has_url |= before == '/',
            ':' => shape.has_clock |= before.is_ascii_digit(),
            '$' => shape.has_money = true,
            '\t' => shape.words += 1,
            _ => {}
        }
        return;
    }
    match c {
        '“' | '”' | '„' | '«' | '»' | '「' | '」' => shape.quotes += 1,
        '、' | '，' | '،' => shape.commas += 1,
        '。' => shape.stops += 1,
        '€' | '£' => shape.has_money = true,
        '•' | '·' => shape.has_bar = true,
        _ => {
            shape.wide += u32::from(c >= '\u{2e80}');
            if c.is_uppercase() {
                shape.capitals += 1;
                shape.title_words += u32::from(before == ' ');
                shape.hash = mix(shape.hash, c.to_lowercase().next().map_or(0, u32::from));
            } else {
                shape.hash = mix(shape.hash, u32::from(c));
            }
        }
    }
}

fn end_of(text: &str) -> u8 {
    let bare = text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」']);
    match bare.chars().next_back() {
        Some('.' | '。' | '।') if bare.ends_with("...") => 4,
        Some('.' | '。' | '।') => 1,
        Some('!' | '?' | '！' | '？' | '؟') => 2,
        Some(':' | '：') => 3,
        Some('…') => 4,
        Some(',' | ';' | '-' | '–' | '—') => 5,
        Some('>' | '›' | '→' | '|' | '/' | '+') => 6,
        Some(c) if c.is_ascii_digit() => 7,
        _ => 0,
    }
}

fn start_of(text: &str) -> u8 {
    match text.chars().next() {
        Some(c) if c.is_lowercase() => 0,
        Some(c) if c.is_uppercase() => 1,
        Some(c) if c.is_ascii_digit() => 2,
        Some('"' | '“' | '„' | '«' | '‘' | '\'' | '「') => 3,
        Some('-' | '–' | '—' | '•' | '*' | '·' | '→' | '>' | '»' | '›') => 4,
        Some('(' | '[') => 5,
        Some('©' | '@' | '#' | '|' | '/') => 6,
        Some(c) if c.is_alphabetic() => 7,
        _ => 8,
    }
}
