//! The sink behind both halves of the archive: buffers, segments, and what is found of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, Position, ReasonCode, Timestamp, Topic, TopicPartition};
use wiredesk_pipeline::{Flush, Sink, SinkError, Stored, caught};

use crate::encoder::{Encoder, Fit};
use crate::manifest::Manifest;
use crate::retire::{older_of, retire};
use crate::segment::{NewFile, Segment};
use crate::{ArchiveError, Store};

/// How often is looked for segments that are older than the archive keeps.
const RETIRE_EVERY: Duration = Duration::from_secs(60 * 60);

/// When files are closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Closing {
    /// Bytes of records, over all partitions, beyond which everything is stored.
    pub bytes: usize,
    /// How long a record waits at the most.
    pub age: Duration,
}

/// Why no file can be made of a record, by where it stands.
type Unfit = BTreeMap<(TopicPartition, i64), (ReasonCode, String)>;

pub(crate) struct ArchiveSink<E> {
    encoder: E,
    store: Arc<Store>,
    closing: Closing,
    /// How long segments stay, and when to look for old ones again.
    keep: Option<Duration>,
    retire_at: Instant,
    segments: BTreeMap<TopicPartition, Segment>,
    /// Until the log says that we are past them.
    unfit: Unfit,
}

impl<E: Encoder> ArchiveSink<E> {
    pub fn new(encoder: E, store: Arc<Store>, closing: Closing, keep: Option<Duration>) -> Self {
        Self {
            encoder,
            store,
            closing,
            keep,
            retire_at: Instant::now(),
            segments: BTreeMap::new(),
            unfit: BTreeMap::new(),
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
        match fit(&self.encoder, &self.unfit, &record) {
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

    fn encode(&self, records: &[Incoming]) -> Result<Vec<NewFile>, (ReasonCode, String)> {
        match caught(|| self.encoder.encode(records)) {
            Ok(Ok(files)) => Ok(files),
            Ok(Err(error)) => Err((ReasonCode::Undecodable, error.to_string())),
            Err(said) => Err((ReasonCode::Panicked, said)),
        }
    }

    /// Finds the record because of which no file can be made of `records`. They are all read again
    /// then, and that one is passed over.
    fn blame(&mut self, records: &[Incoming], detail: String) -> ArchiveError {
        let alone = records.iter().find_map(|record| {
            let why = self.encode(std::slice::from_ref(record)).err()?;
            Some((record, why))
        });
        let Some((record, why)) = alone else {
            return ArchiveError::Encode(detail);
        };
        let what = format!("{}/{}", record.at, record.offset);
        self.unfit.insert((record.at, record.offset), why);
        ArchiveError::Unfit { what, detail }
    }

    fn store_partition(&mut self, at: TopicPartition) -> Result<Stored, ArchiveError> {
        let Some(segment) = self.segments.remove(&at) else {
            return Ok(Stored::default());
        };
        let Some(next) = segment.next else {
            self.segments.insert(at, segment);
            return Ok(Stored::default());
        };
        let files = match self.encode(&segment.records) {
            Ok(files) => files,
            Err((_, detail)) => return Err(self.blame(&segment.records, detail)),
        };
        let orders = self.encoder.orders(&segment.records);
        segment.store(&self.store, next, files, orders)?;
        self.encoder.stored(&self.store, &segment.records)?;
        self.segments.insert(at, Segment::at(next));
        Ok(Stored {
            positions: vec![next],
            records: segment.records.len() as u64,
            filtered: segment.passed,
            dead: Vec::new(),
        })
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

    /// Removes what is older than is kept, of the partitions that are ours.
    fn retire_old(&mut self) -> Result<(), ArchiveError> {
        let Some(keep) = self.keep.filter(|_| self.retire_at <= Instant::now()) else {
            return Ok(());
        };
        self.retire_at = Instant::now() + RETIRE_EVERY;
        let Ok(before) = Timestamp::now().checked_sub(keep) else {
            return Ok(());
        };
        for segment in older_of(&self.store, self.encoder.input(), before)? {
            if self.segments.contains_key(&segment.at()) {
                retire(&self.store, &segment)?;
                let (from, next) = (segment.from, segment.next);
                let partition = segment.at();
                tracing::info!(
                    service = self.encoder.name(),
                    %partition,
                    "offsets {from} to {next} are older than the archive keeps, and removed"
                );
            }
        }
        Ok(())
    }

    fn buffered_bytes(&self) -> usize {
        self.segments.values().map(|segment| segment.bytes).sum()
    }
}

/// What becomes of a record.
fn fit(encoder: &impl Encoder, unfit: &Unfit, record: &Incoming) -> Fit {
    if let Some((code, detail)) = unfit.get(&(record.at, record.offset)) {
        return Fit::Dead(*code, detail.clone());
    }
    caught(|| encoder.fit(record)).unwrap_or_else(|said| Fit::Dead(ReasonCode::Panicked, said))
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
        let next = position.next_offset;
        self.unfit
            .retain(|(at, offset), _| *at != from.at || *offset >= next);
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
        if when == Flush::Due {
            self.retire_old()?;
        }
        let age = self.closing.age;
        let is_due = |segment: &Segment| segment.since.is_some_and(|since| since.elapsed() >= age);
        Ok(match when {
            Flush::All => self.store_where(|_| true)?,
            Flush::Due => self.store_where(is_due)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use wiredesk_model::Headers;

    use super::*;

    /// Fails on what the value of a record tells.
    struct Fragile;

    impl Encoder for Fragile {
        fn name(&self) -> &'static str {
            "fragile"
        }

        fn input(&self) -> Topic {
            Topic::Raw
        }

        #[allow(clippy::panic, reason = "the sink must survive an encoder that panics")]
        fn fit(&self, record: &Incoming) -> Fit {
            match record.value.as_deref() {
                Some(b"panics") => panic!("at once"),
                _ => Fit::Stored,
            }
        }

        #[allow(clippy::panic, reason = "the sink must survive an encoder that panics")]
        fn encode(&self, records: &[Incoming]) -> Result<Vec<NewFile>, ArchiveError> {
            let holds = |text: &[u8]| records.iter().any(|one| one.value.as_deref() == Some(text));
            if holds(b"panics in the file") {
                panic!("in the file");
            }
            match holds(b"makes no file") || (holds(b"a") && holds(b"b")) {
                true => Err(ArchiveError::Encode("not in the file".to_owned())),
                false => Ok(Vec::new()),
            }
        }

        fn stored(&self, _store: &Store, _records: &[Incoming]) -> Result<(), ArchiveError> {
            Ok(())
        }
    }

    fn sink() -> (ArchiveSink<Fragile>, TempDir) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().display().to_string();
        let store = Store::open(&place, &[]).expect("a folder is a place");
        let closing = Closing {
            bytes: 1 << 20,
            age: Duration::from_secs(60),
        };
        (
            ArchiveSink::new(Fragile, Arc::new(store), closing, None),
            folder,
        )
    }

    fn start() -> Position {
        Position {
            at: TopicPartition::new(Topic::Raw, 0),
            next_offset: 0,
        }
    }

    fn records(values: &[&str]) -> Vec<Incoming> {
        let each = (0..).zip(values).map(|(offset, value)| Incoming {
            at: start().at,
            offset,
            timestamp_ms: 0,
            key: format!("story-{offset}"),
            value: Some(value.as_bytes().to_vec()),
            headers: Headers::new(),
        });
        each.collect()
    }

    /// Goes on as the runner does: what is out of reach is read again from the committed position.
    fn stored(sink: &mut ArchiveSink<Fragile>, values: &[&str]) -> Result<Stored, SinkError> {
        let (mut stored, mut from) = (Stored::default(), start());
        for _ in 0..=values.len() {
            sink.close(from.at);
            stored.add(sink.open(from)?);
            let rest = records(values).split_off(usize::try_from(from.next_offset).expect("small"));
            match sink.take(rest).and_then(|taken| {
                stored.add(taken);
                sink.flush(Flush::All)
            }) {
                Err(SinkError::Unavailable(_)) => {}
                Err(fatal) => return Err(fatal),
                Ok(flushed) => {
                    stored.add(flushed);
                    return Ok(stored);
                }
            }
            from = stored.positions.last().copied().unwrap_or(from);
        }
        Err(SinkError::Fatal("it never ends".to_owned()))
    }

    #[test]
    fn a_record_that_no_file_can_be_made_of_is_passed_over_alone() {
        let (mut sink, _folder) = sink();
        let values = [
            "1",
            "panics",
            "2",
            "panics in the file",
            "3",
            "makes no file",
            "4",
        ];
        let stored = stored(&mut sink, &values).expect("the others are stored");
        assert_eq!(stored.records, 4);
        let dead: Vec<_> = stored
            .dead
            .iter()
            .map(|(record, code, detail)| (record.offset, *code, detail.as_str()))
            .collect();
        assert_eq!(
            dead,
            [
                (1, ReasonCode::Panicked, "panicked: at once"),
                (3, ReasonCode::Panicked, "panicked: in the file"),
                (
                    5,
                    ReasonCode::Undecodable,
                    "a file of the archive could not be made: not in the file"
                ),
            ]
        );
        assert_eq!(
            stored.positions.last().map(|last| last.next_offset),
            Some(7)
        );
        sink.open(stored.positions[0]).expect("a folder");
        assert!(sink.unfit.is_empty(), "they are behind us");
    }

    #[test]
    fn where_no_record_is_to_blame_nothing_is_lost() {
        let (mut sink, _folder) = sink();
        let ended = stored(&mut sink, &["a", "b"]);
        assert!(matches!(ended, Err(SinkError::Fatal(_))), "{ended:?}");
    }
}
