//! Golden records: what the enricher makes of a story, and records of every released version.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_model::{ArticleRecord, CleanStory, FeedState, RawItem};
use wiredesk_tests::root;

use crate::schemas::PUBLISHED;
use crate::support::{differs, golden, pretty, problems, read, read_json};

/// The records that the golden stories give, with the file of each.
pub fn records() -> Vec<(String, ArticleRecord)> {
    golden("enrich", ".story.json")
        .iter()
        .map(|path| {
            let story: CleanStory = parse(path);
            let record = enrich(&story, &EnrichSettings::default());
            (path.display().to_string(), record)
        })
        .collect()
}

fn parse<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn golden_stories_give_their_records() {
    let wrong: Vec<String> = records()
        .iter()
        .filter_map(|(story, record)| {
            let path = story.replace(".story.json", ".record.json");
            differs(Path::new(&path), &pretty(record))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Read all, write newest: a value of an old version is read, loses nothing, and is valid under
/// the published schema.
fn reads_every_version<T: Serialize + DeserializeOwned>(folder: &str, schema: &str) {
    let published = PUBLISHED.iter().find(|published| published.file == schema);
    let schema = published.expect("a published schema").generate();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .offline()
        .build(&schema)
        .expect("a schema");
    for path in golden(folder, ".json") {
        let value = read_json(&path);
        let found = problems(&validator, &value);
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
        let read: T = parse(&path);
        let written = serde_json::to_value(&read).expect("the value is JSON");
        assert_eq!(
            lost(&value, &written),
            Vec::<String>::new(),
            "{}",
            path.display()
        );
    }
}

/// Paths of what stands in `old` and not in `new`.
fn lost(old: &Value, new: &Value) -> Vec<String> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old
            .iter()
            .flat_map(|(name, value)| match new.get(name) {
                Some(kept) => lost(value, kept)
                    .into_iter()
                    .map(|path| format!("{name}/{path}"))
                    .collect(),
                None => vec![name.clone()],
            })
            .collect(),
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .enumerate()
            .flat_map(|(place, (old, new))| {
                let paths = lost(old, new).into_iter();
                paths
                    .map(move |path| format!("{place}/{path}"))
                    .collect::<Vec<_>>()
            })
            .collect(),
        _ if old == new => Vec::new(),
        _ => vec![format!("{old} became {new}")],
    }
}

#[test]
fn article_records_of_every_version_are_read() {
    reads_every_version::<ArticleRecord>("article-record", "article-record.schema.json");
}

#[test]
fn clean_stories_of_every_version_are_read() {
    reads_every_version::<CleanStory>("clean-story", "clean-story.schema.json");
}

#[test]
fn raw_items_of_every_version_are_read() {
    reads_every_version::<RawItem>("raw-item", "raw-item.schema.json");
}

#[test]
fn feed_states_of_every_version_are_read() {
    reads_every_version::<FeedState>("feed-state", "feed-state.schema.json");
}

#[test]
fn golden_records_are_kept_for_the_version_that_is_written() {
    let version = wiredesk_model::ARTICLE_SCHEMA
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let folder = root().join("tests/golden/article-record").join(version);
    assert!(folder.is_dir(), "no golden records of version {version}");
}
