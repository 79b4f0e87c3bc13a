//! Buttons: share, print, comment, next.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::{Cue, cues_of};

pub(super) const RULE: Rule = Rule {
    id: "share-bar",
    doc: "buttons and prompts of the page: share, print, comment",
    about: "A line that is nothing but the name of a button goes beside another of its kind or in the \
            tail; a prompt to comment goes where it begins the line and is short. A one-word heading or \
            answer in the middle of a story stays.",
    yields_from: None,
    apply,
};

const PROMPT_WORDS: usize = 25;

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    let kept = draft.kept();
    for (place, at) in kept.iter().enumerate() {
        let line = &draft.lines[*at];
        let beside = [place.checked_sub(1), Some(place + 1)]
            .into_iter()
            .flatten()
            .filter_map(|other| kept.get(other))
            .any(|other| is_button(&draft.lines[*other]));
        let goes = is_bar(line)
            || is_button(line) && (beside || *at >= tail)
            || is_prompt(line, *at >= tail);
        if goes {
            draft.remove(*at, RULE.id, "button or prompt of the page");
        }
    }
}

fn is_button(line: &DraftLine) -> bool {
    line.cues.is(Cue::Share) || line.cues.is(Cue::Follow)
}

/// Most words of a line of buttons.
const BAR_WORDS: usize = 40;

/// Several buttons in one line, set apart by bars.
fn is_bar(line: &DraftLine) -> bool {
    let text = line.text.as_str();
    if line.words > BAR_WORDS || !text.contains(['|', '·']) {
        return false;
    }
    let mut buttons = 0;
    let mut others = 0;
    for piece in text.split(['|', '·', '：', ':']) {
        let is_one = cues_of(piece.trim()).is(Cue::Share);
        buttons += u32::from(is_one);
        others += u32::from(!is_one);
    }
    buttons >= 2 && others <= 1
}

fn is_prompt(line: &DraftLine, in_tail: bool) -> bool {
    line.words <= PROMPT_WORDS && line.asks(Cue::Share, in_tail)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn bars_go_and_short_answers_stay() {
        check(
            &RULE,
            &[
                ("One. / Share / Tweet / Email / Two.", "One. / Two."),
                ("Eins. / Teilen / Drucken / Zwei.", "Eins. / Zwei."),
                (
                    "Eins. / Artikel teilen: Facebook | WhatsApp | E-Mail / Zwei.",
                    "Eins. / Zwei.",
                ),
            ],
            &[
                "Will she run? / No / That is all she said on the matter, and nobody at the table dared to ask again.",
                "Share your bread, the abbot wrote. / They did so, and the abbey still stands on the hill above the town.",
            ],
        );
    }
}
