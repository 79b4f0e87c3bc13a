//! The sink that keeps the index at what is current.
//!
//! The positions of the log stand in the index, in the same commit as the stories, and they are what
//! counts: a record that the index has read is passed over when it comes again, and what the index
//! lacks before the committed position of the group is read by the sink itself. So a crash between
//! the two commits loses and doubles nothing, and an index that was removed, or put back from a
//! copy, fills itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{Incoming, Position, Topic, TopicPartition};
use wiredesk_pipeline::{Flush, Sink, SinkError, Stored, Transport};

use crate::reading::{ends, read_until};
use crate::writer::{AT_ONCE, Applied, Writer};
use crate::{IndexError, SearchSettings};

/// Name of the service.
pub(crate) const NAME: &str = "indexer";
/// An index that was not committed for so long may have missed tombstones, which compacted topics
/// keep for a day, so its partitions are read from the start where the log has moved on.
const STALE: Duration = Duration::from_hours(12);

/// Keeps the index at what is current.
pub(crate) struct IndexSink {
    transport: Arc<dyn Transport>,
    /// `None` after an error, at the first of which the search library ends its writer; the next
    /// call opens another.
    writer: Option<Writer>,
    settings: SearchSettings,
    place: std::path::PathBuf,
    /// Which index it is.
    id: String,
    /// Records taken since the last commit.
    pending: Stored,
}

impl IndexSink {
    /// Opens the index at `place`, and makes it where it is missing.
    pub fn open_index(
        transport: Arc<dyn Transport>,
        settings: &SearchSettings,
        place: &Path,
    ) -> Result<Self, IndexError> {
        let writer = Writer::open(place, settings)?;
        Ok(Self {
            transport,
            id: writer.id().to_owned(),
            writer: Some(writer),
            settings: settings.clone(),
            place: place.to_owned(),
            pending: Stored::default(),
        })
    }

    fn writer(&mut self) -> Result<&mut Writer, IndexError> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(Writer::open(&self.place, &self.settings)?)),
        }
    }

    /// Runs `work`; where it fails, what is not committed is forgotten.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, IndexError>,
    ) -> Result<T, SinkError> {
        work(self).map_err(|error| {
            self.pending = Stored::default();
            self.writer = None;
            error.for_sink()
        })
    }

    /// How far the index has read a partition, after it has caught up with `from`.
    fn stand(&mut self, from: Position) -> Result<Position, IndexError> {
        let at = from.at;
        let ends = ends(self.transport.as_ref(), at.topic)?;
        let end = ends.iter().find(|end| end.at == at);
        let end = end.map_or(0, |end| end.next_offset);
        let writer = self.writer()?;
        let mut next = writer.next(at.partition);
        if let Some(index) = next.filter(|next| *next > end) {
            return Err(IndexError::OtherLog {
                at,
                index,
                log: end,
            });
        }
        let is_behind = next.is_none_or(|next| next < end);
        if is_behind && next.is_some() && is_stale(writer) {
            tracing::info!(partition = %at, "the index has slept for long: reading all of it again");
            writer.clear(at.partition);
            next = None;
        }
        let next = next.unwrap_or(0);
        if next < from.next_offset {
            tracing::info!(partition = %at, "the index lacks offsets {next} to {}", from.next_offset);
            let begin = Position {
                at,
                next_offset: next,
            };
            self.catch_up(&ends, begin, from.next_offset)?;
        }
        let stands = self.writer()?.next(at.partition).unwrap_or(0);
        Ok(Position {
            at,
            next_offset: stands.max(from.next_offset),
        })
    }

    fn catch_up(
        &mut self,
        ends: &[Position],
        begin: Position,
        until: i64,
    ) -> Result<(), IndexError> {
        let transport = Arc::clone(&self.transport);
        let mut since = 0;
        read_until(transport.as_ref(), ends, begin, until, |record| {
            // One that cannot be read became a dead letter when it was read first.
            self.writer()?.apply(&record)?;
            since += 1;
            if since >= AT_ONCE {
                since = 0;
                self.writer()?.commit()?;
            }
            Ok::<_, IndexError>(())
        })?;
        let writer = self.writer()?;
        writer.advance(begin.at.partition, until);
        writer.commit()
    }

    /// Takes one record. One that cannot be read is told at once, and the index stays before it:
    /// its dead letter and the position behind it move in one step, in the log.
    fn place_record(&mut self, record: Incoming) -> Result<Stored, IndexError> {
        let next = self.writer()?.next(record.at.partition);
        if next.is_some_and(|next| record.offset < next) {
            return Ok(Stored::default());
        }
        match self.writer()?.apply(&record)? {
            Applied::Taken => {
                self.pending.add(Stored {
                    positions: vec![record.next_position()],
                    records: 1,
                    ..Stored::default()
                });
                Ok(Stored::default())
            }
            Applied::Unreadable(code, detail) => {
                let mut stored = self.commit()?;
                stored.add(Stored {
                    positions: vec![record.next_position()],
                    dead: vec![(record, code, detail)],
                    ..Stored::default()
                });
                Ok(stored)
            }
        }
    }

    fn commit(&mut self) -> Result<Stored, IndexError> {
        self.writer()?.commit()?;
        Ok(std::mem::take(&mut self.pending))
    }
}

fn is_stale(writer: &Writer) -> bool {
    let age = writer
        .committed()
        .at
        .map(|at| at.duration_until(jiff::Timestamp::now()));
    age.is_none_or(|age| age.unsigned_abs() > STALE)
}

impl Sink for IndexSink {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Each index needs every partition, so each is a group of its own.
    fn group(&self) -> String {
        format!("{NAME}-{}", self.id)
    }

    fn input(&self) -> Topic {
        Topic::Current
    }

    fn open(&mut self, from: Position) -> Result<Stored, SinkError> {
        self.guarded(|sink| {
            let stands = sink.stand(from)?;
            let mut stored = sink.commit()?;
            if stands != from {
                stored.add(Stored {
                    positions: vec![stands],
                    ..Stored::default()
                });
            }
            Ok(stored)
        })
    }

    /// What was taken stays: it is what the log holds, and it is passed over when it comes again.
    fn close(&mut self, at: TopicPartition) {
        self.pending.positions.retain(|position| position.at != at);
    }

    fn take(&mut self, records: Vec<Incoming>) -> Result<Stored, SinkError> {
        self.guarded(|sink| {
            let mut stored = Stored::default();
            for record in records {
                stored.add(sink.place_record(record)?);
            }
            if sink.pending.records >= AT_ONCE {
                stored.add(sink.commit()?);
            }
            Ok(stored)
        })
    }

    fn flush(&mut self, when: Flush) -> Result<Stored, SinkError> {
        self.guarded(|sink| {
            let age = sink.settings.commit_every();
            match when == Flush::All || sink.writer()?.is_due(age) {
                true => sink.commit(),
                false => Ok(Stored::default()),
            }
        })
    }
}
