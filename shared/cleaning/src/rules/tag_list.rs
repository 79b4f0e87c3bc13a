//! Lists of tags and topics.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "tag-list",
    doc: "a list of tags or topics",
    about: "In the tail: a label alone on its line with the tags behind it, or label and tags in one \
            line with a colon. Links behind the label go with it. Sentences stay.",
    yields_from: None,
    apply,
};

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    let mut in_list = false;
    for at in tail..draft.lines.len() {
        let line = &draft.lines[at];
        if !line.is_kept() {
            continue;
        }
        let is_tag = in_list && (line.is_link() || line.words <= 4 && !line.ends_as_sentence());
        in_list = is_tag || is_label(line);
        if in_list {
            draft.remove(at, RULE.id, "tags or topics");
        }
    }
}

fn is_label(line: &DraftLine) -> bool {
    let holds_list = line.cues.begins(Cue::Tags) && line.text.contains(':');
    line.cues.is(Cue::Tags) || holds_list && !line.ends_as_sentence()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn lists_go_and_sentences_stay() {
        let story = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";
        check(
            &RULE,
            &[
                (&format!("{story} / Tags: harbour, council, vote"), story),
                (&format!("{story} / Themen / Hafen / Rat"), story),
            ],
            &[
                &format!("Topics: the old and the new. / {story}"),
                &format!("{story} / Tags were found on both birds."),
            ],
        );
    }
}
