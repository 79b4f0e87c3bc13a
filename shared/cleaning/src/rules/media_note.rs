//! What players and embeds leave behind.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "media-note",
    doc: "a place holder of a player, an embed or a consent box",
    about: "The line is a known note (\"Your browser does not support …\", \"Empfohlener externer \
            Inhalt\") or begins with one and holds a second sign: another phrase, the reader's browser, \
            the account that a post is from. Sentences about videos stay.",
    yields_from: None,
    apply,
};

const NOTE_WORDS: usize = 45;

fn apply(draft: &mut Draft) {
    draft.remove_where(
        RULE.id,
        "place holder of a player or an embed",
        |_, line| is_note(line),
    );
}

fn is_note(line: &DraftLine) -> bool {
    let bits = 1 << Cue::Media as u32 | 1 << Cue::Consent as u32;
    let begins = line.cues.start & bits != 0;
    let holds = line.cues.inside & bits != 0;
    let is_whole = line.cues.whole & bits != 0 && line.words >= 2;
    line.words <= NOTE_WORDS
        && (is_whole || begins && (holds || line.words <= 12 && has_sign(&line.text)))
}

/// Notes speak of the reader's own browser, or name an account.
fn has_sign(text: &str) -> bool {
    if text.contains("(@") {
        return true;
    }
    let lower = text.to_lowercase();
    ["browser", "javascript", "navigateur", "navegador", "cookie"]
        .iter()
        .any(|word| lower.contains(word))
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
                (
                    "One. / Your browser does not support the video tag. / Two.",
                    "One. / Two.",
                ),
                (
                    "Eins. / Empfohlener externer Inhalt / Zwei.",
                    "Eins. / Zwei.",
                ),
                ("One. / View this post on Instagram / Two.", "One. / Two."),
                (
                    "One. / A post shared by Ida Holm (@idaholm) / Two.",
                    "One. / Two.",
                ),
            ],
            &[
                "This video is the only one that shows the crash, police said.",
                "A post shared by the harbour master started the dispute.",
                "Diese Inhalte sind geschützt.",
            ],
        );
    }
}
