//! The hash of a story's text, equal for texts that a reader would call the same.

use wiredesk_model::content_hash;

/// Hashes a text with case, white space, quotation marks and invisible characters folded, so that
/// a new typesetting of the same words is seen as the same.
pub fn text_hash(text: &str) -> String {
    content_hash(fold(text).as_bytes())
}

fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut wants_space = false;
    for letter in text.chars().filter(|letter| !is_invisible(*letter)) {
        if letter.is_whitespace() {
            wants_space = !folded.is_empty();
            continue;
        }
        if wants_space {
            folded.push(' ');
            wants_space = false;
        }
        match letter {
            '“' | '”' | '„' | '‟' | '«' | '»' | '〝' | '〞' => folded.push('"'),
            '‘' | '’' | '‚' | '‛' | 'ʼ' | '`' | '´' => folded.push('\''),
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => folded.push('-'),
            '…' => folded.push_str("..."),
            other => folded.extend(other.to_lowercase()),
        }
    }
    folded
}

/// Soft hyphens, zero-width characters and marks of direction.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typesetting_does_not_change_the_hash() {
        let plain = text_hash("\"It's over\" - he said...");
        assert_eq!(plain, text_hash("  “It’s  over”\n\n – HE said… "));
        assert_eq!(text_hash("co\u{ad}operate"), text_hash("cooperate"));
    }

    #[test]
    fn words_change_the_hash() {
        assert_ne!(text_hash("12 dead"), text_hash("13 dead"));
        assert_ne!(text_hash("ab c"), text_hash("a bc"));
    }

    #[test]
    fn hash_is_32_hex_digits() {
        let hash = text_hash("");
        assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
