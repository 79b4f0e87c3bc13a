//! What no stage can take: on the input of every stage, and in the folder that is delivered to.

use std::path::Path;

use wiredesk_model::{Outgoing, Topic};

use crate::plan::Stage;

/// How a record is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It ends in the middle.
    Cut,
    /// It is no text at all.
    Bytes,
    /// Deeper than any parser should follow.
    Deep,
    /// A value of another shape, so long that a message that quotes it is as long.
    Long,
}

const KINDS: [Kind; 4] = [Kind::Cut, Kind::Bytes, Kind::Deep, Kind::Long];

/// How the key of a poisoned record begins.
const KEY: &str = "poison-";
/// Brackets of the deep one.
const DEPTH: usize = 200_000;
/// Letters of the long one.
const LETTERS: usize = 1_000_000;
/// Bytes of a document that the fetcher must not read; it takes half of them.
const DOCUMENT_BYTES: usize = 4 << 20;
/// The limit that the fetcher is configured with.
pub const PAGE_BYTES: usize = DOCUMENT_BYTES / 2;

impl Kind {
    /// The kind of the poison of this number in a run; each run begins with another.
    pub fn of(seed: u64, stage: Stage, number: usize) -> Self {
        let first = usize::try_from(seed % 4).unwrap_or_default();
        KINDS[(first + number + stage as usize) % KINDS.len()]
    }

    fn value(self) -> Vec<u8> {
        match self {
            Kind::Cut => b"{\"this is\": no record".to_vec(),
            Kind::Bytes => [0_u8, 159, 146, 150].repeat(50),
            Kind::Deep => b"[".repeat(DEPTH),
            Kind::Long => format!("\"{}\"", "x".repeat(LETTERS)).into_bytes(),
        }
    }
}

/// Key of a poisoned record.
pub fn key(stage: Stage, number: usize) -> String {
    format!("{KEY}{stage:?}-{number}")
}

/// Whether a record of this key is none of ours.
pub fn is_poison(key: &str) -> bool {
    key.starts_with(KEY)
}

/// A poisoned record for a stage with an input topic.
pub fn record(seed: u64, stage: Stage, number: usize) -> Outgoing {
    Outgoing {
        topic: input(stage),
        key: key(stage, number),
        value: Some(Kind::of(seed, stage, number).value()),
        headers: Default::default(),
    }
}

fn input(stage: Stage) -> Topic {
    match stage {
        Stage::Fetcher | Stage::Cleaner => Topic::Raw,
        Stage::Enricher => Topic::Clean,
        Stage::Indexer => Topic::Current,
        Stage::Archiver => Topic::Enriched,
    }
}

/// Puts a document that is too large to be read into the folder.
pub fn deliver(folder: &Path, number: usize) -> std::io::Result<()> {
    let large = vec![b' '; DOCUMENT_BYTES];
    std::fs::write(folder.join(format!("poison-{number}.xml")), large)
}
