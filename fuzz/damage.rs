//! Seeds, and damaged copies of them: the same in every run.

use std::path::Path;

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

/// Files under a folder, with the folder that each lies in.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
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
pub struct Numbers(pub u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

/// A seed with a few things broken, by pieces of itself and of another.
pub fn damaged(seed: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
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
