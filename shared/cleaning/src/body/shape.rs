//! The shape of a line's text: what can be seen without knowing where it stands.

use crate::draft::ends_as_sentence;
use crate::html::{Line, Page};
use crate::letters::Letters;
use crate::phrases::{Cues, cues_in};

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

/// Looks at a line whose letters were read.
pub(crate) fn shape_of(page: &Page, line: &Line, letters: &Letters) -> Shape {
    let text = page.text_of(line);
    let mut shape = Shape {
        chars: text.chars().count() as u32,
        words: 1,
        link_share: line.link_bytes as f32 / text.len().max(1) as f32,
        ends: end_of(text),
        starts: start_of(text),
        is_sentence: ends_as_sentence(text),
        cues: cues_in(text, letters),
        hash: letters.hash(),
        ..Shape::default()
    };
    count_plain(text.as_bytes(), &mut shape);
    if !text.is_ascii() {
        count_wide(text, &mut shape);
    }
    shape
}

/// Counts of bytes, eight bits each, so that one addition counts whatever a byte is.
mod count {
    pub(super) const CAPITAL: u64 = 1;
    pub(super) const DIGIT: u64 = 1 << 8;
    pub(super) const COMMA: u64 = 1 << 16;
    pub(super) const QUOTE: u64 = 1 << 24;
    pub(super) const SPACE: u64 = 1 << 32;
    pub(super) const TITLE: u64 = 1 << 40;
    pub(super) const STOP: u64 = 1 << 48;
}

/// What is seen in bytes, one alone or two in a row.
mod seen {
    /// A space and a capital behind it.
    pub(super) const TITLE: u8 = 1;
    /// The end of a sentence and a space behind it.
    pub(super) const STOP: u8 = 2;
    /// Two slashes.
    pub(super) const URL: u8 = 4;
    /// A digit and a colon behind it.
    pub(super) const CLOCK: u8 = 8;
    pub(super) const AT: u8 = 16;
    pub(super) const BAR: u8 = 32;
    pub(super) const MONEY: u8 = 64;
}

/// What a byte says.
#[derive(Clone, Copy)]
struct Kind {
    counts: u64,
    /// What it begins, of what is seen in two bytes.
    first: u8,
    /// What it ends.
    second: u8,
    /// What it is alone.
    alone: u8,
}

const KINDS: [Kind; 256] = {
    let none = Kind {
        counts: 0,
        first: 0,
        second: 0,
        alone: 0,
    };
    let mut kinds = [none; 256];
    let mut byte = 0;
    while byte < 128 {
        let kind = &mut kinds[byte];
        match byte as u8 {
            b'A'..=b'Z' => {
                kind.counts = count::CAPITAL;
                kind.second = seen::TITLE;
            }
            b'0'..=b'9' => {
                kind.counts = count::DIGIT;
                kind.first = seen::CLOCK;
            }
            b' ' => {
                kind.counts = count::SPACE;
                kind.first = seen::TITLE;
                kind.second = seen::STOP;
            }
            b'\t' => kind.counts = count::SPACE,
            b',' => kind.counts = count::COMMA,
            b'"' => kind.counts = count::QUOTE,
            b'.' | b'!' | b'?' => kind.first = seen::STOP,
            b'/' => {
                kind.first = seen::URL;
                kind.second = seen::URL;
            }
            b':' => kind.second = seen::CLOCK,
            b'@' => kind.alone = seen::AT,
            b'|' => kind.alone = seen::BAR,
            b'$' => kind.alone = seen::MONEY,
            _ => {}
        }
        byte += 1;
    }
    kinds
};

/// Counts what ASCII characters say, without a branch on any of them.
fn count_plain(bytes: &[u8], shape: &mut Shape) {
    // Counts of eight bits must not run over.
    const AT_ONCE: usize = 255;
    // A capital at the very front counts as behind a space.
    let mut first = seen::TITLE;
    let mut all = 0u8;
    for part in bytes.chunks(AT_ONCE) {
        let mut counts = 0u64;
        for byte in part {
            let kind = KINDS[usize::from(*byte)];
            let pair = first & kind.second;
            counts += kind.counts;
            counts += u64::from(pair & seen::TITLE) * count::TITLE;
            counts += u64::from((pair & seen::STOP) >> 1) * count::STOP;
            all |= pair | kind.alone;
            first = kind.first;
        }
        let count = |unit: u64| ((counts / unit) & 0xff) as u32;
        shape.capitals += count(count::CAPITAL);
        shape.digits += count(count::DIGIT);
        shape.commas += count(count::COMMA);
        shape.quotes += count(count::QUOTE);
        shape.words += count(count::SPACE);
        shape.title_words += count(count::TITLE);
        shape.stops += count(count::STOP);
    }
    shape.has_at = all & seen::AT != 0;
    shape.has_bar = all & seen::BAR != 0;
    shape.has_url = all & seen::URL != 0;
    shape.has_clock = all & seen::CLOCK != 0;
    shape.has_money = all & seen::MONEY != 0;
}

/// Counts what other characters say.
fn count_wide(text: &str, shape: &mut Shape) {
    let mut before = ' ';
    for c in text.chars() {
        if !c.is_ascii() {
            count_one(c, before, shape);
        }
        before = c;
    }
}

fn count_one(c: char, before: char, shape: &mut Shape) {
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
