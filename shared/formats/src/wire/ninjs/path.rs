//! Ways into a JSON document: `categories[type=x].name`, `body_*`. Arrays on the way are walked.

use serde_json::Value;

/// A value and what the `*` on the way to it stood for.
#[derive(Debug, Clone, PartialEq)]
pub struct Found<'v> {
    /// The value; never an array.
    pub value: &'v Value,
    /// What the star stood for, or the key of an object that is used as a list.
    pub tail: Option<String>,
}

/// Every value that a path leads to, in the document's order. `kicker as kicker` names the role
/// that the values have.
pub fn find<'v>(root: &'v Value, path: &str) -> Vec<Found<'v>> {
    let Some((path, role)) = path.split_once(" as ") else {
        return lead(root, path);
    };
    let mut found = lead(root, path);
    for found in &mut found {
        found.tail = Some(role.to_owned());
    }
    found
}

fn lead<'v>(root: &'v Value, path: &str) -> Vec<Found<'v>> {
    let mut found = flat(root, None);
    for segment in path.split('.').filter(|segment| !segment.is_empty()) {
        let (key, condition) = match segment.split_once('[') {
            Some((key, condition)) => (key, condition.trim_end_matches(']').split_once('=')),
            None => (segment, None),
        };
        found = found
            .iter()
            .flat_map(|at| step(at.value, key))
            .filter(|at| condition.is_none_or(|condition| holds(at.value, condition)))
            .collect();
    }
    found
}

/// The key that a path begins with.
pub fn first_key(path: &str) -> &str {
    path.split(['.', '[', ' ']).next().unwrap_or(path)
}

/// Whether a key is one that `pattern` names.
pub fn matches(pattern: &str, key: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(stem) => key
            .get(..stem.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(stem)),
        None => key.eq_ignore_ascii_case(pattern),
    }
}

/// The value of a key, without regard to case; `null` counts as absent.
pub fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    let found = object.get(key).or_else(|| {
        let (_, value) = object
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(key))?;
        Some(value)
    });
    found.filter(|value| !value.is_null())
}

fn step<'v>(value: &'v Value, pattern: &str) -> Vec<Found<'v>> {
    let Some(object) = value.as_object() else {
        return Vec::new();
    };
    if !pattern.ends_with('*') {
        // An explicit null is found too: it says that there is nothing.
        let exact = object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(pattern));
        return exact
            .map(|(_, value)| flat(value, None))
            .unwrap_or_default();
    }
    let stem = pattern.len() - 1;
    object
        .iter()
        .filter(|(key, _)| matches(pattern, key))
        .flat_map(|(key, value)| flat(value, key.get(stem..).map(str::to_owned)))
        .collect()
}

/// A value as a list; lists inside lists are rare, and taken apart once.
fn flat(value: &Value, tail: Option<String>) -> Vec<Found<'_>> {
    match value {
        Value::Array(list) => list
            .iter()
            .map(|value| Found {
                value,
                tail: tail.clone(),
            })
            .collect(),
        _ => vec![Found { value, tail }],
    }
}

fn holds(value: &Value, (key, wanted): (&str, &str)) -> bool {
    get(value, key).is_some_and(|value| match value {
        Value::Array(list) => list.iter().any(|value| value.as_str() == Some(wanted)),
        _ => value.as_str() == Some(wanted),
    })
}

/// The objects in a value that lists them: as an array, or as an object with a name for each.
pub fn listed<'v>(found: &Found<'v>) -> Vec<Found<'v>> {
    let Some(object) = found.value.as_object() else {
        return vec![found.clone()];
    };
    let is_list = !object.is_empty()
        && object
            .values()
            .all(|value| value.is_object() || value.is_null());
    if !is_list {
        return vec![found.clone()];
    }
    let inner = object.iter().filter(|(_, value)| value.is_object());
    inner
        .map(|(key, value)| Found {
            value,
            tail: Some(key.clone()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_through_lists_and_conditions() {
        let value = serde_json::json!({
            "a": [{"t": "x", "n": 1}, {"t": "y", "n": 2}],
            "Body_Html": "h",
            "none": null
        });
        let at = |path: &str| -> Vec<Value> {
            find(&value, path)
                .into_iter()
                .map(|found| found.value.clone())
                .collect()
        };
        assert_eq!(at("a.n"), [Value::from(1), Value::from(2)]);
        assert_eq!(at("a[t=y].n"), [Value::from(2)]);
        assert_eq!(at("none"), [Value::Null]);
        assert_eq!(at("missing.n"), Vec::<Value>::new());
        assert_eq!(find(&value, "body_*")[0].tail.as_deref(), Some("Html"));
    }
}
