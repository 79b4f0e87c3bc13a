//! URIs as ninjs wants them: absolute, and valid under RFC 3986.

use url::Url;
use wiredesk_model::StoryId;

/// The URI that stands for a story: its id where that is a URI, else the id within
/// `urn:wiredesk:story:`.
pub(crate) fn story_uri(story: &StoryId) -> String {
    absolute_uri(story.as_str())
        .unwrap_or_else(|| format!("urn:wiredesk:story:{}", escape(story.as_str(), false)))
}

/// The text as a valid absolute URI, characters escaped where the RFC asks for it; nothing where
/// it is none.
pub(crate) fn absolute_uri(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !is_scheme || rest.is_empty() {
        return None;
    }
    if rest.starts_with("//") {
        // The parser of the WHATWG brings host and port into order; what it leaves in path and
        // query is escaped here.
        let url = Url::parse(text).ok()?;
        let host_end = url.as_str().len() - url[url::Position::BeforePath..].len();
        let (front, back) = url.as_str().split_at(host_end);
        return url
            .has_host()
            .then(|| format!("{front}{}", escape(back, true)));
    }
    // `word: more words` is a sentence, not a URI.
    if rest.starts_with(char::is_whitespace) {
        return None;
    }
    Some(format!("{scheme}:{}", escape(rest, true)))
}

/// The address of a page, escaped; nothing for `javascript:` and its like, which a subscriber must
/// not be led to.
pub(crate) fn web_address(text: &str) -> Option<String> {
    absolute_uri(text).filter(|uri| uri.starts_with("http://") || uri.starts_with("https://"))
}

/// Escapes what may not stand in a path, query or fragment. Escapes already there are kept where
/// `keeps_structure`, and so is the first `#`.
fn escape(text: &str, keeps_structure: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut has_fragment = false;
    for (place, byte) in bytes.iter().copied().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte);
        let is_escape = keeps_structure
            && byte == b'%'
            && bytes.len() > place + 2
            && bytes[place + 1..place + 3]
                .iter()
                .all(u8::is_ascii_hexdigit);
        let is_fragment = keeps_structure && byte == b'#' && !has_fragment;
        has_fragment |= is_fragment;
        if is_plain || is_escape || is_fragment {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_come_out_valid_or_not_at_all() {
        let cases = [
            (
                "https://example.org/a?b=c#d",
                Some("https://example.org/a?b=c#d"),
            ),
            (
                "https://example.org/a b|c",
                Some("https://example.org/a%20b%7Cc"),
            ),
            ("https://example.org/ü", Some("https://example.org/%C3%BC")),
            (
                "https://example.org/%7Ex%zz",
                Some("https://example.org/%7Ex%25zz"),
            ),
            (
                "https://example.org/a#b#c",
                Some("https://example.org/a#b%23c"),
            ),
            (
                "tag:example.org,2026:story/7",
                Some("tag:example.org,2026:story/7"),
            ),
            (
                "urn:newsml:example.org:20260830:x[1]",
                Some("urn:newsml:example.org:20260830:x%5B1%5D"),
            ),
            ("Correction: the vote", None),
            ("no scheme", None),
            ("/relative/path", None),
            ("https://", None),
            ("http://exa mple.org/", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(absolute_uri(text).as_deref(), expected, "URI of {text:?}");
        }
    }

    #[test]
    fn every_story_has_a_uri() {
        assert_eq!(story_uri(&"tag:x,2026:1".into()), "tag:x,2026:1");
        assert_eq!(
            story_uri(&"story 7%".into()),
            "urn:wiredesk:story:story%207%25"
        );
    }
}
