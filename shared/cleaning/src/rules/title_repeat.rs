//! The headline, once more at the head of the text.

use super::Rule;
use crate::draft::Draft;
use crate::letters::folded;

pub(super) const RULE: Rule = Rule {
    id: "title-repeat",
    doc: "the headline, repeated at the head of the text",
    about: "The title is a field of its own. One of the first lines that is the same, letter for \
            letter but for case and punctuation, goes; a paragraph that begins with it stays.",
    yields_from: None,
    apply,
};

/// Lines at the head that are looked at.
const HEAD_LINES: usize = 4;

fn apply(draft: &mut Draft) {
    let Some(title) = draft.title.as_deref().map(folded) else {
        return;
    };
    let Some(at) = draft
        .kept()
        .into_iter()
        .take(HEAD_LINES)
        .find(|at| !title.is_empty() && folded(&draft.lines[*at].text) == title)
    else {
        return;
    };
    draft.remove(at, RULE.id, "repeats the headline");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::draft_of;

    #[test]
    fn only_the_same_line_goes() {
        let mut draft = draft_of("Harbour reopens\n\nHarbour reopens after two years of work.");
        draft.title = Some("Harbour Reopens!".to_owned());
        apply(&mut draft);
        assert_eq!(draft.kept(), [1]);
    }
}
