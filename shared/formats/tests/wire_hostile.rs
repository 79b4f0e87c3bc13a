//! Wire documents made to harm the reader: each is refused or read, in time and space that grow
//! with its size.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use wiredesk_formats::{
    AnswerItem, FORMATS, FormatError, Habits, Hints, Kind, Limits, parse, parse_within,
};
use wiredesk_model::{Embargo, ParsedFeed, WireStatus};

const SEEDS: [&[u8]; 12] = [
    include_bytes!("../fixtures/wire/g2-message.xml"),
    include_bytes!("../fixtures/wire/g2-nitf-inside.xml"),
    include_bytes!("../fixtures/wire/newsml1-nested.xml"),
    include_bytes!("../fixtures/wire/newsml1-languages.xml"),
    include_bytes!("../fixtures/wire/nitf.xml"),
    include_bytes!("../fixtures/wire/nitf-kill.xml"),
    include_bytes!("../fixtures/wire/ninjs-1.json"),
    include_bytes!("../fixtures/wire/ninjs-3.json"),
    include_bytes!("../fixtures/wire/media-api.json"),
    include_bytes!("../fixtures/wire/digitalwires.json"),
    include_bytes!("../fixtures/wire/iptc7901.txt"),
    include_bytes!("../fixtures/wire/anpa1312.txt"),
];

/// Reads a document, and writes its answer too: that must not break either.
fn read(bytes: &[u8]) -> Result<ParsedFeed, FormatError> {
    let parsed = parse(bytes, &Hints::default())?;
    for item in &parsed.items {
        serde_json::to_string(&AnswerItem::from(item.clone())).expect("an answer is plain data");
    }
    Ok(parsed)
}

#[test]
fn nesting_is_refused_by_its_depth() {
    for root in [
        "<newsItem>",
        "<NewsML><NewsItem>",
        "<nitf><body><body.content>",
    ] {
        for open in ["<p>", "<NewsComponent>", "<newsItem>", "<nitf>"] {
            let text = format!("{root}{}", open.repeat(100_000).replace("<p><p>", "<p><b>"));
            let error = read(text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, FormatError::OverLimit { .. }),
                "{root}{open}: {error}"
            );
        }
    }
    let json = format!("{{\"uri\": \"a\", \"body_html\": {}", "[".repeat(200_000));
    assert!(read(json.as_bytes()).is_err());
}

#[test]
fn bodies_inside_bodies_do_not_multiply() {
    let levels = 80;
    let text = format!(
        "<nitf>{}{}",
        "<body><body.content>".repeat(levels),
        "<p>word</p>".repeat(2_000)
    );
    let parsed = read(text.as_bytes()).unwrap();
    let content = parsed.items[0].content.as_deref().unwrap_or_default();
    assert_eq!(content.matches("word").count(), 2_000);
    let nested = "<nitf><body><body.content>".repeat(60);
    assert_eq!(read(nested.as_bytes()).unwrap().items.len(), 1);
}

#[test]
fn too_many_items_are_refused_not_cut() {
    let limits = Limits {
        items: 19,
        ..Limits::default()
    };
    let cases = [
        format!("<newsMessage><itemSet>{}", "<newsItem/>".repeat(20)),
        format!("<NewsML>{}", "<NewsItem/>".repeat(20)),
        format!("<x>{}", "<nitf/>".repeat(20)),
        format!("[{}{{\"uri\": \"z\"}}]", "{\"uri\": \"a\"},".repeat(19)),
        "\u{1}abc1 4 i 2 x\r\n\r\n".repeat(20),
        "\u{16}\u{1}V1\u{1f}-\r\n".repeat(20),
    ];
    for text in cases {
        let error = parse_within(text.as_bytes(), &Hints::default(), &limits).unwrap_err();
        assert!(
            matches!(error, FormatError::OverLimit { what: "items", .. }),
            "{text:.40}: {error}"
        );
    }
}

#[test]
fn entities_neither_multiply_nor_reach_outside() {
    let bomb = r#"<!DOCTYPE nitf [<!ENTITY a "ten"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
        <nitf><body><body.content><p>&a; &b; &c;</p></body.content></body></nitf>"#;
    let parsed = read(bomb.as_bytes()).unwrap();
    assert_eq!(
        parsed.items[0].content.as_deref(),
        Some("<p>ten &amp;b; &amp;c;</p>")
    );
}

/// Each of these could make a reader take time that grows with the square of the size.
#[test]
fn time_grows_with_the_size_only() {
    let cases: [(&str, &str); 17] = [
        ("<newsItem>", "<newsItem><itemMeta>"),
        ("<newsItem><contentMeta>", "<headline>a</headline>"),
        ("<newsItem><contentMeta>", "<subject qcode='a:b'/>"),
        ("<newsItem><contentSet>", "<inlineXML><p>a</p></inlineXML>"),
        ("<newsItem><contentSet><inlineXML>", "<body>a</body>"),
        ("<newsMessage><header>", "<channel>abcdefgh</channel>"),
        ("<newsItem ", "a='1' "),
        (
            "<NewsML><NewsItem>",
            "<NewsComponent Duid='a'><ContentItem><DataContent/></ContentItem></NewsComponent>",
        ),
        (
            "<NewsML><NewsItem><NewsComponent>",
            "<NewsComponent xml:lang='a'><NewsLines/></NewsComponent>",
        ),
        (
            "<NewsML><NewsItem><NewsComponent><NewsLines>",
            "<HeadLine>a</HeadLine><KeywordLine>b</KeywordLine>",
        ),
        ("<nitf><body><body.head><hedline>", "<hl2>a</hl2>"),
        ("<nitf><body><body.content>", "<x><y/></x>"),
        ("<nitf><body><body.content>", "&amp;lt;p&amp;gt;"),
        ("\u{1}abc1 4 i 2 x\n\n\u{2}head =\n", "a (b) - c\n"),
        (
            "\u{16}\u{1}V1\u{1f}-\r\nr e\u{13}\u{11} BC-a 01-01 \r\n\u{2}",
            "^a<\r\n",
        ),
        (
            "\u{16}\u{1}V1\u{1f}-\r\nr e\u{13}\u{11} BC-a 01-01 \r\n\u{2}",
            "\u{8}a\u{1e}b\r\n",
        ),
        ("{\"uri\": \"a\", \"keywords\": [\"x\"", ",\"k\""),
    ];
    for (start, piece) in cases {
        let mut text = format!("{start}{}", piece.repeat(400_000 / piece.len()));
        if text.starts_with('{') {
            text.push_str("]}");
        }
        let began = Instant::now();
        let _ = read(text.as_bytes());
        let took = began.elapsed();
        assert!(
            took < Duration::from_secs(20),
            "{start:?} {piece:?} took {took:?}"
        );
    }
}

#[test]
fn each_seed_is_told_by_its_content() {
    for seed in SEEDS {
        let parsed = read(seed).unwrap();
        let format = FORMATS.iter().find(|format| format.name == parsed.format);
        assert_eq!(format.map(|format| format.kind), Some(Kind::Wire));
        assert!(!parsed.items.is_empty());
    }
}

#[test]
fn markup_in_json_and_a_news_item_alone_are_told_apart() {
    let feed = br#"{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_html": "<newsItem><nitf>"}]}"#;
    assert_eq!(read(feed).unwrap().format, "json-feed");
    let item =
        b"<NewsItem><NewsManagement><Status FormalName='Usable'/></NewsManagement></NewsItem>";
    assert_eq!(read(item).unwrap().format, "newsml-1");
    let g2 = b"<newsItem guid='a'><itemMeta/></newsItem>";
    assert_eq!(read(g2).unwrap().format, "newsml-g2");
}

#[test]
fn habits_change_what_an_empty_embargo_means() {
    let wire = br#"{"uri": "a", "embargoed": "", "pubstatus": "frei"}"#;
    let habits: Habits = serde_json::from_str(
        r#"{"empty_embargo": "ignore", "status_words": {"frei": "usable"}, "default_language": "de"}"#,
    )
    .unwrap();
    let hints = Hints {
        habits,
        ..Hints::default()
    };
    let strict = read(wire).unwrap().items.remove(0).wire.unwrap();
    assert_eq!(strict.status, WireStatus::Unknown);
    assert!(matches!(strict.embargo, Embargo::Unknown { .. }));
    let item = parse(wire, &hints).unwrap().items.remove(0);
    assert_eq!(item.language.as_deref(), Some("de"));
    let lenient = item.wire.unwrap();
    assert_eq!(
        (lenient.status, lenient.embargo),
        (WireStatus::Usable, Embargo::Absent)
    );
}

#[test]
fn a_dialect_can_be_added_by_data() {
    let habits: Habits = serde_json::from_str(
        r#"{"dialects": [{"name": "own", "detect": ["nyhet.id"], "items": ["nyheter", ""],
            "fields": {"guid": ["nyhet.id"], "headlines": ["nyhet.rubrik"], "body": ["nyhet.text"]}}]}"#,
    )
    .unwrap();
    let hints = Hints {
        habits,
        ..Hints::default()
    };
    let wire =
        br#"{"nyheter": [{"nyhet": {"id": "n1", "rubrik": "Bron", "text": "Bron har byggts."}}]}"#;
    let item = parse(wire, &hints).unwrap().items.remove(0);
    assert_eq!(item.id.as_deref(), Some("n1"));
    assert_eq!(item.title.as_deref(), Some("Bron"));
    assert_eq!(item.content.as_deref(), Some("<p>Bron har byggts.</p>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A document cut off anywhere is read as far as it goes, or refused.
    #[test]
    fn no_cut_breaks_the_reader(seed in 0..SEEDS.len(), at in any::<prop::sample::Index>()) {
        let bytes = SEEDS[seed];
        let _ = read(&bytes[..at.index(bytes.len())]);
    }

    /// Pieces of a document in another order, or twice.
    #[test]
    fn no_order_breaks_the_reader(
        seed in 0..SEEDS.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..8),
    ) {
        let bytes = SEEDS[seed];
        let mut shuffled = bytes[..bytes.len().min(200)].to_vec();
        for (from, to) in cuts {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            shuffled.extend_from_slice(&bytes[from.min(to)..from.max(to)]);
        }
        let _ = read(&shuffled);
    }

    /// Bytes changed here and there.
    #[test]
    fn no_damage_breaks_the_reader(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = SEEDS[seed].to_vec();
        for (at, byte) in changes {
            let place = at.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read(&bytes);
    }

    /// Damage never opens what the wire closed: the status of a whole G2 item is its own word's.
    #[test]
    fn only_one_word_is_usable(word in "[a-zA-Z:/ .-]{0,24}") {
        let text = format!("<newsItem guid='a'><itemMeta><pubStatus qcode='{word}'/></itemMeta></newsItem>");
        let facts = read(text.as_bytes()).unwrap().items.remove(0).wire.unwrap();
        let last = word.trim().rsplit([':', '/']).next().unwrap_or_default().to_ascii_lowercase();
        prop_assert_eq!(facts.status == WireStatus::Usable, last == "usable", "{}", word);
    }
}
