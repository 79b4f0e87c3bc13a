//! What writes to the index: stories in and out, and how far the log has been read, in one commit.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tantivy::{IndexWriter, TantivyDocument, Term};
use wiredesk_model::{Incoming, ReasonCode, Timestamp};
use wiredesk_telemetry::{Metric, count, gauge, observe};

use crate::document::{document, made_of};
use crate::store::Store;
use crate::{IndexError, SearchSettings};

/// Stories that are put in at the most before a commit.
pub(crate) const AT_ONCE: u64 = 20_000;

/// What stands beside every commit of the index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The next offset of `current` to read, by partition.
    pub next: BTreeMap<u32, i64>,
    /// When it was committed; `None` before the first commit.
    pub at: Option<Timestamp>,
}

/// What became of a record.
#[derive(Debug)]
pub(crate) enum Applied {
    /// The index has it.
    Taken,
    /// It is no article record, for this reason; the index stays before it.
    Unreadable(ReasonCode, String),
}

/// The only writer of an index.
pub(crate) struct Writer {
    pub store: Store,
    writer: IndexWriter,
    /// As committed.
    committed: Standing,
    /// As committed with the next commit.
    next: BTreeMap<u32, i64>,
    indexed: u64,
    removed: u64,
    dirty_since: Option<Instant>,
}

impl Writer {
    /// Opens the index at `path` for writing, and makes it where it is missing.
    pub fn open(path: &Path, settings: &SearchSettings) -> Result<Self, IndexError> {
        let store = Store::open_or_create(path)?;
        let writer = start(&store, settings.memory())?;
        let committed = standing(&store)?;
        Ok(Self {
            store,
            writer,
            next: committed.next.clone(),
            committed,
            indexed: 0,
            removed: 0,
            dirty_since: None,
        })
    }

    /// Which index this is.
    pub fn id(&self) -> &str {
        &self.store.id
    }

    /// The next offset of a partition, what is not committed included.
    pub fn next(&self, partition: u32) -> Option<i64> {
        self.next.get(&partition).copied()
    }

    /// How far partitions were read when the index was last committed, and when that was.
    pub fn committed(&self) -> &Standing {
        &self.committed
    }

    /// Does what a record of `current` says: its story in, in the place of what was there of it, or
    /// out. Whatever the index knew of the story goes, however long ago it was put in.
    pub fn apply(&mut self, record: &Incoming) -> Result<Applied, IndexError> {
        match &record.value {
            None => {
                self.take_out(&record.key);
                self.removed += 1;
            }
            Some(value) => {
                let fields = &self.store.fields;
                match made_of(value, |article| document(fields, article, record)) {
                    Ok(document) => self.put(&record.key, document)?,
                    Err((code, detail)) => return Ok(Applied::Unreadable(code, detail)),
                }
            }
        }
        self.advance(record.at.partition, record.offset + 1);
        Ok(Applied::Taken)
    }

    fn put(&mut self, story: &str, document: TantivyDocument) -> Result<(), IndexError> {
        self.take_out(story);
        let added = self.writer.add_document(document);
        added.map_err(|error| IndexError::of(&self.store.path, error))?;
        self.indexed += 1;
        Ok(())
    }

    fn take_out(&mut self, story: &str) {
        let term = Term::from_field_text(self.store.fields.story, story);
        self.writer.delete_term(term);
        self.touch();
    }

    /// Takes every story of a partition out, to read it from the start.
    pub fn clear(&mut self, partition: u32) {
        let term = Term::from_field_u64(self.store.fields.partition, u64::from(partition));
        self.writer.delete_term(term);
        self.next.remove(&partition);
        self.touch();
    }

    /// Notes how far a partition was read.
    pub fn advance(&mut self, partition: u32, next: i64) {
        self.next.insert(partition, next);
        self.touch();
    }

    fn touch(&mut self) {
        self.dirty_since.get_or_insert_with(Instant::now);
    }

    /// Whether something waits for so long.
    pub fn is_due(&self, age: Duration) -> bool {
        self.dirty_since.is_some_and(|since| since.elapsed() >= age)
    }

    /// Makes everything so far findable and safe, with the positions, all or nothing.
    pub fn commit(&mut self) -> Result<(), IndexError> {
        if self.dirty_since.is_none() {
            return Ok(());
        }
        let started = Instant::now();
        let standing = Standing {
            next: self.next.clone(),
            at: Some(Timestamp::now()),
        };
        let path = &self.store.path;
        let payload = serde_json::to_string(&standing).map_err(|error| IndexError::Disk {
            path: path.clone(),
            source: std::io::Error::other(error),
        })?;
        let committed = self.writer.prepare_commit().and_then(|mut prepared| {
            prepared.set_payload(&payload);
            prepared.commit()
        });
        committed.map_err(|error| IndexError::of(path, error))?;
        self.committed = standing;
        self.dirty_since = None;
        self.tell(started.elapsed());
        Ok(())
    }

    fn tell(&mut self, took: Duration) {
        count(
            Metric::IndexChanges,
            &["indexed"],
            std::mem::take(&mut self.indexed),
        );
        count(
            Metric::IndexChanges,
            &["removed"],
            std::mem::take(&mut self.removed),
        );
        observe(Metric::IndexCommitSeconds, &[], took.as_secs_f64());
        if let Ok(stories) = self.stories() {
            gauge(Metric::IndexStories, &[], stories as f64);
        }
    }

    /// Stories in the index, as committed.
    pub fn stories(&self) -> Result<u64, IndexError> {
        let meta = self.store.index.load_metas();
        let meta = meta.map_err(|error| IndexError::of(&self.store.path, error))?;
        let stories = meta.segments.iter().map(|one| u64::from(one.num_docs()));
        Ok(stories.sum())
    }
}

fn start(store: &Store, memory_bytes: usize) -> Result<IndexWriter, IndexError> {
    // One thread: what it takes in is the order of the log, and words are cut before it.
    let writer = store.index.writer_with_num_threads(1, memory_bytes);
    writer.map_err(|error| IndexError::of(&store.path, error))
}

/// What the last commit of an index says of its positions.
pub(crate) fn standing(store: &Store) -> Result<Standing, IndexError> {
    let meta = store.index.load_metas();
    let meta = meta.map_err(|error| IndexError::of(&store.path, error))?;
    let Some(payload) = meta.payload else {
        return Ok(Standing::default());
    };
    serde_json::from_str(&payload).map_err(|error| IndexError::Damaged {
        path: store.path.clone(),
        detail: format!("its positions cannot be read: {error}"),
    })
}
