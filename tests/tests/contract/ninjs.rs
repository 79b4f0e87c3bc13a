//! The article of every record, against ninjs 3.1 and against the part of it that we write.

use std::path::Path;

use serde_json::{Value, json};
use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_model::{ArticleRecord, CleanStory, Feed, Item, PageFacts, Timestamp, Version};

use crate::golden::records;
use crate::schemas::PUBLISHED;
use crate::support::{beside_the_repository, golden, problems, read_json};

/// Name under which the ninjs schema refers to GeoJSON.
const GEO_JSON: &str = "https://geojson.org/schema/GeoJSON.json";

/// The articles of all golden records, with what they come from.
fn articles() -> Vec<(String, Value)> {
    let kept = golden("article-record", ".json").into_iter().map(|path| {
        (
            path.display().to_string(),
            read_json(&path)["article"].clone(),
        )
    });
    let article_of =
        |record: &ArticleRecord| serde_json::to_value(&record.article).expect("an article is JSON");
    let made = records()
        .into_iter()
        .map(|(story, record)| (story, article_of(&record)));
    kept.chain(made).collect()
}

fn check_all(validator: &jsonschema::Validator) {
    for (name, article) in articles() {
        let found = problems(validator, &article);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn articles_keep_to_the_part_of_ninjs_that_we_write() {
    let subset = PUBLISHED
        .iter()
        .find(|published| published.file == "ninjs-subset.schema.json")
        .expect("the schema of the subset");
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .offline()
        .build(&subset.generate())
        .expect("a schema");
    check_all(&validator);
    // The root is closed: what is ours never gets in.
    let intruder = json!({ "uri": "urn:x:1", "type": "text", "version": "1",
        "pubStatus": "usable", "wire": {} });
    assert!(!validator.is_valid(&intruder));
}

/// The validator of the standard itself, GeoJSON served from the copy beside it.
fn validator_of_ninjs(standards: &Path) -> jsonschema::Validator {
    let geo_json = read_json(&standards.join("GeoJSON-schema.json"));
    let registry = jsonschema::Registry::new()
        .add(GEO_JSON, geo_json)
        .and_then(|registry| registry.prepare())
        .expect("the GeoJSON schema is one");
    jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .offline()
        .build(&read_json(&standards.join("ninjs-schema_3.1.json")))
        .expect("the ninjs schema is one")
}

#[test]
fn articles_are_valid_ninjs() {
    let Some(standards) = beside_the_repository("shared/standards") else {
        return;
    };
    let validator = validator_of_ninjs(&standards);
    // The validator is the right one: it passes and refuses what the standard's own suite says.
    let suites = [
        "3.0/should_pass",
        "3.1/should_pass",
        "3.0/should_fail",
        "3.1/should_fail",
    ];
    for folder in suites {
        let is_valid = folder.ends_with("should_pass");
        let suite = standards.join("ninjs-test-suite").join(folder);
        for entry in std::fs::read_dir(&suite)
            .expect("the suite of the standard")
            .flatten()
        {
            let found = problems(&validator, &read_json(&entry.path()));
            assert_eq!(
                found.is_empty(),
                is_valid,
                "{}: {found:#?}",
                entry.path().display()
            );
        }
    }
    assert!(
        !validator.is_valid(&json!({ "uri": "no uri at all" })),
        "formats are not checked"
    );
    check_all(&validator);
}

/// Whatever feeds and wires send, damaged ones among them: what we write of it is valid.
#[test]
fn articles_of_feeds_in_the_wild_are_valid_ninjs() {
    let standards = beside_the_repository("shared/standards");
    let feeds = beside_the_repository("shared/feeds/docs");
    let (Some(standards), Some(feeds)) = (standards, feeds) else {
        return;
    };
    let validator = validator_of_ninjs(&standards);
    let mut documents = Vec::new();
    wiredesk_tests::collect(&feeds, "", &mut documents);
    let mut articles = 0;
    let mut wrong = Vec::new();
    for path in &documents {
        let bytes = std::fs::read(path).expect("a document");
        let Ok(feed) = wiredesk_formats::parse(&bytes, &wiredesk_formats::Hints::default()) else {
            continue;
        };
        for item in feed.items {
            let record = enrich(&story_of(item, &feed.feed), &EnrichSettings::default());
            let article = serde_json::to_value(&record.article).expect("an article is JSON");
            articles += 1;
            let found = problems(&validator, &article);
            if !found.is_empty() {
                wrong.push(format!("{}: {found:?}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {articles}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!(
        "{articles} articles of {} documents are valid ninjs",
        documents.len()
    );
    assert!(
        articles > 1_000,
        "only {articles} articles in {} documents",
        documents.len()
    );
}

/// The story of an item as it is, markup and all.
fn story_of(mut item: Item, feed: &Feed) -> CleanStory {
    let text = item
        .content
        .take()
        .or(item.summary.take())
        .unwrap_or_default();
    let id = item.id.clone().or(item.link.clone()).unwrap_or_default();
    CleanStory {
        story: id.as_str().into(),
        version: Version::FIRST,
        identity: "guid".to_owned(),
        source: "wild".into(),
        feed: "wild".into(),
        run: "live".into(),
        fetched_at: Timestamp::constant(1_787_000_000, 0),
        raw_hash: String::new(),
        raw_ref: "raw/0/0".to_owned(),
        title: item.title.clone().unwrap_or_default(),
        summary: Some(text.clone()),
        feed_title: feed.title.clone(),
        declared_language: feed.language.clone(),
        page_byline: None,
        page_published: None,
        page: PageFacts::default(),
        media: Vec::new(),
        item,
        body_from: "content".to_owned(),
        blocks: Vec::new(),
        text,
        removed: Vec::new(),
        credits: Vec::new(),
        quality: Vec::new(),
        http: None,
        rules_version: "1".to_owned(),
    }
}
