//! One story in two renderings of its agency becomes one text.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wiredesk_cleaner::clean_raw;
use wiredesk_cleaning::PublisherRules;
use wiredesk_formats::{Hints, parse};
use wiredesk_model::{
    CleanStory, FeedId, Item, Payload, RawItem, RunId, SourceId, StoryId, Timestamp, Version,
};
use wiredesk_testkit::skip::skipped;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The story that a document with one item becomes.
fn story(path: &Path) -> CleanStory {
    let parsed = parse(&std::fs::read(path).unwrap(), &Hints::default()).unwrap();
    let [item]: [Item; 1] = parsed.items.try_into().unwrap();
    let raw = RawItem {
        story: StoryId::new(item.id.clone().unwrap()),
        version: Version::FIRST,
        identity: "guid".to_owned(),
        source: SourceId::new("wire"),
        feed: FeedId::new("wire/main"),
        run: RunId::live(),
        fetched_at: Timestamp::UNIX_EPOCH,
        payload: Payload {
            media_type: "application/octet-stream".to_owned(),
            ..Payload::default()
        },
        hash: "h".to_owned(),
        item,
        feed_title: None,
        feed_language: None,
        http: None,
        page: None,
        page_http: None,
        page_error: None,
    };
    clean_raw(&raw, "raw/0/1", &PublisherRules::default()).unwrap()
}

/// The paragraphs without white space and without the dateline, which one rendering has in the
/// text and the other beside it.
fn paragraphs(story: &CleanStory) -> Vec<String> {
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    let facts = story.item.wire.as_deref().unwrap();
    let dateline = squeeze(facts.dateline.as_deref().unwrap_or_default());
    let lines = story.text.lines().map(squeeze);
    lines
        .filter(|line| !line.is_empty())
        .map(|line| line.strip_prefix(&dateline).unwrap_or(&line).to_owned())
        .collect()
}

fn subjects(story: &CleanStory) -> BTreeSet<String> {
    let facts = story.item.wire.as_deref().unwrap();
    let codes = facts.subjects.iter().filter(|term| term.scheme.is_some());
    codes.filter_map(|term| term.code.clone()).collect()
}

fn same(json: &Path, g2: &Path) {
    let (one, other) = (story(json), story(g2));
    let name = json.display();
    assert_eq!(one.story, other.story, "{name}");
    assert_eq!(one.title, other.title, "{name}");
    assert_eq!(one.summary, other.summary, "{name}");
    assert_eq!(one.item.updated, other.item.updated, "{name}");
    assert_eq!(one.item.authors, other.item.authors, "{name}");
    assert_eq!(one.item.rights, other.item.rights, "{name}");
    assert_eq!(one.declared_language, other.declared_language, "{name}");
    // One rendering may leave out vocabularies of other agencies.
    assert!(subjects(&other).is_subset(&subjects(&one)), "{name}");
    assert_eq!(paragraphs(&one), paragraphs(&other), "{name}");
}

#[test]
fn json_and_newsml_of_one_story_become_one_text() {
    let wires = root().join("shared/formats/fixtures/wire");
    same(
        &wires.join("digitalwires.json"),
        &wires.join("g2-repeats.xml"),
    );
}

#[test]
fn renderings_of_a_real_agency_become_one_text() {
    let folder = root().join("../shared/feeds/docs/wire/dpa");
    let Ok(files) = std::fs::read_dir(&folder) else {
        return skipped(
            "two renderings of a real agency",
            "there is no folder of them",
        );
    };
    let mut compared = 0;
    for json in files.map(|file| file.unwrap().path()) {
        let g2 = json.with_extension("xml");
        let is_pair = json.extension().is_some_and(|ending| ending == "json") && g2.exists();
        // A sound has no text, and its caption stands with the file in one of them.
        if is_pair && !json.ends_with("audio.json") {
            same(&json, &g2);
            compared += 1;
        }
    }
    assert!(compared > 5);
}
