//! What is on the wire at a given time.
//!
//! Every story has a number that follows from the clock: story `n` comes at `n` times the step.
//! Nothing is kept anywhere, and a second start finds the same numbers.

use super::clutter::Clutter;
use super::paper::{PAPERS, Paper};
use super::story::{Story, fill};

/// Time between two stories.
pub(crate) const STEP_MS: i64 = 3_000;
/// A second version comes so long after the first.
const SECOND_VERSION_AFTER_MS: i64 = 24_000;
/// Stories that stay in a feed.
const WINDOW: u64 = 10;

/// One story, as it stands at one time.
pub(crate) struct Edition {
    pub(crate) paper: &'static Paper,
    pub(crate) story: &'static Story,
    /// The number of the story.
    pub(crate) number: u64,
    pub(crate) published_ms: i64,
    /// When the second version came, if it has.
    pub(crate) updated_ms: Option<i64>,
}

impl Edition {
    /// Story `number`, as it stands at `now_ms`; none where it is still to come.
    pub(crate) fn of(number: u64, now_ms: i64) -> Option<Edition> {
        let published_ms = i64::try_from(number).ok()?.checked_mul(STEP_MS)?;
        if published_ms > now_ms {
            return None;
        }
        let papers = PAPERS.len() as u64;
        let paper = &PAPERS[(number % papers) as usize];
        let turn = number / papers;
        let story = &paper.stories[(turn % paper.stories.len() as u64) as usize];
        let second = published_ms + SECOND_VERSION_AFTER_MS;
        let updated_ms = (story.has_second_version() && second <= now_ms).then_some(second);
        Some(Edition {
            paper,
            story,
            number,
            published_ms,
            updated_ms,
        })
    }

    /// What the feed of `paper` holds at `now_ms`, newest first.
    pub(crate) fn window(paper: &Paper, now_ms: i64) -> Vec<Edition> {
        let newest = u64::try_from(now_ms / STEP_MS).unwrap_or(0);
        (0..WINDOW * PAPERS.len() as u64)
            .filter_map(|back| Edition::of(newest.checked_sub(back)?, now_ms))
            .filter(|edition| edition.paper.id == paper.id)
            .collect()
    }

    /// Name of the story in addresses and ids; unlike any other.
    pub(crate) fn slug(&self) -> String {
        format!("{}-{}", self.number, self.story.slug)
    }

    /// The headline.
    pub(crate) fn title(&self) -> String {
        let mark = match (&self.story.correction, self.updated_ms) {
            (Some(_), Some(_)) => Clutter::of(&self.story.language).corrected,
            _ => "",
        };
        format!("{mark}{}", fill(&self.story.title, self.number))
    }

    /// When it last changed.
    pub(crate) fn changed_ms(&self) -> i64 {
        self.updated_ms.unwrap_or(self.published_ms)
    }

    /// `text` with the numbers of this edition.
    pub(crate) fn fill(&self, text: &str) -> String {
        fill(text, self.number)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NOW: i64 = 1_800_000_001_000;

    fn slugs(paper: &Paper, now_ms: i64) -> Vec<String> {
        Edition::window(paper, now_ms)
            .iter()
            .map(Edition::slug)
            .collect()
    }

    #[test]
    fn a_feed_moves_on_with_the_clock_and_forgets_nothing_in_between() {
        for paper in PAPERS.iter() {
            let before = slugs(paper, NOW);
            assert_eq!(before.len(), WINDOW as usize);
            assert_eq!(before, slugs(paper, NOW), "the same time shows the same");
            let step = STEP_MS * PAPERS.len() as i64;
            let after = slugs(paper, NOW + step);
            assert_eq!(before[..before.len() - 1], after[1..]);
        }
    }

    #[test]
    fn no_two_stories_share_an_id_and_none_is_from_the_future() {
        let mut seen = BTreeSet::new();
        let number = (NOW / STEP_MS) as u64;
        for back in 0..200 {
            let edition = Edition::of(number - back, NOW).expect("it has come");
            assert!(seen.insert(edition.slug()));
        }
        assert!(Edition::of(number + 1, NOW).is_none());
    }

    #[test]
    fn second_versions_come_later_and_change_the_story() {
        let number = (NOW / STEP_MS) as u64;
        let updated = (0..90)
            .filter_map(|back| Edition::of(number - back, NOW))
            .find(|edition| edition.story.correction.is_some() && edition.updated_ms.is_some())
            .expect("some story was corrected by now");
        let first = Edition::of(updated.number, updated.published_ms).expect("it has come");
        assert!(first.updated_ms.is_none());
        assert_ne!(first.title(), updated.title());
    }
}
