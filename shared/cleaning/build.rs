//! Numbers the rules by what they are made of, so that no record names rules that it was not cleaned
//! with.

use std::path::Path;

mod rules_hash;

fn main() -> std::io::Result<()> {
    for folder in rules_hash::FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=rules_hash.rs");
    let hash = rules_hash::rules_hash(Path::new("."))?;
    println!("cargo::rustc-env=CLEANING_RULES_HASH={hash}");
    Ok(())
}
