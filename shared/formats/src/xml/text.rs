//! The text of an element: references resolved, CDATA unwrapped, comments left out.

use std::borrow::Cow;

use super::entities::{decode_into, has_control, push_text};
use super::{NodeId, Tree};

pub(super) const CDATA: &str = "<![CDATA[";
pub(super) const CDATA_END: &str = "]]>";

/// Where a CDATA section ends. Brackets are rare in what it holds, so looking for the first of
/// them is faster than looking for all three bytes.
pub(super) fn find_cdata_end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b']', bytes).find(|at| bytes[*at..].starts_with(CDATA_END.as_bytes()))
}

impl<'a> Tree<'a> {
    /// The text; where there are elements inside, their markup is part of it as it stands.
    pub fn text(&self, id: NodeId) -> Cow<'a, str> {
        let inner = self.inner(id).trim();
        let is_plain = memchr::memchr2(b'<', b'&', inner.as_bytes()).is_none()
            && !has_control(inner.as_bytes());
        if is_plain {
            return Cow::Borrowed(inner);
        }
        if let Some(data) = only_cdata(inner)
            && !has_control(data.as_bytes())
        {
            return Cow::Borrowed(data.trim());
        }
        let mut out = String::with_capacity(inner.len());
        self.append(inner, self.has_children(id), &mut out);
        if out.trim().len() == out.len() {
            return Cow::Owned(out);
        }
        Cow::Owned(out.trim().to_owned())
    }

    /// Appends the pieces of `inner`; in `markup` tags and references stay as they are.
    pub(super) fn append(&self, inner: &str, markup: bool, out: &mut String) {
        let mut rest = inner;
        let mut asides = Asides::default();
        while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
            self.append_text(&rest[..at], markup, out);
            rest = &rest[at..];
            rest = if let Some(data) = rest.strip_prefix(CDATA) {
                let end = find_cdata_end(data.as_bytes());
                push_text(&data[..end.unwrap_or(data.len())], out);
                end.map_or("", |end| &data[end + CDATA_END.len()..])
            } else if let Some(behind) = asides.skip(rest, markup) {
                behind
            } else {
                out.push('<');
                &rest[1..]
            };
        }
        self.append_text(rest, markup, out);
    }

    fn append_text(&self, text: &str, markup: bool, out: &mut String) {
        if markup {
            push_text(text, out);
        } else {
            decode_into(text, &self.entities, out);
        }
    }
}

/// What the one CDATA section holds, where there is nothing else.
fn only_cdata(inner: &str) -> Option<&str> {
    let data = inner.strip_prefix(CDATA)?.strip_suffix(CDATA_END)?;
    find_cdata_end(data.as_bytes()).is_none().then_some(data)
}

/// Comments, instructions and end tags that close nothing, with the ends that are known to be
/// nowhere ahead, so that no stretch is searched twice.
#[derive(Default)]
struct Asides {
    missing: [bool; 3],
}

impl Asides {
    /// What follows the aside at the start of `text`, where there is one.
    fn skip<'t>(&mut self, text: &'t str, markup: bool) -> Option<&'t str> {
        if !matches!(text.as_bytes().get(1), Some(b'!' | b'?' | b'/')) {
            return None;
        }
        let kinds = [("<!--", "-->"), ("<?", "?>"), ("</", ">")];
        let kind = kinds
            .iter()
            .position(|(start, _)| text.starts_with(start))?;
        let (start, end) = kinds[kind];
        let inside = &text[start.len()..];
        if self.missing[kind]
            || (start == "</" && (markup || !inside.starts_with(char::is_alphabetic)))
        {
            return None;
        }
        let behind = inside.split_once(end).map(|(_, behind)| behind);
        self.missing[kind] = behind.is_none();
        behind
    }
}
