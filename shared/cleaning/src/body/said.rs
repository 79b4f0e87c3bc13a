//! Whether the page says elsewhere what a line says: in its data, its description, its title.

use super::columns::Table;
use super::scene::{Scene, fold_into};

/// Of a line so many letters and digits are looked up.
const LOOKED_AT: usize = 60;

/// Fewer letters and digits are found anywhere.
const LEAST: usize = 6;

/// Adds what the page's data, its description and its title say of each line.
pub(super) fn add_said(table: &mut Table, scene: &Scene<'_>) {
    let body = Searched::new(&scene.data_body);
    let description = Searched::new(&scene.description);
    let mut front = String::new();
    let said: Vec<[u8; 3]> = scene
        .page
        .lines
        .iter()
        .map(|line| {
            read_front(scene.page.text_of(line), &mut front);
            [
                body.holds(&front),
                description.holds(&front),
                in_title(&scene.title, &front),
            ]
        })
        .collect();
    for (place, name) in ["in data body", "in description", "in title"]
        .into_iter()
        .enumerate()
    {
        table.add_over(|| name.to_owned(), &said, |said| said[place]);
    }
}

/// The first letters and digits of a line, lower case.
fn read_front(text: &str, front: &mut String) {
    front.clear();
    let near = &text[..text.floor_char_boundary(LOOKED_AT * 2)];
    // Most fronts are full after half of it, when letters are not wide.
    let (one, other) = near.split_at(near.floor_char_boundary(LOOKED_AT + LOOKED_AT / 3));
    fold_into(one, front);
    if front.len() <= LOOKED_AT + 3 {
        fold_into(other, front);
    }
    front.truncate(front.floor_char_boundary(LOOKED_AT));
}

fn in_title(title: &str, front: &str) -> u8 {
    let is_start =
        title.len() > LOOKED_AT && front.len() >= LOOKED_AT - 3 && title.starts_with(front);
    match title {
        "" => 0,
        title if title == front || is_start => 3,
        title if front.len() >= LEAST && title.contains(front) => 2,
        _ => 1,
    }
}

/// A text that every line is looked up in.
struct Searched<'a> {
    text: &'a [u8],
    /// One bit for the hash of each run of [`LEAST`] bytes. Most lines are not in the text, and
    /// this says so at once.
    runs: Vec<u64>,
}

impl<'a> Searched<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.as_bytes();
        let words = (text.len() / 8).next_power_of_two();
        let mut runs = vec![0u64; words];
        for run in text.windows(LEAST) {
            let bit = bit_of(run, words);
            runs[bit / 64] |= 1 << (bit % 64);
        }
        Self { text, runs }
    }

    /// 0 where there is no text, 1 where the line is too short to say, 2 where it is not in it, 3
    /// where it is.
    fn holds(&self, front: &str) -> u8 {
        if self.text.is_empty() {
            return 0;
        }
        let front = front.as_bytes();
        let Some(run) = front.get(..LEAST) else {
            return 1;
        };
        let bit = bit_of(run, self.runs.len());
        let may_hold = self.runs[bit / 64] & 1 << (bit % 64) != 0;
        if may_hold && memchr::memmem::find(self.text, front).is_some() {
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
    use super::Searched;

    #[test]
    fn texts_are_found_where_they_stand() {
        let text = Searched::new("thewallheldandthetideturned");
        for (front, found) in [
            ("thewall", 3),
            ("turned", 3),
            ("tidewall", 2),
            ("turnedx", 2),
            ("tide", 1),
        ] {
            assert_eq!(text.holds(front), found, "{front}");
        }
        assert_eq!(Searched::new("").holds("thewall"), 0);
    }
}
