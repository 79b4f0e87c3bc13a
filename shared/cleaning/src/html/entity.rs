//! Character references: `&amp;`, `&#8217;`, `&eacute`.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Longest name of the list, without the ampersand.
const LONGEST: usize = 32;

/// The named references of HTML (WHATWG list): `name;` or, where HTML lets the semicolon be left
/// out, also `name`.
fn named() -> &'static HashMap<&'static str, String> {
    static NAMED: OnceLock<HashMap<&'static str, String>> = OnceLock::new();
    NAMED.get_or_init(|| {
        let parse = |line: &'static str| {
            let (name, codes) = line.split_once(' ')?;
            let text = codes
                .split(' ')
                .filter_map(|code| u32::from_str_radix(code, 16).ok())
                .filter_map(char::from_u32)
                .collect();
            Some((name, text))
        };
        include_str!("entities.txt")
            .lines()
            .filter_map(parse)
            .collect()
    })
}

/// Appends what the reference at the start of `input` (its `&`) stands for, and tells how many
/// bytes it takes; `None` where it is just an ampersand.
pub(crate) fn decode_reference(input: &str, in_attribute: bool, out: &mut String) -> Option<usize> {
    let bytes = input.as_bytes();
    if bytes.get(1) == Some(&b'#') {
        return decode_number(input, out);
    }
    let run = bytes[1..]
        .iter()
        .take(LONGEST)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    if run < 2 {
        return None;
    }
    if bytes.get(1 + run) == Some(&b';') {
        let quick = match &input[1..=run] {
            "amp" => "&",
            "nbsp" => "\u{a0}",
            "quot" => "\"",
            "lt" => "<",
            "gt" => ">",
            _ => "",
        };
        let text = if quick.is_empty() {
            named().get(&input[1..run + 2]).map(String::as_str)
        } else {
            Some(quick)
        };
        if let Some(text) = text {
            out.push_str(text);
            return Some(run + 2);
        }
    }
    // The old names work without a semicolon, the longest that fits first.
    for length in (2..=run.min(6)).rev() {
        if let Some(text) = named().get(&input[1..=length]) {
            let next = bytes.get(1 + length);
            if in_attribute
                && next.is_some_and(|next| *next == b'=' || next.is_ascii_alphanumeric())
            {
                return None;
            }
            out.push_str(text);
            return Some(length + 1);
        }
    }
    None
}

/// `&#8217;` and `&#x2019;`, with the repairs that HTML prescribes.
fn decode_number(input: &str, out: &mut String) -> Option<usize> {
    let bytes = input.as_bytes();
    let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
    let start = if hex { 3 } else { 2 };
    let radix = if hex { 16 } else { 10 };
    let mut code = 0u32;
    let mut at = start;
    while let Some(digit) = bytes
        .get(at)
        .and_then(|byte| char::from(*byte).to_digit(radix))
    {
        code = code.saturating_mul(radix).saturating_add(digit);
        at += 1;
    }
    if at == start {
        return None;
    }
    if bytes.get(at) == Some(&b';') {
        at += 1;
    }
    out.push(repaired(code));
    Some(at)
}

/// Codes 128 to 159 mean Windows-1252; what is no character becomes the replacement character.
fn repaired(code: u32) -> char {
    const WINDOWS_1252: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match code {
        0 => char::REPLACEMENT_CHARACTER,
        128..=159 => WINDOWS_1252[code as usize - 128],
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// The text of an attribute value or another short piece, references decoded.
pub(crate) fn decode(input: &str, in_attribute: bool) -> String {
    let mut out = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(here) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..here]);
        rest = &rest[here..];
        match decode_reference(rest, in_attribute, &mut out) {
            Some(taken) => rest = &rest[taken..],
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn references_become_their_characters() {
        let cases = [
            ("&amp;&lt;&#8217;&#x2019;&#146;", "&<’’’"),
            ("caf&eacute; &eacute &copy2019", "café é ©2019"),
            ("AT&T & &unknown; &", "AT&T & &unknown; &"),
            ("&NotEqualTilde;", "≂̸"),
            ("&#0;&#xD800;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}"),
        ];
        for (input, expected) in cases {
            assert_eq!(decode(input, false), expected, "{input}");
        }
    }

    #[test]
    fn addresses_keep_their_parameters() {
        assert_eq!(decode("/a?x=1&copy=2&amp;y=3", true), "/a?x=1&copy=2&y=3");
    }
}
