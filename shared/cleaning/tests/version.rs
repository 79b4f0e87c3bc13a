//! The version on each record names what it was cleaned with.

use std::fs;
use std::path::Path;

use wiredesk_cleaning::RULES_VERSION;

#[path = "../rules_hash.rs"]
mod rules_hash;

use rules_hash::{FOLDERS, rules_hash};

#[test]
fn the_version_is_that_of_the_files_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hash = rules_hash(root).expect("the files of the crate");
    assert_eq!(RULES_VERSION, format!("1-{hash}"));
}

#[test]
fn any_change_of_rules_phrases_or_model_changes_it() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        fs::write(root.path().join(name), text).expect("a file");
    };
    let hash = || rules_hash(root.path()).expect("the files");
    for folder in FOLDERS {
        fs::create_dir(root.path().join(folder)).expect("a folder");
    }
    write("src/rule.rs", "one");
    write("phrases/en.toml", "one");
    write("model/first.txt", "one");
    write("model/README.md", "one");
    let before = hash();
    write("model/README.md", "two");
    assert_eq!(hash(), before);
    for name in ["src/rule.rs", "phrases/en.toml", "model/first.txt"] {
        write(name, "two");
        assert_ne!(hash(), before, "{name}");
        write(name, "one");
        assert_eq!(hash(), before);
    }
    fs::rename(
        root.path().join("phrases/en.toml"),
        root.path().join("phrases/de.toml"),
    )
    .expect("renamed");
    assert_ne!(hash(), before);
}
