//! Prompts to log in, subscribe or donate.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "paywall-prompt",
    doc: "a prompt to log in, subscribe or donate",
    about: "The line is one of the known prompts, or begins with one and carries a second sign of it; \
            in the tail the beginning is enough. A report on donations or subscriptions stays.",
    yields_from: None,
    apply,
};

const PROMPT_WORDS: usize = 45;

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    draft.remove_where(
        RULE.id,
        "asks to log in, subscribe or donate",
        |at, line| is_prompt(line, at >= tail),
    );
}

fn is_prompt(line: &DraftLine, in_tail: bool) -> bool {
    let is_whole = line.cues.is(Cue::Paywall) && (in_tail || line.words >= 2);
    line.words <= PROMPT_WORDS && (is_whole || line.asks(Cue::Paywall, in_tail))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn prompts_go_and_reports_stay() {
        check(
            &RULE,
            &[
                ("One. / Already a subscriber? / Two.", "One. / Two."),
                (
                    "Un. / Cet article est réservé aux abonnés. / Deux.",
                    "Un. / Deux.",
                ),
                (
                    "One. / To continue reading, start your free trial. / Two.",
                    "One. / Two.",
                ),
            ],
            &[
                "Donations to the fund doubled last year, the charity said in its yearly report on Monday morning.",
            ],
        );
    }
}
