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
/// A selector is usual that hits on so many of the pages.
const HIT_SHARE: f32 = 0.9;
/// Links, or removals, take over where their share grows by more than this.
const SHARE_GROWS: f32 = 0.35;

/// What a page was like.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
    /// Selectors of the publisher rule that hit nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<String>,
    /// Whether it barred the way to the story.
    pub is_barred: bool,
    /// What was usual before a drift, on each page that came while it held: pages that are all
    /// broken never become what is usual, however many come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual: Option<Box<UsualFigures>>,
}

/// What the pages of a source were like before they changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UsualFigures {
    /// Words of the body; 0 where too little was known.
    pub words: f32,
    /// Share of the text in links; none where too little was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_share: Option<f32>,
    /// Share of the words that was taken out; none where too little was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_share: Option<f32>,
    /// Whether pages were read with a publisher rule, and it found their bodies.
    pub has_rule_body: bool,
    /// A selector that hit before, and does no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_selector: Option<String>,
}

/// How the newest pages differ from those before.
#[derive(Debug, Clone, PartialEq)]
pub enum Drift {
    /// The newest page bars the way.
    Barred,
    /// The publisher rule found no body on the newest pages, and did before.
    RuleMisses,
    /// A selector of the publisher rule hits nothing on the newest pages, and did before.
    SelectorMisses(String),
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
            Drift::SelectorMisses(selector) => format!(
                "`{selector}` of the publisher rule hits nothing on the last {RECENT} pages, and did before"
            ),
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
    /// too little is known. A drift holds until the pages are again as they were before it.
    pub fn drift(&self) -> Option<Drift> {
        if self.pages().last().is_some_and(|page| page.is_barred) {
            return Some(Drift::Barred);
        }
        let pages = self.story_pages();
        let usual = pages.last()?.usual.as_deref()?;
        held(&pages, usual)
    }

    /// What the newest page must remember of those before, where it is not like them.
    pub(super) fn usual_before_drift(&self) -> Option<Box<UsualFigures>> {
        let pages = self.story_pages();
        let (newest, before) = pages.split_last()?;
        if newest.is_barred {
            return None;
        }
        if let Some(usual) = before.last().and_then(|page| page.usual.as_ref())
            && held(&pages, usual).is_some()
        {
            return Some(usual.clone());
        }
        let usual = usual_of(&pages);
        judged(&pages, &usual).map(|_| Box::new(usual))
    }

    /// The pages that did not bar the way, the oldest first.
    fn story_pages(&self) -> Vec<&PageFigures> {
        self.pages().filter(|page| !page.is_barred).collect()
    }
}

/// The drift that holds on against what was usual before it: as long as the newest pages, or the
/// newest alone, are not as before. A publisher rule that is new begins anew.
fn held(pages: &[&PageFigures], usual: &UsualFigures) -> Option<Drift> {
    let newest = pages.last()?;
    if !usual.has_rule_body && newest.has_rule_body == Some(true) {
        return None;
    }
    judged(pages, usual).or_else(|| judged(&pages[pages.len() - 1..], usual))
}

/// What was usual before the newest pages, read as the newest is: with a publisher rule or without.
fn usual_of(pages: &[&PageFigures]) -> UsualFigures {
    let is_ruled = pages
        .last()
        .is_some_and(|page| page.has_rule_body.is_some());
    let same: Vec<&PageFigures> = pages
        .iter()
        .copied()
        .filter(|page| page.has_rule_body.is_some() == is_ruled)
        .collect();
    let before = |recent: usize| {
        let pages = &same[..same.len().saturating_sub(recent)];
        let usual = pages.iter().copied().filter(|page| page.usual.is_none());
        usual.collect::<Vec<_>>()
    };
    let mut usual = UsualFigures {
        has_rule_body: before(MISSED)
            .iter()
            .any(|page| page.has_rule_body == Some(true)),
        ..UsualFigures::default()
    };
    let before = before(RECENT);
    if before.len() >= BASELINE {
        usual.words = median(&before, |page| page.words as f32);
        usual.link_share = Some(median(&before, |page| page.link_share));
        usual.removed_share = Some(median(&before, |page| page.removed_share));
        usual.lost_selector = lost_selector(&before, newest_of(&same));
    }
    usual
}

/// A selector that hit on nearly all pages before, and on none of the newest.
fn lost_selector(before: &[&PageFigures], recent: &[&PageFigures]) -> Option<String> {
    let (first, others) = recent.split_first()?;
    let is_lost = |selector: &&String| {
        let hits = before.iter().filter(|page| !page.missed.contains(selector));
        others.iter().all(|page| page.missed.contains(selector))
            && hits.count() as f32 >= HIT_SHARE * before.len() as f32
    };
    first.missed.iter().find(is_lost).cloned()
}

fn newest_of<'a, 'p>(pages: &'a [&'p PageFigures]) -> &'a [&'p PageFigures] {
    &pages[pages.len().saturating_sub(RECENT)..]
}

/// How the newest of the pages differ from what is usual.
fn judged(pages: &[&PageFigures], usual: &UsualFigures) -> Option<Drift> {
    let ruled = pages.iter().filter_map(|page| page.has_rule_body);
    let ruled: Vec<bool> = ruled.collect();
    let newest = &ruled[ruled.len().saturating_sub(MISSED)..];
    if usual.has_rule_body && !newest.is_empty() && !newest.contains(&true) {
        return Some(Drift::RuleMisses);
    }
    let recent = newest_of(pages);
    if let Some(selector) = &usual.lost_selector
        && recent.iter().all(|page| page.missed.contains(selector))
    {
        return Some(Drift::SelectorMisses(selector.clone()));
    }
    let words = median(recent, |page| page.words as f32);
    if usual.words >= USUAL_WORDS && words < WORDS_LEFT * usual.words {
        return Some(Drift::Shorter(words, usual.words));
    }
    let grows = |now: f32, usual: Option<f32>| {
        usual
            .filter(|usual| now > usual + SHARE_GROWS)
            .map(|usual| (now, usual))
    };
    let links = median(recent, |page| page.link_share);
    if let Some((now, usual)) = grows(links, usual.link_share) {
        return Some(Drift::MoreLinks(now, usual));
    }
    let removed = median(recent, |page| page.removed_share);
    grows(removed, usual.removed_share).map(|(now, usual)| Drift::MoreRemoved(now, usual))
}

fn median(pages: &[&PageFigures], of: fn(&PageFigures) -> f32) -> f32 {
    let mut values: Vec<f32> = pages.iter().copied().map(of).collect();
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
        assert_eq!(then(1, short.clone()), None);
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
        assert_eq!(drift([barred.clone()]), Some(Drift::Barred));
        assert_eq!(then(5, barred.clone()), Some(Drift::Barred));
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

    #[test]
    fn a_drift_holds_for_as_long_as_the_pages_are_broken() {
        let short = |number: usize| PageFigures {
            words: 20,
            ..usual(number)
        };
        let mut window = SourceWindow::default();
        let mut see = |number: usize, page| {
            let print = StoryPrint {
                page: Some(page),
                ..StoryPrint::default()
            };
            window.see(&format!("story {number}"), print);
            window.forget_oldest();
            window.drift()
        };
        for number in 0..20 {
            assert_eq!(see(number, usual(number)), None);
        }
        let broken: Vec<bool> = (20..220).map(|n| see(n, short(n)).is_some()).collect();
        let first = broken
            .iter()
            .position(|is_drift| *is_drift)
            .expect("a drift");
        assert!(first < RECENT && broken[first..].iter().all(|is_drift| *is_drift));
        let good: Vec<bool> = (220..230).map(|n| see(n, usual(n)).is_some()).collect();
        assert!(good[0] && !good[RECENT - 1], "{good:?}");
        assert!(good.is_sorted_by(|one, next| one >= next), "{good:?}");
    }

    #[test]
    fn a_changed_layout_that_is_accepted_is_what_is_usual() {
        let short = |number: usize| PageFigures {
            words: 200 + (number % 5) as u32,
            link_share: 0.8,
            ..usual(number)
        };
        let mut window = SourceWindow::default();
        let see = |window: &mut SourceWindow, number: usize, page| {
            let print = StoryPrint {
                page: Some(page),
                ..StoryPrint::default()
            };
            window.see(&format!("story {number:03}"), print);
            window.drift().is_some()
        };
        for number in 0..20 {
            see(&mut window, number, usual(number));
        }
        assert!(
            !window.accept_layout(|_| true),
            "there is nothing to accept"
        );
        assert!((20..26).any(|number| see(&mut window, number, short(number))));
        // Two more came before the decision took effect.
        assert!(window.accept_layout(|story| story < "story 024"));
        assert_eq!(window.drift(), None);
        assert!((26..60).all(|number| !see(&mut window, number, short(number))));
        let gone = |number: usize| PageFigures {
            words: 5,
            ..short(number)
        };
        assert!((60..66).any(|number| see(&mut window, number, gone(number))));
    }

    #[test]
    fn a_selector_that_hits_no_more_is_noticed_and_one_that_never_hit_is_not() {
        let page = |number: usize, missed: &[&str]| PageFigures {
            has_rule_body: Some(true),
            missed: missed.iter().map(|text| (*text).to_owned()).collect(),
            ..usual(number)
        };
        let pages = |missed: &'static [&'static str]| {
            let before = (0..20).map(move |n| page(n, &["aside.odd"]));
            drift(before.chain((20..24).map(move |n| page(n, missed))))
        };
        assert_eq!(pages(&["aside.odd"]), None);
        let found = pages(&["time.date", "aside.odd"]).expect("a drift");
        assert_eq!(found, Drift::SelectorMisses("time.date".to_owned()));
        assert!(
            found
                .detail()
                .starts_with("`time.date` of the publisher rule")
        );
    }
}
