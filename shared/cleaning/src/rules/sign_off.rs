//! "(Reporting by …; Editing by …)".

use wiredesk_model::CreditRole;

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "sign-off",
    doc: "the credit of reporters and editors at the end, kept as a field",
    about: "In the tail only: a line that begins with a reporting credit or says where the story was \
            first published. It is kept among the story's credits. In the middle of a story the same \
            words are part of it.",
    yields_from: None,
    apply,
};

const SIGN_OFF_WORDS: usize = 60;

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    for at in tail..draft.lines.len() {
        let line = &draft.lines[at];
        if line.is_kept() && is_sign_off(line) {
            draft.credits.push((at, CreditRole::SignOff));
            draft.remove(at, RULE.id, "credit of reporters or source");
        }
    }
}

fn is_sign_off(line: &DraftLine) -> bool {
    line.words <= SIGN_OFF_WORDS && line.words >= 2 && line.cues.has(Cue::SignOff)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn the_tail_alone_is_signed() {
        let story = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";
        check(
            &RULE,
            &[
                (
                    &format!("{story} / (Reporting by Ida Holm; Editing by Jon Vale)"),
                    story,
                ),
                (
                    &format!("{story} / Ida Holm in Bergen contributed to this report."),
                    story,
                ),
            ],
            &[&format!(
                "Reporting by local papers led to the inquiry. / {story}"
            )],
        );
    }
}
