//! Newsletter and app boxes.

use super::Rule;
use crate::draft::{Draft, DraftLine, Fate};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "newsletter-box",
    doc: "a newsletter or app box: the invitation, its field, its small print",
    about: "The line is one of the box's own phrases, or invites the reader (\"Sign up for our …\") in \
            the paper's own voice. In the tail, and beside another line of the box, one cue is \
            enough. News about newsletters is told in the third person and stays.",
    yields_from: None,
    apply,
};

/// Longest line of a box, in words.
const BOX_WORDS: usize = 45;
/// Longest heading of a box, in words.
const HEADING_WORDS: usize = 8;

fn apply(draft: &mut Draft) {
    let tail = draft.tail_start();
    let reason = "invites to a newsletter or an app";
    draft.remove_where(RULE.id, reason, |at, line| {
        is_sure(line) || at >= tail && is_likely(line)
    });
    // What stands beside a line of the box, and could be its field or small print, is part of it.
    for at in 1..draft.lines.len() {
        let near = is_ours(draft, at - 1) || at + 1 < draft.lines.len() && is_ours(draft, at + 1);
        if near && is_likely(&draft.lines[at]) {
            draft.remove(at, RULE.id, "part of a newsletter or app box");
        }
    }
    take_headings(draft);
}

/// The heading of a box: a heading with nothing but the box below it.
fn take_headings(draft: &mut Draft) {
    for at in 1..draft.lines.len() {
        let is_box = is_ours(draft, at);
        let heading = &draft.lines[at - 1];
        if is_box && heading.is_kept() && heading.level.is_some() && heading.words <= HEADING_WORDS
        {
            draft.remove(at - 1, RULE.id, "heading of a newsletter or app box");
        }
    }
}

fn is_ours(draft: &Draft, at: usize) -> bool {
    matches!(draft.lines[at].fate, Fate::Removed { rule, .. } if rule == RULE.id)
}

fn is_sure(line: &DraftLine) -> bool {
    let speaks_for_the_paper = line.cues.inside & BOX != 0;
    let invites = line.cues.start & BOX != 0;
    is_short(line)
        && (line.cues.is(Cue::Newsletter) && line.words >= 2 || invites && speaks_for_the_paper)
}

fn is_likely(line: &DraftLine) -> bool {
    is_short(line) && (line.cues.has(Cue::Newsletter) || line.cues.has(Cue::App))
}

fn is_short(line: &DraftLine) -> bool {
    line.words <= BOX_WORDS && !line.is_surely_told()
}

const BOX: u32 = 1 << Cue::Newsletter as u32 | 1 << Cue::App as u32;

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn boxes_go_and_news_about_newsletters_stays() {
        check(
            &RULE,
            &[
                (
                    "He left. / Sign up for our daily newsletter. / Your email address / They wait.",
                    "He left. / They wait.",
                ),
                (
                    "Er ging. / Melden Sie sich für unseren Newsletter an! / Sie warten.",
                    "Er ging. / Sie warten.",
                ),
                (
                    "Il part. / Abonnez-vous à notre newsletter / On attend.",
                    "Il part. / On attend.",
                ),
            ],
            &[
                "Some 40,000 people signed up for its newsletter within a week.",
                "Join the queue early, the museum advises its visitors. / The doors open at nine, a spokeswoman \
                 for the museum said, and close again at the end of the day.",
                "Get the ball, he shouted. / They did, and the goal that followed won the match for the home \
                 side in the last minute.",
            ],
        );
    }
}
