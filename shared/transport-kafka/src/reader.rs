//! Reads one topic outside every group.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;
use tracing::debug;
use wiredesk_model::{Incoming, Position, Topic, TopicPartition};
use wiredesk_pipeline::{Reader, Start, TransportError};

use crate::control::{Control, SETTLE};
use crate::errors;
use crate::events::BrokerEvents;
use crate::records::incoming;
use crate::settings::invalid_property;
use crate::wait::Deadline;

pub(crate) struct KafkaReader {
    control: Arc<Control>,
    consumer: BaseConsumer<BrokerEvents>,
    /// Where to read on, per partition.
    next: BTreeMap<TopicPartition, i64>,
    /// Polled while looking for the end, not yet handed out.
    ahead: VecDeque<Incoming>,
    /// Partitions that were at their end when it was last reported, with nothing polled since.
    at_end: HashSet<TopicPartition>,
    /// Ends that are known to have nothing but markers before them from `next` on.
    reached: HashMap<TopicPartition, i64>,
}

impl KafkaReader {
    /// Reads `topic` from `start` in every partition.
    pub(crate) fn open(
        control: &Arc<Control>,
        topic: Topic,
        start: Start,
    ) -> Result<Self, TransportError> {
        let all = control.all_of(topic)?;
        let positions = match start {
            Start::Earliest => control.starts(&all)?,
            Start::Latest => control.settled_ends(&all)?,
            Start::Time(timestamp_ms) => control.offsets_at(&all, timestamp_ms)?,
            Start::Last(records) => last(control, &all, records)?,
        };
        Self::at(control, &positions)
    }

    /// Reads `topic` from `positions`; partitions without one from the earliest.
    pub(crate) fn open_at(
        control: &Arc<Control>,
        topic: Topic,
        positions: &[Position],
    ) -> Result<Self, TransportError> {
        let all = control.all_of(topic)?;
        let mut starts = control.starts(&all)?;
        for start in &mut starts {
            if let Some(given) = positions.iter().find(|given| given.at == start.at) {
                start.next_offset = given.next_offset;
            }
        }
        Self::at(control, &starts)
    }

    /// Reads from exactly these positions.
    pub(crate) fn at(
        control: &Arc<Control>,
        positions: &[Position],
    ) -> Result<Self, TransportError> {
        let consumer: BaseConsumer<BrokerEvents> = control
            .settings
            .reader()
            .create_with_context(BrokerEvents::default())
            .map_err(|error| invalid_property(&error))?;
        let next: BTreeMap<TopicPartition, i64> = positions
            .iter()
            .map(|position| (position.at, position.next_offset))
            .collect();
        let list = control.list_of(positions)?;
        consumer
            .assign(&list)
            .map_err(|error| errors::from_kafka(&error, "read a topic"))?;
        Ok(Self {
            control: Arc::clone(control),
            consumer,
            next,
            ahead: VecDeque::new(),
            at_end: HashSet::new(),
            reached: HashMap::new(),
        })
    }

    /// Polls once and keeps what came; whether anything came.
    fn poll(&mut self, wait: Duration) -> Result<bool, TransportError> {
        let record = match self.consumer.poll(wait) {
            None => return Ok(false),
            Some(Ok(message)) => incoming(&self.control.settings.names, &message),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let ended = self.next.keys().find(|at| at.partition as i32 == partition);
                self.at_end.extend(ended.copied());
                return Ok(true);
            }
            Some(Err(error)) => return self.poll_error(&error).map_or(Ok(true), Err),
        };
        if let Some(record) = record {
            self.at_end.remove(&record.at);
            self.ahead.push_back(record);
        }
        Ok(true)
    }

    fn poll_error(&self, error: &KafkaError) -> Option<TransportError> {
        use RDKafkaErrorCode as Code;
        let trouble = || {
            let trouble = self.consumer.context().trouble();
            trouble.unwrap_or_else(|| error.to_string())
        };
        if let KafkaError::MessageConsumptionFatal(_) = error {
            return Some(TransportError::Fatal(trouble()));
        }
        match error.rdkafka_error_code()? {
            Code::AllBrokersDown => Some(TransportError::Unavailable(trouble())),
            Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::TopicAuthorizationFailed => Some(TransportError::Invalid(trouble())),
            code => {
                debug!(%code, "kafka reader");
                None
            }
        }
    }

    /// Whether nothing but markers is left in one partition before `end`. An end that was
    /// reported earlier says nothing about what came since, so the partition is read on from
    /// where it stands until a record or a fresh report comes.
    fn probe(&mut self, at: TopicPartition, end: i64) -> Result<bool, TransportError> {
        let from = self.next[&at];
        let list = self.control.list(&[at], |_| Offset::Offset(from))?;
        let deadline = Deadline::after(self.control.settings.request_timeout);
        self.consumer
            .seek_partitions(list, deadline.remaining())
            .map_err(|error| errors::from_kafka(&error, format!("read on in {at}")))?;
        self.at_end.remove(&at);
        while !deadline.is_over() {
            self.poll(deadline.remaining().min(Duration::from_millis(100)))?;
            if !self.ahead.is_empty() {
                return Ok(false);
            }
            if self.at_end.contains(&at) {
                self.reached.insert(at, end);
                return Ok(true);
            }
        }
        Err(TransportError::Unavailable(format!(
            "the brokers did not tell the end of {at}"
        )))
    }
}

impl Reader for KafkaReader {
    fn read(&mut self, max: usize, wait: Duration) -> Result<Vec<Incoming>, TransportError> {
        let deadline = Deadline::after(wait);
        let max = max.max(1);
        while self.ahead.len() < max {
            let idle = self.ahead.is_empty();
            let limit = if idle {
                deadline.remaining()
            } else {
                Duration::ZERO
            };
            let came = match self.poll(limit) {
                Ok(came) => came,
                Err(error) if self.ahead.is_empty() => return Err(error),
                Err(_) => break,
            };
            if !came && (!idle || deadline.is_over()) {
                break;
            }
        }
        let records: Vec<Incoming> = self.ahead.drain(..max.min(self.ahead.len())).collect();
        for record in &records {
            let next = record.next_position();
            self.next.insert(next.at, next.next_offset);
        }
        Ok(records)
    }

    fn positions(&self) -> Vec<Position> {
        self.next
            .iter()
            .map(|(&at, &next_offset)| Position { at, next_offset })
            .collect()
    }

    fn at_end(&mut self) -> Result<bool, TransportError> {
        if !self.ahead.is_empty() {
            return Ok(false);
        }
        let all: Vec<TopicPartition> = self.next.keys().copied().collect();
        let Some(ends) = self.control.decided_ends(&all, SETTLE)? else {
            return Ok(false);
        };
        for end in ends {
            let (at, end) = (end.at, end.next_offset);
            if self.next[&at] >= end || self.reached.get(&at) == Some(&end) {
                continue;
            }
            // Where no end was reported yet, one will be; there is no hurry.
            if !self.at_end.contains(&at) {
                self.poll(Duration::ZERO)?;
            }
            if !self.at_end.contains(&at) || !self.ahead.is_empty() {
                return Ok(false);
            }
            if !self.probe(at, end)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Positions `records` records before the end of each partition. Offsets do not tell how many
/// records there are (markers and compaction leave gaps), so the tail is read and counted, further
/// back each time.
fn last(
    control: &Arc<Control>,
    all: &[TopicPartition],
    records: u64,
) -> Result<Vec<Position>, TransportError> {
    let (starts, mut found) = (control.starts(all)?, control.settled_ends(all)?);
    if records == 0 {
        return Ok(found);
    }
    let ends = found.clone();
    for ((start, end), found) in starts.iter().zip(&ends).zip(&mut found) {
        let mut window = records.saturating_mul(2).saturating_add(8);
        loop {
            let window_offsets = i64::try_from(window).unwrap_or(i64::MAX);
            let from = end
                .next_offset
                .saturating_sub(window_offsets)
                .max(start.next_offset);
            let tail = newest_offsets(control, end.at, from..end.next_offset, records)?;
            let whole = tail.len() as u64 == records || from == start.next_offset;
            if whole {
                found.next_offset = tail.front().copied().unwrap_or(end.next_offset);
                break;
            }
            window = window.saturating_mul(8);
        }
    }
    Ok(found)
}

/// The newest `keep` offsets that hold a record within `range`.
fn newest_offsets(
    control: &Arc<Control>,
    at: TopicPartition,
    range: std::ops::Range<i64>,
    keep: u64,
) -> Result<VecDeque<i64>, TransportError> {
    let mut newest = VecDeque::new();
    if range.is_empty() {
        return Ok(newest);
    }
    let position = Position {
        at,
        next_offset: range.start,
    };
    let mut reader = KafkaReader::at(control, &[position])?;
    loop {
        let records = reader.read(1_000, Duration::from_millis(50))?;
        let beyond = records.iter().any(|record| record.offset >= range.end);
        let within = records.iter().filter(|record| record.offset < range.end);
        for record in within {
            newest.push_back(record.offset);
            if newest.len() as u64 > keep {
                newest.pop_front();
            }
        }
        if beyond || (records.is_empty() && reader.at_end()?) {
            return Ok(newest);
        }
    }
}
