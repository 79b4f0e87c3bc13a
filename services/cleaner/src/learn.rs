//! Takes what was learned out of a story.

use wiredesk_cleaning::{Fingerprint, Learned};
use wiredesk_model::{CleanStory, Removal, count_words};

/// Id in removals of what was learned.
const RULE: &str = "learned";

/// Takes blocks out, each with the evidence. `sources` says where each block stands in the input.
/// Where more than half of the words would go, only what somebody pinned does: a text of nothing but
/// repetitions is a form, and its reader wants it. Tells whether anything changed.
pub(crate) fn take_out(
    story: &mut CleanStory,
    sources: &[(u64, u64)],
    learned: &[Learned],
) -> bool {
    let marked = marked(story, learned);
    if marked.iter().all(Option::is_none) {
        return false;
    }
    // Blocks that stand before each old block once the others are gone.
    let mut kept_before = vec![0u32];
    for mark in &marked {
        let last = kept_before.last().copied().unwrap_or_default();
        kept_before.push(last + u32::from(mark.is_none()));
    }
    let moved = |old: u32| {
        let place = (old as usize).min(marked.len());
        kept_before[place]
    };
    for removal in &mut story.removed {
        removal.after_block = moved(removal.after_block);
    }
    for media in &mut story.media {
        media.after_block = moved(media.after_block);
    }
    let mut kept = Vec::with_capacity(story.blocks.len());
    for (at, block) in std::mem::take(&mut story.blocks).into_iter().enumerate() {
        let Some(learned) = marked[at] else {
            kept.push(block);
            continue;
        };
        let source = sources.get(at);
        story.removed.push(Removal {
            rule: RULE.to_owned(),
            reason: learned.reason(),
            text: block.text,
            after_block: kept.len() as u32,
            start: source.map(|source| source.0),
            end: source.map(|source| source.1),
        });
    }
    story.blocks = kept;
    story
        .removed
        .sort_by_key(|removal| (removal.after_block, removal.start));
    let texts: Vec<&str> = story.blocks.iter().map(|one| one.text.as_str()).collect();
    story.text = texts.join("\n\n");
    true
}

/// The blocks that go, each with what was learned of it.
fn marked<'l>(story: &CleanStory, learned: &'l [Learned]) -> Vec<Option<&'l Learned>> {
    let words = |text: &str| count_words(text) as usize;
    let marked: Vec<Option<&Learned>> = story
        .blocks
        .iter()
        .map(|block| {
            let fingerprint = Fingerprint::of_block(block)?;
            learned.iter().find(|one| one.fingerprint == fingerprint)
        })
        .collect();
    let all: usize = story.blocks.iter().map(|block| words(&block.text)).sum();
    let going: usize = story
        .blocks
        .iter()
        .zip(&marked)
        .filter(|(_, mark)| mark.is_some())
        .map(|(block, _)| words(&block.text))
        .sum();
    let is_too_much = going * 2 > all;
    marked
        .into_iter()
        .map(|mark| mark.filter(|learned| learned.is_pinned || !is_too_much))
        .collect()
}

#[cfg(test)]
mod tests {
    use wiredesk_model::Block;

    use super::*;
    use crate::story::tests::clean_story;

    const BOX: &str = "The morning letter brings the harbour to your kitchen table.";

    fn learned(text: &str, is_pinned: bool) -> Learned {
        Learned {
            fingerprint: Fingerprint::of(text),
            stories: 9,
            of: 12,
            is_pinned,
        }
    }

    fn removal(text: &str, after_block: u32, start: u64) -> Removal {
        Removal {
            rule: "r".to_owned(),
            reason: "because".to_owned(),
            text: text.to_owned(),
            after_block,
            start: Some(start),
            end: Some(start + 1),
        }
    }

    #[test]
    fn blocks_go_with_their_evidence_and_the_others_keep_their_order() {
        let long =
            "Nine boats left the quay at dawn for the first race of the season, and all came back.";
        let mut story = clean_story(&[long, BOX, long]);
        story.removed = vec![removal("ad", 1, 20), removal("tail", 3, 90)];
        let sources = [(0, 10), (30, 40), (50, 60)];
        assert!(take_out(&mut story, &sources, &[learned(BOX, false)]));
        assert_eq!(story.text, format!("{long}\n\n{long}"));
        let told: Vec<(&str, u32, Option<u64>)> = story
            .removed
            .iter()
            .map(|one| (one.rule.as_str(), one.after_block, one.start))
            .collect();
        assert_eq!(
            told,
            [
                ("r", 1, Some(20)),
                ("learned", 1, Some(30)),
                ("r", 2, Some(90))
            ]
        );
        assert!(story.removed[1].reason.contains("9 of the last 12"));
    }

    #[test]
    fn a_story_of_little_else_stays_unless_somebody_decided() {
        let mut story = clean_story(&["Short and new, this one.", BOX]);
        let before = story.clone();
        assert!(!take_out(&mut story, &[], &[learned(BOX, false)]));
        assert_eq!(story, before);
        assert!(take_out(&mut story, &[], &[learned(BOX, true)]));
        assert_eq!(story.blocks, [Block::paragraph("Short and new, this one.")]);
    }
}
