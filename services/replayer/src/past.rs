//! What the raw topic of a log still holds, from the oldest on or within given offsets.

use std::collections::{BTreeMap, VecDeque};
use std::str::FromStr;
use std::time::Duration;

use wiredesk_archive::ArchivedRaw;
use wiredesk_model::{Incoming, Position, RunId, Timestamp, Topic, TopicPartition};
use wiredesk_pipeline::{Reader, Start, Transport};

use crate::{ReplayError, Selection};

/// Records of one read.
const AT_ONCE: usize = 200;
/// How long one read waits.
const WAIT: Duration = Duration::from_millis(100);

/// Offsets of one partition: `3:100..200`, the last one left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The partition.
    pub partition: u32,
    /// The first offset.
    pub from: i64,
    /// The offset behind the last.
    pub to: i64,
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = text.split_once(':').and_then(|(partition, offsets)| {
            let (from, to) = offsets.split_once("..")?;
            Some(Self {
                partition: partition.parse().ok()?,
                from: from.parse().ok().filter(|from| *from >= 0)?,
                to: to.parse().ok()?,
            })
        });
        span.filter(|span| span.from < span.to).ok_or_else(|| {
            format!("`{text}` names no offsets; write PARTITION:FROM..TO, such as 0:100..200")
        })
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}..{}", self.partition, self.from, self.to)
    }
}

/// The selected items of the raw topic, up to where it ended when it was opened. Only what came in
/// as news: a replay that reads what it writes would have no end.
pub(crate) struct PastItems {
    reader: Box<dyn Reader>,
    selection: Selection,
    ends: BTreeMap<u32, i64>,
    loaded: VecDeque<(u32, ArchivedRaw)>,
    is_at_end: bool,
    /// Records there are to look at.
    pub most: u64,
}

impl PastItems {
    /// Opens the topic behind the offsets of `done`.
    pub fn open(
        log: &dyn Transport,
        span: Option<Span>,
        selection: &Selection,
        done: &BTreeMap<u32, i64>,
    ) -> Result<Self, ReplayError> {
        let ends = log.reader(Topic::Raw, Start::Latest)?.positions();
        let mut bounds = BTreeMap::new();
        for end in ends {
            let partition = end.at.partition;
            let (from, to) = match span {
                Some(span) if span.partition == partition => (span.from, span.to),
                // A partition of which nothing is wanted is read from its end.
                Some(_) => (end.next_offset, end.next_offset),
                None => (0, i64::MAX),
            };
            let from = done.get(&partition).copied().unwrap_or(0).max(from);
            bounds.insert(partition, (from, to.min(end.next_offset).max(from)));
        }
        let positions = bounds.iter().map(|(partition, (from, _))| Position {
            at: TopicPartition::new(Topic::Raw, *partition),
            next_offset: *from,
        });
        let reader = log.reader_at(Topic::Raw, &positions.collect::<Vec<_>>())?;
        let most = bounds.values().map(|(from, to)| (to - from).max(0) as u64);
        Ok(Self {
            reader,
            selection: selection.clone(),
            most: most.sum(),
            ends: bounds.into_iter().map(|(at, (_, to))| (at, to)).collect(),
            loaded: VecDeque::new(),
            is_at_end: false,
        })
    }

    /// The next item without taking it, with its partition; `None` at the end.
    pub fn peek(&mut self) -> Result<Option<(u32, &ArchivedRaw)>, ReplayError> {
        while self.loaded.is_empty() && !self.is_at_end {
            let records = self.reader.read(AT_ONCE, WAIT)?;
            self.is_at_end = match records.is_empty() {
                true => self.reader.at_end()?,
                false => self.is_behind_ends(),
            };
            for record in records {
                self.take_in(record);
            }
        }
        let first = self.loaded.front();
        Ok(first.map(|(partition, item)| (*partition, item)))
    }

    /// Records that were looked at.
    pub fn seen(&self) -> u64 {
        let positions = self.reader.positions();
        let left = self.ends.iter().map(|(partition, end)| {
            let mut own = positions.iter().filter(|at| at.at.partition == *partition);
            let next = own.next().map_or(*end, |at| at.next_offset);
            (end - next).max(0) as u64
        });
        let left = left.sum::<u64>() + self.loaded.len() as u64;
        self.most.saturating_sub(left)
    }

    /// Takes the next item.
    pub fn take(&mut self) -> Option<ArchivedRaw> {
        self.loaded.pop_front().map(|(_, item)| item)
    }

    /// Whether everything was read that there was when it was opened.
    fn is_behind_ends(&self) -> bool {
        let positions = self.reader.positions();
        self.ends.iter().all(|(partition, end)| {
            let mut own = positions.iter().filter(|at| at.at.partition == *partition);
            own.any(|at| at.next_offset >= *end)
        })
    }

    fn take_in(&mut self, record: Incoming) {
        let partition = record.at.partition;
        let is_wanted = self
            .ends
            .get(&partition)
            .is_some_and(|end| record.offset < *end);
        let value = record.value.as_deref().filter(|_| is_wanted);
        // What is no raw item is a dead letter already.
        let Some(item) = value.and_then(|value| serde_json::from_slice(value).ok()) else {
            return;
        };
        let archived = ArchivedRaw {
            raw_ref: format!("{}/{partition}/{}", record.at.topic, record.offset),
            time: Timestamp::from_millisecond(record.timestamp_ms).unwrap_or_default(),
            headers: record.headers,
            item,
        };
        if archived.item.run == RunId::live() && self.selection.holds(&archived.item) {
            self.loaded.push_back((partition, archived));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_of_one_partition() {
        let span = "3:100..200".parse::<Span>().expect("offsets");
        assert_eq!((span.partition, span.from, span.to), (3, 100, 200));
        assert_eq!(span.to_string(), "3:100..200");
        for wrong in ["", "3", "3:5", "3:5..5", "3:-1..5", "x:1..2"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
}
