//! Plain text to a draft: paragraphs from empty lines, or from line ends where there are none.

use wiredesk_model::BlockKind;

use crate::draft::{Draft, DraftLine};

/// Lengths of a line, in characters, that a text wrapped to a width has.
const WRAPPED_WIDTHS: std::ops::RangeInclusive<usize> = 45..=100;

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
    let width = lines
        .iter()
        .map(|line| line.trim().chars().count())
        .max()
        .unwrap_or(0);
    let is_wrapped = lines.len() > 2 && WRAPPED_WIDTHS.contains(&width);
    let mut run: Vec<&str> = Vec::new();
    for line in lines {
        let joins = run
            .last()
            .is_some_and(|before| continues(before, line, is_wrapped.then_some(width)));
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

/// Whether `line` goes on where `before` was wrapped: in the middle of a sentence, or, in a
/// paragraph wrapped to `width`, where its first word would not have fitted any more.
fn continues(before: &str, line: &str, width: Option<usize>) -> bool {
    let (before, line) = (before.trim(), line.trim());
    let length = before.chars().count();
    if !WRAPPED_WIDTHS.contains(&length) {
        return false;
    }
    if line.starts_with(|c: char| c.is_lowercase()) {
        return true;
    }
    let first_word = line
        .split_whitespace()
        .next()
        .map_or(0, |word| word.chars().count());
    width.is_some_and(|width| length + 1 + first_word > width)
        && !before.ends_with(['.', '!', '?', ':'])
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
        let wrapped = "The council met on Monday and put off its vote on the harbour wall of the\n\
                       town until the end of the month, a spokeswoman for the council said, and\n\
                       Bergen waits.";
        assert_eq!(lines(wrapped).len(), 1);
        let set_apart =
            "The council met on Monday and put off its vote on the harbour wall\nRelated stories";
        assert_eq!(lines(set_apart).len(), 2);
    }

    #[test]
    fn sources_point_into_the_input() {
        let text = "One.\n\n  Two goes on. \n";
        let draft = draft_of(text);
        let (start, end) = draft.lines[1].source;
        assert_eq!(text[start as usize..end as usize].trim(), "Two goes on.");
    }
}
