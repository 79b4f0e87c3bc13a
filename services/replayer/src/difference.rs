//! What came out of a run, compared with what was published.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// Fields that differ between any two runs and say nothing of what was made of a story: who made it
/// and when, and how it stands to what else is in the same log.
const OF_THE_RUN: [&str; 7] = [
    "wire.run",
    "wire.raw_ref",
    "wire.rules_version",
    "schema",
    "wire.revision",
    "wire.changes",
    "wire.chain",
];
/// Change classes that follow from what came before, and not from the story.
const FIRST_OR_AGAIN: [&str; 2] = ["created", "repeat"];
/// The change class of a record.
const CHANGE: &str = "wire.change";
/// Longest text of a field that a report shows, in characters.
const SHOWN: usize = 200;

/// One field of a record that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Where: `article.headlines.0.value`.
    pub path: String,
    /// What was published; `None` where there was nothing.
    pub before: Option<String>,
    /// What the run made of it; `None` where there is nothing.
    pub after: Option<String>,
}

/// One story that came out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The story.
    pub story: String,
    /// Its fields that differ.
    pub fields: Vec<FieldChange>,
}

/// What came out differently.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Stories that came out the same.
    pub same: u64,
    /// Stories that only the run has.
    pub added: Vec<String>,
    /// Stories that only were published.
    pub lost: Vec<String>,
    /// Stories that both have, with what differs.
    pub changed: Vec<Change>,
}

impl Difference {
    /// How many stories each field differs in, without the places of list entries.
    pub fn by_field(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for change in &self.changed {
            let names: BTreeSet<String> = change
                .fields
                .iter()
                .map(|field| without_places(&field.path))
                .collect();
            for name in names {
                *counts.entry(name).or_default() += 1;
            }
        }
        counts
    }
}

/// Compares the newest records of stories, each by its story id.
pub fn compare(published: &BTreeMap<String, Value>, again: &BTreeMap<String, Value>) -> Difference {
    let mut found = Difference::default();
    for (story, after) in again {
        let Some(before) = published.get(story) else {
            found.added.push(story.clone());
            continue;
        };
        let mut fields = Vec::new();
        differ("", Some(before), Some(after), &mut fields);
        match fields.is_empty() {
            true => found.same += 1,
            false => found.changed.push(Change {
                story: story.clone(),
                fields,
            }),
        }
    }
    let lost = published.keys().filter(|story| !again.contains_key(*story));
    found.lost = lost.cloned().collect();
    found
}

fn differ(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<FieldChange>) {
    if before == after
        || OF_THE_RUN.contains(&path)
        || (path == CHANGE && is_by_order(before, after))
    {
        return;
    }
    let child = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                differ(&child(name), before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for place in 0..before.len().max(after.len()) {
                let name = child(&place.to_string());
                differ(&name, before.get(place), after.get(place), found);
            }
        }
        _ => found.push(FieldChange {
            path: path.to_owned(),
            before: before.map(shown),
            after: after.map(shown),
        }),
    }
}

/// Whether two change classes differ only by what else stood in the log.
fn is_by_order(before: Option<&Value>, after: Option<&Value>) -> bool {
    let classes = [before, after].map(|value| value.and_then(Value::as_str));
    let mut classes = classes.into_iter().flatten();
    classes.any(|class| FIRST_OR_AGAIN.contains(&class))
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn without_places(path: &str) -> String {
    let names = path.split('.').filter(|name| name.parse::<u64>().is_err());
    names.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(text: &str, run: &str) -> Value {
        json!({
            "article": {"bodies": [{"value": text}]},
            "wire": {"run": run, "removed": [{"rule": "advertisement"}]},
        })
    }

    #[test]
    fn what_is_the_same_but_for_its_run_is_the_same() {
        let published = BTreeMap::from([
            ("a".to_owned(), record("one", "live")),
            ("b".to_owned(), record("two", "live")),
            ("c".to_owned(), record("gone", "live")),
        ]);
        let again = BTreeMap::from([
            ("a".to_owned(), record("one", "r1")),
            ("b".to_owned(), record("deux", "r1")),
            ("d".to_owned(), record("new", "r1")),
        ]);
        let found = compare(&published, &again);
        assert_eq!(
            (found.same, &found.added[..], &found.lost[..]),
            (1, &["d".to_owned()][..], &["c".to_owned()][..])
        );
        assert_eq!(found.changed.len(), 1);
        assert_eq!(
            found.changed[0].fields,
            [FieldChange {
                path: "article.bodies.0.value".to_owned(),
                before: Some("two".to_owned()),
                after: Some("deux".to_owned()),
            }]
        );
        assert_eq!(
            found.by_field(),
            BTreeMap::from([("article.bodies.value".to_owned(), 1)])
        );
    }

    #[test]
    fn a_list_that_grew_names_what_it_grew_by_and_long_texts_are_cut() {
        let long = "é".repeat(500);
        let before = BTreeMap::from([("a".to_owned(), json!({"list": ["x"]}))]);
        let after = BTreeMap::from([("a".to_owned(), json!({"list": ["x", long]}))]);
        let found = compare(&before, &after);
        let field = &found.changed[0].fields[0];
        assert_eq!((field.path.as_str(), &field.before), ("list.1", &None));
        assert_eq!(
            field.after.as_ref().map(|text| text.chars().count()),
            Some(SHOWN + 1)
        );
    }
}
