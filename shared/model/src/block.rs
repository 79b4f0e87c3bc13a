//! The body of a story as blocks, the spans that were taken out of it, and the credits among them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::feed_state::is_default;

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// A heading inside the story.
    Heading,
    /// A paragraph.
    Paragraph,
    /// One entry of a list.
    ListItem,
    /// A quotation set apart.
    Quote,
    /// One row of a table, cells separated by a tab.
    TableRow,
    /// Text with its own line breaks.
    Preformatted,
    /// The caption of a picture.
    Caption,
}

/// One block of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text: white space folded but for the line breaks that the story sets itself, as in a
    /// verse or an address. In preformatted text all white space stands as it is.
    pub text: String,
    /// Heading level, 1 to 6, on headings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Place in its list, on the entries of lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListPlace>,
    /// On rows of tables: which cells are headings of their column or row, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heading_cells: Vec<u16>,
}

/// Where an entry stands in its list. Numbers and bullets are no part of the text, as in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ListPlace {
    /// How many lists it stands in, 1 at least.
    pub depth: u8,
    /// Its number, in a numbered list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// Whether it goes on with an entry that began in a block before: its second paragraph.
    #[serde(default, skip_serializing_if = "is_default")]
    pub goes_on: bool,
}

impl Block {
    /// A block of `kind` with `text`.
    pub fn new(kind: BlockKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            level: None,
            list: None,
            heading_cells: Vec::new(),
        }
    }

    /// A paragraph.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::new(BlockKind::Paragraph, text)
    }
}

/// What a credit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CreditRole {
    /// Who reported, wrote and edited, or where the story was first published.
    SignOff,
    /// Who took or owns a picture.
    Picture,
}

/// A credit that stood in the text as a line of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// What it is for.
    pub role: CreditRole,
    /// The line, without brackets around it: `Reporting by Ida Holm; Editing by Jon Vale`.
    pub text: String,
}

/// A span taken out of a story, with the rule that did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Removal {
    /// Id of the rule.
    pub rule: String,
    /// Why, in words.
    pub reason: String,
    /// The text that went.
    pub text: String,
    /// How many kept blocks stand before it.
    pub after_block: u32,
    /// First byte in the decoded input, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// First byte behind it in the decoded input, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
}
