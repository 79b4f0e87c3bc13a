//! Copyright lines.

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "copyright-tail",
    doc: "a copyright or licence line",
    about: "A line that begins with a copyright sign and a year or name, or holds the rights phrase; a \
            line that begins with the word alone goes in the tail only. Reports on copyright stay.",
    yields_from: None,
    apply,
};

const LINE_WORDS: usize = 45;

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    draft.remove_where(RULE.id, "copyright or licence line", |at, line| {
        is_line(line, at >= tail)
    });
}

fn is_line(line: &DraftLine, in_tail: bool) -> bool {
    let bit = 1 << Cue::Copyright as u32;
    let begins = line.cues.start & bit != 0;
    let holds = line.cues.inside & bit != 0;
    let is_signed = line.text.starts_with(['©', 'Ⓒ']) && line.words <= 20;
    line.words <= LINE_WORDS
        && (line.cues.is(Cue::Copyright) && in_tail
            || holds && line.words <= 30
            || is_signed
            || in_tail && begins && !line.is_surely_told())
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn lines_go_and_reports_stay() {
        let story = "The council met on Monday and put off its vote on the harbour wall until the end of the month.";
        check(
            &RULE,
            &[
                (&format!("{story} / © 2024 Harbour News"), story),
                (
                    &format!("{story} / Copyright 2024 Harbour News. All rights reserved."),
                    story,
                ),
                (&format!("{story} / Alle Rechte vorbehalten."), story),
            ],
            &[
                "Copyright law must change, the minister said, before machines may read what people wrote for people.",
                &format!("Copyright is at the heart of it. / {story}"),
            ],
        );
    }
}
