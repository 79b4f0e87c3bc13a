//! Records of one partition on their way into the archive.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use wiredesk_model::{FilterReason, Incoming, Position, Timestamp};

use crate::manifest::{DeskOrder, FileEntry, Manifest};
use crate::{ArchiveError, Store};

/// A file that is to be written.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// Path, apart from the name: `raw/day=2026-11-23`.
    pub folder: String,
    /// End of the name: `warc.gz`.
    pub ending: &'static str,
    pub kind: &'static str,
    pub bytes: Vec<u8>,
    pub records: u64,
}

/// Records of one partition that are not stored yet.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The position that it begins at.
    pub from: Position,
    /// The position behind the last record taken in.
    pub next: Option<Position>,
    pub records: Vec<Incoming>,
    /// Records that leave nothing to store.
    pub passed: BTreeMap<FilterReason, u64>,
    pub bytes: usize,
    /// When the first record was taken in.
    pub since: Option<Instant>,
}

impl Segment {
    pub fn at(from: Position) -> Self {
        Self {
            from,
            next: None,
            records: Vec::new(),
            passed: BTreeMap::new(),
            bytes: 0,
            since: None,
        }
    }

    /// Adds a record.
    pub fn push(&mut self, record: Incoming) {
        self.reach(&record);
        self.bytes += record.size_bytes();
        self.records.push(record);
    }

    /// Goes past a record that leaves nothing to store.
    pub fn pass(&mut self, record: &Incoming, reason: FilterReason) {
        self.reach(record);
        *self.passed.entry(reason).or_default() += 1;
    }

    fn reach(&mut self, record: &Incoming) {
        self.since.get_or_insert_with(Instant::now);
        self.next = Some(record.next_position());
    }

    /// Writes the files, then the manifest.
    pub fn store(
        &self,
        store: &Store,
        next: Position,
        files: Vec<NewFile>,
        orders: Vec<DeskOrder>,
    ) -> Result<(), ArchiveError> {
        let manifest = Manifest {
            orders,
            ..self.manifest(next, write_files(store, self.from, files)?)
        };
        if manifest.write_new(store)? {
            return Ok(());
        }
        for file in &manifest.files {
            store.remove(&file.path)?;
        }
        Err(ArchiveError::Taken {
            path: manifest.path(),
        })
    }

    fn manifest(&self, next: Position, files: Vec<FileEntry>) -> Manifest {
        let times = self.records.iter().map(|record| record.timestamp_ms);
        let stories: BTreeSet<&String> = self.records.iter().map(|record| &record.key).collect();
        Manifest {
            topic: self.from.at.topic,
            partition: self.from.at.partition,
            from: self.from.next_offset,
            next: next.next_offset,
            records: self.records.len() as u64,
            since: timestamp(times.clone().min()),
            until: timestamp(times.max()),
            written: Timestamp::now(),
            files,
            stories: stories.into_iter().cloned().collect(),
            erased: Vec::new(),
            restricted: Vec::new(),
            orders: Vec::new(),
        }
    }
}

/// Writes files under names that nobody else uses; they belong to the archive once a manifest
/// names them.
pub(crate) fn write_files(
    store: &Store,
    from: Position,
    files: Vec<NewFile>,
) -> Result<Vec<FileEntry>, ArchiveError> {
    let mut entries = Vec::new();
    let writer = uuid::Uuid::new_v4().simple().to_string();
    for file in files {
        let name = format!(
            "{}-{:05}-{:020}-{}.{}",
            from.at.topic,
            from.at.partition,
            from.next_offset,
            &writer[..8],
            file.ending
        );
        let entry = FileEntry {
            path: format!("{}/{name}", file.folder),
            kind: file.kind.to_owned(),
            bytes: file.bytes.len() as u64,
            blake3: blake3::hash(&file.bytes).to_hex().to_string(),
            records: file.records,
        };
        store.put(&entry.path, file.bytes)?;
        entries.push(entry);
    }
    Ok(entries)
}

/// A time of the log; one that is out of any range is the beginning of time.
pub(crate) fn timestamp(milliseconds: Option<i64>) -> Timestamp {
    let known = milliseconds.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    known.unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The day of a time, UTC: `2026-11-23`.
pub(crate) fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
