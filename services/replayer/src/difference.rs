//! What of a record came out differently.

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

/// Counts of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Stories that came out the same.
    pub same: u64,
    /// Stories that both have, with something that differs.
    pub changed: u64,
    /// Stories that only the run has.
    pub added: u64,
    /// Stories that only were published.
    pub lost: u64,
    /// How many stories each field differs in, without the places of list entries.
    pub by_field: BTreeMap<String, u64>,
}

impl Summary {
    /// Counts a story that both have.
    pub(crate) fn count(&mut self, fields: &[FieldChange]) {
        match fields.is_empty() {
            true => self.same += 1,
            false => self.changed += 1,
        }
        let names: BTreeSet<String> = fields
            .iter()
            .map(|field| without_places(&field.path))
            .collect();
        for name in names {
            *self.by_field.entry(name).or_default() += 1;
        }
    }
}

/// Where two records of a story differ, but for what says nothing of what was made of it.
pub fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    differ("", Some(before), Some(after), &mut found);
    found
}

/// A name for what a record says. Records of the same name do not differ; those of two may, in a
/// change class that only the order of things decided.
pub(crate) fn name_of(mut record: Value) -> [u8; blake3::OUT_LEN] {
    for path in OF_THE_RUN {
        let (parent, field) = match path.split_once('.') {
            Some((parent, field)) => (record.get_mut(parent), field),
            None => (Some(&mut record), path),
        };
        if let Some(Value::Object(fields)) = parent {
            fields.remove(field);
        }
    }
    blake3::hash(record.to_string().as_bytes()).into()
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
        let (live, again) = (record("one", "live"), record("one", "r1"));
        assert_eq!(changes(&live, &again), []);
        assert_eq!(name_of(live), name_of(again));

        let (live, again) = (record("two", "live"), record("deux", "r1"));
        let found = changes(&live, &again);
        assert_eq!(
            found,
            [FieldChange {
                path: "article.bodies.0.value".to_owned(),
                before: Some("two".to_owned()),
                after: Some("deux".to_owned()),
            }]
        );
        assert_ne!(name_of(live), name_of(again));
        let mut summary = Summary::default();
        summary.count(&found);
        summary.count(&[]);
        assert_eq!((summary.changed, summary.same), (1, 1));
        let by_field = BTreeMap::from([("article.bodies.value".to_owned(), 1)]);
        assert_eq!(summary.by_field, by_field);
    }

    #[test]
    fn each_field_of_the_run_alone_changes_neither_name_nor_record() {
        for path in OF_THE_RUN {
            let pointer = format!("/{}", path.replace('.', "/"));
            let [one, other] = ["one", "other"].map(|value| {
                let mut record = json!({
                    "schema": "", "article": {"uri": "a"},
                    "wire": {"run": "", "raw_ref": "", "rules_version": "", "revision": 1,
                             "changes": [], "chain": {}},
                });
                *record.pointer_mut(&pointer).expect("it is there") = json!([{"value": value}]);
                record
            });
            assert_eq!(changes(&one, &other), [], "{path}");
            assert_eq!(name_of(one), name_of(other), "{path}");
        }
    }

    #[test]
    fn a_list_that_grew_names_what_it_grew_by_and_long_texts_are_cut() {
        let long = "é".repeat(500);
        let found = changes(&json!({"list": ["x"]}), &json!({"list": ["x", long]}));
        let field = &found[0];
        assert_eq!((field.path.as_str(), &field.before), ("list.1", &None));
        assert_eq!(
            field.after.as_ref().map(|text| text.chars().count()),
            Some(SHOWN + 1)
        );
    }
}
