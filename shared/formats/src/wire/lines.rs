//! Plain text of a wire, in lines, as HTML paragraphs.

use super::body::escape_into;

/// Lines at least this long are lines that the sender broke to fit, in characters.
const WRAPPED_CHARS: usize = 45;

/// Appends a text as paragraphs: an empty line or an indent begins a new one, a line that was
/// broken to fit is joined to the next, a table keeps its lines.
pub fn paragraphs(text: &str, out: &mut String) {
    let mut block: Vec<&str> = Vec::new();
    let indents = text.lines().filter(|line| is_indented(line)).count();
    let filled = text.lines().filter(|line| !line.trim().is_empty()).count();
    // Where nearly every line is indented, the indent says nothing.
    let indent_begins = indents * 10 <= filled * 8;
    for line in text.lines() {
        let begins = line.trim().is_empty() || (indent_begins && is_indented(line));
        if begins {
            flush(&mut block, out);
        }
        if !line.trim().is_empty() {
            block.push(line);
        }
    }
    flush(&mut block, out);
}

fn is_indented(line: &str) -> bool {
    line.starts_with("  ") || line.starts_with('\t')
}

/// Whether a line stands in columns.
fn is_row(line: &str) -> bool {
    let line = line.trim();
    line.contains('\t') || line.contains("   ")
}

fn flush(block: &mut Vec<&str>, out: &mut String) {
    if block.is_empty() {
        return;
    }
    let rows = block.iter().filter(|line| is_row(line)).count();
    if block.len() > 1 && rows * 2 >= block.len() {
        out.push_str("<pre>");
        for (place, line) in block.iter().enumerate() {
            if place > 0 {
                out.push('\n');
            }
            escape_into(line.trim_end(), out);
        }
        out.push_str("</pre>");
    } else {
        out.push_str("<p>");
        for (place, line) in block.iter().enumerate() {
            if place > 0 {
                let was_broken = block[place - 1].trim().chars().count() >= WRAPPED_CHARS;
                out.push_str(if was_broken { " " } else { "<br>" });
            }
            escape_into(line.trim(), out);
        }
        out.push_str("</p>");
    }
    block.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_paragraphs() {
        let cases = [
            ("One.\n\nTwo.\n", "<p>One.</p><p>Two.</p>"),
            (
                "  The river rose again on Tuesday night, the town said,\nand fell at dawn.\n  Nobody was hurt.",
                "<p>The river rose again on Tuesday night, the town said, and fell at dawn.</p><p>Nobody was hurt.</p>",
            ),
            ("Reds 3\nBlues 1", "<p>Reds 3<br>Blues 1</p>"),
            (
                "Reds    3  1\nBlues   1  2",
                "<pre>Reds    3  1\nBlues   1  2</pre>",
            ),
            ("a < b", "<p>a &lt; b</p>"),
        ];
        for (text, expected) in cases {
            let mut out = String::new();
            paragraphs(text, &mut out);
            assert_eq!(out, expected, "{text:?}");
        }
    }
}
