//! What is remembered of one story: fingerprints of its blocks and of the words of its title.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wiredesk_model::{Block, BlockKind, count_words};

use super::drift::PageFigures;

/// Words of a block that can be learned: shorter ones repeat by chance, longer ones are texts.
const BLOCK_WORDS: std::ops::RangeInclusive<usize> = 4..=80;
/// Blocks remembered from the head of a story, and from its end.
const HEAD_BLOCKS: usize = 8;
const TAIL_BLOCKS: usize = 24;
/// Words of a title that are remembered.
const TITLE_WORDS: usize = 16;
/// Shorter words of a title say nothing of its subject.
const WORD_LETTERS: usize = 4;

/// Fingerprint of a block: letters in lower case, every number alike. Twelve hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u64);

/// Bits of a fingerprint.
const BITS: u32 = 48;

impl Fingerprint {
    /// The fingerprint of a text.
    pub fn of(text: &str) -> Self {
        Self(hash_of(text) >> (64 - BITS))
    }

    /// The fingerprint of a block; none where it is of a kind that is not learned.
    pub fn of_block(block: &Block) -> Option<Self> {
        can_be_learned(block).then(|| Self::of(&block.text))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_hex = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        digits
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no fingerprint, which has twelve digits 0 to f"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A block as it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Fingerprint, u16)", into = "(Fingerprint, u16)")]
pub struct BlockPrint {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Its words.
    pub words: u16,
}

impl From<(Fingerprint, u16)> for BlockPrint {
    fn from((fingerprint, words): (Fingerprint, u16)) -> Self {
        Self { fingerprint, words }
    }
}

impl From<BlockPrint> for (Fingerprint, u16) {
    fn from(print: BlockPrint) -> Self {
        (print.fingerprint, print.words)
    }
}

/// What is remembered of a story.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoryPrint {
    /// Hashes of the words of its title that tell its subject.
    pub title: Vec<u32>,
    /// Its blocks that could be learned, from head and tail, each once, by fingerprint.
    pub blocks: Vec<BlockPrint>,
    /// Words of all its blocks.
    pub words: u32,
    /// What its page was like, where a page was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<PageFigures>,
}

impl StoryPrint {
    /// The print of a story before anything learned is taken out of it.
    pub fn of(title: &str, blocks: &[Block]) -> Self {
        let words_of = |block: &Block| count_words(&block.text) as usize;
        let mut prints: Vec<BlockPrint> = Vec::new();
        for block in blocks {
            let Some(fingerprint) = Fingerprint::of_block(block) else {
                continue;
            };
            let print = BlockPrint {
                fingerprint,
                words: words_of(block) as u16,
            };
            if !prints.contains(&print) && prints.len() < MOST_PRINTS {
                prints.push(print);
            }
        }
        if prints.len() > HEAD_BLOCKS + TAIL_BLOCKS {
            prints.drain(HEAD_BLOCKS..prints.len() - TAIL_BLOCKS);
        }
        prints.sort_unstable_by_key(|print| print.fingerprint);
        Self {
            title: title_words(title),
            blocks: prints,
            words: blocks.iter().map(words_of).sum::<usize>() as u32,
            page: None,
        }
    }

    /// Whether it holds a block.
    pub(super) fn has(&self, fingerprint: Fingerprint) -> bool {
        self.blocks
            .binary_search_by_key(&fingerprint, |block| block.fingerprint)
            .is_ok()
    }
}

/// Of a story with more blocks the others are not looked at: it is a list.
const MOST_PRINTS: usize = 2_000;

/// Headings and rows repeat in honest work ("Background", "Total"), and so do questions.
fn can_be_learned(block: &Block) -> bool {
    let is_kind = matches!(
        block.kind,
        BlockKind::Paragraph | BlockKind::ListItem | BlockKind::Quote | BlockKind::Caption
    );
    is_kind
        && BLOCK_WORDS.contains(&(count_words(&block.text) as usize))
        && !block.text.trim_end().ends_with(['?', '？', '؟'])
}

fn title_words(title: &str) -> Vec<u32> {
    let words = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= WORD_LETTERS);
    let mut hashes: Vec<u32> = words
        .map(|word| (hash_of(word) >> 32) as u32)
        .take(TITLE_WORDS)
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// FNV-1a over letters in lower case, every run of digits as one, all else left out.
fn hash_of(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut step = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut in_digits = false;
    for letter in text.chars().filter(|c| c.is_alphanumeric()) {
        if letter.is_numeric() {
            if !in_digits {
                step(b'0');
            }
            in_digits = true;
            continue;
        }
        in_digits = false;
        let mut buffer = [0; 4];
        for lower in letter.to_lowercase() {
            lower.encode_utf8(&mut buffer).bytes().for_each(&mut step);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_marks_and_numbers_make_no_difference() {
        let print = Fingerprint::of("Updated on 12 May 2026 – all rights reserved.");
        assert_eq!(
            print,
            Fingerprint::of("UPDATED ON 3 MAY 1999, ALL RIGHTS RESERVED")
        );
        assert_ne!(
            print,
            Fingerprint::of("Updated on 12 June 2026 – all rights reserved.")
        );
        let text = print.to_string();
        assert_eq!(text.parse(), Ok(print));
        assert!("12".parse::<Fingerprint>().is_err());
    }

    #[test]
    fn head_and_tail_are_remembered() {
        let blocks: Vec<Block> = (0..26 * 26)
            .map(|n| {
                let letter = |n: u8| char::from(b'a' + n);
                let word: String = [letter((n / 26) as u8), letter((n % 26) as u8)]
                    .iter()
                    .collect();
                Block::paragraph(format!("A block with the word {word} in it."))
            })
            .collect();
        let print = StoryPrint::of("The wall of 1911 is sold", &blocks);
        assert_eq!(print.blocks.len(), HEAD_BLOCKS + TAIL_BLOCKS);
        assert!(print.has(Fingerprint::of(&blocks[0].text)));
        assert!(print.has(Fingerprint::of(&blocks[675].text)));
        assert!(!print.has(Fingerprint::of(&blocks[300].text)));
        assert_eq!(print.title.len(), 3, "wall, 1911 and sold");
    }

    #[test]
    fn headings_rows_and_questions_are_not_learned() {
        let text = "One two three four five";
        assert!(can_be_learned(&Block::paragraph(text)));
        assert!(!can_be_learned(&Block::new(BlockKind::Heading, text)));
        assert!(!can_be_learned(&Block::new(BlockKind::TableRow, text)));
        assert!(!can_be_learned(&Block::paragraph(
            "What was the last book you read?"
        )));
        assert!(!can_be_learned(&Block::paragraph("Too short")));
    }
}
