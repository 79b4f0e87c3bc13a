//! The house rules that neither the compiler nor clippy holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use wiredesk_tests::{files, root};

/// Past this many lines a file is too long to read.
const MAX_LINES: usize = 800;

/// Crates that do no I/O and know no runtime.
const PURE: &[&str] = &[
    "wiredesk-model",
    "wiredesk-formats",
    "wiredesk-cleaning",
    "wiredesk-enrichment",
    "wiredesk-lifecycle",
];

/// What a pure crate must never name.
const IMPURE: &[&str] = &[
    "tokio",
    "rdkafka",
    "reqwest",
    "rusqlite",
    "axum",
    "tracing",
    "metrics",
    "wiredesk-settings",
    "wiredesk-telemetry",
    "wiredesk-pipeline",
    "wiredesk-host",
];

struct Package {
    name: String,
    folder: String,
    /// Dependencies that ship, by name.
    needs: BTreeSet<String>,
    /// The same, with those that only tests need.
    needs_in_tests: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let manifest = package["manifest_path"].as_str().expect("a path");
    let folder = Path::new(manifest).parent().expect("a folder");
    let folder = folder.strip_prefix(root()).expect("inside the repository");
    let needs = |with_dev: bool| {
        let all = package["dependencies"].as_array().into_iter().flatten();
        all.filter(|one| with_dev || one["kind"].as_str() != Some("dev"))
            .filter_map(|one| one["name"].as_str().map(str::to_owned))
            .collect()
    };
    Package {
        name: package["name"].as_str().expect("a name").to_owned(),
        folder: folder.to_string_lossy().into_owned(),
        needs: needs(false),
        needs_in_tests: needs(true),
    }
}

#[test]
fn arrows_between_crates_point_the_right_way() {
    let packages = packages();
    let folder: BTreeMap<_, _> = packages
        .iter()
        .map(|one| (one.name.as_str(), one.folder.as_str()))
        .collect();
    let mut wrong = Vec::new();
    for package in &packages {
        for need in &package.needs {
            let to = folder.get(need.as_str()).copied().unwrap_or_default();
            let from = package.folder.as_str();
            if from.starts_with("shared/") && to.starts_with("services/") {
                wrong.push(format!(
                    "{} (shared) needs {need} (a service)",
                    package.name
                ));
            }
            if from.starts_with("services/")
                && to.starts_with("services/")
                && package.name != "wiredesk"
            {
                wrong.push(format!(
                    "{} needs {need}: services do not know each other",
                    package.name
                ));
            }
            if need == "wiredesk-testkit" {
                wrong.push(format!("{} ships with the testkit", package.name));
            }
            if need == "rdkafka" && package.name != "wiredesk-transport-kafka" {
                wrong.push(format!("{} names rdkafka", package.name));
            }
            if PURE.contains(&package.name.as_str()) && IMPURE.contains(&need.as_str()) {
                wrong.push(format!("{} is pure and needs {need}", package.name));
            }
        }
        if package.name == "wiredesk-pipeline"
            && package.needs.iter().any(|n| n.contains("transport"))
        {
            wrong.push("the runner knows a transport".to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut long = Vec::new();
    for folder in ["services", "shared", "tests"] {
        for path in files(folder, ".rs") {
            let lines = read(&path).lines().count();
            if lines > MAX_LINES {
                long.push(format!(
                    "{}: {lines} lines, the limit is {MAX_LINES}",
                    path.display()
                ));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn topic_names_stand_in_the_model_only() {
    let mut found = Vec::new();
    let name = regex_of_topics();
    for folder in ["services", "shared", "tests"] {
        for path in files(folder, ".rs") {
            if path.starts_with(root().join("shared/model"))
                || path.ends_with("tests/tests/tidy.rs")
            {
                continue;
            }
            for (number, line) in read(&path).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if name.iter().any(|topic| code.contains(topic)) {
                    found.push(format!(
                        "{}:{}: {}",
                        path.display(),
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "topic names are spelled in the model only:\n{}",
        found.join("\n")
    );
}

fn regex_of_topics() -> Vec<String> {
    let topics = [
        "raw",
        "clean",
        "enriched",
        "current",
        "dead",
        "feed-state",
        "story-state",
        "cleaner-state",
        "events",
        "orders",
    ];
    topics
        .iter()
        .map(|topic| format!("wire.{topic}\""))
        .collect()
}

#[test]
fn nothing_unfinished_is_left_in_the_code() {
    let signs = [
        "todo!(",
        "unimplemented!(",
        "#[ignore",
        "FIXME",
        "XXX",
        "HACK",
    ];
    let mut found = Vec::new();
    for folder in ["services", "shared", "tests"] {
        for path in files(folder, ".rs") {
            if path.ends_with("tests/tests/tidy.rs") {
                continue;
            }
            for (number, line) in read(&path).lines().enumerate() {
                if signs.iter().any(|sign| line.contains(sign)) {
                    found.push(format!(
                        "{}:{}: {}",
                        path.display(),
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_library_tells_its_story_and_holds_no_logic_in_its_root() {
    let mut wrong = Vec::new();
    for path in files("shared", "lib.rs")
        .into_iter()
        .chain(files("services", "lib.rs"))
    {
        let text = read(&path);
        if !text.starts_with("//!") || text.lines().take_while(|l| l.starts_with("//!")).count() < 3
        {
            wrong.push(format!("{}: tells no story", path.display()));
        }
        if text
            .lines()
            .any(|line| line.starts_with("pub fn ") || line.starts_with("fn "))
        {
            wrong.push(format!("{}: holds logic", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_direct_dependency_has_its_line() {
    let listed = read(&root().join("docs/dependencies.md"));
    let mut missing = BTreeSet::new();
    let mut needed = BTreeSet::new();
    for package in packages() {
        for need in package.needs_in_tests {
            if !need.starts_with("wiredesk") {
                if !listed.contains(&format!("| `{need}` |")) {
                    missing.insert(need.clone());
                }
                needed.insert(need);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "not in docs/dependencies.md: {missing:?}"
    );
    let names = listed
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let gone: Vec<_> = names.filter(|name| !needed.contains(*name)).collect();
    assert!(
        gone.is_empty(),
        "in docs/dependencies.md, but nothing needs it: {gone:?}"
    );
}

/// `path::name` in a document must name a test function that exists.
#[test]
fn every_test_that_a_document_names_exists() {
    let mut missing = Vec::new();
    for path in files("", ".md") {
        let text = read(&path);
        let named = named_tests(&text);
        let is_proof = ["ARCHITECTURE.md", "reliability.md"]
            .iter()
            .any(|name| path.ends_with(name));
        assert!(
            !is_proof || named.len() >= 10,
            "{}: only {} tests are named",
            path.display(),
            named.len()
        );
        let gone = named
            .into_iter()
            .filter(|(file, function)| !is_there(file, function));
        missing
            .extend(gone.map(|(file, function)| format!("{}: {file}::{function}", path.display())));
    }
    assert!(missing.is_empty(), "named, but not there: {missing:#?}");
}

/// Each promise of the table names what proves it.
#[test]
fn every_promise_names_what_proves_it() {
    let text = read(&root().join("docs/reliability.md"));
    let table = text
        .split("## The promises")
        .nth(1)
        .expect("a table of promises");
    let table = table.split("\n## ").next().expect("its end");
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(rows.len() >= 10, "only {} promises", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 3, "promise, proof and limit: {row}");
        let is_proved = !named_tests(cells[1]).is_empty() || cells[1].contains("the chaos suite");
        assert!(is_proved, "no proof: {row}");
    }
}

/// The tests that a text names, each by its file and its function.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    let named = quoted.filter_map(|part| part.split_once("::"));
    named.filter(|(file, _)| file.ends_with(".rs")).collect()
}

fn is_there(file: &str, function: &str) -> bool {
    let path = root().join(file);
    path.is_file() && read(&path).contains(&format!("fn {function}("))
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in files("", ".md") {
        let text = read(&path);
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !file.is_empty() && !path.parent().expect("a folder").join(file).exists()
            {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file of the repository can be read as text")
}
