//! What the suites in `tests/` share: where the repository is, and its own files.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// A program of the workspace, built in the profile of the running test.
///
/// # Panics
/// Where it was not built: `cargo build --workspace --bins` does.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("tests run in target/*/deps");
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is not there: cargo build --workspace --bins",
        path.display()
    );
    path
}

/// Every file below `folder` of the repository whose name ends in `ending`, build output and
/// hidden folders left out, sorted.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join(folder), ending, &mut found);
    found.sort();
    found
}

/// Adds every file below `folder` whose name ends in `ending`, build output and hidden folders left
/// out.
pub fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            collect(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}
