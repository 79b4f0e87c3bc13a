//! What an earlier run wrote, beside the log.

use std::collections::VecDeque;
use std::time::Duration;

use wiredesk_model::{Incoming, TopicPartition};
use wiredesk_pipeline::{Extent, LogCopy, Reader, Stock, StoppedLog, read_on};

use super::{GAP_KEY, MoveError, forgets_by_age, positions};

/// Records of the log that are read ahead.
const AHEAD: usize = 1_000;

/// Compares every record that the copy holds of a topic with the log; `tell` hears how many were.
pub(super) fn compare(
    from: &dyn StoppedLog,
    to: &dyn LogCopy,
    (stock, there): (&Stock, &[Extent]),
    tell: &mut dyn FnMut(u64),
) -> Result<(), MoveError> {
    if there.iter().all(|there| there.start == there.next) {
        return Ok(());
    }
    let mut walks = Vec::new();
    for (partition, extent) in (0_u32..).zip(there) {
        walks.push(Walk::open(from, (stock, partition), extent.start)?);
    }
    let begin = positions(stock.spec.topic, there.iter().map(|there| there.start));
    let mut reader = to.records(stock.spec.topic, &begin)?;
    while let Some(records) = read_on(&mut *reader)? {
        for record in &records {
            if let Some(walk) = walks.get_mut(record.at.partition as usize) {
                walk.check(record)?;
            }
        }
        tell(records.len() as u64);
    }
    for (walk, extent) in walks.iter_mut().zip(there) {
        walk.pass(extent.next)?;
    }
    Ok(())
}

/// The records of one partition of the log, one after the other.
struct Walk {
    at: TopicPartition,
    reader: Box<dyn Reader>,
    ahead: VecDeque<Incoming>,
    /// The copy may have compacted records away that the log still has.
    may_lack: bool,
}

impl Walk {
    fn open(
        from: &dyn StoppedLog,
        (stock, partition): (&Stock, u32),
        begin: i64,
    ) -> Result<Self, MoveError> {
        let topic = stock.spec.topic;
        let mut others = positions(topic, stock.extents.iter().map(|extent| extent.next));
        if let Some(own) = others.get_mut(partition as usize) {
            own.next_offset = begin;
        }
        Ok(Self {
            at: TopicPartition::new(topic, partition),
            reader: from.records(topic, &others)?,
            ahead: VecDeque::new(),
            may_lack: !forgets_by_age(stock),
        })
    }

    /// The offset of the next record; `None` at the end.
    fn next_offset(&mut self) -> Result<Option<i64>, MoveError> {
        if self.ahead.is_empty() {
            self.ahead.extend(self.reader.read(AHEAD, Duration::ZERO)?);
        }
        Ok(self.ahead.front().map(|record| record.offset))
    }

    /// Goes on to `offset`; what lies before is not in the copy.
    fn pass(&mut self, offset: i64) -> Result<(), MoveError> {
        while let Some(next) = self.next_offset()?
            && next < offset
        {
            if !self.may_lack {
                let (at, offset) = (self.at, next);
                return Err(MoveError::Lacks { at, offset });
            }
            self.ahead.pop_front();
        }
        Ok(())
    }

    /// Whether the copy has a record where the log has the same, or a tombstone where it has none.
    fn check(&mut self, copy: &Incoming) -> Result<(), MoveError> {
        self.pass(copy.offset)?;
        let is_same = match self.next_offset()? {
            Some(offset) if offset == copy.offset => self.ahead.pop_front().as_ref() == Some(copy),
            _ => copy.key == GAP_KEY && copy.value.is_none(),
        };
        match is_same {
            true => Ok(()),
            false => Err(MoveError::Differs {
                at: copy.at,
                offset: copy.offset,
            }),
        }
    }
}
