//! The fuzz targets on stable Rust: the fixtures, what the fuzzer found once, and damaged copies
//! of both. The damage is the same in every run.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

use std::path::{Path, PathBuf};

#[path = "../../../fuzz/targets.rs"]
mod targets;

/// Damaged copies of each seed for each target.
const COPIES: usize = 12;

/// Pieces that parsers look for.
const PIECES: [&[u8]; 14] = [
    b"<",
    b">",
    b"&",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"</item>",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"\x01",
    b"\x02",
    b"\xff\xfe",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files under a folder, with the folder that each lies in.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for inner in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = inner.file_name().to_string_lossy().into_owned();
        let files = std::fs::read_dir(inner.path())
            .into_iter()
            .flatten()
            .flatten();
        let mut paths: Vec<_> = files.map(|file| file.path()).collect();
        paths.sort();
        let inputs = paths
            .iter()
            .filter(|path| !path.to_string_lossy().ends_with(".expected.json"));
        found.extend(inputs.map(|path| (name.clone(), std::fs::read(path).unwrap())));
    }
    found
}

/// A generator of numbers that is the same everywhere (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

fn damaged(seed: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        let end = (at + numbers.below(64)).min(bytes.len());
        match numbers.below(6) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(numbers.below(256)).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece.repeat(1 + numbers.below(8)));
            }
            3 => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            4 => bytes.truncate(at),
            _ => {
                let from = numbers.below(other.len());
                let piece = &other[from..(from + 200).min(other.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
    bytes
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
        targets::run(&target, &bytes);
    }
}
