//! "Story continues below".

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "continues-below",
    doc: "a note that the story goes on below an advertisement or a box",
    about: "The line is the note, or begins with one and is short. A sentence in which a story \
            continues stays.",
    yields_from: None,
    apply,
};

fn apply(draft: &mut Draft) {
    draft.remove_where(RULE.id, "says that the story goes on", |_, line| {
        is_note(line)
    });
}

fn is_note(line: &DraftLine) -> bool {
    line.cues.is(Cue::Continues)
        || line.cues.begins(Cue::Continues) && line.words <= 12 && !line.text.ends_with(['.', '?'])
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn notes_go_and_sentences_stay() {
        check(
            &RULE,
            &[
                ("One. / Story continues below / Two.", "One. / Two."),
                (
                    "One. / Article continues below advertisement / Two.",
                    "One. / Two.",
                ),
                ("Un. / La suite après la publicité / Deux.", "Un. / Deux."),
                ("Eins. / Weiterlesen / Zwei.", "Eins. / Zwei."),
            ],
            &[
                "The story continues below the surface, divers said.",
                "Keep reading aloud to children, he said.",
            ],
        );
    }
}
