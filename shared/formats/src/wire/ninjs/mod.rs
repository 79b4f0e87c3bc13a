//! ninjs 1.x, 2.x and 3.x (IPTC), and other JSON of news agencies, each a dialect described by
//! data: which keys hold which field (`dialects.json`). Names are compared without regard to
//! case, because ninjs itself changed its mind about it.

mod body;
mod concept;
mod field;
mod path;
mod read;

use std::sync::LazyLock;

use serde_json::Value;
use wiredesk_model::ParsedFeed;

use super::habits::Dialect;
use crate::{Detected, FormatError, Hints, Limits};

pub use field::FIELDS;

static BUILT_IN: LazyLock<Vec<Dialect>> = LazyLock::new(|| {
    // A test reads it, so a mistake in the file never leaves the build.
    serde_json::from_str(include_str!("dialects.json")).unwrap_or_default()
});

/// Whether a document is JSON of a known dialect.
pub fn detect(document: &Detected<'_>) -> bool {
    // A JSON Feed says that it is one; anything else is only read where a dialect's keys occur.
    let may_be = document.text.starts_with(['{', '['])
        && !document.text.contains("jsonfeed.org/version")
        && dialects(document.dialects).any(|dialect| has_keys(dialect, document.text));
    may_be
        && serde_json::from_str(document.text)
            .is_ok_and(|value| choose(&value, document.dialects).is_some())
}

/// Reads every item of a document.
pub fn read(text: &str, hints: &Hints, limits: &Limits) -> Result<ParsedFeed, FormatError> {
    limits.check_bytes(text.len())?;
    let damaged = |detail: String| FormatError::Damaged {
        format: "ninjs",
        detail,
    };
    let value: Value = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    let Some((dialect, items)) = choose(&value, &hints.habits.dialects) else {
        return Err(damaged("it has the keys of no known dialect".to_owned()));
    };
    limits.check_items(items.len())?;
    let mut feed = ParsedFeed::default();
    for item in items {
        let source = read::Source {
            document: &value,
            item,
        };
        feed.items
            .push(read::item(source, dialect, &hints.habits, limits));
        feed.item_sources.push(item.to_string());
    }
    Ok(feed)
}

fn dialects(own: &[Dialect]) -> impl Iterator<Item = &Dialect> {
    own.iter().chain(BUILT_IN.iter())
}

/// Whether the keys that tell the dialect are in the text at all.
fn has_keys(dialect: &Dialect, text: &str) -> bool {
    dialect.detect.iter().all(|paths| {
        paths.split('|').any(|path| {
            let key = path.rsplit('.').next().unwrap_or(path);
            text.contains(&format!("\"{key}\""))
        })
    })
}

/// The dialect of a document, and its items.
fn choose<'d, 'v>(value: &'v Value, own: &'d [Dialect]) -> Option<(&'d Dialect, Vec<&'v Value>)> {
    dialects(own).find_map(|dialect| {
        dialect.items.iter().find_map(|path| {
            let items: Vec<_> = path::find(value, path)
                .into_iter()
                .map(|found| found.value)
                .collect();
            let first = items.first()?;
            let is_item = dialect.detect.iter().all(|paths| {
                paths.split('|').any(|path| {
                    path::find(first, path)
                        .iter()
                        .any(|found| !found.value.is_null())
                })
            });
            is_item.then_some((dialect, items))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Habits;

    #[test]
    fn the_built_in_dialects_name_only_known_fields() {
        let dialects: Vec<Dialect> = serde_json::from_str(include_str!("dialects.json")).unwrap();
        let habits = Habits {
            dialects,
            ..Habits::default()
        };
        assert_eq!(habits.problems(), Vec::<String>::new());
    }

    #[test]
    fn dialects_are_told_by_their_keys() {
        let cases = [
            (r#"{"uri": "a", "headline": "B"}"#, Some("ninjs")),
            (
                r#"{"data": {"item": {"altids": {"itemid": "a", "etag": "b"}, "signals": ["x"]}}}"#,
                Some("ap-media"),
            ),
            (
                r#"[{"urn": "a", "article_html": ""}]"#,
                Some("dpa-digitalwires"),
            ),
            (r#"{"version": "1", "items": []}"#, None),
            ("[]", None),
            ("7", None),
        ];
        for (text, expected) in cases {
            let value: Value = serde_json::from_str(text).unwrap();
            let found = choose(&value, &[]).map(|(dialect, _)| dialect.name.as_str());
            assert_eq!(found, expected, "{text}");
        }
    }
}
