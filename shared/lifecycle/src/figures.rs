//! The figures of a text. Reports made from a template (weather, markets, results, earthquakes) are
//! alike word for word; what tells one from the next are their figures.

use serde::{Deserialize, Serialize};

use crate::sketch::mixed;

/// Figures kept of one text: those that sort first, the same ones in every text that has them.
const MOST: usize = 24;
/// Texts of fewer different figures cannot be told apart by them.
const FEWEST: usize = 4;

/// The different figures of a text, each as a number.
///
/// ```
/// use wiredesk_lifecycle::Figures;
/// let monday = Figures::of("Highs of 19, lows of 11.5, wind at 14 with gusts of up to 32");
/// let tuesday = Figures::of("Highs of 21, lows of 13, wind at 9 with gusts of up to 24");
/// assert!(monday.tell_apart(&tuesday));
/// assert!(!monday.tell_apart(&Figures::of("Highs of 19 and lows of 11.5; wind 14, gusts 32, rain 20")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figures(Vec<u32>);

impl Figures {
    /// The figures of a text.
    pub fn of(text: &str) -> Self {
        let mut figures: Vec<u32> = text
            .split(|letter: char| !letter.is_alphanumeric() && !is_within(letter))
            .filter_map(figure)
            .collect();
        figures.sort_unstable();
        figures.dedup();
        figures.truncate(MOST);
        Self(figures)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether two texts are about different things although they are alike: of the figures of the
    /// shorter one, most are not in the other.
    pub fn tell_apart(&self, other: &Self) -> bool {
        // Beyond the last one kept nothing is known.
        let end = |figures: &Self| figures.0.get(MOST - 1).copied().unwrap_or(u32::MAX);
        let end = end(self).min(end(other));
        let kept = |figures: &Self| figures.0.iter().take_while(|one| **one <= end).count();
        let fewer = kept(self).min(kept(other));
        let both = self
            .0
            .iter()
            .filter(|one| **one <= end && other.0.contains(one));
        fewer >= FEWEST && both.count() * 2 < fewer
    }
}

/// Signs within a figure: `4,211.35`, `3-1`, `18:40`.
fn is_within(letter: char) -> bool {
    matches!(
        letter,
        '.' | ',' | ':' | '-' | '\u{2013}' | '/' | '\'' | '\u{2019}'
    )
}

/// A figure as a number, whatever signs it is written with; `None` for a word.
fn figure(word: &str) -> Option<u32> {
    let digits = word.chars().filter(|letter| letter.is_numeric());
    let digits = digits.fold(0, |seed, digit| mixed(seed ^ u64::from(digit)));
    let first = word.chars().find(|letter| letter.is_alphanumeric())?;
    first.is_numeric().then_some((digits >> 32) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_one_however_it_is_written() {
        let one = Figures::of("It cost 1,234.50 crowns on 9 January, the score was 3-1.");
        let two = Figures::of("(1.234,50) 9. 3–1");
        assert_eq!(one, two);
        assert_eq!(one.0.len(), 3);
        assert!(Figures::of("no figure, B2B and G7 neither -- .").is_empty());
    }

    #[test]
    fn few_figures_tell_nothing() {
        let apart = |one: &str, two: &str| Figures::of(one).tell_apart(&Figures::of(two));
        assert!(!apart("1 2 3", "4 5 6"), "three each");
        assert!(apart("1 2 3 4", "5 6 7 8"));
        assert!(!apart("1 2 3 4", "1 2 7 8"), "half of them");
        assert!(
            !apart("1 2 3 4", "1 2 3 4 5 6 7 8 9 10 11"),
            "a longer report of the same"
        );
        assert!(!apart("", "5 6 7 8"));
    }

    #[test]
    fn of_many_figures_the_same_ones_are_kept() {
        let listed = |numbers: std::ops::Range<u32>| {
            let words: Vec<String> = numbers.map(|number| number.to_string()).collect();
            Figures::of(&words.join(" "))
        };
        let (all, half) = (listed(100..400), listed(100..250));
        assert_eq!(all.0.len(), MOST);
        assert!(
            !all.tell_apart(&half) && !half.tell_apart(&all),
            "it has half of them"
        );
        assert!(all.tell_apart(&listed(400..700)));
        assert!(!all.tell_apart(&listed(100..104)), "few of a long table");
    }
}
