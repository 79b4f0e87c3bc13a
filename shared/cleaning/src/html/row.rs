//! Tables of data: the cells of a row become one line. Tables that only lay a page out stay as they
//! are.

use super::page::{Cell, Line, Page};
use super::tag::Tag;

/// Longest cell that is joined, in bytes.
const CELL_BYTES: u32 = 120;
/// Longest row, in bytes.
const ROW_BYTES: u32 = 600;

/// Joins the cells of each row of data.
pub(super) fn join_cells(page: &mut Page) {
    let lines = std::mem::take(&mut page.lines);
    let mut at = 0;
    while at < lines.len() {
        let length = row_length(page, &lines[at..]);
        if length > 1 {
            remember_cells(page, &lines[at..at + length]);
        }
        page.lines.push(joined(&lines[at..at + length]));
        at += length;
    }
}

/// Keeps where the cells stand of a row that becomes the next line.
fn remember_cells(page: &mut Page, cells: &[Line]) {
    let line = page.lines.len() as u32;
    page.cells.extend(cells.iter().map(|cell| Cell {
        line,
        node: cell.node,
        start: cell.start,
        end: cell.end,
    }));
}

/// Number of lines at the front that are the cells of one row; 1 where there is no such row.
fn row_length(page: &Page, lines: &[Line]) -> usize {
    let row_of = |line: &Line| {
        let node = page.node_of(line);
        let is_short = line.end - line.start <= CELL_BYTES;
        (matches!(node.tag, Tag::Td | Tag::Th) && is_short).then_some(node.parent)
    };
    let Some(row) = lines.first().and_then(row_of) else {
        return 1;
    };
    let mut length = 1;
    while length < lines.len()
        && row_of(&lines[length]) == Some(row)
        && lines[length].end - lines[0].start <= ROW_BYTES
    {
        length += 1;
    }
    // A cell that goes on beyond what is short belongs to a table of another kind.
    let goes_on = lines
        .get(length)
        .is_some_and(|line| is_in_row(page, line, row));
    if goes_on { 1 } else { length }
}

/// Whether a line stands in the row, in a cell or deeper.
fn is_in_row(page: &Page, line: &Line, row: u32) -> bool {
    let mut node = line.node;
    for _ in 0..4 {
        if node == row {
            return true;
        }
        match page.nodes.get(node as usize) {
            Some(found) => node = found.parent,
            None => return false,
        }
    }
    false
}

/// One line from first to last; its text takes in what stands between them.
fn joined(cells: &[Line]) -> Line {
    let mut line = cells[0];
    for cell in &cells[1..] {
        line.end = cell.end;
        line.source_end = cell.source_end;
        line.link_bytes += cell.link_bytes;
        line.links = line.links.saturating_add(cell.links);
        line.bold_bytes += cell.bold_bytes;
        line.italic_bytes += cell.italic_bytes;
        line.wrap = 0;
    }
    line
}

#[cfg(test)]
mod tests {
    use crate::html::read_page;

    fn lines(html: &str) -> Vec<String> {
        let page = read_page(html);
        page.lines
            .iter()
            .map(|line| page.text_of(line).to_owned())
            .collect()
    }

    #[test]
    fn rows_of_data_become_lines() {
        let html = "<table><tr><th>Boat<th>Time<tr><td>Eider</td><td><b>9:41</b></table><p>End";
        assert_eq!(lines(html), ["Boat\tTime", "Eider\t9:41", "End"]);
    }

    #[test]
    fn tables_for_layout_stay_apart() {
        let html = "<table><tr><td>Menu</td><td><p>One.</p><p>Two.</p></td></tr></table>";
        assert_eq!(lines(html), ["Menu", "One.", "Two."]);
    }
}
