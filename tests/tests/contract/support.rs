//! Reading and comparing the files of the contract.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use wiredesk_tests::{files, root};

/// The text of a file of the repository.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The JSON of a file of the repository.
pub fn read_json(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every golden file of a folder below `tests/golden`; there must be some.
pub fn golden(folder: &str, ending: &str) -> Vec<PathBuf> {
    let found = files(&format!("tests/golden/{folder}"), ending);
    assert!(
        !found.is_empty(),
        "tests/golden/{folder} holds no *{ending}"
    );
    found
}

/// A value as it stands in a golden file.
pub fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("the value is JSON");
    text.push('\n');
    text
}

/// Compares a text with a file of the repository; with `UPDATE_GOLDEN=1` writes it instead.
/// The answer names the file where they differ.
pub fn differs(path: &Path, expected: &str) -> Option<String> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, expected)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return None;
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return None;
    }
    let line = found
        .lines()
        .zip(expected.lines())
        .position(|(found, expected)| found != expected)
        .unwrap_or_else(|| found.lines().count().min(expected.lines().count()));
    Some(format!(
        "{} is not what the code makes of it from line {} on: run `make golden` and read the diff",
        path.display(),
        line + 1
    ))
}

/// A folder that stands beside the repository in CI and on some machines. Where it is absent the
/// test is skipped, in words; in CI it must be there.
pub fn beside_the_repository(folder: &str) -> Option<PathBuf> {
    let path = root().join("..").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    let note = format!("{folder} is not beside the repository, the check against it did not run");
    assert!(std::env::var_os("CI").is_none(), "{note}; in CI it must");
    println!("skipped: {note}");
    if let Some(log) = std::env::var_os("WIREDESK_SKIP_LOG") {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(log);
        let written = file.and_then(|mut file| writeln!(file, "{note}"));
        written.expect("the log of skipped tests can be written");
    }
    None
}

/// Everything that a validator finds wrong with a value, a line each.
pub fn problems(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    validator
        .iter_errors(value)
        .map(|error| format!("at {}: {error}", error.instance_path()))
        .collect()
}
