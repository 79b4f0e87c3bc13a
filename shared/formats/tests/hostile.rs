//! Documents made to harm the reader: each is refused or read, in time that grows with its size.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use wiredesk_formats::{FormatError, Hints, Limits, parse, parse_document, parse_within};

fn read(text: &str) -> Result<wiredesk_model::ParsedFeed, FormatError> {
    parse(text.as_bytes(), &Hints::default())
}

#[test]
fn nesting_is_refused_by_its_depth() {
    for (open, levels) in [("<media:group>", 4_000), ("<a>", 200_000)] {
        let text = format!("<rss><channel><item>{}", open.repeat(levels));
        let error = read(&text).unwrap_err();
        assert!(
            matches!(error, FormatError::OverLimit { limit: 256, .. }),
            "{error}"
        );
        assert_eq!(
            error.to_string(),
            "over the limit: 257 elements inside each other, and 256 are allowed"
        );
    }
    let json = format!("{{\"items\":{}", "[".repeat(200_000));
    assert!(matches!(read(&json), Err(FormatError::Damaged { .. })));
}

#[test]
fn paragraphs_left_open_are_not_nesting() {
    let text = format!(
        "<rss><channel><item><description>{}</description></item>",
        "<p>one<br>".repeat(2_000)
    );
    assert_eq!(read(&text).unwrap().items.len(), 1);
}

#[test]
fn too_many_items_are_refused_not_cut() {
    let text = format!("<rss><channel>{}", "<item/>".repeat(20));
    let limits = Limits {
        items: 19,
        ..Limits::default()
    };
    let error = parse_within(text.as_bytes(), &Hints::default(), &limits).unwrap_err();
    assert_eq!(
        error,
        FormatError::OverLimit {
            what: "items",
            limit: 19,
            found: 20
        }
    );
}

#[test]
fn entities_neither_multiply_nor_reach_outside() {
    let bomb = r#"<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
        <rss><channel><title>&b;&c;&a;</title></channel></rss>"#;
    assert_eq!(
        read(bomb).unwrap().feed.title.as_deref(),
        Some("&b;&c;aaaaaaaaaa")
    );
}

#[test]
fn what_is_no_feed_is_named() {
    let cases = [
        ("", "the document is empty"),
        (
            "<!doctype html><html><body>502</body></html>",
            "neither a feed nor a wire: the document is an HTML page",
        ),
        (
            "Service unavailable",
            "neither a feed nor a wire: the document is plain text",
        ),
        (
            "<opml><body/></opml>",
            "neither a feed nor a wire: the document is an OPML list of feeds",
        ),
        (
            "{\"error\": 1}",
            "neither a feed nor a wire: the document is JSON, broken or of no known kind",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(read(text).unwrap_err().to_string(), message);
    }
}

#[test]
fn utf16_in_both_orders_is_read() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-16\"?><rss><channel><title>Größe</title></channel></rss>";
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [big, little] {
        assert_eq!(
            parse(&bytes, &Hints::default())
                .unwrap()
                .feed
                .title
                .as_deref(),
            Some("Größe")
        );
    }
}

/// Each of these made some reader take time that grows with the square of the size. A square would
/// take minutes here; the limit is far above what a slow machine needs.
#[test]
fn time_grows_with_the_size_only() {
    let pieces = [
        "<![CDATA[",
        "<!--",
        "<?",
        "<a b=\"",
        "&",
        "</item>",
        "<!DOCTYPE [",
        "<",
        "]]>",
        "<item><![CDATA[</item>",
        "<x y='<",
    ];
    for piece in pieces {
        let text = format!(
            "<rss><channel><item><title>{}",
            piece.repeat(2_000_000 / piece.len())
        );
        let start = Instant::now();
        let _ = read(&text);
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{piece:?} took {:?}",
            start.elapsed()
        );
    }
}

const SEED: &str = include_str!("../fixtures/rss/full.xml");
const ATOM: &str = include_str!("../fixtures/atom/full.xml");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever bytes come, the reader answers.
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes, &Hints::default());
        let _ = parse_document(&bytes, &Hints::default(), &Limits::default());
    }

    /// Nor does a feed with a piece cut out, doubled or overwritten.
    #[test]
    fn no_damage_breaks_the_reader(from in 0_usize..2200, length in 0_usize..300, noise in "[<>&/\"'!\\[\\]a-z é]{0,8}", atom: bool) {
        let mut text: Vec<char> = if atom { ATOM.chars().collect() } else { SEED.chars().collect() };
        let from = from.min(text.len());
        let to = (from + length).min(text.len());
        text.splice(from..to, noise.chars());
        let text: String = text.into_iter().collect();
        if let Ok(parsed) = read(&text) {
            prop_assert_eq!(parsed.items.len(), parsed.item_sources.len());
        }
    }
}

#[test]
fn what_is_no_text_for_people_is_no_story() {
    let refused: [(&[u8], &str); 6] = [
        (b"{\"headline\": \"The wall held\", \"body", "JSON, broken"),
        (b"[\n {\n  \"uri\": \"urn:bay:1\", ", "JSON, broken"),
        (b"{}", "JSON, broken"),
        (
            b"<?xml version=\"1.0\"?><invoice><sum>3</sum></invoice>",
            "XML with the root element <invoice>",
        ),
        (b"<?xml version=\"1.0\"?>", "plain text"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x00\0\0\x01\x03\x08\x06",
            "no text",
        ),
    ];
    for (bytes, looks_like) in refused {
        let error = parse_document(bytes, &Hints::default(), &Limits::default());
        let error = error.expect_err("it is refused").to_string();
        assert!(error.contains(looks_like), "{error}");
    }
    for text in [
        "{Bay City} The wall held.",
        "[Update] The wall held, the mayor said.",
        "\"We held,\" the mayor said.",
        "The wall held\x1a",
    ] {
        let parsed = parse_document(text.as_bytes(), &Hints::default(), &Limits::default());
        assert_eq!(parsed.map(|feed| feed.items.len()), Ok(1), "{text}");
    }
}
