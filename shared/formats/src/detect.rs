//! What a document is, judged by its content alone.

use crate::document::is_binary;
use crate::list::{FORMATS, Format, Kind};
use crate::{Dialect, Habits};

/// How far into a document its root element is looked for.
const PROLOG_BYTES: usize = 64 * 1024;
/// Elements that feeds begin with, without prefix.
const FEED_ROOTS: [&str; 7] = [
    "rss",
    "feed",
    "rdf",
    "channel",
    "entry",
    "urlset",
    "sitemapindex",
];
/// Elements that wires begin with; some of them have a channel inside.
const WIRE_ROOTS: [&str; 9] = [
    "newsml",
    "newsmessage",
    "newsitem",
    "packageitem",
    "conceptitem",
    "planningitem",
    "knowledgeitem",
    "catalogitem",
    "nitf",
];

/// What the detection of each format looks at.
#[derive(Debug, Clone)]
pub struct Detected<'a> {
    /// The text without white space and marks before it.
    pub text: &'a str,
    /// The root element's name in lower case, without prefix; of an XML document with something
    /// before its root, the first name that a feed begins with.
    pub root: Option<String>,
    /// JSON dialects of the source's own.
    pub dialects: &'a [Dialect],
    /// The format that claims it.
    pub format: Option<&'static Format>,
}

/// Looks at the start of a document, and asks each format of that kind in turn. Wires are told
/// by what no feed and no page has, so they come in wherever those do.
pub fn detect<'a>(text: &'a str, kind: Kind, habits: &'a Habits) -> Detected<'a> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    let mut detected = Detected {
        text,
        root: root_name(text),
        dialects: &habits.dialects,
        format: None,
    };
    detected.format = FORMATS.iter().find(|format| {
        (format.kind == kind || format.kind == Kind::Wire) && (format.detect)(&detected)
    });
    detected
}

impl Detected<'_> {
    /// The root element where the document is markup; JSON may have markup in its texts.
    pub fn markup_root(&self) -> &str {
        let is_json = self.text.starts_with('{');
        self.root
            .as_deref()
            .filter(|_| !is_json)
            .unwrap_or_default()
    }

    /// What the document seems to be, for a message to a person.
    pub fn in_words(&self) -> String {
        match self.root.as_deref() {
            Some("html" | "head" | "body" | "!doctype") => "an HTML page".to_owned(),
            Some("opml") => "an OPML list of feeds".to_owned(),
            Some(root) => format!("XML with the root element <{root}>"),
            None if self.text.starts_with(['{', '[']) => {
                "JSON, broken or of no known kind".to_owned()
            }
            None if is_binary(self.text) => "no text".to_owned(),
            None => "plain text".to_owned(),
        }
    }
}

/// Name of the root element; `!doctype` stands for an HTML document type.
fn root_name(text: &str) -> Option<String> {
    let mut end = text.len().min(PROLOG_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut rest = &text[..end];
    let mut first = None;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '!'))
            .flat_map(char::to_lowercase)
            .collect();
        let local = name
            .rsplit_once(':')
            .map_or(name.as_str(), |(_, local)| local);
        let is_html = local == "html"
            || (local == "!doctype"
                && rest[8..]
                    .trim_start()
                    .get(..4)
                    .is_some_and(|word| word.eq_ignore_ascii_case("html")));
        if is_html || FEED_ROOTS.contains(&local) || WIRE_ROOTS.contains(&local) {
            return Some(local.to_owned());
        }
        if first.is_none() && local.starts_with(|c: char| c.is_alphabetic()) {
            first = Some(local.to_owned());
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_behind_what_stands_before_them() {
        let cases = [
            (
                "\u{feff} <?xml version='1.0'?><!-- <html> --><rss>",
                Some("rss"),
            ),
            (
                "<br />\n<b>Warning</b>: in line 3<br />\n<feed>",
                Some("feed"),
            ),
            ("<rdf:RDF xmlns:rdf='x'>", Some("rdf")),
            ("<!DOCTYPE html><p>", Some("!doctype")),
            ("<!DOCTYPE rss SYSTEM 'x'><RSS>", Some("rss")),
            ("<opml><body>", Some("opml")),
            ("no markup", None),
        ];
        for (text, root) in cases {
            assert_eq!(
                detect(text, Kind::Feed, &Habits::default()).root.as_deref(),
                root,
                "{text:?}"
            );
        }
    }
}
