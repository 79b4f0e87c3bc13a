//! The letters and digits of a text alone, lower case: what is compared where case, spaces and
//! punctuation say nothing.

use std::sync::OnceLock;

/// Words whose place is kept.
pub(crate) const WORDS: usize = 48;

/// Bytes at the front of a text that are marked by [`Letters::front`].
const FRONT_BYTES: usize = 120;

/// The letters and digits of one text at a time; its room is used again for the next.
pub(crate) struct Letters {
    /// The first `len` bytes are the letters, as UTF-8.
    folded: Vec<u8>,
    len: usize,
    /// Where each word ends in them, as far as there is room; the last place is overwritten.
    ends: [u32; WORDS + 1],
    words: usize,
    in_word: bool,
    /// What stood in the text besides letters, as far as repeats tell it apart.
    marks: u64,
    /// Letters of the front of the text.
    front: usize,
}

impl Default for Letters {
    fn default() -> Self {
        Self {
            folded: Vec::new(),
            len: 0,
            ends: [0; WORDS + 1],
            words: 0,
            in_word: false,
            marks: 0,
            front: 0,
        }
    }
}

/// Letters and digits of a text, lower case.
pub(crate) fn folded(text: &str) -> String {
    let mut letters = Letters::default();
    letters.read(text);
    letters.folded.truncate(letters.len);
    // Made of characters and ASCII bytes alone, so it is text.
    String::from_utf8(letters.folded).unwrap_or_default()
}

impl Letters {
    /// Reads a text.
    pub(crate) fn read(&mut self, text: &str) {
        self.len = 0;
        self.words = 0;
        self.in_word = false;
        self.marks = 0;
        // No letter takes more than half as much again in lower case; a word's hash reads on a bit.
        let room = text.len() * 3 / 2 + HASHED + 4;
        if self.folded.len() < room {
            self.folded.resize(room, 0);
        }
        let (front, rest) = text.split_at(text.floor_char_boundary(FRONT_BYTES));
        self.add(front);
        self.front = self.len;
        self.add(rest);
        self.end_word(false);
    }

    fn add(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let plain = self.add_plain(rest.as_bytes());
            let mut chars = rest[plain..].chars();
            let Some(c) = chars.next() else { return };
            self.add_wide(c);
            rest = chars.as_str();
        }
    }

    /// Adds the ASCII characters at the front; tells how many there are.
    #[inline]
    fn add_plain(&mut self, bytes: &[u8]) -> usize {
        let (mut len, mut words, mut in_word) = (self.len, self.words, self.in_word);
        let mut count = 0;
        for byte in bytes {
            let Some(lower) = LOWER.get(usize::from(*byte)).copied() else {
                break;
            };
            // Without a branch on the kind of character, which would be hard to foresee.
            let is_letter = lower != 0;
            self.ends[words.min(WORDS)] = len as u32;
            words += usize::from(in_word & !is_letter);
            in_word = is_letter;
            self.folded[len] = lower;
            len += usize::from(is_letter);
            count += 1;
        }
        (self.len, self.words, self.in_word) = (len, words, in_word);
        count
    }

    /// Ends the word where no letter follows.
    fn end_word(&mut self, is_letter: bool) {
        self.ends[self.words.min(WORDS)] = self.len as u32;
        self.words += usize::from(self.in_word & !is_letter);
        self.in_word = is_letter;
    }

    fn add_wide(&mut self, c: char) {
        let lower = match lower_of(c) {
            Lower::NoLetter => {
                self.end_word(false);
                if !is_plain_mark(c) {
                    let mark = u64::from(u32::from(c)) | (self.len as u64) << 32;
                    self.marks = (self.marks ^ mark).wrapping_mul(SPREAD).rotate_left(29);
                }
                return;
            }
            Lower::One(lower) => lower,
            Lower::Many => {
                self.end_word(true);
                c.to_lowercase().for_each(|lower| self.push(lower));
                return;
            }
        };
        self.end_word(true);
        self.push(lower);
    }

    fn push(&mut self, c: char) {
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            self.folded[self.len] = byte;
            self.len += 1;
        }
    }

    /// The letters of the first bytes of the text, `limit` bytes of them at the most.
    pub(crate) fn front(&self, limit: usize) -> &[u8] {
        let mut end = self.front.min(limit);
        while end > 0 && end < self.front && self.folded[end] & 0xc0 == 0x80 {
            end -= 1;
        }
        &self.folded[..end]
    }

    /// Number of words.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// A number for a word by its place, of the first [`WORDS`]. Never 0.
    pub(crate) fn word(&self, place: usize) -> u32 {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        hash(&self.folded, start, self.ends[place] as usize) as u32 | 1
    }

    /// A number for all of it: texts that differ in more than case, spaces and plain punctuation
    /// have another.
    pub(crate) fn hash(&self) -> u64 {
        hash(&self.folded, 0, self.len) ^ self.marks
    }
}

/// Bytes that are hashed at once.
const HASHED: usize = 8;

/// Spreads bits; odd, from the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes a part of `bytes`; there is room to read on behind it.
fn hash(bytes: &[u8], start: usize, end: usize) -> u64 {
    let mut hash = (end - start) as u64;
    let mut at = start;
    while at < end {
        let eight = bytes
            .get(at..at + HASHED)
            .and_then(|eight| eight.try_into().ok());
        let eight = u64::from_le_bytes(eight.unwrap_or_default());
        let beyond = (at + HASHED).saturating_sub(end);
        let kept = eight << (beyond * 8);
        hash = (hash ^ kept).wrapping_mul(SPREAD);
        hash ^= hash >> 32;
        at += HASHED;
    }
    hash
}

/// Letters and digits in lower case; 0 for anything else.
const LOWER: [u8; 128] = {
    let mut lower = [0; 128];
    let mut byte = 0;
    while byte < 128u8 {
        if byte.is_ascii_alphanumeric() {
            lower[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    lower
};

/// What becomes of a character.
#[derive(Clone, Copy)]
enum Lower {
    /// It is neither letter nor digit.
    NoLetter,
    One(char),
    /// Its lower case takes several characters.
    Many,
}

fn lower_of(c: char) -> Lower {
    /// Latin, Greek, Cyrillic, Hebrew, Arabic: looked up once and kept.
    const KEPT: usize = 0x700;
    static TABLE: OnceLock<Vec<Lower>> = OnceLock::new();
    match c {
        // General punctuation; then Chinese and Korean, which know no case.
        '\u{2000}'..='\u{206f}' => return Lower::NoLetter,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => return Lower::One(c),
        _ => {}
    }
    let table = TABLE.get_or_init(|| {
        let codes = 0..KEPT as u32;
        codes.filter_map(char::from_u32).map(look_up).collect()
    });
    table.get(c as usize).copied().unwrap_or_else(|| look_up(c))
}

fn look_up(c: char) -> Lower {
    if !c.is_alphanumeric() {
        return Lower::NoLetter;
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => Lower::One(one),
        _ => Lower::Many,
    }
}

/// Quotation marks, commas and the like: a text says the same without them.
fn is_plain_mark(c: char) -> bool {
    matches!(
        c,
        '“' | '”'
            | '„'
            | '«'
            | '»'
            | '「'
            | '」'
            | '、'
            | '，'
            | '،'
            | '。'
            | '€'
            | '£'
            | '•'
            | '·'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Letters {
        let mut letters = Letters::default();
        letters.read("Something else that was read before, 日本語 and Ґанок");
        letters.read(text);
        letters
    }

    #[test]
    fn letters_are_folded() {
        for text in [
            "The Wall – held, 2 times!",
            "ÄRGER im Hafen: «Straße» gesperrt",
            "Читайте ТАКОЖ",
            "İstanbul ǅ Ⱥ ﬁ Ⅳ ½ ²",
            "日本語のニュース、한국어 뉴스",
            "देवनागरी العربية",
            "",
            "…",
        ] {
            let expected: String = text
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect();
            assert_eq!(folded(text), expected);
            assert_eq!(read(text).front(500), expected.as_bytes());
        }
    }

    #[test]
    fn words_are_told_apart() {
        let (one, other) = (
            read("Sign up, for OUR newsletter-box"),
            read("our Newsletterbox sign"),
        );
        assert_eq!((one.words(), other.words()), (6, 3));
        assert_eq!(one.word(3), other.word(0));
        assert_eq!(one.word(0), other.word(2));
        assert_ne!(one.word(4), other.word(1));
        let many = read(&"word ".repeat(200));
        assert_eq!((many.words(), many.word(47)), (200, many.word(0)));
    }

    #[test]
    fn hashes_leave_out_what_says_nothing() {
        assert_eq!(read("«A b, c.»").hash(), read("a B C").hash());
        assert_ne!(read("a b c").hash(), read("a b d").hash());
        assert_ne!(read("a→b").hash(), read("ab").hash());
    }

    #[test]
    fn fronts_end_between_characters() {
        let letters = read(&"é".repeat(100));
        assert_eq!(letters.front(61).len(), 60);
        assert_eq!(letters.front(500).len(), 120);
    }
}
