//! The text: header lines that begin with `^`, paragraphs, and rows of tables.

use wiredesk_model::{RoleText, WireTerm};

use super::US;
use crate::wire::body::{escape_into, render_text};
use crate::wire::draft::Draft;
use crate::wire::text_wire::{push_note, read_dateline, without_by, without_controls};

/// Record separator: ends a cell of a table.
const RS: char = '\u{1e}';
/// Backspace: a row of a table begins.
const ROW: char = '\u{8}';

/// Reads the lines of the text.
pub fn read(draft: &mut Draft, text: &str) {
    let mut body = Body::default();
    let mut in_head = true;
    for (place, line) in text.lines().enumerate() {
        if let Some(row) = line.strip_prefix(ROW) {
            in_head = false;
            body.row(row);
            continue;
        }
        let Some(header) = line.strip_prefix('^') else {
            in_head &= line.trim().is_empty();
            body.line(&without_controls(line));
            continue;
        };
        let header = without_controls(header);
        let header = header.trim().trim_end_matches(['<', '=']).trim();
        if !in_head || !header_line(draft, place, header) {
            body.end_paragraph();
            body.line(header);
            body.end_paragraph();
        }
    }
    let html = body.finish();
    read_dateline(draft, &body_start(text));
    draft.body = Some(html);
}

/// Takes a line above the text: the keyword line, the headline, a note, the byline. The answer is
/// whether it was one of them.
fn header_line(draft: &mut Draft, place: usize, line: &str) -> bool {
    let facts = &mut draft.facts;
    let lower = line.to_lowercase();
    if place == 0 {
        draft.keep_text("text/keyword-line", line.to_owned());
    } else if let Some(note) = ["eds:", "editors:", "eds note:"]
        .iter()
        .find(|note| lower.starts_with(*note))
    {
        push_note(draft, None, &line[note.len()..]);
    } else if lower.starts_with("by ") {
        facts.byline = Some(line.to_owned());
        facts.credits.push(WireTerm {
            name: Some(without_by(line).to_owned()),
            role: Some("author".to_owned()),
            ..WireTerm::default()
        });
    } else if facts.headlines.is_empty() && !line.is_empty() {
        facts.headlines.push(RoleText {
            text: line.to_owned(),
            ..RoleText::default()
        });
    } else {
        return line.is_empty();
    }
    true
}

/// The first paragraph.
fn body_start(text: &str) -> String {
    let first = text
        .lines()
        .find(|line| line.starts_with(['\t', ' ']) && !line.trim().is_empty());
    without_controls(first.unwrap_or_default())
}

/// The body as HTML, as far as it is read.
#[derive(Default)]
struct Body {
    html: String,
    paragraph: String,
    rows: Vec<Vec<String>>,
}

impl Body {
    fn line(&mut self, line: &str) {
        self.end_table();
        if line.trim().is_empty() {
            return self.end_paragraph();
        }
        if line.starts_with(['\t', ' ']) {
            self.end_paragraph();
        }
        self.paragraph.push_str(line.trim());
        self.paragraph.push('\n');
    }

    fn row(&mut self, row: &str) {
        self.end_paragraph();
        let cells = row.split([RS, US]).map(|cell| {
            without_controls(cell)
                .trim_matches(['{', '^', ' '])
                .to_owned()
        });
        self.rows
            .push(cells.filter(|cell| !cell.is_empty()).collect());
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        if !paragraph.trim().is_empty() {
            render_text(paragraph.trim(), &mut self.html);
        }
    }

    fn end_table(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        self.html.push_str("<table>");
        for row in self.rows.drain(..) {
            self.html.push_str("<tr>");
            for cell in row {
                self.html.push_str("<td>");
                escape_into(&cell, &mut self.html);
                self.html.push_str("</td>");
            }
            self.html.push_str("</tr>");
        }
        self.html.push_str("</table>");
    }

    fn finish(&mut self) -> String {
        self.end_paragraph();
        self.end_table();
        std::mem::take(&mut self.html)
    }
}
