//! Character and entity references.

use super::named::NAMED;

/// The longest reference that is looked for; anything longer is text.
const LONGEST: usize = 32;

/// Bytes that are looked at together.
const PIECE_BYTES: usize = 256;

/// Appends `raw` with its references resolved and without characters that text cannot hold.
///
/// References that nobody declared stay as they stand. `own` are the entities that the document
/// declares, name and plain text.
pub fn decode_into(raw: &str, own: &[(&str, &str)], out: &mut String) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        push_text(&rest[..at], out);
        rest = &rest[at..];
        match reference(rest, own) {
            Some((length, Value::Char(c))) => {
                push_char(c, out);
                rest = &rest[length..];
            }
            Some((length, Value::Text(text))) => {
                out.push_str(text);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    push_text(rest, out);
}

enum Value<'a> {
    Char(char),
    Text(&'a str),
}

/// The reference at the start of `text` and its length.
fn reference<'a>(text: &str, own: &[(&str, &'a str)]) -> Option<(usize, Value<'a>)> {
    let window = &text.as_bytes()[..text.len().min(LONGEST)];
    let end = memchr::memchr(b';', window)?;
    let name = text.get(1..end)?;
    if let Some(number) = name.strip_prefix('#') {
        return Some((end + 1, Value::Char(numeric(number)?)));
    }
    if let Some((_, value)) = own.iter().find(|(own_name, _)| *own_name == name) {
        return Some((end + 1, Value::Text(value)));
    }
    let found = NAMED.binary_search_by_key(&name, |(known, _)| known).ok()?;
    Some((end + 1, Value::Char(NAMED[found].1)))
}

fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    match u8::try_from(code) {
        // Numbers of Windows-1252 in place of Unicode, as browsers read them (HTML 13.2.5.80).
        Ok(byte @ 0x80..=0x9f) => {
            let bytes = [byte];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
            text.chars().next()
        }
        _ => Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

/// Whether text may hold the character (XML 1.0, section 2.2).
fn is_text(c: char) -> bool {
    !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn push_char(c: char, out: &mut String) {
    if is_text(c) {
        out.push(c);
    }
}

/// Whether there are control characters that XML forbids. Piece by piece without a way out inside,
/// so that the compiler looks at many bytes at once.
pub fn has_control(bytes: &[u8]) -> bool {
    let is_control = |byte: u8| (byte < b' ') & !matches!(byte, b'\t' | b'\n' | b'\r');
    let mut pieces = bytes.chunks(PIECE_BYTES);
    pieces.any(|piece| {
        piece
            .iter()
            .fold(false, |found, byte| found | is_control(*byte))
    })
}

/// Appends text without the control characters that XML forbids.
pub fn push_text(text: &str, out: &mut String) {
    if has_control(text.as_bytes()) {
        out.extend(text.chars().filter(|c| is_text(*c)));
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(raw: &str) -> String {
        let mut out = String::new();
        decode_into(raw, &[("pub", "The Harbour Post")], &mut out);
        out
    }

    #[test]
    fn control_characters_are_found_wherever_they_are() {
        let mut text = vec![b'a'; 3 * PIECE_BYTES];
        assert!(!has_control(&text));
        text[7] = b'\n';
        assert!(!has_control(&text));
        for at in [0, PIECE_BYTES - 1, PIECE_BYTES, 3 * PIECE_BYTES - 1] {
            text[at] = 0x0c;
            assert!(has_control(&text), "{at}");
            text[at] = b'\t';
        }
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(NAMED.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn references_are_resolved_and_the_rest_stays() {
        assert_eq!(
            decoded("Q&amp;A &#8211; &#x2014; &nbsp;&eacute; &pub;"),
            "Q&A – — \u{a0}é The Harbour Post"
        );
        assert_eq!(
            decoded("AT&T & Co; &unknown; &#99999999;"),
            "AT&T & Co; &unknown; \u{fffd}"
        );
        assert_eq!(decoded("a&#0;b\u{1}c&#146;s"), "abc’s");
    }
}
