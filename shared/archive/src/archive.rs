//! Reading the archive: what is in it, whether it is whole, and its records in their order.

use std::collections::BTreeSet;

use bytes::Bytes;
use wiredesk_formats::Limits;
use wiredesk_formats::archive::Archive as Container;
use wiredesk_model::{Topic, TopicPartition};

use crate::erase::RESTRICTED;
use crate::manifest::{FileEntry, Manifest};
use crate::records::{ArchivedRecord, Line};
use crate::warc::{ArchivedRaw, Gatherer};
use crate::{ArchiveError, Store};

/// The topics that are archived.
pub const TOPICS: [Topic; 2] = [Topic::Raw, Topic::Enriched];
/// Folders that hold files of segments.
const FOLDERS: [&str; 3] = ["raw", "records", RESTRICTED];

/// What `verify` found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Segments looked at.
    pub segments: u64,
    /// Files that are what their manifests say.
    pub whole: u64,
    /// Records that the segments are said to hold.
    pub records: u64,
    /// What is wrong, each with its path.
    pub damaged: Vec<String>,
    /// Manifests among it: their files are not known.
    pub unread: u64,
    /// Files that no manifest names: an instance died before it could finish a segment. None is
    /// told where a manifest cannot be read, whose files these may be.
    pub orphans: Vec<String>,
}

/// Offsets of a partition that are in no segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Where.
    pub at: TopicPartition,
    /// The first offset that is missing.
    pub from: i64,
    /// The offset that the next segment begins at.
    pub to: i64,
}

/// Checks every file against its manifest.
///
/// # Errors
/// Where the archive cannot be read at all.
pub fn verify(store: &Store) -> Result<Findings, ArchiveError> {
    let mut findings = Findings::default();
    let mut named = BTreeSet::new();
    for topic in TOPICS {
        for manifest in Manifest::each(store, topic)? {
            findings.segments += 1;
            let manifest = match manifest {
                Ok(manifest) => manifest,
                Err(error) => {
                    findings.damaged.push(error.to_string());
                    findings.unread += 1;
                    continue;
                }
            };
            findings.records += manifest.records;
            for file in &manifest.files {
                named.insert(file.path.clone());
                match check(store, &manifest, file) {
                    Ok(()) => findings.whole += 1,
                    Err(error @ ArchiveError::Damaged { .. }) => {
                        findings.damaged.push(error.to_string());
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
    if findings.unread > 0 {
        return Ok(findings);
    }
    for folder in FOLDERS {
        let listed = store.list(folder)?.into_iter().map(|(path, _)| path);
        findings
            .orphans
            .extend(listed.filter(|path| !named.contains(path)));
    }
    Ok(findings)
}

/// Removes files that no manifest names.
///
/// # Errors
/// Where one cannot be removed.
pub fn remove_orphans(store: &Store, findings: &Findings) -> Result<(), ArchiveError> {
    findings
        .orphans
        .iter()
        .try_for_each(|path| store.remove(path))
}

/// Offsets that are in no segment, partition by partition. Records that became dead letters leave
/// such a gap, and so does a retention of the log that was faster than the archiver.
///
/// # Errors
/// Where a manifest cannot be read.
pub fn gaps(store: &Store) -> Result<Vec<Gap>, ArchiveError> {
    let mut found = Vec::new();
    for topic in TOPICS {
        let all = Manifest::all(store, topic)?;
        for pair in all.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            if before.partition == after.partition && before.next < after.from {
                found.push(Gap {
                    at: before.at(),
                    from: before.next,
                    to: after.from,
                });
            }
        }
    }
    Ok(found)
}

/// The raw items of a segment, in the order of the log.
///
/// # Errors
/// Where a file is missing or damaged.
pub fn raw_items(store: &Store, manifest: &Manifest) -> Result<Vec<ArchivedRaw>, ArchiveError> {
    let mut items = Vec::new();
    for file in manifest.files.iter().filter(|file| file.kind == "warc") {
        items.extend(items_of(file, &fetch(store, file)?)?);
    }
    items.sort_by_key(ArchivedRaw::offset);
    Ok(items)
}

/// The published records of a segment, in the order of the log.
///
/// # Errors
/// Where a file is missing or damaged.
pub fn records(store: &Store, manifest: &Manifest) -> Result<Vec<ArchivedRecord>, ArchiveError> {
    let mut records = Vec::new();
    for file in manifest.files.iter().filter(|file| file.kind == "ndjson") {
        records.extend(lines_of(file, &fetch(store, file)?)?);
    }
    records.sort_by_key(|record| offset_of(&record.at));
    Ok(records)
}

/// The offset at the end of `raw/3/42`.
pub(crate) fn offset_of(reference: &str) -> i64 {
    let last = reference.rsplit('/').next().unwrap_or_default();
    last.parse().unwrap_or_default()
}

fn damaged(file: &FileEntry, detail: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Damaged {
        path: file.path.clone(),
        detail: detail.to_string(),
    }
}

/// The bytes of a file, which are those that were written.
fn fetch(store: &Store, file: &FileEntry) -> Result<Bytes, ArchiveError> {
    let bytes = store
        .get(&file.path)?
        .ok_or_else(|| damaged(file, "it is missing"))?;
    if bytes.len() as u64 != file.bytes {
        let detail = format!("it has {} bytes instead of {}", bytes.len(), file.bytes);
        return Err(damaged(file, detail));
    }
    if blake3::hash(&bytes).to_hex().as_str() != file.blake3 {
        return Err(damaged(file, "its bytes are not those that were written"));
    }
    Ok(bytes)
}

fn check(store: &Store, manifest: &Manifest, file: &FileEntry) -> Result<(), ArchiveError> {
    let bytes = fetch(store, file)?;
    let found = match file.kind.as_str() {
        "warc" => items_of(file, &bytes)?.len() as u64,
        "ndjson" => lines_of(file, &bytes)?.len() as u64,
        _ => file.records,
    };
    if found != file.records {
        let detail = format!(
            "it holds {found} records instead of {} of {}",
            file.records,
            manifest.path()
        );
        return Err(damaged(file, detail));
    }
    Ok(())
}

fn items_of(file: &FileEntry, bytes: &[u8]) -> Result<Vec<ArchivedRaw>, ArchiveError> {
    let failed = |error: &dyn std::fmt::Display| damaged(file, error);
    let limits = Limits {
        document_bytes: usize::MAX,
        ..Limits::default()
    };
    let container = Container::open(bytes, &limits).map_err(|error| failed(&error))?;
    let Container::Warc(reader) = container else {
        return Err(failed(&"it is no WARC file"));
    };
    let mut gatherer = Gatherer::default();
    let mut items = Vec::new();
    for document in reader.with_metadata() {
        let document = document.map_err(|error| failed(&error))?;
        items.extend(gatherer.take(document).map_err(|error| failed(&error))?);
    }
    Ok(items)
}

fn lines_of(file: &FileEntry, bytes: &[u8]) -> Result<Vec<ArchivedRecord>, ArchiveError> {
    let text = zstd::decode_all(bytes).map_err(|error| damaged(file, error))?;
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .enumerate()
        .map(|(number, line)| {
            let line: Line = serde_json::from_slice(line)
                .map_err(|error| damaged(file, format!("line {}: {error}", number + 1)))?;
            Ok(ArchivedRecord {
                at: line.at,
                time: line.time,
                key: line.key,
                headers: line.headers,
                value: line.value.get().to_owned(),
            })
        })
        .collect()
}
