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

const BUTTON_WORDS: usize = 12;
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
    line.link_share >= LINK_SHARE
        && line.words <= BUTTON_WORDS
        && line.level.is_none()
        && line.cues.begins(Cue::Offer)
        && !line.text.ends_with(['.', '?'])
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
                    <h3><a href='/c'>Shop floor</a></h3><p>It stands empty.</p>";
        let cleaned = crate::clean_html(html, &crate::Hints::default()).expect("within limits");
        assert_eq!(
            cleaned.text,
            "The boots held.\n\nThe coat did not.\n\nShop floor\n\nIt stands empty."
        );
    }
}
