//! The arena: the lines of text of a page, and the elements that hold them.

use super::count::Numbered;
use super::hint::Near;
use super::meta::Meta;
use super::tag::Tag;

/// No element.
pub(crate) const NONE: u32 = u32::MAX;

/// An element with text somewhere below it. Parents stand before their children.
pub(crate) struct Node {
    /// The element above, [`NONE`] at the top.
    pub parent: u32,
    pub tag: Tag,
    pub depth: u16,
    /// Hash of its tag and class and of those of the two elements above.
    pub signature: u32,
    /// Whether it or an element above is hidden.
    pub is_hidden: bool,
    /// Steps up to the nearest element with each hint.
    pub near: Near,
}

/// A line of text: what stands between two edges of block elements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// The element that holds it.
    pub node: u32,
    /// Where its text stands in [`Page::text`].
    pub start: u32,
    pub end: u32,
    /// Where it stands in the page.
    pub source_start: u32,
    pub source_end: u32,
    /// Bytes of its text inside links.
    pub link_bytes: u32,
    /// Links that begin in it.
    pub links: u16,
    /// Bytes of its text in bold.
    pub bold_bytes: u32,
    /// Bytes of its text in italics.
    pub italic_bytes: u32,
    /// Hints of the one inline element that holds all of it.
    pub wrap: u64,
    /// Only a line break stands between it and the line before.
    pub after_break: bool,
    /// A picture, a video or an embed stands between it and the line before.
    pub after_media: bool,
}

/// A cell of a row that became one line: text that stands together in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Place of the line in [`Page::lines`].
    pub line: u32,
    /// The cell.
    pub node: u32,
    /// Where its text stands in [`Page::text`].
    pub start: u32,
    pub end: u32,
}

/// A page as lines and elements.
#[derive(Default)]
pub(crate) struct Page {
    pub text: String,
    pub lines: Vec<Line>,
    pub nodes: Vec<Node>,
    /// Entries of numbered lists, and cells of tables, in the order of [`Page::nodes`].
    pub numbered: Vec<Numbered>,
    /// Cells of the rows that became one line, in the order of [`Page::lines`].
    pub cells: Vec<Cell>,
    pub meta: Meta,
    /// Where the elements stand that are shown without scripts.
    pub noscripts: Vec<(u32, u32)>,
    /// Whether it is a piece of a page: no `html`, `head` or `body` in it.
    pub is_fragment: bool,
}

impl Page {
    /// Text of a line.
    pub(crate) fn text_of(&self, line: &Line) -> &str {
        &self.text[line.start as usize..line.end as usize]
    }

    /// Cells of the row that became the line at a place; none where it is no such row.
    pub(crate) fn cells_of(&self, line: usize) -> &[Cell] {
        let start = self
            .cells
            .partition_point(|cell| (cell.line as usize) < line);
        let end = self
            .cells
            .partition_point(|cell| cell.line as usize <= line);
        &self.cells[start..end]
    }

    /// Place of the line whose text begins at a byte of the page.
    pub(crate) fn line_at(&self, source_start: u32) -> Option<usize> {
        self.lines
            .binary_search_by_key(&source_start, |line| line.source_start)
            .ok()
    }

    /// The element above another.
    pub(crate) fn parent_of(&self, node: u32) -> Option<u32> {
        let parent = self.nodes.get(node as usize)?.parent;
        (parent != NONE).then_some(parent)
    }

    /// The element that holds a line.
    pub(crate) fn node_of(&self, line: &Line) -> &Node {
        &self.nodes[line.node as usize]
    }
}
