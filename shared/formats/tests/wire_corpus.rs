//! The wire readers against the documents of real agencies, where the folder with them is at hand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quick_xml::events::Event;
use serde_json::Value;
use wiredesk_formats::{AnswerItem, Hints, decode_text, parse};
use wiredesk_model::{Item, WireFacts, WireStatus};
use wiredesk_testkit::skip::skipped;

/// The documents of one or more formats, or none where there is no folder of them.
fn documents(formats: &[&str]) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/feeds");
    let Ok(list) = std::fs::read_to_string(root.join("expect.jsonl")) else {
        skipped("the wire corpus", "there is no folder of it");
        return Vec::new();
    };
    let entries = list
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let wanted = entries.filter(|entry| {
        let format = entry["format"].as_str().unwrap_or_default();
        entry["kind"] == "wire" && formats.contains(&format)
    });
    wanted.filter_map(|entry| read(&root, &entry)).collect()
}

fn read(root: &Path, entry: &Value) -> Option<(String, Vec<u8>)> {
    let path: PathBuf = root.join(entry["file"].as_str()?);
    Some((entry["id"].as_str()?.to_owned(), std::fs::read(path).ok()?))
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Every run of text inside the elements that hold a body, by a strict reader that shares nothing
/// with ours. Text that is markup itself, and documents that are not well-formed, are left out.
fn body_texts(source: &str) -> Option<Vec<String>> {
    const HOLDERS: [&str; 4] = ["inlineXML", "inlineData", "DataContent", "body.content"];
    const ASIDE: [&str; 4] = ["head", "script", "style", "body.head"];
    let mut reader = quick_xml::Reader::from_str(source);
    let mut open: Vec<String> = Vec::new();
    let mut texts = vec![String::new()];
    loop {
        let event = reader.read_event().ok()?;
        let inside = open.iter().any(|name| HOLDERS.contains(&name.as_str()));
        let aside = open.iter().any(|name| ASIDE.contains(&name.as_str()));
        let text = match &event {
            Event::Eof => break,
            Event::Text(text) => (**text).to_owned(),
            Event::CData(text) => (**text).to_owned(),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(c) => c.to_string(),
                None => match &**entity {
                    "amp" => "&".to_owned(),
                    "lt" => "<".to_owned(),
                    "gt" => ">".to_owned(),
                    "quot" => "\"".to_owned(),
                    "apos" => "'".to_owned(),
                    _ => return None,
                },
            },
            Event::Start(start) => {
                open.push(start.local_name().as_ref().to_owned());
                texts.push(String::new());
                continue;
            }
            Event::End(_) => {
                open.pop();
                texts.push(String::new());
                continue;
            }
            Event::Empty(_) => {
                texts.push(String::new());
                continue;
            }
            _ => continue,
        };
        if inside && !aside {
            texts.last_mut()?.push_str(&text);
        }
    }
    let pieces = texts.iter().flat_map(|text| between_tags(text));
    let kept = pieces.map(|text| squeeze(&text));
    Some(kept.filter(|text| !text.is_empty()).collect())
}

/// The text itself, or where it is markup that was sent as text, what stands between its tags. A
/// piece with references in it is left out: reading those again would be a reader of its own.
fn between_tags(text: &str) -> Vec<String> {
    if !text.contains('<') {
        return vec![text.to_owned()];
    }
    let behind = text
        .split('<')
        .skip(1)
        .filter_map(|tag| tag.split_once('>'));
    let pieces = behind.map(|(_, piece)| piece.to_owned());
    pieces.filter(|piece| !piece.contains('&')).collect()
}

/// What each subject in a document is known by, its code or else its name, by the strict reader.
fn subjects_said(source: &str) -> Option<Vec<String>> {
    const NEWSML1: [&str; 4] = [
        "Subject",
        "SubjectMatter",
        "SubjectDetail",
        "SubjectQualifier",
    ];
    let mut reader = quick_xml::Reader::from_str(source);
    let mut open: Vec<String> = Vec::new();
    let mut said = Vec::new();
    loop {
        let event = reader.read_event().ok()?;
        let (start, is_open) = match &event {
            Event::Eof => return Some(said),
            Event::Start(start) => (start, true),
            Event::Empty(start) => (start, false),
            Event::End(_) => {
                open.pop();
                continue;
            }
            _ => continue,
        };
        let name = start.local_name().as_ref().to_owned();
        let parent = open.last().map_or("", String::as_str);
        let by: &[&str] = match (parent, name.as_str()) {
            ("contentMeta", "subject") => &["qcode", "uri", "literal"],
            ("SubjectCode", name) if NEWSML1.contains(&name) => &["FormalName"],
            (_, "tobject.subject") => &["tobject.subject.refnum"],
            _ => &[],
        };
        let value = |key: &&str| {
            let mut own = start.attributes().flatten();
            let found = own.find(|own| own.key.as_ref() == *key)?;
            Some(found.value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        said.extend(by.iter().find_map(value));
        if is_open {
            open.push(name);
        }
    }
}

#[test]
fn every_subject_is_kept_with_its_code() {
    let (mut documents_read, mut subjects) = (0, 0);
    for (id, bytes) in documents(&["newsml-g2", "newsml-g2-nons", "newsml-1", "nitf"]) {
        let hints = Hints::default();
        let Some(said) = subjects_said(&decode_text(&bytes, &hints).text) else {
            eprintln!("{id} is not well-formed");
            continue;
        };
        let parsed = parse(&bytes, &hints).unwrap_or_else(|error| panic!("{id}: {error}"));
        let terms = parsed.items.iter().flat_map(|item| &facts(item).subjects);
        let kept: BTreeSet<&str> = terms.filter_map(|term| term.code.as_deref()).collect();
        for code in said {
            assert!(kept.contains(code.as_str()), "{id} lost {code}: {kept:?}");
            subjects += 1;
        }
        documents_read += 1;
    }
    eprintln!("{subjects} subjects in {documents_read} documents compared");
}

/// The content of the items as one run of text: as text, and as HTML, which also holds style
/// sheets that were sent as content.
fn our_text(items: &[Item]) -> String {
    let answers = items.iter().cloned().map(AnswerItem::from);
    let texts = answers.filter_map(|answer| {
        let html = answer.item.content.clone()?;
        let text = answer.wire?.get("body_text")?.as_str()?.to_owned();
        Some(text + &html)
    });
    squeeze(&texts.collect::<Vec<_>>().join(" "))
}

#[test]
fn every_word_of_the_body_is_kept() {
    let (mut documents_read, mut bytes_compared) = (0, 0);
    for (id, bytes) in documents(&["newsml-g2", "newsml-g2-nons", "newsml-1", "nitf"]) {
        let hints = Hints::default();
        let source = decode_text(&bytes, &hints).text;
        let Some(texts) = body_texts(&source) else {
            eprintln!("{id} is not well-formed");
            continue;
        };
        let parsed = parse(&bytes, &hints).unwrap_or_else(|error| panic!("{id}: {error}"));
        let ours = our_text(&parsed.items);
        for text in texts {
            assert!(ours.contains(&text), "{id} lost {text:?}");
            bytes_compared += text.len();
        }
        documents_read += 1;
    }
    eprintln!("{bytes_compared} bytes of body text in {documents_read} documents compared");
}

/// No status but the standard's own word, or silence, makes an item usable.
#[test]
fn nothing_is_usable_by_mistake() {
    let formats = [
        "newsml-g2",
        "newsml-g2-nons",
        "newsml-1",
        "nitf",
        "ninjs",
        "ap-media",
        "dpa-digitalwires",
    ];
    for (id, bytes) in documents(&formats) {
        let Ok(parsed) = parse(&bytes, &Hints::default()) else {
            continue;
        };
        for facts in parsed.items.iter().filter_map(|item| item.wire.as_deref()) {
            if facts.status == WireStatus::Usable {
                let word = facts.status_word.as_deref().unwrap_or("usable");
                assert_eq!(word, "usable", "{id}");
            }
        }
    }
}

/// One story sent as JSON and as NewsML-G2 is one story.
#[test]
fn two_renderings_of_a_story_say_the_same() {
    let json = documents(&["dpa-digitalwires"]);
    let g2 = documents(&["newsml-g2"]);
    let mut compared = 0;
    for (id, bytes) in &json {
        let twin = id.replace(".json", ".xml");
        let Some((_, twin_bytes)) = g2.iter().find(|(other, _)| *other == twin) else {
            continue;
        };
        let one = only_item(id, bytes);
        let other = only_item(&twin, twin_bytes);
        same_facts(id, &one, &other);
        same_text(id, &one, &other);
        compared += 1;
    }
    eprintln!("{compared} pairs compared");
}

fn only_item(id: &str, bytes: &[u8]) -> Item {
    let parsed = parse(bytes, &Hints::default());
    let mut items = parsed.map(|feed| feed.items).unwrap_or_default();
    assert_eq!(items.len(), 1, "{id}");
    items.remove(0)
}

fn facts(item: &Item) -> &WireFacts {
    item.wire
        .as_deref()
        .expect("an item of a wire has wire facts")
}

fn same_facts(id: &str, one: &Item, other: &Item) {
    let (json, g2) = (facts(one), facts(other));
    assert_eq!(one.id, other.id, "{id}");
    assert_eq!(one.title, other.title, "{id}");
    assert_eq!(one.language, other.language, "{id}");
    assert_eq!(one.updated, other.updated, "{id}");
    assert_eq!(one.rights, other.rights, "{id}");
    assert_eq!(json.version, g2.version, "{id}");
    assert_eq!(json.status, g2.status, "{id}");
    assert_eq!(json.embargo, g2.embargo, "{id}");
    assert_eq!(json.urgency, g2.urgency, "{id}");
    assert_eq!(json.byline, g2.byline, "{id}");
    assert_eq!(json.dateline, g2.dateline, "{id}");
    assert_eq!(json.credit_line, g2.credit_line, "{id}");
    assert_eq!(
        json.usage_terms.as_deref().map(squeeze),
        g2.usage_terms.as_deref().map(squeeze),
        "{id}"
    );
    assert_eq!(json.signals, g2.signals, "{id}");
    assert_eq!(json.keywords, g2.keywords, "{id}");
    let headlines = |facts: &WireFacts| {
        facts
            .headlines
            .iter()
            .map(|text| text.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(headlines(json), headlines(g2), "{id}");
    let codes = |facts: &WireFacts| -> BTreeSet<String> {
        let terms = facts.subjects.iter().filter(|term| term.scheme.is_some());
        terms.filter_map(|term| term.code.clone()).collect()
    };
    // The XML rendering leaves out vocabularies of other agencies.
    let only_g2: Vec<_> = codes(g2).difference(&codes(json)).cloned().collect();
    assert!(only_g2.is_empty(), "{id}: only in G2: {only_g2:?}");
}

/// What the G2 body has beyond the JSON body must stand in the metadata of both.
fn same_text(id: &str, one: &Item, other: &Item) {
    let lines = |item: &Item| -> Vec<String> {
        let answer = AnswerItem::from(item.clone());
        let text = answer
            .wire
            .and_then(|wire| wire.get("body_text")?.as_str().map(str::to_owned));
        text.unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    };
    let dateline = facts(one).dateline.clone().unwrap_or_default();
    // Either rendering may have the dateline in the text as well.
    let bare = |line: &String| squeeze(line.strip_prefix(&dateline).unwrap_or(line));
    let known: BTreeSet<String> = lines(one).iter().map(bare).collect();
    let theirs = lines(other);
    let theirs_bare: BTreeSet<String> = theirs.iter().map(bare).collect();
    for line in &known {
        assert!(
            theirs_bare.contains(line),
            "{id}: the G2 body lacks {line:?}"
        );
    }
    let said = serde_json::to_string(facts(other)).expect("facts are plain data");
    for line in theirs.iter().filter(|line| !known.contains(&bare(line))) {
        let quoted = serde_json::to_string(line.trim()).expect("a line is plain data");
        let is_date = line.starts_with(|c: char| c.is_ascii_digit()) && line.len() <= 20;
        let is_said = said.contains(quoted.trim_matches('"'));
        assert!(is_date || is_said, "{id}: only the G2 body says {line:?}");
    }
}
