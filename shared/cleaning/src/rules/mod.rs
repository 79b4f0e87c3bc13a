//! The in-text rules: one file each, run in the order of [`RULES`], on pages and plain text alike.
//!
//! A rule decides from shape, place and neighbours; a phrase is only where it begins to look.
//! Each has, in its file, a text that it must change and a look-alike that it must leave.

use crate::draft::{Draft, Fate};

mod advert_marker;
mod byline;
mod continues_below;
mod copyright_tail;
mod correction_footer;
mod duplicate;
mod field_repeat;
mod follow_line;
mod image_credit;
mod media_note;
mod newsletter_box;
mod offer_link;
mod paywall_prompt;
mod pointer;
mod popular_list;
mod related_insert;
mod share_bar;
mod sign_off;
mod tag_list;
mod title_repeat;

pub(crate) use image_credit::is_credit as is_picture_credit;

/// A rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its id, as in removals.
    pub id: &'static str,
    /// What it takes out, in a line.
    pub doc: &'static str,
    /// How it decides, and what it leaves.
    pub about: &'static str,
    /// Where it would take out at least this many lines that the model is sure of, they are part of
    /// the page's form ("More: …" under each boat of a review), and it leaves them.
    pub(crate) yields_from: Option<usize>,
    pub(crate) apply: fn(&mut Draft),
}

/// Above this the model takes a line for part of the body, not for an edge of it.
const SURE: f32 = 0.5;

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

/// Every rule, in the order in which they run: boxes with several lines before single lines, so
/// that a box goes as a whole.
const RULES: &[Rule] = &[
    field_repeat::RULE,
    title_repeat::RULE,
    advert_marker::RULE,
    continues_below::RULE,
    related_insert::RULE,
    popular_list::RULE,
    pointer::RULE,
    newsletter_box::RULE,
    offer_link::RULE,
    paywall_prompt::RULE,
    media_note::RULE,
    image_credit::RULE,
    sign_off::RULE,
    correction_footer::RULE,
    copyright_tail::RULE,
    follow_line::RULE,
    share_bar::RULE,
    tag_list::RULE,
    byline::RULE,
    duplicate::RULE,
];

/// Every rule, in the order in which they run.
pub fn rules() -> &'static [Rule] {
    RULES
}

/// Runs every rule.
pub(crate) fn apply_all(draft: &mut Draft) {
    for rule in RULES {
        let Some(yields_from) = rule.yields_from else {
            (rule.apply)(draft);
            continue;
        };
        let sure: Vec<usize> = draft
            .kept()
            .into_iter()
            .filter(|at| draft.lines[*at].certainty > Some(SURE))
            .collect();
        (rule.apply)(draft);
        let taken: Vec<usize> = sure
            .into_iter()
            .filter(|at| !draft.lines[*at].is_kept())
            .collect();
        if taken.len() >= yields_from {
            for at in taken {
                draft.lines[at].fate = Fate::Kept;
            }
        }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::Rule;
    use crate::draft::Draft;
    use crate::text::draft_of;

    /// What a rule alone makes of a plain text, `/` between the lines.
    pub(crate) fn run(rule: &Rule, text: &str) -> String {
        let mut draft: Draft = draft_of(&text.replace(" / ", "\n\n"));
        (rule.apply)(&mut draft);
        let kept: Vec<&str> = draft
            .lines
            .iter()
            .filter(|line| line.is_kept())
            .map(|line| line.text.as_str())
            .collect();
        kept.join(" / ")
    }

    /// The rule must make `changed` of `text`, and leave each of `left`.
    pub(crate) fn check(rule: &Rule, cases: &[(&str, &str)], left: &[&str]) {
        for (text, changed) in cases {
            assert_eq!(run(rule, text), *changed, "{}", rule.id);
        }
        for text in left {
            assert_eq!(run(rule, text), *text, "{} must leave this", rule.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_documented() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(
                RULES[..at].iter().all(|other| other.id != rule.id),
                "{}",
                rule.id
            );
            assert!(!rule.doc.is_empty() && rule.about.len() > 40, "{}", rule.id);
        }
    }
}
