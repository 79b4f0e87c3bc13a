//! Just enough YAML to write a document of maps, lists and scalars.

use serde_json::Value;

/// Writes a value as block-style YAML.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                out.push_str(&"  ".repeat(depth));
                out.push_str(&scalar(name));
                out.push(':');
                write_behind(out, value, depth);
            }
        }
        Value::Array(list) => {
            for value in list {
                out.push_str(&"  ".repeat(depth));
                out.push('-');
                write_behind(out, value, depth);
            }
        }
        other => {
            out.push_str(&plain(other));
            out.push('\n');
        }
    }
}

/// A scalar stays on the line, a map or list goes below it.
fn write_behind(out: &mut String, value: &Value, depth: usize) {
    let is_empty = match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => true,
    };
    if is_empty {
        out.push(' ');
        out.push_str(&plain(value));
        out.push('\n');
    } else {
        out.push('\n');
        write(out, value, depth + 1);
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string without quotes where it cannot be taken for anything else.
fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text);
    if is_word {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[test]
fn yaml_is_written_in_blocks() {
    let value = serde_json::json!({
        "a": { "b": [1, "two", { "c": "3.0" }], "d": [] }, "e f": "g: h", "i": null, "j": true
    });
    let expected = "a:\n  b:\n    - 1\n    - two\n    -\n      c: \"3.0\"\n  d: []\n\
                    \"e f\": \"g: h\"\ni: null\nj: true\n";
    assert_eq!(to_yaml(&value), expected);
}
