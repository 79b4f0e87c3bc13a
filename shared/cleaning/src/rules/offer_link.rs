//! "Shop now", "Check price": links that sell, below the entries of a list.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "offer-link",
    doc: "a link or button that sells what the story tells of: \"Shop now\"",
    about: "A short line, all of it a link, that is such a button or begins as one. Without a link, only \
            where at least two such buttons stand in the text. A sentence about shopping stays.",
    yields_from: None,
    apply,
};

/// For each button; several stand side by side.
const BUTTON_WORDS: usize = 12;
/// A button with a full stop is shorter than a sentence.
const STOPPED_WORDS: usize = 4;
/// Share of the line inside of the link.
const LINK_SHARE: f32 = 0.9;

fn apply(draft: &mut Draft) {
    let reason = "link that sells something";
    draft.remove_where(RULE.id, reason, |_, line| is_link(line));
    let is_button = |line: &DraftLine| line.cues.is(Cue::Offer) && line.words >= 2;
    let kept = draft.kept().into_iter();
    if kept.filter(|at| is_button(&draft.lines[*at])).count() >= 2 {
        draft.remove_where(RULE.id, reason, |_, line| is_button(line));
    }
}

fn is_link(line: &DraftLine) -> bool {
    let is_short = !line.text.ends_with(['.', '?']) || line.words <= STOPPED_WORDS;
    line.link_share >= LINK_SHARE
        && line.words <= BUTTON_WORDS * buttons(&line.text)
        && line.level.is_none()
        && line.cues.begins(Cue::Offer)
        && is_short
}

/// How many buttons a line is: as many as begin as the first does.
fn buttons(text: &str) -> usize {
    let verb = text.split_whitespace().next().unwrap_or(text);
    text.matches(verb).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn buttons_go_and_sentences_stay() {
        check(
            &RULE,
            &[
                (
                    "The boots held. / Check price / The coat did not. / Check price",
                    "The boots held. / The coat did not.",
                ),
                (
                    "Die Stiefel hielten. / Zum Angebot / Der Mantel nicht. / Jetzt kaufen",
                    "Die Stiefel hielten. / Der Mantel nicht.",
                ),
            ],
            &[
                "Shop owners fear the new road.",
                "Buy now, pay later: lenders see more of it",
                "Order now reigns in the harbour. / Buy now / He did.",
            ],
        );
    }

    #[test]
    fn links_go_alone() {
        let html = "<p>The boots held.</p><p><a href='/b'>Shop Elsin Boots</a></p><p>The coat did not.</p>\
                    <p><a href='/d'>Shop Elsin.</a></p><p><a href='/e'>Shop the Men's Harbour Walker \
                    Trail Coat</a><a href='/f'>Shop the Women's Harbour Walker Trail Coat</a></p>\
                    <h3><a href='/c'>Shop floor</a></h3><p>It stands empty.</p>";
        let cleaned = crate::clean_html(html, &crate::Hints::default()).expect("within limits");
        assert_eq!(
            cleaned.text,
            "The boots held.\n\nThe coat did not.\n\nShop floor\n\nIt stands empty."
        );
    }
}
