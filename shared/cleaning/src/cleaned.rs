//! What comes out: the blocks of the story, its text, and everything taken out of it.

use wiredesk_model::{
    Block, BlockKind, Credit, Media, PageFacts, QualityFlag, Removal, count_words,
};

use crate::draft::{Draft, DraftLine, Fate};
use crate::structure::{STANZA, Structure};

/// A cleaned story.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cleaned {
    /// Title, where the page has one.
    pub title: Option<String>,
    /// The body.
    pub blocks: Vec<Block>,
    /// First byte of each block in the input, and first byte behind it.
    pub sources: Vec<(u64, u64)>,
    /// The body as plain text, paragraphs separated by an empty line.
    pub text: String,
    /// Words of the text.
    pub words: u64,
    /// Pictures and references within the body.
    pub media: Vec<Media>,
    /// Everything taken out from within the body and right behind it, in the order of the input.
    pub removed: Vec<Removal>,
    /// Language that the page declares.
    pub language_declared: Option<String>,
    /// Byline, as found.
    pub byline: Option<String>,
    /// Publication date, as found.
    pub published: Option<String>,
    /// Summary that the page gives of itself.
    pub description: Option<String>,
    /// What else the page says of itself, and how well the body was found.
    pub page: PageFacts,
    /// What bars the way, where the page is none of a story: "a check for robots".
    pub barrier: Option<&'static str>,
    /// Credits that stood in the text as lines of their own: "Reporting by …".
    pub credits: Vec<Credit>,
    /// What a reader should know of the quality.
    pub quality: Vec<QualityFlag>,
    /// The publisher rule that was used, where there is one for the address.
    pub publisher: Option<PublisherNote>,
}

/// How a publisher rule fared on a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublisherNote {
    /// Id of the rule.
    pub rule: String,
    /// Its body stands nowhere on the page; the body was found as on any page.
    pub lacks_body: bool,
    /// Selectors that hit nothing.
    pub missed: Vec<String>,
}

/// Credits of one story at the most.
const CREDITS: usize = 64;

/// Bodies with fewer words are flagged.
const SHORT_WORDS: u64 = 60;

impl Cleaned {
    /// Fills body, removals and the fields that rules found, from what the rules left.
    pub(crate) fn take_draft(&mut self, draft: Draft, mut structure: Structure<'_>) {
        self.words = 0;
        self.page.confidence = draft.confidence();
        self.credits = credits_of(&draft);
        for line in draft.lines {
            match &line.fate {
                Fate::Kept => {
                    self.words += count_words(&line.text);
                    self.add_block(line, &mut structure);
                }
                Fate::Outside { is_tail: true, .. } => {}
                Fate::Removed { rule, reason } | Fate::Outside { rule, reason, .. } => {
                    let removal = self.removal(&line, rule, reason);
                    self.removed.push(removal);
                }
            }
        }
        let texts: Vec<&str> = self
            .blocks
            .iter()
            .map(|block| block.text.as_str())
            .collect();
        self.text = texts.join("\n\n");
        self.byline = self.byline.take().or(draft.byline);
        if self.words < SHORT_WORDS {
            self.flag(QualityFlag::Short);
        }
    }

    /// Adds a flag, once.
    pub(crate) fn flag(&mut self, flag: QualityFlag) {
        if !self.quality.contains(&flag) {
            self.quality.push(flag);
        }
    }

    /// Adds a kept line: a block of its own, or the rest of one that a line break divided.
    fn add_block(&mut self, line: DraftLine, structure: &mut Structure<'_>) {
        let (start, end) = (u64::from(line.source.0), u64::from(line.source.1));
        let goes_on = structure.goes_on(&line, self.blocks.last());
        match (self.blocks.last_mut(), self.sources.last_mut()) {
            (Some(block), Some(source)) if goes_on => {
                block.text.push('\n');
                source.1 = end;
            }
            _ => {
                self.sources.push((start, end));
                self.blocks.push(structure.block(&line));
            }
        }
        for (at, stanza) in structure.text(line).split(STANZA).enumerate() {
            if at > 0 {
                self.sources.push((start, end));
                self.blocks.push(Block::new(BlockKind::Preformatted, ""));
            }
            if let Some(block) = self.blocks.last_mut() {
                block.text.push_str(stanza);
            }
        }
    }

    fn removal(&self, line: &DraftLine, rule: &str, reason: &str) -> Removal {
        Removal {
            rule: rule.to_owned(),
            reason: reason.to_owned(),
            text: line.text.clone(),
            after_block: self.blocks.len() as u32,
            start: Some(u64::from(line.source.0)),
            end: Some(u64::from(line.source.1)),
        }
    }
}

/// The credits that were taken out, each once, in the order of the text.
fn credits_of(draft: &Draft) -> Vec<Credit> {
    let mut places = draft.credits.clone();
    places.sort_unstable_by_key(|(at, _)| *at);
    let mut credits: Vec<Credit> = Vec::new();
    for (at, role) in places {
        let line = &draft.lines[at];
        let text = line.text.trim_matches(['(', ')', '*']).trim();
        let is_known = credits.iter().any(|known| known.text == text);
        if !line.is_kept() && !is_known && credits.len() < CREDITS {
            credits.push(Credit {
                role,
                text: text.to_owned(),
            });
        }
    }
    credits
}
