//! Whether the pages of a source are still like those before.

use serde::{Deserialize, Serialize};

use super::window::SourceWindow;

/// Pages that are looked at as the newest.
const RECENT: usize = 4;
/// Pages before them that it takes to say what is usual.
const BASELINE: usize = 12;
/// Pages in a row whose publisher rule found no body.
const MISSED: usize = 3;
/// The text is gone where the newest pages have less of the usual words than this.
const WORDS_LEFT: f32 = 0.3;
/// Sources with shorter stories say nothing by it.
const USUAL_WORDS: f32 = 150.0;
/// Links, or removals, take over where their share grows by more than this.
const SHARE_GROWS: f32 = 0.35;

/// What a page was like.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PageFigures {
    /// Words of the body.
    pub words: u32,
    /// Share of the page's text in links.
    pub link_share: f32,
    /// Share of the words within the body that was taken out.
    pub removed_share: f32,
    /// Whether the body of its publisher rule was there; none without such a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_rule_body: Option<bool>,
    /// Whether it barred the way to the story.
    pub is_barred: bool,
}

/// How the newest pages differ from those before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drift {
    /// The newest page bars the way.
    Barred,
    /// The publisher rule found no body on the newest pages, and did before.
    RuleMisses,
    /// The bodies are much shorter: words now, and usually.
    Shorter(f32, f32),
    /// Links take up more of the pages: share now, and usually.
    MoreLinks(f32, f32),
    /// More is taken out of the bodies: share now, and usually.
    MoreRemoved(f32, f32),
}

impl Drift {
    /// What is different, in words.
    pub fn detail(&self) -> String {
        let percent = |share: &f32| (share * 100.0).round();
        match self {
            Drift::Barred => "the page bars the way to the story".to_owned(),
            Drift::RuleMisses => {
                format!("the body of the publisher rule is on none of the last {MISSED} pages")
            }
            Drift::Shorter(now, usual) => {
                format!("the newest pages have {now} words, and {usual} were usual")
            }
            Drift::MoreLinks(now, usual) => format!(
                "{} % of the newest pages is links, and {} % was usual",
                percent(now),
                percent(usual)
            ),
            Drift::MoreRemoved(now, usual) => format!(
                "{} % is taken out of the newest pages, and {} % was usual",
                percent(now),
                percent(usual)
            ),
        }
    }

    /// Whether two drifts are of one kind, whatever their figures.
    pub fn is_like(&self, other: &Drift) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl SourceWindow {
    /// How the newest pages of the source differ from those before; none where they do not, or where
    /// too little is known.
    pub fn drift(&self) -> Option<Drift> {
        let pages: Vec<PageFigures> = self.pages().copied().collect();
        if pages.last().is_some_and(|page| page.is_barred) {
            return Some(Drift::Barred);
        }
        let pages: Vec<PageFigures> = pages.into_iter().filter(|page| !page.is_barred).collect();
        if rule_misses(&pages) {
            return Some(Drift::RuleMisses);
        }
        if pages.len() < BASELINE + RECENT {
            return None;
        }
        let (before, recent) = pages.split_at(pages.len() - RECENT);
        let middle = |of: fn(&PageFigures) -> f32| (median(recent, of), median(before, of));
        let (words, usual) = middle(|page| page.words as f32);
        if usual >= USUAL_WORDS && words < WORDS_LEFT * usual {
            return Some(Drift::Shorter(words, usual));
        }
        let (links, usual) = middle(|page| page.link_share);
        if links > usual + SHARE_GROWS {
            return Some(Drift::MoreLinks(links, usual));
        }
        let (removed, usual) = middle(|page| page.removed_share);
        (removed > usual + SHARE_GROWS).then_some(Drift::MoreRemoved(removed, usual))
    }
}

fn rule_misses(pages: &[PageFigures]) -> bool {
    let ruled: Vec<bool> = pages.iter().filter_map(|page| page.has_rule_body).collect();
    let Some(split) = ruled.len().checked_sub(MISSED) else {
        return false;
    };
    let (before, recent) = ruled.split_at(split);
    before.contains(&true) && !recent.contains(&true)
}

fn median(pages: &[PageFigures], of: fn(&PageFigures) -> f32) -> f32 {
    let mut values: Vec<f32> = pages.iter().map(of).collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learned::StoryPrint;

    fn usual(number: usize) -> PageFigures {
        PageFigures {
            words: 300 + 10 * (number % 7) as u32,
            link_share: 0.3,
            removed_share: 0.05,
            ..PageFigures::default()
        }
    }

    fn drift(pages: impl IntoIterator<Item = PageFigures>) -> Option<Drift> {
        let mut window = SourceWindow::default();
        for (number, page) in pages.into_iter().enumerate() {
            let print = StoryPrint {
                page: Some(page),
                ..StoryPrint::default()
            };
            window.see(&format!("story {number}"), print);
        }
        window.drift()
    }

    fn then(count: usize, page: PageFigures) -> Option<Drift> {
        let before = (0..20).map(usual);
        drift(before.chain(std::iter::repeat_n(page, count)))
    }

    #[test]
    fn usual_pages_and_single_odd_ones_are_no_drift() {
        assert_eq!(drift((0..40).map(usual)), None);
        let short = PageFigures {
            words: 20,
            ..usual(0)
        };
        assert_eq!(then(1, short), None);
        assert_eq!(then(2, short), None);
    }

    #[test]
    fn a_changed_layout_is_noticed() {
        let short = PageFigures {
            words: 20,
            ..usual(0)
        };
        assert!(matches!(then(RECENT, short), Some(Drift::Shorter(..))));
        let links = PageFigures {
            link_share: 0.9,
            ..usual(0)
        };
        assert!(matches!(then(RECENT, links), Some(Drift::MoreLinks(..))));
        let removed = PageFigures {
            removed_share: 0.6,
            ..usual(0)
        };
        let found = then(RECENT, removed).expect("a drift");
        assert_eq!(
            found.detail(),
            "60 % is taken out of the newest pages, and 5 % was usual"
        );
    }

    #[test]
    fn a_page_that_bars_the_way_is_noticed_at_once_and_forgotten_with_the_next() {
        let barred = PageFigures {
            is_barred: true,
            ..PageFigures::default()
        };
        assert_eq!(drift([barred]), Some(Drift::Barred));
        assert_eq!(then(5, barred), Some(Drift::Barred));
        assert_eq!(drift([barred, usual(0)]), None);
    }

    #[test]
    fn a_rule_that_finds_no_body_any_more_is_noticed() {
        let page = |has| PageFigures {
            has_rule_body: Some(has),
            ..usual(0)
        };
        assert_eq!(drift([true, true, false, false].map(page)), None);
        assert_eq!(
            drift([true, false, false, false].map(page)),
            Some(Drift::RuleMisses)
        );
        // A rule that never found one is not done; that is no change.
        assert_eq!(drift([false; 6].map(page)), None);
    }
}
