//! Queries with the story that must come first, over stories of our own in four languages.

mod common;

use std::collections::BTreeMap;

use common::{Scene, Story, ids};
use serde_json::Value;
use wiredesk_indexer::Ask;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn story(value: &Value) -> Story {
    Story {
        language: text(&value["language"]),
        source: text(&value["source"]),
        place: Some(text(&value["place"])).filter(|place| !place.is_empty()),
        people: texts(&value["people"]),
        subjects: texts(&value["subjects"]),
        updated: text(&value["updated"]),
        ..Story::new(
            &text(&value["id"]),
            &text(&value["headline"]),
            &text(&value["body"]),
        )
    }
}

#[test]
fn the_story_that_is_meant_comes_first() {
    let given: Value = serde_json::from_str(include_str!("quality.json")).expect("it is JSON");
    let stories = given["stories"].as_array().expect("stories");
    let queries = given["queries"].as_array().expect("queries");
    let scene = Scene::new();
    let mut languages: BTreeMap<String, usize> = BTreeMap::new();
    for value in stories {
        scene.publish(&story(value));
    }
    scene.rebuild();
    let search = scene.search();
    let mut wrong = Vec::new();
    for query in queries {
        let (asked, first) = (text(&query["query"]), text(&query["first"]));
        let found = ids(&search.ask(&Ask::text(&asked)).expect("an answer"));
        *languages.entry(first[..2].to_owned()).or_default() += 1;
        if found.first() != Some(&first) {
            wrong.push(format!("{asked}: {first} is meant, found {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        queries.len(),
        wrong.join("\n")
    );
    assert!(queries.len() >= 40 && languages.len() >= 3, "{languages:?}");
}
