//! One story in two renderings of its agency becomes one article.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use wiredesk_cleaner::clean_raw;
use wiredesk_cleaning::PublisherRules;
use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_formats::{Habits, Hints, parse};
use wiredesk_model::{
    CleanStory, FeedId, Item, Payload, RawItem, RunId, SourceId, StoryId, Timestamp, Version,
};
use wiredesk_testkit::skip::skipped;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The story that a document with one item becomes.
fn story(path: &Path, habits: &Habits) -> CleanStory {
    let hints = Hints {
        habits: habits.clone(),
        ..Hints::default()
    };
    let parsed = parse(&std::fs::read(path).unwrap(), &hints).unwrap();
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

/// The article that a document with one item becomes, field by field.
fn article(path: &Path, habits: &Habits) -> Map<String, Value> {
    let record = enrich(&story(path, habits), &EnrichSettings::default());
    let article = serde_json::to_value(record.article).unwrap();
    article.as_object().unwrap().clone()
}

/// What the NewsML-G2 of the agency says of a picture that goes with a text is its address alone:
/// of the pictures in JSON nothing more is compared.
fn leave_out_what_links_lack(json: &mut Map<String, Value>, g2: &Map<String, Value>) {
    let (Some(Value::Array(files)), Some(Value::Array(links))) =
        (json.get_mut("renditions"), g2.get("renditions"))
    else {
        return;
    };
    for (file, link) in files.iter_mut().zip(links) {
        let file = file.as_object_mut().unwrap();
        for field in ["contentType", "width", "height"] {
            if link.get(field).is_none() {
                file.remove(field);
            }
        }
    }
}

/// Leaves out of a list in JSON what NewsML-G2 does not have; the rest keeps its order.
fn leave_out_members(field: &str, json: &mut Map<String, Value>, g2: &Map<String, Value>) {
    let empty = Vec::new();
    let kept = g2.get(field).and_then(Value::as_array).unwrap_or(&empty);
    if let Some(Value::Array(members)) = json.get_mut(field) {
        members.retain(|member| kept.contains(member));
    }
}

/// What differs between the articles of two renderings, field by field; `left_out` names the lists
/// of which the second has only a part.
fn differences(json: &Path, g2: &Path, habits: &Habits, left_out: &[&str]) -> Vec<String> {
    let (mut one, other) = (article(json, habits), article(g2, habits));
    leave_out_what_links_lack(&mut one, &other);
    for field in left_out {
        leave_out_members(field, &mut one, &other);
    }
    let fields: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differing = fields
        .into_iter()
        .filter(|field| one.get(*field) != other.get(*field));
    let name = json.display();
    differing
        .map(|field| {
            let written = |article: &Map<String, Value>| {
                article
                    .get(field)
                    .map(ToString::to_string)
                    .unwrap_or_default()
            };
            format!(
                "{name}: {field}\n  json: {}\n  g2:   {}",
                written(&one),
                written(&other)
            )
        })
        .collect()
}

#[test]
fn json_and_newsml_of_one_story_become_one_article() {
    let wires = root().join("shared/formats/fixtures/wire");
    let (json, g2) = (
        wires.join("digitalwires.json"),
        wires.join("g2-repeats.xml"),
    );
    let habits = Habits {
        headline_ranks: [("3".to_owned(), "kicker".to_owned())].into(),
        ..Habits::default()
    };
    assert_eq!(differences(&json, &g2, &habits, &[]), Vec::<String>::new());
}

/// Stories of which the agency's NewsML-G2 leaves something out: of several genres it has the
/// first, and of the subjects none in vocabularies of the agency that the story is from.
const LEFT_OUT: [(&str, &[&str]); 1] = [("no_notepad", &["genres", "subjects"])];

#[test]
fn renderings_of_a_real_agency_become_one_article() {
    let folder = root().join("../shared/feeds/docs/wire/dpa");
    let Ok(files) = std::fs::read_dir(&folder) else {
        return skipped(
            "two renderings of a real agency",
            "there is no folder of them",
        );
    };
    let pairs: Vec<(PathBuf, PathBuf)> = files
        .map(|file| file.unwrap().path())
        .filter(|json| json.extension().is_some_and(|ending| ending == "json"))
        .map(|json| (json.clone(), json.with_extension("xml")))
        .filter(|(_, g2)| g2.exists())
        .collect();
    let differing: Vec<String> = pairs
        .iter()
        .flat_map(|(json, g2)| {
            let is_it = |(name, _): &&(&str, _)| json.file_stem().is_some_and(|stem| stem == *name);
            let left_out = LEFT_OUT
                .iter()
                .find(is_it)
                .map_or(&[][..], |(_, fields)| *fields);
            differences(json, g2, &Habits::default(), left_out)
        })
        .collect();
    assert_eq!(differing, Vec::<String>::new(), "{}", differing.join("\n"));
    assert!(pairs.len() > 5);
}
