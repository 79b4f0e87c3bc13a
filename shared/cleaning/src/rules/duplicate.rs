//! The same paragraph twice.

use std::collections::HashSet;

use super::Rule;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule {
    id: "duplicate",
    doc: "a paragraph that stands in the text a second time",
    about: "A line of at least twelve words that is the same as one before it: a pulled quotation, or a \
            page that carries its text twice. Short lines repeat in lists and verse, and stay.",
    yields_from: None,
    apply,
};

const LINE_WORDS: usize = 12;

fn apply(draft: &mut Draft) {
    let mut seen: HashSet<String> = HashSet::new();
    for at in draft.kept() {
        let line = &draft.lines[at];
        if line.words >= LINE_WORDS && !seen.insert(line.text.clone()) {
            draft.remove(at, RULE.id, "stands in the text a second time");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn paragraphs_stand_once_and_refrains_stay() {
        let story = "The council met on Monday and put off its vote on the harbour wall.";
        check(
            &RULE,
            &[(
                &format!("{story} / They wait. / {story}"),
                &format!("{story} / They wait."),
            )],
            &["Row, row, row your boat / Gently down the stream / Row, row, row your boat"],
        );
    }
}
