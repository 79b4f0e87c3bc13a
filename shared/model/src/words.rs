//! Counting words, for scripts with spaces and for those without.
//!
//! A word is a run without white space or dashes that holds a letter or digit. Chinese and
//! Japanese set no spaces: each of their characters counts as one word, as word processors and
//! agencies count them. Thai, Lao, Khmer and Burmese set none either, and their words are longer:
//! four letters or digits count as one word, which is their usual average.

/// Letters of a word in the scripts of south-east Asia that set no spaces.
const UNSPACED_LETTERS_PER_WORD: u64 = 4;

/// Counts the words of a text.
///
/// ```
/// assert_eq!(wiredesk_model::count_words("It’s a well-known 3.5 % rise — again."), 6);
/// assert_eq!(wiredesk_model::count_words("東京で地震"), 5);
/// ```
pub fn count_words(text: &str) -> u64 {
    match text.is_ascii() {
        true => ascii_words(text),
        false => words_of(text),
    }
}

/// The same for texts of ASCII alone, a byte at a time: most texts are.
fn ascii_words(text: &str) -> u64 {
    let mut words = 0;
    let mut inside_word = false;
    for byte in text.bytes() {
        if is_ascii_boundary(byte) {
            inside_word = false;
        } else if !inside_word && byte.is_ascii_alphanumeric() {
            words += 1;
            inside_word = true;
        }
    }
    words
}

/// The same for any text, a letter at a time.
fn words_of(text: &str) -> u64 {
    let mut count = Count::default();
    for letter in text.chars() {
        match u8::try_from(letter) {
            Ok(byte) if byte.is_ascii() => count.add_ascii(byte),
            _ => count.add(letter),
        }
    }
    count.end_run();
    count.words
}

/// Words so far.
#[derive(Default)]
struct Count {
    words: u64,
    /// Letters of the run, in scripts that set no spaces.
    unspaced: u64,
    inside_word: bool,
}

impl Count {
    fn add_ascii(&mut self, byte: u8) {
        if is_ascii_boundary(byte) {
            self.end_run();
        } else if byte.is_ascii_alphanumeric() {
            self.add_spelled();
        }
    }

    fn add(&mut self, letter: char) {
        if is_boundary(letter) {
            self.end_run();
        } else if is_ideographic(letter) {
            self.words += 1;
            self.inside_word = false;
        } else if is_unspaced(letter) {
            self.unspaced += u64::from(letter.is_alphanumeric());
            self.inside_word = false;
        } else if letter.is_alphanumeric() {
            self.add_spelled();
        }
    }

    fn add_spelled(&mut self) {
        self.words += u64::from(!self.inside_word);
        self.inside_word = true;
    }

    fn end_run(&mut self) {
        self.words += self.unspaced.div_ceil(UNSPACED_LETTERS_PER_WORD);
        self.unspaced = 0;
        self.inside_word = false;
    }
}

fn is_ascii_boundary(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | b'|')
}

/// Whether a letter is of Chinese or Japanese writing, which sets no spaces between words.
pub fn is_ideographic(letter: char) -> bool {
    matches!(u32::from(letter),
        0x3005..=0x3007 | 0x3041..=0x3096 | 0x30A1..=0x30FA | 0x30FC..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9D
        | 0x20000..=0x323AF)
}

fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF)
}

fn is_boundary(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '–' | '—' | '―' | '|' | '…' | '、' | '。' | '，')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_counts_as_everything_else_does() {
        for text in [
            "",
            "a",
            "a b",
            "a|b",
            "a\u{b}b\u{c}c",
            " -- 3.5 % x-y ",
            "\u{1c}a\u{1c}b",
            "it's",
        ] {
            assert_eq!(ascii_words(text), words_of(text), "{text:?}");
        }
    }

    #[test]
    fn words_are_counted_as_an_editor_would() {
        let cases = [
            ("", 0),
            ("៰", 1),
            ("   \n\t ", 0),
            ("— – …", 0),
            ("One", 1),
            ("don’t stop", 2),
            ("well-known actor", 2),
            ("prices—already high—rose", 4),
            ("up 3,500.25 points", 3),
            ("Straße, Übergröße, naïve", 3),
            ("Президент подписал указ", 3),
            ("서울에서 열린 회의", 3),
            ("قال الرئيس", 2),
            ("प्रधानमंत्री ने कहा", 3),
            ("北京8月30日电", 7),
            ("iPhone15发布", 3),
            ("カタカナ・ひらがな", 8),
            ("สวัสดีชาวโลก", 3),
        ];
        for (text, words) in cases {
            assert_eq!(count_words(text), words, "words of {text:?}");
        }
    }
}
