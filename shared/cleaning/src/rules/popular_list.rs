//! Lists of what others read.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "popular-list",
    doc: "a most-read or latest-news list",
    about: "Begins at a label alone on its line (\"Most read\", \"Meistgelesen\"), and goes only with \
            at least one entry behind it: a link, a line that begins with its rank, or a headline \
            under its rank. A chapter \
            called \"Latest news\" with paragraphs behind it stays.",
    yields_from: None,
    apply,
};

/// Entries of one list at the most.
const ENTRIES: usize = 12;

fn apply(draft: &mut Draft) {
    for label in 0..draft.lines.len() {
        let line = &draft.lines[label];
        if !line.is_kept() || !line.cues.is(Cue::Popular) {
            continue;
        }
        let places = draft.kept_after(label, 2 * ENTRIES);
        let entries = draft.entries(&places, ENTRIES, is_entry);
        if entries.is_empty() {
            continue;
        }
        draft.remove(label, RULE.id, "label of a list of other stories");
        for at in entries {
            draft.remove(at, RULE.id, "entry of a list of other stories");
        }
    }
}

fn is_entry(line: &DraftLine) -> bool {
    line.is_link()
        || line.is_headline_like()
            && !line.is_rank()
            && (line.is_numbered() || line.text.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn lists_go_and_chapters_stay() {
        check(
            &RULE,
            &[
                (
                    "He left. / Most read / 1 Champion returns home / 2 How the final was won / They wait.",
                    "He left. / They wait.",
                ),
                (
                    "Er ging. / Meistgelesen / 1. Meister kehrt heim / Sie warten.",
                    "Er ging. / Sie warten.",
                ),
                (
                    "He left. / Most read / #1 Champion returns home / ② How the final was won / • Ten years of it",
                    "He left.",
                ),
                (
                    "He left. / Most read / 1 / Champion returns home / #2 / How the final was won / ③ / Ten years \
                     of it / • / The keeper who stayed / They wait.",
                    "He left. / They wait.",
                ),
                ("رحل. / الأكثر قراءة / ١ البطل يعود إلى الوطن", "رحل."),
            ],
            &[
                "Latest news / The court met on Monday and ruled within an hour.",
                "Trending / Upwards, she said.",
                "Most read / 1 / That is what the counter showed on Monday, she said.",
            ],
        );
    }
}
