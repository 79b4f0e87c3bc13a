//! Relative links, completed by the address of the document.

use url::Url;

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
}
