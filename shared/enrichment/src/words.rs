//! Counting words and characters.

pub use wiredesk_model::count_words;
pub(crate) use wiredesk_model::is_ideographic;

/// Counts the characters of a text, line breaks left out.
pub fn count_characters(text: &str) -> u64 {
    text.chars()
        .filter(|letter| !matches!(letter, '\n' | '\r'))
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_leave_line_breaks_out() {
        assert_eq!(count_characters("ab\n\nçd"), 4);
    }
}
