//! Plain text to a draft: paragraphs from empty lines, or from line ends where there are none.

use wiredesk_model::BlockKind;

use crate::draft::{Draft, DraftLine};

/// Lines of about this many characters or more, one after another, are taken for a text that was
/// wrapped to a width.
const WRAPPED_LINE_CHARS: usize = 60;

/// Reads plain text.
///
/// Where the text has empty lines, they set paragraphs apart. Within a paragraph a line that ends
/// short stands alone (a headline above its label), and lines that fill a width are joined.
pub(crate) fn draft_of(text: &str) -> Draft {
    let mut draft = Draft::default();
    for paragraph in paragraphs(text) {
        add_paragraph(&mut draft, text, paragraph);
    }
    draft
}

/// The runs of lines between empty lines.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let mut all = vec![Vec::new()];
    for line in text.split(['\n', '\u{2028}', '\u{2029}']) {
        if line.trim().is_empty() {
            all.push(Vec::new());
        } else if let Some(last) = all.last_mut() {
            last.push(line);
        }
    }
    all.retain(|lines| !lines.is_empty());
    all
}

fn add_paragraph(draft: &mut Draft, text: &str, lines: Vec<&str>) {
    let mut run: Vec<&str> = Vec::new();
    for line in lines {
        let joins = run.last().is_some_and(|before| continues(before, line));
        if !joins && !run.is_empty() {
            add_line(draft, text, &run);
            run.clear();
        }
        run.push(line);
    }
    if !run.is_empty() {
        add_line(draft, text, &run);
    }
}

/// Whether `line` goes on where `before` was wrapped.
fn continues(before: &str, line: &str) -> bool {
    let before = before.trim_end();
    let is_full = before.chars().count() >= WRAPPED_LINE_CHARS;
    let fits_width = before.chars().count() <= 100;
    let goes_on = line.trim_start().starts_with(|c: char| c.is_lowercase());
    is_full && fits_width && (goes_on || !before.ends_with(['.', '!', '?', '"', '”', ':']))
}

fn add_line(draft: &mut Draft, text: &str, run: &[&str]) {
    let words: Vec<&str> = run
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    let source = match (run.first(), run.last()) {
        (Some(first), Some(last)) => {
            let start = first.as_ptr() as usize - text.as_ptr() as usize;
            let end = last.as_ptr() as usize - text.as_ptr() as usize + last.len();
            (start as u32, end as u32)
        }
        _ => (0, 0),
    };
    draft.lines.push(DraftLine::new(
        words.join(" "),
        BlockKind::Paragraph,
        source,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        draft_of(text)
            .lines
            .into_iter()
            .map(|line| line.text)
            .collect()
    }

    #[test]
    fn short_lines_stand_alone_and_wrapped_ones_are_joined() {
        assert_eq!(
            lines("A headline\nA label\n\n\nText  goes on.\r\n"),
            ["A headline", "A label", "Text goes on."]
        );
        let wrapped = "The council met on Monday and put off its vote on the wall\n\
                       of the harbour until the end of the month, it said.";
        assert_eq!(lines(wrapped).len(), 2);
        let wide = "The council met on Monday and put off its vote on the harbour wall\n\
                    of the town until the end of the month, it said.";
        assert_eq!(lines(wide).len(), 1);
    }

    #[test]
    fn sources_point_into_the_input() {
        let text = "One.\n\n  Two goes on. \n";
        let draft = draft_of(text);
        let (start, end) = draft.lines[1].source;
        assert_eq!(text[start as usize..end as usize].trim(), "Two goes on.");
    }
}
