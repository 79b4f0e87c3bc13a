//! What was stored, segment by segment. A segment is in the archive once its manifest is.
//!
//! A manifest is named after its topic, its partition and the position that it begins at, and is
//! written only where none of that name is there. So two instances that both believe they own a
//! partition cannot store the same records twice: the second one finds the name taken.

use serde::{Deserialize, Serialize};
use wiredesk_model::{OrderAction, Position, Timestamp, Topic, TopicPartition};

use crate::{ArchiveError, Store};

/// Folder of the manifests.
const FOLDER: &str = "manifest";

/// One file of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path in the archive.
    pub path: String,
    /// `warc`, `parquet` or `ndjson`.
    pub kind: String,
    /// Size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, hex.
    pub blake3: String,
    /// Records in it.
    pub records: u64,
}

/// One segment: consecutive records of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which topic.
    pub topic: Topic,
    /// Which partition.
    pub partition: u32,
    /// The position that it begins at: behind the segment before.
    pub from: i64,
    /// The position behind its last record.
    pub next: i64,
    /// Records in it.
    pub records: u64,
    /// Time of its oldest record.
    pub since: Timestamp,
    /// Time of its newest record.
    pub until: Timestamp,
    /// When it was written.
    pub written: Timestamp,
    /// Its files.
    pub files: Vec<FileEntry>,
    /// Stories in it, sorted.
    pub stories: Vec<String>,
    /// Stories that were taken out of it later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<String>,
    /// Stories in it whose records were moved to files below `restricted/` later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restricted: Vec<String>,
    /// What people at the desk ordered about stories, as events in it tell. They stand in no raw
    /// item: whoever replays those must give these orders again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<DeskOrder>,
}

/// An order of the desk, as its event tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskOrder {
    /// The story.
    pub story: String,
    /// What was ordered.
    pub action: OrderAction,
    /// When.
    pub at: Timestamp,
}

impl Manifest {
    /// Its name in the archive.
    pub fn path(&self) -> String {
        path_of(self.begin())
    }

    /// The position of its first record.
    pub(crate) fn begin(&self) -> Position {
        Position {
            at: self.at(),
            next_offset: self.from,
        }
    }

    /// Where its records stood in the log.
    pub fn at(&self) -> TopicPartition {
        TopicPartition::new(self.topic, self.partition)
    }

    /// The manifest of the segment that begins at a position.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn beginning_at(store: &Store, from: Position) -> Result<Option<Self>, ArchiveError> {
        Self::read(store, &path_of(from))
    }

    /// Every manifest of a topic, by partition and position.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn all(store: &Store, topic: Topic) -> Result<Vec<Self>, ArchiveError> {
        Self::each(store, topic)?.into_iter().collect()
    }

    /// The same, with what is wrong in the place of one that is damaged.
    ///
    /// # Errors
    /// Where the store does not give them.
    pub fn each(
        store: &Store,
        topic: Topic,
    ) -> Result<Vec<Result<Self, ArchiveError>>, ArchiveError> {
        // Names are padded with zeros, so their order is that of partitions and positions.
        let paths = store.list(&format!("{FOLDER}/{topic}"))?;
        let mut found = Vec::new();
        for (path, _) in paths {
            match Self::read(store, &path) {
                Err(error @ ArchiveError::Damaged { .. }) => found.push(Err(error)),
                read => found.extend(read?.map(Ok)),
            }
        }
        Ok(found)
    }

    fn read(store: &Store, path: &str) -> Result<Option<Self>, ArchiveError> {
        let Some(bytes) = store.get(path)? else {
            return Ok(None);
        };
        let damaged = |detail: String| ArchiveError::Damaged {
            path: path.to_owned(),
            detail,
        };
        let read: Self =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        match read.path() == path {
            true => Ok(Some(read)),
            false => Err(damaged(format!("it is the manifest {}", read.path()))),
        }
    }

    /// Puts the segment into the archive; whether it was the first of its name.
    ///
    /// A store whose answer was lost is asked again, and then finds the name taken by what it took
    /// the first time: so the one that stands is looked at before it counts as that of another.
    ///
    /// # Errors
    /// Where the store does not take it.
    pub fn write_new(&self, store: &Store) -> Result<bool, ArchiveError> {
        let path = self.path();
        if store.put_new(&path, self.bytes()?)? {
            return Ok(true);
        }
        let standing = Self::read(store, &path)?;
        Ok(standing.is_some_and(|standing| standing == *self))
    }

    /// Replaces it, after files of it were written anew.
    ///
    /// # Errors
    /// Where the store does not take it.
    pub fn replace(&self, store: &Store) -> Result<(), ArchiveError> {
        store.put(&self.path(), self.bytes()?)
    }

    fn bytes(&self) -> Result<Vec<u8>, ArchiveError> {
        serde_json::to_vec_pretty(self).map_err(|error| ArchiveError::Encode(error.to_string()))
    }
}

fn path_of(from: Position) -> String {
    format!(
        "{FOLDER}/{}/{:05}/{:020}.json",
        from.at.topic, from.at.partition, from.next_offset
    )
}
