//! Whether the page says elsewhere what a line says: in its data, its description, its title.

use crate::html::Meta;
use crate::letters::{Letters, folded};

/// Of a line so many bytes of letters and digits are looked up.
const LOOKED_AT: usize = 60;

/// Fewer are found anywhere.
const LEAST: usize = 6;

/// Of `articleBody` as much is compared; each line is looked up in it.
const BODY_BYTES: usize = 64 * 1024;

/// What the page says of a line: in its data, in its description, in its title. 0 where there is
/// no such text.
pub(crate) type Said = [u8; 3];

/// The text is the line.
pub(super) const SAID_ALL: u8 = 3;

/// The texts that lines are looked up in.
pub(crate) struct Elsewhere {
    body: Searched,
    description: Searched,
    title: String,
}

impl Elsewhere {
    pub(super) fn new(meta: &Meta, title: Option<&str>) -> Self {
        let body = meta.data.body.as_deref().unwrap_or_default();
        let description = meta.description.as_deref().unwrap_or_default();
        Self {
            body: Searched::new(&body[..body.floor_char_boundary(BODY_BYTES)]),
            description: Searched::new(description),
            title: title.map(folded).unwrap_or_default(),
        }
    }

    /// Whether the page's data has the text of the story.
    pub(super) fn has_body(&self) -> bool {
        !self.body.text.is_empty()
    }

    /// What is said of a line whose letters were read.
    pub(super) fn says(&self, letters: &Letters) -> Said {
        let front = letters.front(LOOKED_AT);
        [
            self.body.holds(front),
            self.description.holds(front),
            in_title(self.title.as_bytes(), front),
        ]
    }
}

/// 1 where the title says something else, 2 where it holds the line, 3 where it is the line.
fn in_title(title: &[u8], front: &[u8]) -> u8 {
    let is_start =
        title.len() > LOOKED_AT && front.len() >= LOOKED_AT - 3 && title.starts_with(front);
    match title {
        [] => 0,
        title if title == front || is_start => SAID_ALL,
        title if front.len() >= LEAST && holds(title, front) => 2,
        _ => 1,
    }
}

/// Whether `part` stands in a short text, without the cost of setting up a search.
fn holds(whole: &[u8], part: &[u8]) -> bool {
    let starts = whole
        .len()
        .checked_sub(part.len())
        .map_or(0, |last| last + 1);
    let Some(first) = part.first() else {
        return true;
    };
    memchr::memchr_iter(*first, &whole[..starts]).any(|at| whole[at..].starts_with(part))
}

/// A text that every line is looked up in, letters and digits alone.
struct Searched {
    text: String,
    /// One bit for the hash of each run of [`LEAST`] bytes. Most lines are not in the text, and
    /// this says so at once.
    runs: Vec<u64>,
}

impl Searched {
    fn new(text: &str) -> Self {
        let text = folded(text);
        let words = (text.len() / 8).next_power_of_two();
        let mut runs = vec![0u64; words];
        for run in text.as_bytes().windows(LEAST) {
            let bit = bit_of(run, words);
            runs[bit / 64] |= 1 << (bit % 64);
        }
        Self { text, runs }
    }

    /// 0 where there is no text, 1 where the line is too short to say, 2 where it is not in it, 3
    /// where it is.
    fn holds(&self, front: &[u8]) -> u8 {
        if self.text.is_empty() {
            return 0;
        }
        let Some(run) = front.get(..LEAST) else {
            return 1;
        };
        let bit = bit_of(run, self.runs.len());
        let may_hold = self.runs[bit / 64] & 1 << (bit % 64) != 0;
        if may_hold && memchr::memmem::find(self.text.as_bytes(), front).is_some() {
            3
        } else {
            2
        }
    }
}

/// Place of a run's bit among those of `words` words, a power of two.
fn bit_of(run: &[u8], words: usize) -> usize {
    let packed = run
        .iter()
        .fold(0u64, |packed, byte| packed << 8 | u64::from(*byte));
    let hash = packed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    hash as usize & (words * 64 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_where_they_stand() {
        let text = Searched::new("The wall held, and the tide turned.");
        for (front, found) in [
            ("thewall", 3),
            ("turned", 3),
            ("tidewall", 2),
            ("turnedx", 2),
            ("tide", 1),
        ] {
            assert_eq!(text.holds(front.as_bytes()), found, "{front}");
        }
        assert_eq!(Searched::new("").holds(b"thewall"), 0);
    }

    #[test]
    fn titles_are_told_from_their_parts() {
        for (front, found) in [
            ("thewallheld", 3),
            ("wallhe", 2),
            ("wall", 1),
            ("thetide", 1),
        ] {
            assert_eq!(in_title(b"thewallheld", front.as_bytes()), found, "{front}");
        }
        assert_eq!(in_title(b"", b"thewall"), 0);
    }
}
