//! The text of an element: references resolved, CDATA unwrapped, comments left out.

use std::borrow::Cow;

use super::entities::{decode_into, push_text};
use super::{NodeId, Tree};

pub(super) const CDATA: &str = "<![CDATA[";

impl<'a> Tree<'a> {
    /// The text; where there are elements inside, their markup is part of it as it stands.
    pub fn text(&self, id: NodeId) -> Cow<'a, str> {
        let inner = self.inner(id).trim();
        let is_plain = memchr::memchr2(b'<', b'&', inner.as_bytes()).is_none()
            && !inner.bytes().any(|byte| byte < 0x09);
        if is_plain {
            return Cow::Borrowed(inner);
        }
        let mut out = String::with_capacity(inner.len());
        self.append(inner, self.has_children(id), &mut out);
        if out.trim().len() == out.len() {
            return Cow::Owned(out);
        }
        Cow::Owned(out.trim().to_owned())
    }

    /// Appends the pieces of `inner`; in `markup` tags and references stay as they are.
    fn append(&self, inner: &str, markup: bool, out: &mut String) {
        let mut rest = inner;
        while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
            self.append_text(&rest[..at], markup, out);
            rest = &rest[at..];
            rest = if let Some(data) = rest.strip_prefix(CDATA) {
                let (data, behind) = data.split_once("]]>").unwrap_or((data, ""));
                push_text(data, out);
                behind
            } else if let Some(behind) = skip_aside(rest) {
                behind
            } else if !markup && let Some(behind) = skip_stray_close(rest) {
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

/// What follows a comment or a processing instruction at the start of `text`.
fn skip_aside(text: &str) -> Option<&str> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment.split_once("-->").map(|(_, behind)| behind);
    }
    let instruction = text.strip_prefix("<?")?;
    instruction.split_once("?>").map(|(_, behind)| behind)
}

/// What follows an end tag that closes nothing.
fn skip_stray_close(text: &str) -> Option<&str> {
    let name = text.strip_prefix("</")?;
    if !name.starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    name.split_once('>').map(|(_, behind)| behind)
}
