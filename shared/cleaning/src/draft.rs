//! The story under work: its lines, and what rules have decided of each.

use wiredesk_model::{BlockKind, CreditRole, count_words};

use crate::phrases::{Cue, Cues, cues_of};

/// What has been decided of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fate {
    /// Part of the story.
    Kept,
    /// Not part of the story; stands there so that rules see the neighbours. Rules may name it.
    Outside {
        /// Rule id to report where no other names it.
        rule: &'static str,
        /// Why, in words.
        reason: &'static str,
        /// Whether it stands behind the body; then it is reported only where a rule names it.
        is_tail: bool,
    },
    /// Taken out by a rule.
    Removed {
        /// Id of the rule.
        rule: &'static str,
        /// Why, in words.
        reason: &'static str,
    },
}

/// A line of the story under work.
#[derive(Debug, Clone)]
pub(crate) struct DraftLine {
    pub text: String,
    pub kind: BlockKind,
    /// Heading level, on headings.
    pub level: Option<u8>,
    pub cues: Cues,
    pub words: usize,
    /// Share of its text inside links, 0 to 1; 0 in plain text.
    pub link_share: f32,
    /// First byte in the input, and first byte behind it.
    pub source: (u32, u32),
    /// Only a line break stands between it and the line before.
    pub after_break: bool,
    /// How sure the model is that the line is body; none where no model was asked.
    pub certainty: Option<f32>,
    pub fate: Fate,
}

impl DraftLine {
    /// A kept line.
    pub(crate) fn new(text: String, kind: BlockKind, source: (u32, u32)) -> Self {
        Self {
            cues: cues_of(&text),
            words: text.split_whitespace().count(),
            text,
            kind,
            level: None,
            link_share: 0.0,
            source,
            after_break: false,
            certainty: None,
            fate: Fate::Kept,
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.fate == Fate::Kept
    }

    /// Whether it ends as a sentence does.
    pub(crate) fn ends_as_sentence(&self) -> bool {
        ends_as_sentence(&self.text)
    }

    /// Whether it could be a headline: short, and no sentence with its full stop.
    pub(crate) fn is_headline_like(&self) -> bool {
        let end = self.text.trim_end_matches(['"', '”', '’', '»', ')']);
        self.words <= 22 && !end.ends_with(['.', ':', ';', ',', '。'])
    }

    /// Whether it is a long line of which the model, which sees the cues too, has no doubt; never
    /// where it was not asked.
    pub(crate) fn is_surely_told(&self) -> bool {
        const NO_DOUBT: f32 = 0.75;
        const LONG_WORDS: usize = 20;
        self.words >= LONG_WORDS && self.certainty > Some(NO_DOUBT)
    }

    /// Whether it asks the reader for something in the words of `cue`: it begins with one of them
    /// and holds another, or has one in the tail. One cue is less than what the model sees in a
    /// long line; two of them are more.
    pub(crate) fn asks(&self, cue: Cue, in_tail: bool) -> bool {
        let bit = 1 << cue as u32;
        let begins = self.cues.start & bit != 0;
        let holds = self.cues.inside & bit != 0;
        begins && holds || in_tail && (begins || holds) && !self.is_surely_told()
    }

    /// Whether it is mostly a link.
    pub(crate) fn is_link(&self) -> bool {
        self.link_share > 0.6
    }

    /// Whether somebody says it: it stands in quotation marks, or behind the dash of a dialogue; or
    /// it is a sentence of a few words.
    fn is_spoken(&self) -> bool {
        let is_sentence = self.ends_as_sentence();
        let opens = self
            .text
            .starts_with(['"', '“', '„', '«', '»', '‘', '‚', '「', '『', '”']);
        let is_dialogue = self.text.starts_with(['–', '—', '-']) && is_sentence;
        // A short question is the page's as often: "Already a subscriber?".
        opens || is_dialogue || is_sentence && self.words <= 3 && !self.text.ends_with('?')
    }

    /// Whether it is part of a box, as far as it can be told from the line alone.
    fn is_of_box(&self) -> bool {
        self.is_link()
            || !self.is_kept()
            || self.cues.whole != 0 && !self.cues.is_weak
            || self.is_numbered() && self.is_headline_like()
            || self.is_rank()
    }

    /// Whether it begins with its rank in a list, or a bullet.
    pub(crate) fn is_numbered(&self) -> bool {
        if self.text.starts_with(BULLETS) {
            return true;
        }
        let behind = self
            .text
            .trim_start_matches('#')
            .trim_start_matches(char::is_numeric);
        behind.len() < self.text.len() && behind.starts_with(['.', ')', ' ', '、', '．'])
    }

    /// Whether it is nothing but its rank in a list, or a bullet: `1`, `#2`, `03.`, `④`, `•`.
    pub(crate) fn is_rank(&self) -> bool {
        const BYTES: usize = 12;
        const DIGITS: usize = 2;
        if self.words != 1 || self.text.len() > BYTES {
            return false;
        }
        let bare = self.text.trim_start_matches('#');
        let bare = bare.trim_end_matches(['.', ')', ':', '、', '．']);
        let is_bullet =
            self.text.len() <= 4 && BULLETS.iter().any(|one| self.text.starts_with(*one));
        is_bullet
            || !bare.is_empty()
                && bare.chars().all(char::is_numeric)
                && bare.chars().count() <= DIGITS
    }

    /// Whether it is a paragraph in a script that sets no spaces, where white space counts nothing.
    fn is_long_unspaced(&self) -> bool {
        self.text.len() >= UNSPACED_BYTES && count_words(&self.text) >= UNSPACED_WORDS
    }

    /// Whether it is surely told by the story: a paragraph with sentences, and no cue of a box.
    pub(crate) fn is_story(&self) -> bool {
        const BOXES: [Cue; 8] = [
            Cue::Newsletter,
            Cue::App,
            Cue::Share,
            Cue::Follow,
            Cue::Correction,
            Cue::Copyright,
            Cue::Paywall,
            Cue::SignOff,
        ];
        (self.words >= STORY_WORDS || self.is_long_unspaced())
            && self.link_share < 0.5
            && self.ends_as_sentence()
            && !BOXES.iter().any(|cue| self.cues.has(*cue))
    }
}

/// Signs that set the entries of a list apart.
const BULLETS: [char; 7] = ['•', '▪', '‣', '■', '►', '●', '◦'];
/// A paragraph of a story has so many words.
const STORY_WORDS: usize = 15;
/// The same where each sign, or every few letters, count as a word.
const UNSPACED_WORDS: u64 = 25;
/// A shorter text has fewer.
const UNSPACED_BYTES: usize = 75;

/// Whether a text ends as a sentence does.
pub(crate) fn ends_as_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』'])
        .ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '؟'])
}

/// A share that any JSON reader gives back as it was written.
pub(crate) fn in_hundredths(share: f32) -> f64 {
    f64::from((share * 100.0).round()) / 100.0
}

/// The story under work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    pub lines: Vec<DraftLine>,
    /// Title of the story, where it is known.
    pub title: Option<String>,
    /// What the item says in fields of its own.
    pub fields: Vec<String>,
    /// Places of the lines that are credits, as long as a rule takes them out.
    pub credits: Vec<(usize, CreditRole)>,
    /// Byline that stood in the text.
    pub byline: Option<String>,
}

impl Draft {
    /// Places of the lines that are still part of the story.
    pub(crate) fn kept(&self) -> Vec<usize> {
        (0..self.lines.len())
            .filter(|at| self.lines[*at].is_kept())
            .collect()
    }

    /// The nearest kept line before `at`. Looks back a few lines only, so that a text of nothing but
    /// boilerplate takes no longer than another.
    pub(crate) fn kept_before(&self, at: usize) -> Option<usize> {
        const BACK: usize = 32;
        (at.saturating_sub(BACK)..at)
            .rev()
            .find(|other| self.lines[*other].is_kept())
    }

    /// The next kept lines behind `at`, `count` at the most.
    pub(crate) fn kept_after(&self, at: usize, count: usize) -> Vec<usize> {
        self.after(at, count, DraftLine::is_kept)
    }

    /// The next lines behind `at` that no rule has taken, kept or left out by the model.
    pub(crate) fn untaken_after(&self, at: usize, count: usize) -> Vec<usize> {
        self.after(at, count, |line| !matches!(line.fate, Fate::Removed { .. }))
    }

    fn after(&self, at: usize, count: usize, is_meant: impl Fn(&DraftLine) -> bool) -> Vec<usize> {
        const FORTH: usize = 64;
        let end = (at + 1 + count + FORTH).min(self.lines.len());
        (at + 1..end)
            .filter(|other| is_meant(&self.lines[*other]))
            .take(count)
            .collect()
    }

    /// How sure the model is of the kept lines, word by word; none where it was not asked.
    pub(crate) fn confidence(&self) -> Option<f64> {
        let kept = self.lines.iter().filter(|line| line.is_kept());
        let judged = kept.filter_map(|line| Some((line.certainty?, line.words as f32)));
        let (sum, words) = judged.fold((0.0, 0.0), |(sum, all), (certainty, words)| {
            (sum + certainty * words, all + words)
        });
        (words > 0.0).then(|| in_hundredths(sum / words))
    }

    /// Place behind the last line that surely belongs to the story. What stands there or later is
    /// its tail.
    pub(crate) fn tail_start(&self) -> usize {
        self.lines
            .iter()
            .rposition(|line| line.is_kept() && line.is_story())
            .map_or(self.lines.len(), |last| last + 1)
    }

    /// Whether a line that is just a phrase is more likely a word of the story: an answer in
    /// quotation marks, or a phrase that is a heading as often, with nothing of a box beside it.
    pub(crate) fn speaks_in_story(&self, at: usize) -> bool {
        let line = &self.lines[at];
        if line.cues.whole == 0 || !(line.cues.is_weak || line.is_spoken()) {
            return false;
        }
        let is_above_story = self
            .lines
            .get(at + 1)
            .is_some_and(|next| next.is_kept() && next.is_story());
        if line.level.is_some() && is_above_story {
            return true;
        }
        let mut beside = [at.checked_sub(1), Some(at + 1)]
            .into_iter()
            .filter_map(|place| self.lines.get(place?));
        !beside.any(DraftLine::is_of_box) && self.is_amid(at)
    }

    /// Whether the story goes on behind a line; looks a few lines far only. Where no line is surely
    /// told by a story, nothing says where it ends.
    fn is_amid(&self, at: usize) -> bool {
        const FAR: usize = 64;
        let told = |line: &DraftLine| line.is_kept() && line.is_story();
        let end = (at + FAR).min(self.lines.len());
        let before = &self.lines[at.saturating_sub(FAR)..at];
        self.lines[at..end].iter().any(told) || !before.iter().any(told)
    }

    /// The entries at the front of some places, `most` of them at the most: each a line that
    /// `is_entry`, or a rank on a line of its own and the headline behind it.
    pub(crate) fn entries(
        &self,
        places: &[usize],
        most: usize,
        is_entry: impl Fn(&DraftLine) -> bool,
    ) -> Vec<usize> {
        let mut entries = Vec::new();
        let mut rest = places;
        for _ in 0..most {
            let length = match rest {
                [rank, headline, ..] if self.is_ranked(*rank, *headline) => 2,
                [entry, ..] if is_entry(&self.lines[*entry]) => 1,
                _ => break,
            };
            let (entry, behind) = rest.split_at(length);
            entries.extend(entry);
            rest = behind;
        }
        entries
    }

    /// Whether a line is the rank of the headline on another.
    pub(crate) fn is_ranked(&self, rank: usize, headline: usize) -> bool {
        let headline = &self.lines[headline];
        let is_headline = headline.is_link() || headline.words >= 3 && headline.is_headline_like();
        self.lines[rank].is_rank() && is_headline && !headline.is_rank()
    }

    /// Takes a line out. A line that is out already keeps its first rule.
    pub(crate) fn remove(&mut self, at: usize, rule: &'static str, reason: &'static str) {
        let line = &mut self.lines[at];
        if !matches!(line.fate, Fate::Removed { .. }) {
            line.fate = Fate::Removed { rule, reason };
        }
    }

    /// Takes out each line that `is_meant` picks, among those kept and those outside.
    pub(crate) fn remove_where(
        &mut self,
        rule: &'static str,
        reason: &'static str,
        is_meant: impl Fn(usize, &DraftLine) -> bool,
    ) {
        for at in 0..self.lines.len() {
            let line = &self.lines[at];
            if !matches!(line.fate, Fate::Removed { .. })
                && is_meant(at, line)
                && !self.speaks_in_story(at)
            {
                self.remove(at, rule, reason);
            }
        }
    }
}
