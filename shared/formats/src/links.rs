//! Relative links, completed by the address of the document.

use std::borrow::Cow;

use url::Url;

use crate::xml::Attributes;

/// What relative links of a document, or of a part of it, are relative to.
#[derive(Debug, Clone, Default)]
pub struct Base {
    url: Option<Url>,
}

impl Base {
    /// Links of the document at `url`, where that is known.
    pub fn of(url: Option<&str>) -> Self {
        Self {
            url: url.and_then(|url| Url::parse(url).ok()),
        }
    }

    /// The base inside an element with `xml:base`.
    pub fn within(&self, xml_base: Option<&str>) -> Self {
        let Some(inner) = xml_base else {
            return self.clone();
        };
        let joined = match &self.url {
            Some(url) => url.join(inner.trim()).ok(),
            None => Url::parse(inner.trim()).ok(),
        };
        Self {
            url: joined.or_else(|| self.url.clone()),
        }
    }

    /// The link in full. One that is absolute already, or cannot be completed, stays as sent.
    pub fn resolve(&self, link: &str) -> Option<String> {
        let link = link.trim();
        if link.is_empty() {
            return None;
        }
        let completed = match &self.url {
            Some(base) if !is_absolute(link) => base.join(link).ok().map(String::from),
            _ => None,
        };
        Some(completed.unwrap_or_else(|| link.to_owned()))
    }
}

/// Attributes of HTML that hold an address.
const ADDRESSES: [&str; 5] = ["href", "src", "cite", "poster", "longdesc"];

impl Base {
    /// HTML with its relative links completed; the same text where there is nothing to complete.
    pub fn complete<'t>(&self, html: Cow<'t, str>) -> Cow<'t, str> {
        if self.url.is_none() || !html.contains('<') {
            return html;
        }
        let mut out = String::new();
        let mut copied = 0;
        let mut at = 0;
        while let Some(open) = html[at..].find('<').map(|found| at + found) {
            let Some(close) = html[open..].find('>').map(|found| open + found) else {
                break;
            };
            let tag = &html[open + 1..close];
            for (name, value) in Attributes::new(tag) {
                let is_address = ADDRESSES
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known));
                if !is_address || value.is_empty() || is_absolute(value) || value.starts_with('#') {
                    continue;
                }
                let Some(completed) = self.resolve(value) else {
                    continue;
                };
                // The value is a piece of the tag, so its place follows from where it lies.
                let from = open + 1 + (value.as_ptr() as usize - tag.as_ptr() as usize);
                out.push_str(&html[copied..from]);
                out.push_str(&completed);
                copied = from + value.len();
            }
            at = close + 1;
        }
        if copied == 0 {
            return html;
        }
        out.push_str(&html[copied..]);
        Cow::Owned(out)
    }
}

/// Whether a link begins with a scheme (RFC 3986, section 3.1).
pub fn is_absolute(link: &str) -> bool {
    link.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_completed_by_the_innermost_base() {
        let base = Base::of(Some("https://news.example/a/feed.xml"));
        assert_eq!(
            base.resolve(" /story ").as_deref(),
            Some("https://news.example/story")
        );
        assert_eq!(
            base.within(Some("b/")).resolve("c").as_deref(),
            Some("https://news.example/a/b/c")
        );
        assert_eq!(
            base.resolve("tag:x,2026:1").as_deref(),
            Some("tag:x,2026:1")
        );
        assert_eq!(Base::default().resolve("story").as_deref(), Some("story"));
    }

    #[test]
    fn links_inside_html_are_completed_in_place() {
        let base = Base::of(Some("https://news.example/a/"));
        let html = "<p>See <a class=x href='b?c=1&amp;d=2'>b</a>, <a href=\"https://y.example/\">y</a>, \
                    <img alt='a < b' src=/c.png> and href=d</p>";
        let expected = "<p>See <a class=x href='https://news.example/a/b?c=1&amp;d=2'>b</a>, \
                        <a href=\"https://y.example/\">y</a>, \
                        <img alt='a < b' src=https://news.example/c.png> and href=d</p>";
        assert_eq!(base.complete(Cow::Borrowed(html)), expected);
        assert!(matches!(
            base.complete(Cow::Borrowed("<p>a < b")),
            Cow::Borrowed(_)
        ));
    }
}
