//! Bylines and dates at the head of the text.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "byline",
    doc: "a byline or date line at the head, kept as a field",
    about: "Among the first lines, before the first paragraph: a short line that begins as a byline or \
            a date line does and is no sentence. The first one becomes the byline of the story. \
            Datelines belong to the story and stay.",
    yields_from: None,
    apply,
};

const HEAD_LINES: usize = 5;
const BYLINE_WORDS: usize = 12;

fn apply(draft: &mut Draft) {
    for at in draft.kept().into_iter().take(HEAD_LINES) {
        let line = &draft.lines[at];
        if line.is_story() {
            return;
        }
        if is_byline(line) {
            if draft.byline.is_none() && !line.text.contains(|c: char| c.is_ascii_digit()) {
                draft.byline = Some(line.text.clone());
            }
            draft.remove(at, RULE.id, "byline or date line");
        }
    }
}

fn is_byline(line: &DraftLine) -> bool {
    line.words <= BYLINE_WORDS
        && (line.words >= 2 && line.cues.begins(Cue::Byline) || is_date_line(line))
        && !line.ends_as_sentence()
        && line.level.is_none()
}

/// A line that is little more than a date: it holds a year, and a third of it is digits.
pub(super) fn is_date_line(line: &DraftLine) -> bool {
    let text = &line.text;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let has_year = ["19", "20"].iter().any(|century| {
        text.match_indices(century).any(|(at, _)| {
            text.as_bytes()[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
                == 4
        })
    });
    has_year && digits * 3 >= text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn bylines_go_and_sentences_stay() {
        let story = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";
        check(
            &RULE,
            &[
                (
                    &format!("By Ida Holm / Published 12 May 2024 / {story}"),
                    story,
                ),
                (&format!("Von Ida Holm / {story}"), story),
                (&format!("Ida Holm · 2027-01-15T07:59:00Z / {story}"), story),
            ],
            &[
                &format!("By noon it was over. / {story}"),
                &format!("The winter of 1911 / {story}"),
                &format!("{story} / By Ida Holm"),
                "BERGEN, May 12 - The council met on Monday.",
            ],
        );
    }
}
