//! The sink behind both halves of the archive: buffers, segments, and what is found of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use wiredesk_model::{FilterReason, Incoming, Position, ReasonCode, Topic, TopicPartition};
use wiredesk_pipeline::{Flush, Sink, SinkError, Stored};

use crate::manifest::Manifest;
use crate::segment::{NewFile, Segment};
use crate::{ArchiveError, Store};

/// What a half of the archive does with one record.
#[derive(Debug)]
pub(crate) enum Fit {
    /// It goes into the files.
    Stored,
    /// There is nothing to store.
    Nothing(FilterReason),
    /// It cannot be read.
    Dead(ReasonCode, String),
}

/// What a half of the archive makes of records.
pub(crate) trait Encoder: Send + 'static {
    /// Name of the service.
    fn name(&self) -> &'static str;

    /// The topic it reads.
    fn input(&self) -> Topic;

    /// What becomes of a record.
    fn fit(&self, record: &Incoming) -> Fit;

    /// The files of a segment.
    fn encode(&self, records: &[Incoming]) -> Result<Vec<NewFile>, ArchiveError>;

    /// Called once a segment is stored; again where that could not be committed.
    fn stored(&self, store: &Store, records: &[Incoming]) -> Result<(), ArchiveError>;
}

/// What becomes of a killed story that is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnKill {
    /// It stays, with the event that killed it; replays leave it out.
    #[default]
    Keep,
    /// Everything of it is taken out of the files, and the manifests say so.
    Erase,
}

/// When files are closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Closing {
    /// Bytes of records, over all partitions, beyond which everything is stored.
    pub bytes: usize,
    /// How long a record waits at the most.
    pub age: Duration,
}

pub(crate) struct ArchiveSink<E> {
    encoder: E,
    store: Arc<Store>,
    closing: Closing,
    segments: BTreeMap<TopicPartition, Segment>,
}

impl<E: Encoder> ArchiveSink<E> {
    pub fn new(encoder: E, store: Arc<Store>, closing: Closing) -> Self {
        Self {
            encoder,
            store,
            closing,
            segments: BTreeMap::new(),
        }
    }

    /// Puts one record where it belongs. One that cannot be read ends its segment: its dead letter
    /// and its position must move in one step, and what stands in the archive has moved already.
    fn place(&mut self, record: Incoming) -> Result<Stored, ArchiveError> {
        let at = record.at;
        let Some(segment) = self.segments.get_mut(&at) else {
            return Ok(Stored::default());
        };
        if record.offset < segment.from.next_offset {
            return Ok(Stored::default());
        }
        match self.encoder.fit(&record) {
            Fit::Stored => segment.push(record),
            Fit::Nothing(reason) => segment.pass(&record, reason),
            Fit::Dead(code, detail) => {
                let mut stored = self.store_partition(at)?;
                let behind = record.next_position();
                self.segments.insert(at, Segment::at(behind));
                stored.add(Stored {
                    positions: vec![behind],
                    dead: vec![(record, code, detail)],
                    ..Stored::default()
                });
                return Ok(stored);
            }
        }
        Ok(Stored::default())
    }

    fn store_partition(&mut self, at: TopicPartition) -> Result<Stored, ArchiveError> {
        let Some(segment) = self.segments.get_mut(&at) else {
            return Ok(Stored::default());
        };
        let Some(next) = segment.next else {
            return Ok(Stored::default());
        };
        let files = self.encoder.encode(&segment.records)?;
        segment.store(&self.store, next, files)?;
        self.encoder.stored(&self.store, &segment.records)?;
        let stored = Stored {
            positions: vec![next],
            records: segment.records.len() as u64,
            filtered: std::mem::take(&mut segment.passed),
            dead: Vec::new(),
        };
        *segment = Segment::at(next);
        Ok(stored)
    }

    fn store_where(&mut self, wanted: impl Fn(&Segment) -> bool) -> Result<Stored, ArchiveError> {
        let chosen: Vec<_> = self
            .segments
            .iter()
            .filter(|(_, segment)| wanted(segment))
            .map(|(at, _)| *at)
            .collect();
        let mut stored = Stored::default();
        for at in chosen {
            stored.add(self.store_partition(at)?);
        }
        Ok(stored)
    }

    fn buffered_bytes(&self) -> usize {
        self.segments.values().map(|segment| segment.bytes).sum()
    }
}

impl<E: Encoder> Sink for ArchiveSink<E> {
    fn name(&self) -> &'static str {
        self.encoder.name()
    }

    fn input(&self) -> Topic {
        self.encoder.input()
    }

    /// Segments that begin where the log says we stand were stored before a crash, or by an
    /// instance that lost the partition: they count.
    fn open(&mut self, from: Position) -> Result<Stored, SinkError> {
        let mut position = from;
        while let Some(manifest) = Manifest::beginning_at(&self.store, position)? {
            position.next_offset = manifest.next;
        }
        self.segments.insert(from.at, Segment::at(position));
        let mut stored = Stored::default();
        if position != from {
            tracing::info!(
                service = self.encoder.name(),
                partition = %from.at,
                "offsets {} to {} are in the archive already",
                from.next_offset,
                position.next_offset
            );
            stored.positions.push(position);
        }
        Ok(stored)
    }

    fn close(&mut self, at: TopicPartition) {
        self.segments.remove(&at);
    }

    fn take(&mut self, records: Vec<Incoming>) -> Result<Stored, SinkError> {
        let mut stored = Stored::default();
        for record in records {
            stored.add(self.place(record)?);
        }
        if self.buffered_bytes() >= self.closing.bytes {
            stored.add(self.store_where(|_| true)?);
        }
        Ok(stored)
    }

    fn flush(&mut self, when: Flush) -> Result<Stored, SinkError> {
        let age = self.closing.age;
        let is_due = |segment: &Segment| segment.since.is_some_and(|since| since.elapsed() >= age);
        Ok(match when {
            Flush::All => self.store_where(|_| true)?,
            Flush::Due => self.store_where(is_due)?,
        })
    }
}
