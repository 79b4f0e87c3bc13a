//! Credits of pictures.

use wiredesk_model::CreditRole;

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "image-credit",
    doc: "the credit of a picture, alone on its line, kept as a field",
    about: "A short line that is a credit, or begins with a crediting word and a colon, a slash or the \
            name of an agency behind it. Behind the colon stands a \
            name: \"Photo: a harbour at dawn\" stays, and so does a sentence that names a photographer.",
    yields_from: Some(3),
    apply,
};

const CREDIT_WORDS: usize = 14;

fn apply(draft: &mut Draft) {
    for at in draft.kept() {
        if is_credit(&draft.lines[at]) {
            draft.credits.push((at, CreditRole::Picture));
        }
    }
    draft.remove_where(RULE.id, "credit of a picture", |_, line| is_credit(line));
}

/// Whether a line is the credit of a picture.
pub(crate) fn is_credit(line: &DraftLine) -> bool {
    let bit = 1 << Cue::Credit as u32;
    let begins = line.cues.start & bit != 0;
    let holds = line.cues.inside & bit != 0;
    if line.words > CREDIT_WORDS || line.ends_as_sentence() {
        return false;
    }
    begins && (holds || names_behind_first_word(&line.text)) || holds && line.text.contains('/')
}

/// `Foto: Ida Holm`, `Photo/Harbour News`; not `Photo: a harbour at dawn`, nor `Source: the ministry`,
/// which says where figures come from.
fn names_behind_first_word(text: &str) -> bool {
    const SOURCES: [&str; 8] = [
        "quelle",
        "source",
        "fuente",
        "fonte",
        "bron",
        "källa",
        "kilde",
        "źródło",
    ];
    if !marks_behind_first_word(text) {
        return false;
    }
    let Some((first, names)) = text.split_once([':', '/', '©', '|', '：']) else {
        return false;
    };
    let first = first.trim().to_lowercase();
    if SOURCES.iter().any(|source| first.starts_with(source)) {
        return false;
    }
    let mut words = names.split_whitespace();
    words.next().is_none_or(is_name_word) && words.filter(|word| !is_name_word(word)).count() <= 1
}

/// Whether a word could be of a name: not in lower case, or one that stands for a name or within one.
fn is_name_word(word: &str) -> bool {
    const LOWER: [&str; 20] = [
        "von", "van", "de", "der", "den", "des", "du", "di", "da", "del", "und", "and", "für",
        "via", "privat", "courtesy", "supplied", "handout", "provided", "archiv",
    ];
    let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
    !letters.starts_with(char::is_lowercase)
        || LOWER.contains(&letters)
        || letters.contains(['.', '_'])
}

fn marks_behind_first_word(text: &str) -> bool {
    let mark = text.find([':', '/', '©', '|', '：']);
    let space = text
        .match_indices(' ')
        .nth(1)
        .map_or(text.len(), |(at, _)| at);
    mark.is_some_and(|mark| mark < space + 2)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn credits_go_and_sentences_stay() {
        check(
            &RULE,
            &[
                ("One. / Photo: Ida Holm / Two.", "One. / Two."),
                (
                    "Eins. / Foto: dpa / Ida Holm / Zwei.",
                    "Eins. / Ida Holm / Zwei.",
                ),
                ("One. / Ida Holm/Getty Images / Two.", "One. / Two."),
            ],
            &[
                "Photo by photo, the album tells the story of the town.",
                "Picture: a word with many meanings.",
            ],
        );
    }
}
