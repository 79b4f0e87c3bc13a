//! One pass over the text of a page: tags and text, nothing decoded, nothing copied.
//!
//! Tolerant the way browsers are where it changes what a reader sees: quoted attribute values may
//! hold `>`, a stray `<` is text, script and style end at their own end tag only.

use memchr::memchr;

use super::near::{find_byte, find_three};
use super::tag::{Role, Tag};

/// A piece of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Text as it stands, entities and all.
    Text(&'a str),
    /// A start tag, with its attributes as they stand.
    Open {
        /// The element.
        tag: Tag,
        /// Everything between name and `>`.
        attrs: &'a str,
    },
    /// An end tag.
    Close(Tag),
    /// An element whose content is not text of the page, as a whole.
    Skipped {
        /// The element.
        tag: Tag,
        /// Everything between name and `>`.
        attrs: &'a str,
        /// What stands inside.
        content: &'a str,
    },
}

/// The tokens of a page.
pub(crate) struct Tokenizer<'a> {
    page: &'a str,
    at: usize,
    /// Start of the token that was returned last.
    start: usize,
    /// Elements for which no end tag is left in the page, so that none is searched for again.
    endless: u128,
}

impl<'a> Tokenizer<'a> {
    pub(crate) fn new(page: &'a str) -> Self {
        Self {
            page,
            at: 0,
            start: 0,
            endless: 0,
        }
    }

    /// First byte of the token returned last.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// First byte behind the token returned last.
    pub(crate) fn end(&self) -> usize {
        self.at
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.page.as_bytes();
        loop {
            self.start = self.at;
            if self.at >= bytes.len() {
                return None;
            }
            let text_end = self.text_end();
            if text_end > self.at {
                let text = &self.page[self.at..text_end];
                self.at = text_end;
                return Some(Token::Text(text));
            }
            match bytes[self.at + 1] {
                b'!' => self.skip_declaration(),
                b'?' => self.at = find(bytes, b'>', self.at + 2),
                b'/' => {
                    if let Some(tag) = self.close_tag() {
                        return Some(Token::Close(tag));
                    }
                }
                _ => return Some(self.open_tag()),
            }
        }
    }

    /// Where text that begins here ends: at the next `<` that begins markup.
    fn text_end(&self) -> usize {
        let bytes = self.page.as_bytes();
        let mut from = self.at;
        while let Some(here) = find_byte(bytes, from, b'<') {
            match bytes.get(here + 1) {
                Some(next) if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?') => {
                    return here;
                }
                _ => from = here + 1,
            }
        }
        bytes.len()
    }

    /// Steps over a comment, a doctype or a CDATA section.
    fn skip_declaration(&mut self) {
        let bytes = self.page.as_bytes();
        let rest = &bytes[self.at..];
        if !rest.starts_with(b"<!--") {
            self.at = find(bytes, b'>', self.at + 2);
            return;
        }
        if rest.starts_with(b"<!-->") || rest.starts_with(b"<!--->") {
            self.at = find(bytes, b'>', self.at + 4);
            return;
        }
        const COMMENT: u32 = 127;
        if self.endless & 1 << COMMENT == 0 {
            let mut from = self.at + 4;
            while let Some(found) = memchr(b'>', &bytes[from..]) {
                let here = from + found;
                if bytes[..here].ends_with(b"--") || bytes[..here].ends_with(b"--!") {
                    self.at = here + 1;
                    return;
                }
                from = here + 1;
            }
            self.endless |= 1 << COMMENT;
        }
        // Never closed: a browser would lose the rest of the page, a reader should not.
        self.at = find(bytes, b'>', self.at + 4);
    }

    /// Reads an end tag; none where it has no name.
    fn close_tag(&mut self) -> Option<Tag> {
        let bytes = self.page.as_bytes();
        let name_start = self.at + 2;
        let name_end = name_end(bytes, name_start);
        self.at = match bytes.get(name_end) {
            Some(b'>') => name_end + 1,
            _ => find(bytes, b'>', name_end),
        };
        (name_end > name_start).then(|| Tag::from_name(&bytes[name_start..name_end]))
    }

    /// Reads a start tag, and what it holds where that is not text.
    fn open_tag(&mut self) -> Token<'a> {
        let bytes = self.page.as_bytes();
        let name_start = self.at + 1;
        let name_end = name_end(bytes, name_start);
        let tag = Tag::from_name(&bytes[name_start..name_end]);
        let close = match bytes.get(name_end) {
            Some(b'>') => name_end,
            _ => tag_end(bytes, name_end),
        };
        let attrs = &self.page[name_end..close];
        self.at = (close + 1).min(bytes.len());
        if tag.role() != Role::Skip || attrs.ends_with('/') && tag != Tag::Script {
            return Token::Open { tag, attrs };
        }
        match self.raw_end(tag) {
            Some((content_end, behind)) => {
                let content = &self.page[self.at..content_end];
                self.at = behind;
                Token::Skipped {
                    tag,
                    attrs,
                    content,
                }
            }
            None => Token::Open { tag, attrs },
        }
    }

    /// Where the content of a skipped element ends, and where its end tag does.
    fn raw_end(&mut self, tag: Tag) -> Option<(usize, usize)> {
        if self.endless & 1 << (tag as u32) != 0 {
            return None;
        }
        let bytes = self.page.as_bytes();
        let name = tag.name().as_bytes();
        let mut from = self.at;
        let is_reading = matches!(tag, Tag::Rt | Tag::Rp);
        while let Some(found) = memchr(b'<', &bytes[from..]) {
            let here = from + found;
            if is_reading && here > self.at + READING_BYTES {
                return None;
            }
            if bytes.get(here + 1) == Some(&b'/') {
                let end = here + 2 + name.len();
                let same = bytes
                    .get(here + 2..end)
                    .is_some_and(|found| found.eq_ignore_ascii_case(name));
                if same && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
                    return Some((here, find(bytes, b'>', end)));
                }
            }
            from = here + 1;
        }
        self.endless |= 1 << (tag as u32);
        // A script that never ends takes the rest of the page with it, as in a browser.
        (matches!(tag, Tag::Script | Tag::Style)).then_some((bytes.len(), bytes.len()))
    }
}

/// How a word is read, printed above it in Japanese and Chinese, is no longer than this. Its end tag
/// may be left out; then what follows is not taken for it.
const READING_BYTES: usize = 128;

/// First place behind the next `wanted` from `from` on, or the end.
fn find(bytes: &[u8], wanted: u8, from: usize) -> usize {
    find_byte(bytes, from, wanted).map_or(bytes.len(), |found| found + 1)
}

/// End of the element name that starts at `from`.
fn name_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < bytes.len()
        && !matches!(
            bytes[at],
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'>' | b'<'
        )
    {
        at += 1;
    }
    at
}

/// The `>` that ends a tag: one inside a quoted value does not.
fn tag_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(here) = find_three(bytes, at, [b'>', b'"', b'\'']) {
        let byte = bytes[here];
        if byte == b'>' {
            return here;
        }
        at = here + 1;
        // A quote opens a value only behind an equals sign; elsewhere it is a stray.
        let before = bytes[from..here]
            .iter()
            .rev()
            .find(|byte| !byte.is_ascii_whitespace());
        if before == Some(&b'=') {
            match find_byte(bytes, at, byte) {
                Some(end) => at = end + 1,
                // The value never ends: take the tag to end at the next `>` instead.
                None => return memchr(b'>', &bytes[at..]).map_or(bytes.len(), |end| at + end),
            }
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(page: &str) -> Vec<Token<'_>> {
        let mut tokenizer = Tokenizer::new(page);
        std::iter::from_fn(|| tokenizer.next()).collect()
    }

    #[test]
    fn quoted_values_may_hold_a_greater_than_sign() {
        let found = tokens(r#"<a title="x > y" href='/z'>z</a>"#);
        assert_eq!(
            found,
            [
                Token::Open {
                    tag: Tag::A,
                    attrs: r#" title="x > y" href='/z'"#
                },
                Token::Text("z"),
                Token::Close(Tag::A),
            ]
        );
    }

    #[test]
    fn readings_are_stepped_over() {
        let words = |page| -> String {
            let texts = tokens(page).into_iter();
            texts
                .filter_map(|token| match token {
                    Token::Text(text) => Some(text),
                    _ => None,
                })
                .collect()
        };
        let ended = "<ruby>港<rp>(</rp><rt>みなと</rt><rp>)</rp></ruby>が開く";
        assert_eq!(words(ended), "港が開く");
        let open = format!("<ruby>港<rt>みなと</ruby>{}</rt>", "が開く".repeat(40));
        assert!(words(&open).contains("が開く"));
    }

    #[test]
    fn a_stray_less_than_sign_is_text() {
        assert_eq!(tokens("1 < 2 <3"), [Token::Text("1 < 2 <3")]);
        assert_eq!(tokens("x<"), [Token::Text("x<")]);
    }

    #[test]
    fn scripts_end_at_their_own_end_tag() {
        let found = tokens("<script>if (a</b) {'</p>'}</SCRIPT >after");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], Token::Text("after"));
    }

    #[test]
    fn comments_vanish_also_when_they_never_end() {
        assert_eq!(
            tokens("a<!-- <p> -->b"),
            [Token::Text("a"), Token::Text("b")]
        );
        assert_eq!(
            tokens("a<!-- never > closed"),
            [Token::Text("a"), Token::Text(" closed")]
        );
    }

    #[test]
    fn cut_off_pages_end_quietly() {
        for page in [
            "<",
            "<a",
            "<a href=",
            "<a href=\"x",
            "</",
            "<!",
            "<!--",
            "<script>",
            "<?",
        ] {
            tokens(page);
        }
    }
}
