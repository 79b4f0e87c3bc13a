//! Footers that ask for corrections, tips and feedback.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "correction-footer",
    doc: "a footer that asks for corrections, tips or feedback",
    about: "In the tail: a line that begins with such a request, or holds one. Elsewhere only a line \
            that is nothing else, or that tells the reader which keys to press. A published correction \
            of the story itself stays.",
    yields_from: None,
    apply,
};

const FOOTER_WORDS: usize = 45;

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    draft.remove_where(RULE.id, "asks for corrections or feedback", |at, line| {
        is_footer(line, at >= tail)
    });
}

fn is_footer(line: &DraftLine, in_tail: bool) -> bool {
    let is_whole = line.cues.is(Cue::Correction) && line.words >= 2;
    line.words <= FOOTER_WORDS && (is_whole || line.asks(Cue::Correction, in_tail))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn requests_go_and_corrections_stay() {
        let story = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";
        check(
            &RULE,
            &[
                (
                    &format!(
                        "{story} / To suggest a correction or clarification, write to us here / You can also \
                         highlight the text and press Ctrl + Enter"
                    ),
                    story,
                ),
                (
                    &format!(
                        "{story} / Якщо ви помітили помилку, виділіть її і натисніть Ctrl+Enter"
                    ),
                    story,
                ),
            ],
            &[
                "Correction: an earlier version of this story gave the wrong date of the vote on the harbour wall.",
                &format!("Tell us what you saw, the officer asked. / {story}"),
            ],
        );
    }
}
