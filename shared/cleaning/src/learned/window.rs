//! The newest stories of a source, and what repeats over them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::decisions::{Decisions, Verdict};
use super::print::{BlockPrint, Fingerprint, StoryPrint};

/// Stories of a source that are remembered (in each partition of the input).
pub const WINDOW_STORIES: usize = 60;

/// Other stories that a block must stand in.
const STORIES: usize = 5;
/// Share of the other stories that a block must stand in, and that a long one must.
const SHARE: f32 = 0.2;
const LONG_SHARE: f32 = 0.35;
/// From so many words on a block is long: a paragraph rather than a line.
const LONG_WORDS: u16 = 25;
/// Stories that share more of their words than this are one story, sent again.
const SAME_STORY: f32 = 0.4;
/// Titles that share more of their words than this name one story.
const SAME_TITLE: f32 = 0.6;
/// Where more of the stories with a block share a word of their titles than this, it is about their
/// subject.
const ONE_SUBJECT: f32 = 0.5;

/// A block of a story that is boilerplate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learned {
    /// The block.
    pub fingerprint: Fingerprint,
    /// Other stories of the source that it stands in.
    pub stories: usize,
    /// How many other stories are remembered.
    pub of: usize,
    /// Somebody decided it.
    pub is_pinned: bool,
}

impl Learned {
    /// Why the block goes, in words.
    pub fn reason(&self) -> String {
        let Self {
            fingerprint,
            stories,
            of,
            is_pinned,
        } = self;
        if *is_pinned {
            return format!("block {fingerprint} is pinned as no part of stories");
        }
        format!(
            "block {fingerprint} stands in {stories} of the last {of} other stories of the source"
        )
    }
}

/// A block that repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// The block.
    pub fingerprint: Fingerprint,
    /// Stories that it stands in.
    pub stories: usize,
    /// Stories that are remembered.
    pub of: usize,
    /// Whether that makes it boilerplate.
    pub is_learned: bool,
}

/// A story that is remembered.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    story: String,
    /// Number of the first story that is the same as this one.
    group: u64,
    print: StoryPrint,
}

/// The newest stories of one source, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceWindow {
    seen: BTreeMap<u64, Seen>,
    numbers: HashMap<String, u64>,
}

impl SourceWindow {
    /// Puts a story back that was remembered before, under its number and group.
    pub fn restore(&mut self, story: &str, (number, group): (u64, u64), print: StoryPrint) {
        let story = story.to_owned();
        self.numbers.insert(story.clone(), number);
        self.seen.insert(
            number,
            Seen {
                story,
                group,
                print,
            },
        );
    }

    /// Remembers a story as it is now. A story that is known keeps its place: it counts once, however
    /// often it comes. Gives its number and group.
    pub fn see(&mut self, story: &str, mut print: StoryPrint) -> (u64, u64) {
        let next = || self.seen.keys().next_back().map_or(0, |last| last + 1);
        let number = self.numbers.get(story).copied().unwrap_or_else(next);
        let group = self.group_of(story, &print).unwrap_or(number);
        let before = self
            .seen
            .get(&number)
            .and_then(|seen| seen.print.page.as_ref());
        if let Some(page) = &mut print.page {
            page.usual = before.and_then(|page| page.usual.clone());
        }
        self.restore(story, (number, group), print);
        let is_newest = self.seen.keys().next_back() == Some(&number);
        let usual = is_newest.then(|| self.usual_before_drift());
        let page = self
            .seen
            .get_mut(&number)
            .and_then(|seen| seen.print.page.as_mut());
        if let (Some(usual), Some(page)) = (usual, page) {
            page.usual = usual;
        }
        (number, group)
    }

    /// What is remembered of a story.
    pub fn print_of(&self, story: &str) -> Option<&StoryPrint> {
        let number = self.numbers.get(story)?;
        self.seen.get(number).map(|seen| &seen.print)
    }

    /// Forgets a story, where it is known.
    pub fn forget(&mut self, story: &str) {
        if let Some(number) = self.numbers.remove(story) {
            self.seen.remove(&number);
        }
    }

    /// Forgets the oldest stories beyond the limit; gives their ids.
    pub fn forget_oldest(&mut self) -> Vec<String> {
        let mut forgotten = Vec::new();
        while self.seen.len() > WINDOW_STORIES {
            let Some((_, seen)) = self.seen.pop_first() else {
                break;
            };
            self.numbers.remove(&seen.story);
            forgotten.push(seen.story);
        }
        forgotten
    }

    /// How many stories are remembered.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Ids of the stories that are remembered, the oldest first.
    pub fn stories(&self) -> impl Iterator<Item = &str> {
        self.seen.values().map(|seen| seen.story.as_str())
    }

    /// What the pages of the stories were like, the oldest first.
    pub(super) fn pages(&self) -> impl Iterator<Item = &super::PageFigures> {
        self.seen
            .values()
            .filter_map(|seen| seen.print.page.as_ref())
    }

    /// Takes the pages of the stories that `had_come` for the usual ones, where they were unlike those
    /// before: what was usual until then is forgotten. Tells whether they were.
    pub fn accept_layout(&mut self, had_come: impl Fn(&str) -> bool) -> bool {
        let pages = self
            .seen
            .values()
            .filter(|seen| had_come(&seen.story))
            .filter_map(|seen| seen.print.page.as_ref());
        let Some(usual) = pages.last().and_then(|page| page.usual.clone()) else {
            return false;
        };
        for seen in self.seen.values_mut() {
            match &mut seen.print.page {
                // Also what came later and was told from what is no longer usual.
                Some(page) if page.usual.as_ref() == Some(&usual) => page.usual = None,
                page if had_come(&seen.story) => *page = None,
                _ => {}
            }
        }
        true
    }

    /// The blocks of a story that are boilerplate, by what the other stories hold and what people
    /// decided for this source.
    pub fn learned(
        &self,
        story: &str,
        print: &StoryPrint,
        decisions: &SourceDecisions<'_>,
    ) -> Vec<Learned> {
        let own = self.group_of(story, print);
        let of = self.groups(own);
        let judged = print.blocks.iter().filter_map(|block| {
            let verdict = decisions.of(block.fingerprint);
            let carriers = self.carriers(block.fingerprint, own);
            let stories = groups_of(&carriers).len();
            let is_learned =
                is_boilerplate(block, stories, of) && !self.is_one_subject(&carriers, print);
            let goes = match verdict {
                Some(Verdict::Pin) => true,
                Some(Verdict::Veto) => false,
                None => is_learned,
            };
            goes.then_some(Learned {
                fingerprint: block.fingerprint,
                stories,
                of,
                is_pinned: verdict == Some(Verdict::Pin),
            })
        });
        judged.collect()
    }

    /// The blocks that stand in more than one story.
    pub fn repeats(&self) -> Vec<Repeat> {
        let mut blocks: HashMap<Fingerprint, BlockPrint> = HashMap::new();
        for seen in self.seen.values() {
            blocks.extend(
                seen.print
                    .blocks
                    .iter()
                    .map(|block| (block.fingerprint, *block)),
            );
        }
        let of = self.groups(None);
        let nobody = StoryPrint::default();
        let mut repeats: Vec<Repeat> = blocks
            .into_iter()
            .map(|(fingerprint, block)| {
                let carriers = self.carriers(fingerprint, None);
                let stories = groups_of(&carriers).len();
                Repeat {
                    fingerprint,
                    stories,
                    of,
                    is_learned: is_boilerplate(&block, stories, of)
                        && !self.is_one_subject(&carriers, &nobody),
                }
            })
            .filter(|repeat| repeat.stories > 1)
            .collect();
        repeats.sort_by_key(|repeat| (std::cmp::Reverse(repeat.stories), repeat.fingerprint));
        repeats
    }

    /// Whether a block stood in another story before.
    pub fn repeats_block(&self, story: &str, fingerprint: Fingerprint) -> bool {
        self.seen
            .values()
            .any(|seen| seen.story != story && seen.print.has(fingerprint))
    }

    /// The group of an earlier story that is the same as this one.
    fn group_of(&self, story: &str, print: &StoryPrint) -> Option<u64> {
        let others = self.seen.values().filter(|seen| seen.story != story);
        let mut same = others.filter(|seen| is_same_story(&seen.print, print));
        let own = self
            .numbers
            .get(story)
            .and_then(|number| self.seen.get(number));
        same.next()
            .map(|seen| seen.group)
            .or_else(|| own.map(|seen| seen.group))
    }

    fn groups(&self, without: Option<u64>) -> usize {
        let groups = self.seen.values().map(|seen| seen.group);
        groups
            .filter(|group| Some(*group) != without)
            .collect::<BTreeSet<_>>()
            .len()
    }

    /// The other stories that a block stands in.
    fn carriers(&self, fingerprint: Fingerprint, own: Option<u64>) -> Vec<&Seen> {
        let others = self.seen.values().filter(|seen| Some(seen.group) != own);
        others.filter(|seen| seen.print.has(fingerprint)).collect()
    }

    /// Whether the stories with a block are about one thing: a word stands in most of their titles,
    /// and not in as many of the other titles of the source.
    fn is_one_subject(&self, carriers: &[&Seen], print: &StoryPrint) -> bool {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        let titles = carriers.iter().map(|seen| &seen.print.title);
        let titles: Vec<&Vec<u32>> = titles
            .chain([&print.title])
            .filter(|title| !title.is_empty())
            .collect();
        for word in titles.iter().flat_map(|title| title.iter()) {
            *counts.entry(*word).or_default() += 1;
        }
        let share_of_all = |word: u32| {
            let has = self
                .seen
                .values()
                .filter(|seen| seen.print.title.contains(&word))
                .count();
            has as f32 / self.seen.len().max(1) as f32
        };
        counts.into_iter().any(|(word, count)| {
            let share = count as f32 / titles.len().max(1) as f32;
            // A word that stands in all titles of a source ("Update:") is no subject.
            count > 1 && share > ONE_SUBJECT && share_of_all(word) < 0.8 * share
        })
    }
}

/// The decisions about the blocks of one source.
#[derive(Debug, Clone, Copy)]
pub struct SourceDecisions<'a> {
    decisions: &'a Decisions,
    source: &'a str,
}

impl SourceDecisions<'_> {
    fn of(&self, block: Fingerprint) -> Option<Verdict> {
        self.decisions.of(self.source, block)
    }
}

impl Decisions {
    /// Those about the blocks of one source.
    pub fn for_source<'a>(&'a self, source: &'a str) -> SourceDecisions<'a> {
        SourceDecisions {
            decisions: self,
            source,
        }
    }
}

fn groups_of(carriers: &[&Seen]) -> BTreeSet<u64> {
    carriers.iter().map(|seen| seen.group).collect()
}

fn is_boilerplate(block: &BlockPrint, stories: usize, of: usize) -> bool {
    let share = if block.words >= LONG_WORDS {
        LONG_SHARE
    } else {
        SHARE
    };
    stories >= STORIES && stories as f32 >= share * of as f32
}

/// Whether two records tell the same story: the wire sent it again, under another id.
fn is_same_story(one: &StoryPrint, other: &StoryPrint) -> bool {
    let shared: u32 = one
        .blocks
        .iter()
        .filter(|block| other.has(block.fingerprint))
        .map(|block| u32::from(block.words))
        .sum();
    let longer = one.words.max(other.words);
    if longer > 0 && shared as f32 > SAME_STORY * longer as f32 {
        return true;
    }
    let common = one
        .title
        .iter()
        .filter(|word| other.title.contains(word))
        .count();
    let all = one.title.len() + other.title.len() - common;
    common > 1 && common as f32 > SAME_TITLE * all as f32
}

#[cfg(test)]
mod tests {
    use wiredesk_model::Block;

    use super::*;

    const BOX: &str = "The morning letter brings the harbour to your kitchen table.";
    const TITLES: [&str; 8] = [
        "Ferry sails again",
        "Bakery opens doors",
        "Choir wins prize",
        "Quay closed until spring",
        "Early thaw surprises skaters",
        "Museum finds lost painting",
        "Teachers demand smaller classes",
        "Lighthouse keeper retires",
    ];

    /// A story of its own, with `BOX` at its end where it has one.
    fn print(title: &str, last: &str) -> StoryPrint {
        let body: String = title
            .split(' ')
            .map(|word| format!("{word} {word}x {word}y {word}z and "))
            .collect();
        StoryPrint::of(title, &[Block::paragraph(body), Block::paragraph(last)])
    }

    fn window(titles: &[&str], last: &str) -> SourceWindow {
        let mut window = SourceWindow::default();
        for title in titles {
            window.see(title, print(title, last));
        }
        window
    }

    fn learned(window: &SourceWindow, story: &str, print: &StoryPrint) -> Vec<Learned> {
        window.learned(story, print, &Decisions::default().for_source("post"))
    }

    #[test]
    fn a_block_of_many_stories_is_learned_and_never_on_first_sight() {
        for known in 0..=6 {
            let found = learned(
                &window(&TITLES[..known], BOX),
                "new",
                &print("Storm takes pier", BOX),
            );
            assert_eq!(
                found.len(),
                usize::from(known >= STORIES),
                "{known} stories before"
            );
        }
    }

    #[test]
    fn a_story_that_is_sent_again_counts_once() {
        let story = print(TITLES[0], BOX);
        let mut window = SourceWindow::default();
        for id in 0..20 {
            // The same story under ever new ids, and one of them ever again.
            window.see(&format!("id-{id}"), story.clone());
            window.see("id-0", story.clone());
        }
        assert_eq!(learned(&window, "id-20", &story), []);
        assert_eq!(learned(&window, "new", &print("Storm takes pier", BOX)), []);
        assert!(window.repeats().is_empty(), "{:?}", window.repeats());
    }

    #[test]
    fn background_of_one_subject_belongs_to_its_stories() {
        let background =
            "The strike began when the owners of the line cut the pay of the crews by a tenth.";
        let titles = [
            "Strike: crews meet minister",
            "Owners reject offer as strike goes on",
            "Strike empties shops",
            "Second week of strike begins",
            "Families feel the strike",
            "Strike ends after talks",
        ];
        let mut window = window(
            &TITLES,
            "Something else that is said once in a while, each time anew.",
        );
        for title in titles {
            window.see(title, print(title, background));
        }
        let fresh = print("After the strike the boats are full", background);
        assert_eq!(learned(&window, "new", &fresh), []);
    }

    #[test]
    fn people_decide_in_the_end() {
        let block = Fingerprint::of(BOX);
        let decided = |verdict| {
            Decisions::new(&[Decision {
                source: "post".to_owned(),
                block,
                verdict,
                text: None,
            }])
        };
        let fresh = print("Storm takes pier", BOX);
        let full = window(&TITLES, BOX);
        assert_eq!(
            full.learned("new", &fresh, &decided(Verdict::Veto).for_source("post")),
            []
        );
        assert_eq!(
            full.learned("new", &fresh, &decided(Verdict::Veto).for_source("other"))
                .len(),
            1
        );
        let empty = SourceWindow::default();
        let found = empty.learned("new", &fresh, &decided(Verdict::Pin).for_source("post"));
        assert!(found[0].is_pinned && found[0].reason().contains("is pinned"));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgets() {
        let mut window = window(&TITLES, BOX);
        assert_eq!(window.repeats()[0].stories, TITLES.len());
        let mut forgotten = Vec::new();
        for number in 0..WINDOW_STORIES {
            let word = |step: usize| char::from(b'a' + (number / step % 26) as u8);
            let title = format!("{}{}ary {}{}ong", word(1), word(26), word(26), word(1));
            window.see(
                &title,
                print(
                    &title,
                    &format!("No box in the story that is called {title}."),
                ),
            );
            forgotten.extend(window.forget_oldest());
        }
        assert_eq!(forgotten, TITLES);
        assert_eq!(window.stories().count(), WINDOW_STORIES);
        assert_eq!(learned(&window, "new", &print("Storm takes pier", BOX)), []);
    }

    #[test]
    fn what_was_remembered_comes_back_as_it_was() {
        let mut window = SourceWindow::default();
        let mut restored = SourceWindow::default();
        for title in TITLES {
            let place = window.see(title, print(title, BOX));
            restored.restore(title, place, print(title, BOX));
        }
        assert_eq!(window, restored);
    }

    use super::super::Decision;
}
