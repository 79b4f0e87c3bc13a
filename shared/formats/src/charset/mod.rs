//! Bytes to text. The order: byte order mark, wide encodings by their zero bytes, valid UTF-8,
//! what HTTP said, what the document says, and a guess from the bytes.
//!
//! Valid UTF-8 comes before every label because labels lie far more often than other bytes
//! happen to be valid UTF-8. Latin 1 is what templates say whatever follows, and fits any bytes, so
//! it is not believed where the bytes are words of another script.

mod code_pages;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use code_pages::CodePage;

use crate::Habits;

/// What is known of a document beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// Charset label, where it is known apart from the content type.
    pub charset: Option<String>,
    /// The address of the document, for relative links.
    pub url: Option<String>,
    /// What the source does differently from the standard that it sends.
    pub habits: Habits,
}

impl Hints {
    /// The charset label that HTTP gave.
    pub fn label(&self) -> Option<&str> {
        if let Some(charset) = self.charset.as_deref() {
            return Some(charset);
        }
        let content_type = self.content_type.as_deref()?;
        let at = find_ignoring_case(content_type.as_bytes(), b"charset=")?;
        Some(label_at(&content_type.as_bytes()[at..])).filter(|label| !label.is_empty())
    }
}

/// A document as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// Name of the encoding that it was read with.
    pub charset: &'static str,
}

/// So many letters beyond ASCII tell a script; fewer may be names and quotes.
const TELLING_LETTERS: usize = 32;

/// How far into a document its own charset declaration is looked for.
const DECLARATION_BYTES: usize = 4096;

/// Reads bytes as text. Never fails: what cannot be read becomes U+FFFD.
pub fn decode_text<'a>(bytes: &'a [u8], hints: &Hints) -> Decoded<'a> {
    if let Some(decoded) = decode_utf32(bytes) {
        return decoded;
    }
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return decode(encoding, &bytes[mark_bytes..]);
    }
    if let Some(encoding) = wide_encoding(bytes) {
        return decode(encoding, bytes);
    }
    if let Some(decoded) = decode_ebcdic(bytes) {
        return decoded;
    }
    let http = || hints.label().and_then(Charset::named);
    let own = || declared(bytes).and_then(Charset::named);
    // Escape sequences are plain ASCII, so these are valid UTF-8 and yet not what they seem.
    if memchr::memchr(0x1b, bytes).is_some() {
        let charset = http().or_else(own).filter(|label| !label.extends_ascii());
        if let Some(charset) = charset.or_else(|| unlabelled_iso_2022_jp(bytes)) {
            return charset.decode(bytes);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded {
            text: Cow::Borrowed(text),
            charset: UTF_8.name(),
        };
    }
    let lies = |charset: &Charset| charset.is_latin_1() && is_of_another_script(bytes);
    let is_usable =
        |charset: &Charset| charset.extends_ascii() && !charset.is_utf8() && !lies(charset);
    let labelled = [http(), own()].into_iter().flatten().find(is_usable);
    labelled
        .unwrap_or_else(|| Charset::Web(guess(bytes)))
        .decode(bytes)
}

fn decode<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        text,
        charset: encoding.name(),
    }
}

/// What a label names.
#[derive(Clone, Copy)]
enum Charset {
    /// An encoding of the web (WHATWG Encoding Standard).
    Web(&'static Encoding),
    /// An older one.
    Old(&'static CodePage),
}

impl Charset {
    fn named(label: &str) -> Option<Self> {
        let web = |label: &str| Encoding::for_label_no_replacement(label.as_bytes());
        web(label)
            .map(Self::Web)
            .or_else(|| CodePage::named(label).map(Self::Old))
            .or_else(|| web(&label.replace('_', "-")).map(Self::Web))
    }

    fn is_utf8(&self) -> bool {
        matches!(self, Self::Web(encoding) if *encoding == UTF_8)
    }

    /// Latin 1, which the web reads as Windows-1252.
    fn is_latin_1(&self) -> bool {
        matches!(self, Self::Web(encoding) if *encoding == WINDOWS_1252)
    }

    fn extends_ascii(&self) -> bool {
        match self {
            Self::Web(encoding) => encoding.is_ascii_compatible(),
            Self::Old(page) => page.extends_ascii(),
        }
    }

    fn decode(self, bytes: &[u8]) -> Decoded<'_> {
        match self {
            Self::Web(encoding) => decode(encoding, bytes),
            Self::Old(page) => Decoded {
                text: Cow::Owned(page.decode(bytes)),
                charset: page.name,
            },
        }
    }
}

/// EBCDIC: `<?xml` in it looks like nothing else (XML 1.0, appendix F).
fn decode_ebcdic(bytes: &[u8]) -> Option<Decoded<'_>> {
    if !bytes.starts_with(&[0x4c, 0x6f, 0xa7, 0x94]) {
        return None;
    }
    // The declaration is spelt alike in all its pages.
    let usual = CodePage::named("cp500")?;
    let head = usual.decode(&bytes[..bytes.len().min(DECLARATION_BYTES)]);
    let page = declared(head.as_bytes()).and_then(CodePage::named);
    Some(Charset::Old(page.filter(|page| !page.extends_ascii()).unwrap_or(usual)).decode(bytes))
}

/// Whether most letters beyond ASCII stand side by side, as they do in words of another script and
/// do not in languages that are written in Latin 1.
fn is_of_another_script(bytes: &[u8]) -> bool {
    let (mut letters, mut pairs, mut before) = (0, 0, false);
    for byte in bytes {
        let is_letter = *byte >= 0xc0;
        letters += usize::from(is_letter);
        pairs += usize::from(is_letter && before);
        before = !byte.is_ascii();
    }
    letters >= TELLING_LETTERS && 2 * pairs > letters
}

/// Japanese in ASCII alone, by the sequences that switch to it and back.
fn unlabelled_iso_2022_jp(bytes: &[u8]) -> Option<Charset> {
    let has = |sequence: &[u8]| memchr::memmem::find(bytes, sequence).is_some();
    let switches = (has(b"\x1b$B") || has(b"\x1b$@")) && (has(b"\x1b(B") || has(b"\x1b(J"));
    switches.then_some(Charset::Web(ISO_2022_JP))
}

/// UTF-16 without a mark: markup begins with `<` and JSON with a bracket, and half of each early
/// character is zero.
fn wide_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<' | b'{' | b'[', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        [0, b'<' | b'{' | b'[', 0, second, ..] if *second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// UTF-32 by its mark or by a first `<`; `encoding_rs` leaves it out, as browsers do.
fn decode_utf32(bytes: &[u8]) -> Option<Decoded<'static>> {
    let (big, skip) = match bytes {
        [0, 0, 0xfe, 0xff, ..] => (true, 4),
        [0xff, 0xfe, 0, 0, ..] => (false, 4),
        [0, 0, 0, b'<', ..] => (true, 0),
        [b'<', 0, 0, 0, ..] => (false, 0),
        _ => return None,
    };
    let text = bytes[skip..]
        .chunks_exact(4)
        .map(|four| {
            let four = [four[0], four[1], four[2], four[3]];
            let code = if big {
                u32::from_be_bytes(four)
            } else {
                u32::from_le_bytes(four)
            };
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect::<String>();
    Some(Decoded {
        text: Cow::Owned(text),
        charset: if big { "UTF-32BE" } else { "UTF-32LE" },
    })
}

/// The label in an XML declaration or in a `meta` element.
fn declared(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(DECLARATION_BYTES)];
    let xml_end = memchr::memchr(b'>', head).unwrap_or(head.len());
    let at = match find_ignoring_case(&head[..xml_end], b"encoding=") {
        Some(at) => at,
        None => find_ignoring_case(head, b"charset=")?,
    };
    Some(label_at(&head[at..])).filter(|label| !label.is_empty())
}

/// The label behind `=`, without quotes.
fn label_at(rest: &[u8]) -> &str {
    let skipped = rest
        .iter()
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
        .count();
    let rest = &rest[skipped..];
    let length = rest
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'+')
        })
        .count();
    std::str::from_utf8(&rest[..length]).unwrap_or_default()
}

/// Where `needle` ends in `hay`, ASCII case aside.
fn find_ignoring_case(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))
        .map(|at| at + needle.len())
}

/// UTF-8 with a few bad bytes stays UTF-8; anything else is guessed as browsers do.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if good > bad {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], content_type: Option<&str>) -> (String, &'static str) {
        let hints = Hints {
            content_type: content_type.map(str::to_owned),
            ..Hints::default()
        };
        let decoded = decode_text(bytes, &hints);
        (decoded.text.into_owned(), decoded.charset)
    }

    #[test]
    fn valid_utf8_beats_a_lying_label() {
        let text = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><rss>Köln</rss>";
        assert_eq!(
            read(text.as_bytes(), Some("text/xml; charset=latin1")),
            (text.to_owned(), "UTF-8")
        );
    }

    #[test]
    fn labels_are_used_in_order() {
        let cyrillic = b"<?xml version='1.0' encoding='koi8-r'?><t>\xd7\xc5\xd3\xd4\xc9</t>";
        assert!(read(cyrillic, None).0.contains("вести"));
        assert!(
            read(
                b"<t>\xe2\xe5\xf1\xf2\xe8</t>",
                Some("text/xml; charset=\"windows-1251\"")
            )
            .0
            .contains("вести")
        );
        assert!(
            read(
                b"<html><meta charset=windows-1251><p>\xe2\xe5\xf1\xf2\xe8",
                None
            )
            .0
            .contains("вести")
        );
    }

    #[test]
    fn latin_1_is_not_believed_of_another_script() {
        let words = "вести с моря: причал открыт после ремонта, сообщает газета";
        let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(words);
        let labelled =
            |bytes: &[u8]| [b"<?xml version='1.0' encoding='iso-8859-1'?><t>", bytes].concat();
        assert!(read(&labelled(&bytes), None).0.contains(words));
        // Many letters beyond ASCII, as Latin 1 has them.
        let french = "été à la forêt où l'âne brûlé a dîné près du château, ".repeat(4);
        let (bytes, ..) = WINDOWS_1252.encode(&french);
        assert!(read(&labelled(&bytes), None).0.contains(&french));
    }

    #[test]
    fn japanese_in_escape_sequences_needs_no_label() {
        let words = "港の桟橋が再開";
        let (bytes, ..) = ISO_2022_JP.encode(words);
        assert!(
            read(&[b"<t>", &*bytes, b"</t>"].concat(), None)
                .0
                .contains(words)
        );
        assert!(read(b"\x1b$ 12 \x1b(x)", None).0.contains("$ 12"));
    }

    #[test]
    fn utf8_that_is_not_is_read_as_the_bytes_suggest() {
        let latin = b"<?xml version=\"1.0\" encoding=\"utf-8\"?><t>caf\xe9 \x93quoted\x94</t>";
        assert!(read(latin, None).0.contains("café “quoted”"));
        let mostly = b"<t>K\xc3\xb6ln, M\xc3\xbcnchen, \xff</t>";
        assert!(read(mostly, None).0.contains("Köln, München, \u{fffd}"));
    }

    #[test]
    fn wide_encodings_are_known_with_and_without_a_mark() {
        let text = "<rss>вести</rss>";
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [&[0xfe, 0xff], big.as_slice()].concat();
        let wide: Vec<u8> = text
            .chars()
            .flat_map(|c| u32::from(c).to_be_bytes())
            .collect();
        for bytes in [&big, &little, &marked, &wide] {
            assert_eq!(read(bytes, None).0, text);
        }
        let json: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&json, None).0, "{}");
    }
}
