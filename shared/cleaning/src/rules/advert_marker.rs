//! "Advertisement", alone on its line.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "advert-marker",
    doc: "an advertisement marker alone on its line",
    about: "The line is nothing but the marker, in one of the known languages, perhaps with a \
            number or dashes; or a short line that begins with a longer marker and is no sentence. \
            A sentence about advertising stays.",
    yields_from: None,
    apply,
};

fn apply(draft: &mut Draft) {
    draft.remove_where(RULE.id, "advertisement marker", |_, line| is_marker(line));
}

fn is_marker(line: &DraftLine) -> bool {
    line.cues.is(Cue::Advert)
        || line.cues.begins(Cue::Advert) && line.words <= 10 && !line.ends_as_sentence()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn markers_go_and_sentences_stay() {
        check(
            &RULE,
            &[
                ("One. / Advertisement / Two.", "One. / Two."),
                ("Eins. / - Anzeige - / Zwei.", "Eins. / Zwei."),
                ("Un. / PUBLICITÉ / Deux.", "Un. / Deux."),
                ("Один. / Реклама / Два.", "Один. / Два."),
                ("One. / Sponsored by Harbour Bank / Two.", "One. / Two."),
            ],
            &[
                "Advertisement spending fell 4 percent.",
                "Advertising is expensive.",
                "Die Anzeige wurde am Montag erstattet.",
                "Sponsored by a local bank, the race drew a record field.",
            ],
        );
    }
}
