//! What holds for any story, however strange.

use proptest::prelude::*;
use wiredesk_enrichment::{
    EnrichSettings, count_words, dateline_of, detect_language, enrich, normalize_tag, text_hash,
    to_xhtml,
};
use wiredesk_model::{
    Block, BlockKind, CleanStory, Enclosure, Item, ListPlace, PageFacts, Person, Removal,
    Timestamp, Version,
};

const KINDS: [BlockKind; 7] = [
    BlockKind::Heading,
    BlockKind::Paragraph,
    BlockKind::ListItem,
    BlockKind::Quote,
    BlockKind::TableRow,
    BlockKind::Preformatted,
    BlockKind::Caption,
];

/// Text of any characters, and text made of the parts that the enrichers look for.
fn text() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "LONDON",
        "Berlin",
        " (AP)",
        " (dpa/bb)",
        " - ",
        " — ",
        "— ",
        ": ",
        ", Aug. 30",
        "30 ago ",
        "(ANSA) - ",
        "/ТАСС/. ",
        "МОСКВА",
        "新华社北京8月30日电",
        "【北京共同】",
        "(서울=연합뉴스)",
        "القدس (أ ف ب) - ",
        "By ",
        "Von ",
        " and ",
        "Jane Roe",
        ", ",
        "© 2026 AFP",
        "(",
        ")",
        "/",
        "Correction: ",
        "RPT-",
        "\t",
        "\n",
        "<b>&amp;",
        "]]>",
        "\u{0}",
        "\u{feff}",
        "e\u{301}",
        "İ",
        "ß",
        "|",
        "word ",
        ".",
        "..",
        "“",
        "”",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat()),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    let kind = prop::sample::select(KINDS.to_vec());
    let place = (any::<u8>(), any::<Option<i32>>(), any::<bool>());
    let list = place.prop_map(|(depth, number, goes_on)| ListPlace {
        depth,
        number,
        goes_on,
    });
    let cells = prop::collection::vec(0..4u16, 0..3);
    let more = (any::<Option<u8>>(), prop::option::of(list), cells);
    (kind, text(), more).prop_map(|(kind, text, (level, list, heading_cells))| Block {
        level,
        list,
        heading_cells,
        ..Block::new(kind, text)
    })
}

prop_compose! {
    fn item()(
        id in prop::option::of(text()),
        link in prop::option::of(text()),
        published in prop::option::of(text()),
        updated in prop::option::of(text()),
        authors in prop::collection::vec(text(), 0..3),
        rights in prop::option::of(text()),
        categories in prop::collection::vec(text(), 0..3),
        url in text(),
        length in prop::option::of(text()),
        language in prop::option::of(text()),
    ) -> Item {
        Item {
            id,
            link,
            published,
            updated,
            authors: authors
                .into_iter()
                .map(|name| Person { name: Some(name), ..Person::default() })
                .collect(),
            rights,
            categories,
            enclosures: vec![Enclosure { url, length, ..Enclosure::default() }],
            language,
            ..Item::default()
        }
    }
}

prop_compose! {
    fn story()(
        id in text(),
        version in any::<u32>(),
        title in text(),
        item in item(),
        blocks in prop::collection::vec(block(), 0..6),
        plain in text(),
        removed in prop::collection::vec((text(), any::<u32>()), 0..3),
        byline in prop::option::of(text()),
        declared in prop::option::of(text()),
        fetched in any::<i32>(),
    ) -> CleanStory {
        CleanStory {
            story: id.as_str().into(),
            version: Version(version),
            identity: "guid".to_owned(),
            source: "source".into(),
            feed: "feed".into(),
            run: "live".into(),
            fetched_at: Timestamp::new(i64::from(fetched), 0).unwrap_or_default(),
            raw_hash: String::new(),
            raw_ref: "raw/0/0".to_owned(),
            item,
            summary: Some(title.clone()),
            feed_title: Some(title.clone()),
            declared_language: declared,
            page_byline: byline,
            page_published: None,
            page: PageFacts::default(),
            media: Vec::new(),
            title,
            body_from: "content".to_owned(),
            blocks,
            text: plain,
            removed: removed
                .into_iter()
                .map(|(text, after_block)| Removal {
                    rule: "rule".to_owned(),
                    reason: "reason".to_owned(),
                    text,
                    after_block,
                    start: None,
                    end: None,
                })
                .collect(),
            credits: Vec::new(),
            quality: Vec::new(),
            http: None,
            rules_version: "1".to_owned(),
        }
    }
}

/// Reads XHTML as XML, and gives back its text.
fn text_of_xml(xhtml: &str) -> Result<String, String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xhtml);
    reader.config_mut().check_end_names = true;
    let mut text = String::new();
    let mut depth = 0_i32;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Empty(element) if element.name().as_ref() == "br" => text.push('\n'),
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(reference) => {
                match reference
                    .resolve_char_ref()
                    .map_err(|error| error.to_string())?
                {
                    Some(letter) => text.push(letter),
                    None => text.push_str(match reference.as_ref() {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        other => return Err(format!("unknown entity {other}")),
                    }),
                }
            }
            Event::Eof => break,
            other => return Err(format!("unexpected {other:?}")),
        }
    }
    if depth == 0 {
        Ok(text)
    } else {
        Err(format!("{depth} elements left open"))
    }
}

fn is_xml_character(letter: char) -> bool {
    !matches!(letter, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_story_gives_a_record_that_reads_back(story in story()) {
        let record = enrich(&story, &EnrichSettings::default());
        prop_assert_eq!(&record, &enrich(&story, &EnrichSettings::default()));
        let json = serde_json::to_string(&record).expect("a record is JSON");
        let back: wiredesk_model::ArticleRecord = serde_json::from_str(&json).expect("it reads back");
        prop_assert_eq!(back, record);
    }

    #[test]
    fn dates_of_a_record_are_dates(story in story()) {
        let record = enrich(&story, &EnrichSettings::default());
        for date in [&record.wire.published.value, &record.wire.updated.value] {
            prop_assert!(date.parse::<Timestamp>().is_ok(), "{} is no date", date);
        }
        prop_assert!(record.article.uri.contains(':'));
    }

    #[test]
    fn xhtml_is_well_formed_and_keeps_the_text(blocks in prop::collection::vec(block(), 0..8)) {
        let read = text_of_xml(&to_xhtml(&blocks, &[]));
        prop_assert!(read.is_ok(), "{:?}", read);
        let fold = |text: &str| -> String {
            text.chars().filter(|letter| is_xml_character(*letter) && !matches!(letter, '\t' | '\n')).collect()
        };
        let expected: String = blocks
            .iter()
            .filter(|block| !block.text.trim().is_empty())
            .map(|block| fold(&block.text))
            .collect();
        prop_assert_eq!(fold(&read.unwrap_or_default()), expected);
    }

    #[test]
    fn a_dateline_is_the_start_of_its_paragraph(paragraph in text()) {
        if let Some(found) = dateline_of(&paragraph) {
            prop_assert!(paragraph.trim_start().starts_with(found.text));
            prop_assert!(found.text.contains(found.place) && !found.place.is_empty());
            prop_assert!(found.text.len() <= paragraph.len());
        }
    }

    #[test]
    fn words_are_no_more_than_letters(text in text()) {
        let words = count_words(&text);
        let letters = text.chars().filter(|letter| letter.is_alphanumeric()).count() as u64;
        prop_assert!(words <= letters);
        prop_assert_eq!(words == 0, letters == 0);
        prop_assert_eq!(count_words(&format!("{text} {text}")), 2 * words);
    }

    #[test]
    fn the_text_hash_folds_case_and_space(text in "[a-zA-Z ]{0,40}") {
        let spread = text.to_uppercase().replace(' ', " \n ");
        prop_assert_eq!(text_hash(&text), text_hash(&spread));
    }

    #[test]
    fn any_tag_and_text_is_survived(text in text()) {
        if let Some(tag) = normalize_tag(&text) {
            prop_assert_eq!(normalize_tag(&tag), Some(tag));
        }
        if let Some(found) = detect_language(&text) {
            prop_assert!((0.0..=1.0).contains(&found.confidence));
        }
    }
}
