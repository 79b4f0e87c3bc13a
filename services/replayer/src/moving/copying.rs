//! Writing what the copy of a topic lacks.

use wiredesk_model::{Headers, Incoming, TopicPartition};
use wiredesk_pipeline::{Extent, LogCopy, Stock, StoppedLog, read_on};

use super::{MoveError, positions};

/// Key of the tombstones that stand for offsets without a record.
pub const GAP_KEY: &str = "wiredesk:gap";

/// Records that are written at once.
const AT_ONCE: usize = 2_000;
/// Bytes that are written at once, beyond the first record.
const BYTES_AT_ONCE: usize = 8 * 1024 * 1024;

/// The copy of one topic as it grows.
pub(super) struct Copying<'a> {
    to: &'a mut dyn LogCopy,
    stock: &'a Stock,
    /// The end of each partition, with the time of the record before it.
    ends: Vec<(i64, i64)>,
    waiting: Vec<Incoming>,
    waiting_bytes: usize,
    /// Hears how many offsets were written.
    tell: &'a mut dyn FnMut(u64),
}

impl<'a> Copying<'a> {
    pub fn of(
        to: &'a mut dyn LogCopy,
        stock: &'a Stock,
        there: &[Extent],
        tell: &'a mut dyn FnMut(u64),
    ) -> Self {
        Self {
            to,
            stock,
            ends: there.iter().map(|there| (there.next, 0)).collect(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            tell,
        }
    }

    /// Writes everything behind the ends, and sees that the copy ends where the log does.
    pub fn run(mut self, from: &dyn StoppedLog) -> Result<(), MoveError> {
        let topic = self.stock.spec.topic;
        let begin = positions(topic, self.ends.iter().map(|(next, _)| *next));
        let mut reader = from.records(topic, &begin)?;
        while !self.is_whole() {
            let Some(records) = read_on(&mut *reader)? else {
                break;
            };
            for record in records {
                if self.is_newer(&record) {
                    continue;
                }
                self.fill(record.at, record.offset, record.timestamp_ms)?;
                self.put(record)?;
            }
        }
        for (partition, extent) in (0_u32..).zip(&self.stock.extents) {
            let at = TopicPartition::new(topic, partition);
            self.fill(at, extent.next, extent.last_ms)?;
        }
        self.flush()?;
        self.check_ends()
    }

    fn is_whole(&self) -> bool {
        let mut ends = self.ends.iter().zip(&self.stock.extents);
        ends.all(|((end, _), here)| *end >= here.next)
    }

    /// Whether somebody wrote the record after the move began; it will be told.
    fn is_newer(&self, record: &Incoming) -> bool {
        let here = self.stock.extents.get(record.at.partition as usize);
        here.is_none_or(|here| record.offset >= here.next)
    }

    /// Fills a partition up to `until`, where the log has no records.
    fn fill(&mut self, at: TopicPartition, until: i64, timestamp_ms: i64) -> Result<(), MoveError> {
        while let Some((next, last_ms)) = self.ends.get(at.partition as usize).copied()
            && next < until
        {
            self.put(Incoming {
                at,
                offset: next,
                timestamp_ms: timestamp_ms.max(last_ms),
                key: GAP_KEY.to_owned(),
                value: None,
                headers: Headers::new(),
            })?;
        }
        Ok(())
    }

    fn put(&mut self, record: Incoming) -> Result<(), MoveError> {
        if let Some(end) = self.ends.get_mut(record.at.partition as usize) {
            *end = (record.offset + 1, record.timestamp_ms);
        }
        self.waiting_bytes += record.size_bytes();
        self.waiting.push(record);
        match self.waiting.len() >= AT_ONCE || self.waiting_bytes >= BYTES_AT_ONCE {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), MoveError> {
        let records = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        let written = records.len() as u64;
        if written > 0 {
            self.to.append(records)?;
            (self.tell)(written);
        }
        Ok(())
    }

    fn check_ends(&self) -> Result<(), MoveError> {
        let topic = self.stock.spec.topic;
        let there = self.to.extents(topic)?.unwrap_or_default();
        let ends = (0_u32..).zip(self.stock.extents.iter().zip(&there));
        for (partition, (here, there)) in ends {
            if here.next != there.next {
                return Err(MoveError::Misplaced {
                    at: TopicPartition::new(topic, partition),
                    here: here.next,
                    there: there.next,
                });
            }
        }
        Ok(())
    }
}
