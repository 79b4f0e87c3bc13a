//! How far two texts agree: the body that was found, and the one that the page's data gives.

use crate::draft::in_hundredths;
use crate::letters::folded;

/// Letters of one window.
const WINDOW: usize = 24;
/// One window in so many is compared, chosen by its content, so that both texts choose alike.
const SAMPLE: u64 = 8;
/// Data with fewer letters is a teaser.
const LEAST_LETTERS: usize = 200;
/// Of a text so many bytes are compared.
const TEXT_BYTES: usize = 256 * 1024;

/// Agreement of `found` with `given`, 0 to 1; none where `given` is a teaser. Only letters and
/// digits count, so that markup, line breaks and quotes make no difference.
pub(super) fn of(given: &str, found: &str) -> Option<f64> {
    let (given, letters) = sampled(given);
    let (found, letters_found) = sampled(found);
    // Data with a few sentences of a long story is an excerpt.
    if letters < LEAST_LETTERS || letters * 4 < letters_found || given.is_empty() {
        return None;
    }
    let mut shared = 0usize;
    let (mut one, mut other) = (0, 0);
    while let (Some(a), Some(b)) = (given.get(one), found.get(other)) {
        shared += usize::from(a == b);
        one += usize::from(a <= b);
        other += usize::from(b <= a);
    }
    let all = given.len() + found.len();
    Some(in_hundredths(2.0 * shared as f32 / all.max(1) as f32))
}

/// Hashes of the chosen windows, sorted, and the number of letters.
fn sampled(text: &str) -> (Vec<u64>, usize) {
    const BASE: u64 = 0x0100_0000_01b3;
    let oldest_factor = BASE.wrapping_pow(WINDOW as u32);
    let text = &text[..text.floor_char_boundary(TEXT_BYTES)];
    let letters = folded(text);
    let mut window = [0u64; WINDOW];
    let mut hash = 0u64;
    let mut count = 0usize;
    let mut chosen = Vec::new();
    for letter in letters.chars() {
        let place = count % WINDOW;
        let letter = u64::from(letter) + 1;
        hash = hash
            .wrapping_mul(BASE)
            .wrapping_add(letter)
            .wrapping_sub(window[place].wrapping_mul(oldest_factor));
        window[place] = letter;
        count += 1;
        // The low bits of such a hash say little.
        let mixed = (hash ^ hash >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        if count >= WINDOW && mixed.is_multiple_of(SAMPLE) {
            chosen.push(hash);
        }
    }
    chosen.sort_unstable();
    (chosen, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(words: &str) -> String {
        (0..40)
            .map(|n| format!("{words} number {n}, and so on. "))
            .collect()
    }

    #[test]
    fn marks_and_breaks_make_no_difference() {
        let text = long("The wall held against the storm");
        let other = text
            .to_uppercase()
            .replace(". ", ".\n\n")
            .replace(',', " –");
        assert_eq!(of(&text, &other), Some(1.0));
    }

    #[test]
    fn other_texts_do_not_agree_and_parts_do_in_part() {
        let (one, other) = (long("The wall held"), long("A boat came in at noon"));
        assert!(
            of(&one, &other).is_some_and(|share| share < 0.3),
            "{:?}",
            of(&one, &other)
        );
        let both = format!("{one}{other}");
        assert!(of(&both, &one).is_some_and(|share| (0.4..0.9).contains(&share)));
    }

    #[test]
    fn a_teaser_says_nothing() {
        let text = long("The wall held");
        assert_eq!(of("The wall held.", &text), None);
        assert_eq!(of("", ""), None);
    }
}
