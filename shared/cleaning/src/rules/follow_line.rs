//! "Follow us on …".

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "follow-line",
    doc: "an invitation to follow the paper or its author",
    about: "A line that begins with the invitation and names where to follow, or is the invitation; in \
            the tail one cue is enough. A sentence about followers stays.",
    yields_from: None,
    apply,
};

const LINE_WORDS: usize = 35;

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    draft.remove_where(RULE.id, "invites to follow", |at, line| {
        is_invitation(line, at >= tail)
    });
}

fn is_invitation(line: &DraftLine, in_tail: bool) -> bool {
    let bit = 1 << Cue::Follow as u32;
    let begins = line.cues.start & bit != 0;
    let holds = line.cues.inside & bit != 0 || line.text.contains('@');
    line.words <= LINE_WORDS
        && (line.cues.is(Cue::Follow) && line.words >= 2
            || begins && holds
            || in_tail && line.cues.has(Cue::Follow))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn invitations_go_and_sentences_stay() {
        check(
            &RULE,
            &[
                (
                    "One. / Follow us on Facebook and Instagram / Two.",
                    "One. / Two.",
                ),
                (
                    "Eins. / Folgen Sie uns auf Facebook und X / Zwei.",
                    "Eins. / Zwei.",
                ),
            ],
            &[
                "Follow the money, the prosecutor told the court on the first day of the long trial in Bergen.",
            ],
        );
    }
}
