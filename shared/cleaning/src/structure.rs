//! What a block has besides its words: its place in a list, its line breaks, the cells of its row.
//!
//! Rules and model see lines; this is looked up for those that stay.

use wiredesk_model::{Block, BlockKind, ListPlace};

use crate::draft::DraftLine;
use crate::html::{Cell, Line, NONE, Page, Tag, Token, Tokenizer, decode, number_of};

/// Columns of a row at the most.
const COLUMNS: usize = 256;
/// Stands between the stanzas of preformatted text. As it stands between blocks, too, each stanza is
/// a block of its own.
pub(crate) const STANZA: &str = "\n\n";
/// A line stands in an entry that is no further above it.
const STEPS: usize = 4;

/// Where the structure of the kept lines is looked up; empty for plain text.
#[derive(Default)]
pub(crate) struct Structure<'a> {
    read: Option<(&'a str, &'a Page)>,
    /// Entries of lists that blocks were made of, the innermost last.
    entries: Vec<u32>,
    /// The element that holds the line before.
    before: Option<u32>,
}

impl<'a> Structure<'a> {
    /// The structure of a page that was read from `html`.
    pub(crate) fn of(html: &'a str, page: &'a Page) -> Self {
        Self {
            read: Some((html, page)),
            ..Self::default()
        }
    }

    /// Whether a kept line goes on with the block before it, which stands beside it: only a line
    /// break stands between them, and nothing ends there.
    pub(crate) fn goes_on(&mut self, line: &DraftLine, before: Option<&Block>) -> bool {
        let holder = self.line(line).map(|(_, line)| line.node);
        let was = std::mem::replace(&mut self.before, holder);
        let is_same = match (holder, was) {
            (Some(holder), Some(was)) => self.is_same_holder(holder, was),
            _ => false,
        };
        line.after_break && is_same && before.is_some_and(|before| before.kind == line.kind)
    }

    /// The block that a kept line begins, without its text.
    pub(crate) fn block(&mut self, line: &DraftLine) -> Block {
        let mut block = Block::new(line.kind, String::new());
        block.level = line.level;
        match line.kind {
            BlockKind::ListItem => block.list = self.list_place(line),
            BlockKind::TableRow => block.heading_cells = self.heading_cells(line),
            _ => {}
        }
        block
    }

    /// Text of a kept line as the story sets it.
    pub(crate) fn text(&self, line: DraftLine) -> String {
        match (line.kind, self.read) {
            (BlockKind::Preformatted, Some((html, _))) => {
                let (start, end) = line.source;
                let part = html.get(start as usize..end as usize);
                part.map(preformatted).unwrap_or(line.text)
            }
            (BlockKind::TableRow, Some((_, page))) => match self.line(&line) {
                Some((at, _)) if !page.cells_of(at).is_empty() => row_text(page, at),
                _ => line.text,
            },
            _ => line.text,
        }
    }

    fn line(&self, line: &DraftLine) -> Option<(usize, &'a Line)> {
        let (_, page) = self.read?;
        let at = page.line_at(line.source.0)?;
        Some((at, &page.lines[at]))
    }

    /// Text outside of every element has a holder for each line.
    fn is_same_holder(&self, one: u32, other: u32) -> bool {
        let is_outside = |node: u32| {
            let nodes = self.read.map(|(_, page)| &page.nodes);
            nodes
                .and_then(|nodes| nodes.get(node as usize))
                .is_some_and(|node| node.parent == NONE && node.tag == Tag::Body)
        };
        one == other || is_outside(one) && is_outside(other)
    }

    fn list_place(&mut self, line: &DraftLine) -> Option<ListPlace> {
        let (_, page) = self.read?;
        let (_, found) = self.line(line)?;
        let above = || std::iter::successors(Some(found.node), |at| page.parent_of(*at));
        let tag_of = |at: &u32| page.nodes[*at as usize].tag;
        let is_entry = |at: &u32| tag_of(at) == Tag::Li;
        let is_list = |at: &u32| matches!(tag_of(at), Tag::Ul | Tag::Ol | Tag::Menu | Tag::Dir);
        let entry = above()
            .take(STEPS)
            .take_while(|at| !matches!(tag_of(at), Tag::Dd | Tag::Dt))
            .find(is_entry)?;
        let depth = above().filter(is_list).count().clamp(1, u8::MAX.into());
        // Those that are over are never asked for again. Elements are numbered from the outside in.
        let mut open: Vec<u32> = above().filter(is_entry).collect();
        open.reverse();
        self.entries.retain(|one| open.binary_search(one).is_ok());
        let goes_on = self.entries.contains(&entry);
        if !goes_on {
            self.entries.push(entry);
        }
        Some(ListPlace {
            depth: depth as u8,
            number: number_of(&page.numbered, entry),
            goes_on,
        })
    }

    fn heading_cells(&self, line: &DraftLine) -> Vec<u16> {
        let (Some((_, page)), Some((at, found))) = (self.read, self.line(line)) else {
            return Vec::new();
        };
        let is_heading = |node: u32| page.nodes[node as usize].tag == Tag::Th;
        let cells = page.cells_of(at);
        if cells.is_empty() {
            return Vec::from_iter(is_heading(found.node).then_some(0));
        }
        let columns = columns_of(page, cells).into_iter().zip(cells);
        let mut headings: Vec<u16> = columns
            .filter(|(_, cell)| is_heading(cell.node))
            .map(|(column, _)| column as u16)
            .collect();
        headings.dedup();
        headings
    }
}

/// Column of each cell. Where the rows of a page lie, cells stand behind each other.
fn columns_of(page: &Page, cells: &[Cell]) -> Vec<usize> {
    let mut columns = Vec::with_capacity(cells.len());
    let mut before: Option<(u32, usize)> = None;
    for cell in cells {
        let column = match before {
            Some((node, column)) if node == cell.node => column,
            _ => {
                let least = before.map_or(0, |(_, column)| column + 1);
                let counted = number_of(&page.numbered, cell.node).unwrap_or_default();
                least.max(usize::try_from(counted).unwrap_or_default().min(COLUMNS))
            }
        };
        before = Some((cell.node, column));
        columns.push(column);
    }
    columns
}

/// The cells of a row, each in its column: a tab between two, a line break between the lines of one.
fn row_text(page: &Page, at: usize) -> String {
    let cells = page.cells_of(at);
    let mut text = String::new();
    let mut reached = 0;
    for (place, (column, cell)) in columns_of(page, cells).into_iter().zip(cells).enumerate() {
        if place > 0 && column == reached {
            text.push('\n');
        }
        while reached < column {
            text.push('\t');
            reached += 1;
        }
        text.push_str(&page.text[cell.start as usize..cell.end as usize]);
    }
    text
}

/// Text with its white space, but for empty lines around it, more than one in a row, and white space at
/// the end of lines.
fn preformatted(html: &str) -> String {
    let mut text = String::new();
    let mut tokens = Tokenizer::new(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(part) => text.push_str(&decode(part, false)),
            Token::Open { tag: Tag::Br, .. } => text.push('\n'),
            _ => {}
        }
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let stanzas = lines.split(|line| line.is_empty());
    let stanzas: Vec<String> = stanzas
        .filter(|stanza| !stanza.is_empty())
        .map(|stanza| stanza.join("\n"))
        .collect();
    stanzas.join(STANZA)
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{Block, BlockKind};

    use crate::{Hints, clean_html};

    fn blocks(html: &str) -> Vec<Block> {
        let cleaned = clean_html(html, &Hints::default()).expect("within limits");
        let texts: Vec<&str> = cleaned.blocks.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(cleaned.text, texts.join("\n\n"));
        cleaned.blocks
    }

    /// Text, depth, number and whether it goes on, of each entry.
    fn entries(html: &str) -> Vec<(String, u8, Option<i32>, bool)> {
        let place = |block: Block| {
            let list = block.list.expect("an entry");
            (block.text, list.depth, list.number, list.goes_on)
        };
        blocks(html).into_iter().map(place).collect()
    }

    fn entry(
        text: &str,
        depth: u8,
        number: Option<i32>,
        goes_on: bool,
    ) -> (String, u8, Option<i32>, bool) {
        (text.to_owned(), depth, number, goes_on)
    }

    #[test]
    fn entries_keep_number_depth_and_what_belongs_to_them() {
        let html = "<ol start=3><li>Mix the flour.<ul><li>Rye is best.<li>Wheat will do.</ul><p>Wait an hour.\
                    <li><li value=9>Bake it.</ol><ul><li>Salt</ul>";
        assert_eq!(
            entries(html),
            [
                entry("Mix the flour.", 1, Some(3), false),
                entry("Rye is best.", 2, None, false),
                entry("Wheat will do.", 2, None, false),
                entry("Wait an hour.", 1, Some(3), true),
                entry("Bake it.", 1, Some(9), false),
                entry("Salt", 1, None, false),
            ]
        );
    }

    #[test]
    fn lists_that_count_down_do() {
        let html = "<ol reversed><li>Bronze<ol><li>Shared</ol><li>Silver<li>Gold</ol>\
                    <ol reversed start=8><li>Eighth<li>Seventh</ol>";
        let numbers: Vec<Option<i32>> = entries(html).iter().map(|one| one.2).collect();
        let expected = [3, 1, 2, 1, 8, 7];
        assert_eq!(numbers, expected.map(Some));
    }

    #[test]
    fn lines_of_verse_stay_lines_and_paragraphs_stay_apart() {
        let html = "<p>The tide came in,<br>the tide went out<br>\n<p>Nobody saw it.<br><br>They slept.\
                    <blockquote>One wall,<br>one town.</blockquote><ul><li>Elsin Courier<br>9 Quay Street</ul>";
        let texts: Vec<String> = blocks(html).into_iter().map(|one| one.text).collect();
        assert_eq!(
            texts,
            [
                "The tide came in,\nthe tide went out",
                "Nobody saw it.",
                "They slept.",
                "One wall,\none town.",
                "Elsin Courier\n9 Quay Street"
            ]
        );
        let loose = blocks("The tide came in,<br>the tide went out.<br><br>They slept.");
        assert_eq!(loose[0].text, "The tide came in,\nthe tide went out.");
        assert_eq!(loose.len(), 2);
    }

    #[test]
    fn a_line_that_was_taken_out_does_not_come_back() {
        let html = "<pre>One.<br>  Two.</pre><p>The wall held.<br>Advertisement<br>The tide turned at noon.";
        let texts: Vec<String> = blocks(html).into_iter().map(|one| one.text).collect();
        assert_eq!(
            texts,
            ["One.\n  Two.", "The wall held.\nThe tide turned at noon."]
        );
    }

    #[test]
    fn preformatted_text_keeps_its_lines() {
        let html =
            "<p>Results:</p><pre>\n\nBoat     Time  \n  <b>Eider</b>  9:41 &amp; up\r\n\n</pre>";
        let found = blocks(html);
        assert_eq!(found[1].kind, BlockKind::Preformatted);
        assert_eq!(found[1].text, "Boat     Time\n  Eider  9:41 & up");
        let stanzas =
            blocks("<pre>One wall,\n one town.\n\n \nNobody\nsaw it.<br>They slept.</pre>");
        assert_eq!(stanzas[0].text, "One wall,\n one town.");
        assert_eq!(stanzas[1].text, "Nobody\nsaw it.\nThey slept.");
        assert_eq!(stanzas.len(), 2);
    }

    #[test]
    fn cells_stand_in_their_column_and_headings_are_told() {
        let html = "<table><tr><td><th>Mon<th>Tue<tr><th>Eider<td><td>9:41<br>9:52<tr><th colspan=2>Both<td>1</table>";
        let rows: Vec<(String, Vec<u16>)> = blocks(html)
            .into_iter()
            .map(|one| (one.text, one.heading_cells))
            .collect();
        let row = |text: &str, headings: &[u16]| (text.to_owned(), headings.to_vec());
        assert_eq!(
            rows,
            [
                row("\tMon\tTue", &[1, 2]),
                row("Eider\t\t9:41\n9:52", &[0]),
                row("Both\t\t1", &[0]),
            ]
        );
    }
}
