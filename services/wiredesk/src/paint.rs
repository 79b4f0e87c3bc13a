//! Colour on a terminal, plain text elsewhere.

use std::io::IsTerminal as _;

/// Whether standard output takes colour.
pub(crate) fn for_stdout() -> Paint {
    Paint(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none())
}

/// Paints text, or leaves it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    /// Bold.
    pub(crate) fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Faint.
    pub(crate) fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Red and struck through: what was removed.
    pub(crate) fn gone(self, text: &str) -> String {
        // Line by line: some terminals drop the style at a line end.
        let lines: Vec<String> = text.lines().map(|line| self.wrap("31;9", line)).collect();
        lines.join("\n")
    }

    /// Red.
    pub(crate) fn bad(self, text: &str) -> String {
        self.wrap("31", text)
    }

    /// Green.
    pub(crate) fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// Yellow.
    pub(crate) fn warn(self, text: &str) -> String {
        self.wrap("33", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// `text` without anything that would steer a terminal: story text comes from anywhere.
pub(crate) fn tame(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'))
        .collect()
}

/// `text` on one line, cut to `width` characters.
pub(crate) fn one_line(text: &str, width: usize) -> String {
    let text = tame(text).replace(['\n', '\t'], " ");
    if text.chars().count() <= width {
        return text;
    }
    let cut: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_cannot_steer_the_terminal() {
        assert_eq!(tame("a\x1b[31mb\x07\nc\u{9b}1m"), "a[31mb\nc1m");
        assert_eq!(one_line("one\ntwo three", 8), "one two…");
    }
}
