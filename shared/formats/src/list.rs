//! The one list of formats. Detection, the table in the docs and the fuzz targets follow from it.

use wiredesk_model::ParsedFeed;

use crate::wire::{anpa1312, iptc7901, newsml_g2, newsml1, ninjs, nitf};
use crate::{Detected, FormatError, Hints, Limits, atom, document, json_feed, rss, sitemap};

/// What a format is a format of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A list of items that is polled.
    Feed,
    /// Items from a news agency, in a format of the trade.
    Wire,
    /// One story.
    Document,
}

/// Reads a document of one format, already text.
pub type Read = fn(&str, &Hints, &Limits) -> Result<ParsedFeed, FormatError>;

/// One source format.
#[derive(Debug)]
pub struct Format {
    /// Its name, as in [`ParsedFeed::format`].
    pub name: &'static str,
    /// Media type of its documents and items.
    pub media_type: &'static str,
    /// What it is a format of.
    pub kind: Kind,
    /// What it covers, for the docs.
    pub doc: &'static str,
    /// Whether a document is of this format.
    pub detect: fn(&Detected<'_>) -> bool,
    /// Reads it.
    pub read: Read,
}

/// Every format; the first that claims a document reads it.
pub const FORMATS: &[Format] = &[
    Format {
        name: "ninjs",
        media_type: "application/json",
        kind: Kind::Wire,
        doc: "ninjs 1.x, 2.x and 3.x, and other agency JSON described by data",
        detect: ninjs::detect,
        read: ninjs::read,
    },
    Format {
        name: "newsml-1",
        media_type: "text/vnd.iptc.newsml",
        kind: Kind::Wire,
        doc: "NewsML 1.x, components to any depth, several languages in one item",
        detect: newsml1::detect,
        read: newsml1::read,
    },
    Format {
        name: "newsml-g2",
        media_type: "application/vnd.iptc.g2.newsitem+xml",
        kind: Kind::Wire,
        doc: "NewsML-G2 2.9 to 2.35: news and package items, alone or in a news message",
        detect: newsml_g2::detect,
        read: newsml_g2::read,
    },
    Format {
        name: "nitf",
        media_type: "application/nitf+xml",
        kind: Kind::Wire,
        doc: "NITF 3.x",
        detect: nitf::detect,
        read: nitf::read,
    },
    Format {
        name: "anpa-1312",
        media_type: "text/plain",
        kind: Kind::Wire,
        doc: "ANPA 1312 text wire",
        detect: anpa1312::detect,
        read: anpa1312::read,
    },
    Format {
        name: "iptc-7901",
        media_type: "text/plain",
        kind: Kind::Wire,
        doc: "IPTC 7901 text wire",
        detect: iptc7901::detect,
        read: iptc7901::read,
    },
    Format {
        name: "rss",
        media_type: "application/rss+xml",
        kind: Kind::Feed,
        doc: "RSS 0.90 to 2.0, RDF Site Summary 1.0",
        detect: rss::detect,
        read: rss::read,
    },
    Format {
        name: "atom",
        media_type: "application/atom+xml",
        kind: Kind::Feed,
        doc: "Atom 1.0 (RFC 4287) and 0.3, feed or single entry",
        detect: atom::detect,
        read: atom::read,
    },
    Format {
        name: "json-feed",
        media_type: "application/feed+json",
        kind: Kind::Feed,
        doc: "JSON Feed 1.0 and 1.1",
        detect: json_feed::detect,
        read: json_feed::read,
    },
    Format {
        name: "sitemap",
        media_type: "application/xml",
        kind: Kind::Feed,
        doc: "Sitemaps, with Google's extensions for news, pictures and films; an index gives its sitemaps as links",
        detect: sitemap::detect,
        read: sitemap::read,
    },
    Format {
        name: "html",
        media_type: "text/html",
        kind: Kind::Document,
        doc: "A saved HTML page with one story",
        detect: document::is_html,
        read: document::read_html,
    },
    Format {
        name: "text",
        media_type: "text/plain",
        kind: Kind::Document,
        doc: "A plain text with one story",
        detect: document::is_text,
        read: document::read_text,
    },
];

impl Format {
    /// The format of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }
}

/// The list as a table in Markdown; it stands in `docs/wire-formats.md`.
pub fn formats_table() -> String {
    let mut table = "| name | for | what | media type |\n|---|---|---|---|\n".to_owned();
    for format in FORMATS {
        let kind = match format.kind {
            Kind::Feed => "web feeds",
            Kind::Wire => "wires",
            Kind::Document => "documents",
        };
        let Format {
            name,
            doc,
            media_type,
            ..
        } = format;
        table.push_str(&format!("| `{name}` | {kind} | {doc} | `{media_type}` |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for format in FORMATS {
            assert_eq!(
                FORMATS
                    .iter()
                    .filter(|other| other.name == format.name)
                    .count(),
                1
            );
        }
    }
}
