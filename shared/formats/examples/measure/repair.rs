//! The repair that a strict reader needs in front of it, as an application would write it: decode,
//! start at the root, and make references and characters what XML allows.

use wiredesk_formats::{Hints, decode_text, inflate_if_gzip};

/// Where the document of a feed can begin.
const ROOTS: [&str; 5] = ["<?xml", "<rss", "<feed", "<rdf:RDF", "<RDF"];
/// References that need no declaration.
const DECLARED: [&str; 5] = ["amp", "lt", "gt", "quot", "apos"];
/// Longest name of a reference.
const LONGEST_NAME: usize = 32;

/// The document as strict readers can take it; as it is where it cannot be unpacked.
pub fn repaired(bytes: &[u8]) -> Vec<u8> {
    let unpacked = inflate_if_gzip(bytes, &wiredesk_formats::Limits::default());
    let text = match &unpacked {
        Ok(unpacked) => decode_text(unpacked, &Hints::default()).text,
        Err(_) => return bytes.to_vec(),
    };
    let begin = ROOTS.iter().filter_map(|root| text.find(root)).min();
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = &text[begin.unwrap_or(0)..];
    while let Some(at) = rest.bytes().position(is_suspect) {
        out.push_str(&rest[..at]);
        let found = rest.as_bytes()[at];
        match found {
            b'&' if is_reference(&rest[at + 1..]) => out.push('&'),
            b'&' => out.push_str("&amp;"),
            _ => {}
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    // It is UTF-8 now, whatever it said before.
    match out
        .strip_prefix("<?xml")
        .and_then(|xml| xml.split_once("?>"))
    {
        Some((_, document)) => document.as_bytes().to_vec(),
        None => out.into_bytes(),
    }
}

/// Whether a byte can be what XML does not allow: the begin of a reference, or a control character.
fn is_suspect(byte: u8) -> bool {
    byte == b'&' || (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// Whether `rest` goes on as a reference that every reader knows.
fn is_reference(rest: &str) -> bool {
    let Some(end) = rest
        .bytes()
        .take(LONGEST_NAME)
        .position(|byte| byte == b';')
    else {
        return false;
    };
    let name = &rest[..end];
    match name.strip_prefix('#') {
        Some(number) => number
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'x'),
        None => DECLARED.contains(&name),
    }
}
