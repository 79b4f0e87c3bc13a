//! The fuzz targets on stable Rust: the fixtures, what the fuzzer found once, and damaged copies
//! of both. The damage is the same in every run.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use std::path::{Path, PathBuf};

#[path = "../../../fuzz/targets.rs"]
mod targets;

#[path = "../../../fuzz/damage.rs"]
mod damage;

use damage::{Numbers, damaged, files};

/// Damaged copies of each seed for each target.
const COPIES: usize = 12;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_target_takes_the_fixtures_and_damaged_copies_of_them() {
    let seeds = files(&root().join("shared/formats/fixtures"));
    assert!(seeds.len() > 20);
    let mut numbers = Numbers(0x5eed);
    for target in targets::names() {
        for (place, (_, seed)) in seeds.iter().enumerate() {
            targets::run(target, seed);
            let (_, other) = &seeds[(place + 7) % seeds.len()];
            for _ in 0..COPIES {
                targets::run(target, &damaged(seed, other, &mut numbers));
            }
        }
    }
}

#[test]
fn what_was_found_once_stays_found() {
    for (target, bytes) in files(&root().join("fuzz/regressions")) {
        if !target.starts_with("clean-") {
            targets::run(&target, &bytes);
        }
    }
}
