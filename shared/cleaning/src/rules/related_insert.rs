//! Inserts that lead to other stories: a label, headlines, perhaps a teaser.

use super::Rule;
use crate::draft::{Draft, DraftLine, Fate};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "related-insert",
    doc: "an insert that leads to other stories: label, headlines, teaser",
    about: "Begins at a label alone on its line (\"Other Topics of Interest\", \"Lire aussi\"). With \
            it go the headlines behind it: links, numbered entries, headlines under their rank, or the one line that looks like \
            a headline. \"Recommended\", \"Hintergrund\" and the like are headings of stories as often, and \
            go beside a link, an entry or another line of a box, and behind the story. Where the same headline stands before and behind the label, both go, and \
            the teaser sentence behind them. \"More:\" alone goes where a link follows. A heading of \
            the story that is no such label stays, and so does every full paragraph. A headline in capitals, all of it a link, goes where it \
            stands between two paragraphs.",
    yields_from: None,
    apply,
};

/// Headlines and teasers of one insert at the most; ranks on lines of their own do not count.
const LIST_LINES: usize = 12;
/// Longest teaser, in words.
const TEASER_WORDS: usize = 40;
/// Longest teaser under a linked heading, in words.
const LINKED_TEASER_WORDS: usize = 22;

fn apply(draft: &mut Draft) {
    let mut at = 0;
    while at < draft.lines.len() {
        let line = &draft.lines[at];
        if matches!(line.fate, Fate::Removed { .. }) {
            at += 1;
            continue;
        }
        if is_label(line) && !draft.speaks_in_story(at) {
            take_insert(draft, at);
        } else if is_bare_pointer(draft, at) {
            draft.remove(at, RULE.id, "label of an insert");
        }
        at += 1;
    }
    for at in draft.kept() {
        if is_set_in_capitals(&draft.lines[at]) && stands_between_paragraphs(draft, at) {
            draft.remove(at, RULE.id, "headline of another story");
        }
    }
}

/// A headline in capitals, all of it a link: some papers set such lines between their paragraphs, and
/// nothing else in this form.
fn is_set_in_capitals(line: &DraftLine) -> bool {
    const LINK_SHARE: f32 = 0.9;
    const WORDS: usize = 4;
    line.link_share >= LINK_SHARE
        && line.words >= WORDS
        && line.level.is_none()
        && line.text.contains(char::is_uppercase)
        && !line.text.contains(char::is_lowercase)
}

fn stands_between_paragraphs(draft: &Draft, at: usize) -> bool {
    let is_story = |other: usize| draft.lines[other].is_story();
    let mut after = draft.kept_after(at, 2).into_iter();
    draft.kept_before(at).is_some_and(is_story) && after.any(is_story)
}

/// A label that says nothing else.
fn is_label(line: &DraftLine) -> bool {
    line.cues.is(Cue::Related) || is_weak_label(line)
}

/// A longer label, which could as well be a heading of the story: it goes only with its headlines.
fn is_weak_label(line: &DraftLine) -> bool {
    !line.cues.is(Cue::Related)
        && line.cues.begins(Cue::Related)
        && line.words <= 8
        && !line.ends_as_sentence()
        && line.text.ends_with(':')
}

/// A pointer with nothing behind its colon ("More:") and a link on the next line, which may have gone
/// already.
fn is_bare_pointer(draft: &Draft, at: usize) -> bool {
    let line = &draft.lines[at];
    let next = draft.lines.get(at + 1);
    line.cues.begins(Cue::Pointer)
        && line.words == 1
        && line.text.ends_with(':')
        && next.is_some_and(|next| next.is_link() && next.words >= 3)
}

fn take_insert(draft: &mut Draft, label: usize) {
    let is_weak = is_weak_label(&draft.lines[label]);
    let after = draft.kept_after(label, LIST_LINES);
    if let (Some(before), Some(first)) = (draft.kept_before(label), after.first())
        && same_text(&draft.lines[before], &draft.lines[*first])
    {
        draft.remove(label, RULE.id, "label of an insert");
        let reason = "headline of an insert, repeated around its label";
        draft.remove(before, RULE.id, reason);
        draft.remove(*first, RULE.id, "headline of an insert");
        take_teaser(draft, &after);
        return;
    }
    let untaken = draft.untaken_after(label, 2 * LIST_LINES);
    let allows_plain = !draft.lines[label].cues.is_weak;
    let has_headlines = take_headlines(draft, &untaken, allows_plain);
    if has_headlines || !is_weak {
        draft.remove(label, RULE.id, "label of an insert");
    }
}

/// The sentence behind a repeated headline, where the story goes on behind it.
fn take_teaser(draft: &mut Draft, after: &[usize]) {
    let [_, teaser, _, ..] = after else { return };
    let line = &draft.lines[*teaser];
    if line.words <= TEASER_WORDS && line.ends_as_sentence() {
        draft.remove(*teaser, RULE.id, "teaser of an insert");
    }
}

/// Takes the headlines behind a label, and the teaser under each that is a linked heading; whether
/// there are any. `allows_plain` is for a label that is nothing else: then one headline that is
/// neither link nor numbered counts.
fn take_headlines(draft: &mut Draft, after: &[usize], allows_plain: bool) -> bool {
    let mut under_linked_heading = false;
    let mut taken = 0;
    for (count, at) in after.iter().enumerate() {
        let is_rank_of = |rank: Option<&usize>, headline: Option<&usize>| {
            rank.zip(headline)
                .is_some_and(|(rank, headline)| draft.is_ranked(*rank, *headline))
        };
        let is_rank = is_rank_of(Some(at), after.get(count + 1));
        let before = count.checked_sub(1).and_then(|before| after.get(before));
        let is_ranked = is_rank_of(before, Some(at));
        let line = &draft.lines[*at];
        let is_teaser =
            under_linked_heading && line.words <= LINKED_TEASER_WORDS && line.ends_as_sentence();
        let is_entry =
            is_rank || is_ranked || line.is_link() || line.is_numbered() && line.is_headline_like();
        // In plain text a second headline could as well be a heading of the story.
        let is_first_headline =
            allows_plain && count == 0 && line.is_headline_like() && line.words >= 4;
        if taken == LIST_LINES || !is_entry && !is_first_headline && !is_teaser {
            return count > 0;
        }
        taken += usize::from(!is_rank);
        under_linked_heading = line.is_link() && line.level.is_some();
        let reason = if is_teaser {
            "teaser of an insert"
        } else {
            "headline of an insert"
        };
        draft.remove(*at, RULE.id, reason);
    }
    !after.is_empty()
}

fn same_text(one: &DraftLine, other: &DraftLine) -> bool {
    one.words >= 3 && one.text == other.text
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn headlines_in_capitals_between_paragraphs_go() {
        let clean = |line: &str| {
            let told = "<p>The council met on Monday and put off its vote on the harbour wall until the end of \
                        the month.</p>";
            let html = format!("{told}<p>{line}</p>{}", told.replace("Monday", "Friday"));
            let cleaned = crate::clean_html(&html, &crate::Hints::default());
            cleaned.expect("within limits").text.contains("HARBOUR")
        };
        assert!(!clean("<a href='/a'>WHY EELS ARE LATE IN THE HARBOUR</a>"));
        assert!(clean("WHY EELS ARE LATE IN THE HARBOUR"));
        assert!(clean("<a href='/a'>The HARBOUR and its eels</a>"));
    }

    #[test]
    fn teasers_under_linked_headings_go() {
        let html = "<p>One.</p><p>Related</p><h4><a href='/a'>Why eels are late</a></h4><p>Warm water held \
                    them back.</p><h4>What now?</h4><p>Two.</p>";
        let cleaned = crate::clean_html(html, &crate::Hints::default()).expect("within limits");
        assert_eq!(cleaned.text, "One.\n\nWhat now?\n\nTwo.");
    }

    #[test]
    fn a_pointer_goes_where_its_links_went() {
        let clean = |html| {
            let cleaned = crate::clean_html(html, &crate::Hints::default());
            cleaned.expect("within limits").text
        };
        let links = "<p>One.</p><p>More:</p><ul><li><a href='/a'>Why eels are late</a></li></ul><p>Two.</p>";
        assert!(!clean(links).contains("More:"));
        let list = "<p>One.</p><p>More:</p><ul><li>Eels from the lower weir</li></ul><p>Two.</p>";
        assert!(clean(list).contains("More:"));
    }

    #[test]
    fn inserts_go_and_headings_stay() {
        check(
            &RULE,
            &[
                (
                    "He left. / Port strike enters third week / Other Topics of Interest / Port strike \
                     enters third week / Crews want a say in rosters. / What happens next? / They wait.",
                    "He left. / What happens next? / They wait.",
                ),
                (
                    "Er ging. / Lesen Sie auch / Streik im Hafen geht in die dritte Woche / Sie warten.",
                    "Er ging. / Sie warten.",
                ),
                (
                    "She won. / Related stories / 1. Champion returns home / 2. How the final was won \
                     / The crowd cheered.",
                    "She won. / The crowd cheered.",
                ),
                (
                    "She won. / Related stories / #1 / Champion returns home / 2. / How the final was won \
                     / The crowd cheered.",
                    "She won. / The crowd cheered.",
                ),
                (
                    "Він пішов. / Читайте також: / Страйк у порту триває третій тиждень / Вони чекають.",
                    "Він пішов. / Вони чекають.",
                ),
            ],
            &[
                "Related work was shown in Bergen. / The artists met there.",
                "What happens next? / They wait for the ruling.",
                "The final score / 1 / Crews of the harbour / 2 / Crews of the town",
                "See also the ruling of 2019, the court said. / Nobody did.",
                "Recommended for: / Crews that sail at night and want their hands free for the ropes.",
            ],
        );
    }
}
