//! A transport in memory with one member, whose failures and group events a test scripts.

#![allow(dead_code, reason = "each suite uses its own part")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use wiredesk_model::{
    Headers, Incoming, InstanceId, Outgoing, Position, Topic, TopicPartition, TopicSpec,
    partition_for,
};
use wiredesk_pipeline::{
    Batch, GroupEvent, Member, Membership, Polled, Reader, Run, RunnerSettings, Start, Status,
    StopSignal, TopicDescription, Transport, TransportError, Writer,
};

pub const PARTITIONS: u32 = 4;

#[derive(Default)]
pub struct Log {
    pub records: BTreeMap<TopicPartition, Vec<Incoming>>,
    pub committed: BTreeMap<TopicPartition, i64>,
    pub commits: usize,
    pub events: VecDeque<GroupEvent>,
    pub fail_commits: VecDeque<TransportError>,
    pub fail_polls: VecDeque<TransportError>,
    pub fail_joins: VecDeque<TransportError>,
    pub fail_releases: VecDeque<TransportError>,
    pub fail_resumes: VecDeque<TransportError>,
    pub refuse_key: Option<String>,
    /// Refuses the key with this value only.
    pub refuse_value: Option<String>,
    pub backlog: u64,
    pub held: BTreeSet<TopicPartition>,
    pub paused: BTreeSet<TopicPartition>,
    pub pauses: usize,
    pub most_polled_ahead: usize,
    pub polls: usize,
    /// Records of the largest read of a state, and time that each takes.
    pub largest_piece: usize,
    pub piece_takes: Duration,
    /// Polls that there were at the end of each read of a state.
    pub polls_at_pieces: Vec<usize>,
}

#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Log>>);

impl Memory {
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.0
            .lock()
            .expect("no test panics while it holds the log")
    }

    pub fn append(&self, topic: Topic, key: &str, value: &str) {
        self.log().append(Outgoing {
            topic,
            key: key.to_owned(),
            value: Some(value.as_bytes().to_vec()),
            headers: Headers::new(),
        });
    }

    /// Values on a topic, partition by partition.
    pub fn values(&self, topic: Topic) -> Vec<String> {
        let log = self.log();
        let partitions = log.records.iter().filter(|(at, _)| at.topic == topic);
        partitions
            .flat_map(|(_, records)| records.iter().map(text))
            .collect()
    }

    pub fn records(&self, topic: Topic) -> Vec<Incoming> {
        let log = self.log();
        let partitions = log.records.iter().filter(|(at, _)| at.topic == topic);
        partitions
            .flat_map(|(_, records)| records.clone())
            .collect()
    }

    pub fn run(&self, settings: RunnerSettings) -> Run {
        Run {
            transport: Arc::new(self.clone()),
            instance: InstanceId::from("test"),
            settings,
            stop: StopSignal::new(),
            status: Arc::new(Status::new("test")),
        }
    }
}

pub fn text(record: &Incoming) -> String {
    String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned()
}

pub fn all_of(topic: Topic) -> Vec<TopicPartition> {
    (0..PARTITIONS)
        .map(|partition| TopicPartition::new(topic, partition))
        .collect()
}

/// Waits until `done`, or fails with `what` after ten seconds.
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < limit, "waited a minute for: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl Log {
    fn append(&mut self, output: Outgoing) {
        let at = TopicPartition::new(output.topic, partition_for(&output.key, PARTITIONS));
        let records = self.records.entry(at).or_default();
        records.push(Incoming {
            at,
            offset: records.len() as i64,
            timestamp_ms: 0,
            key: output.key,
            value: output.value,
            headers: output.headers,
        });
    }
}

impl Transport for Memory {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn check(&self, _limit: Duration) -> Result<(), TransportError> {
        Ok(())
    }

    fn create_topics(&self, _topics: &[TopicSpec]) -> Result<(), TransportError> {
        Ok(())
    }

    fn describe_topics(&self, _: &[TopicSpec]) -> Result<Vec<TopicDescription>, TransportError> {
        Ok(Vec::new())
    }

    fn join(&self, membership: &Membership) -> Result<Box<dyn Member>, TransportError> {
        let mut log = self.log();
        if let Some(error) = log.fail_joins.pop_front() {
            return Err(error);
        }
        log.events
            .push_front(GroupEvent::Assigned(all_of(membership.inputs[0])));
        drop(log);
        Ok(Box::new(MemoryMember {
            memory: self.clone(),
            next: BTreeMap::new(),
        }))
    }

    /// Whatever the start, it reads from the beginning.
    fn reader(&self, topic: Topic, _: Start) -> Result<Box<dyn Reader>, TransportError> {
        let places = all_of(topic).into_iter().map(|at| (at, 0)).collect();
        Ok(Box::new(MemoryReader {
            memory: self.clone(),
            places,
            is_state: false,
        }))
    }

    fn reader_at(&self, _: Topic, _: &[Position]) -> Result<Box<dyn Reader>, TransportError> {
        Err(TransportError::Invalid("no readers here".to_owned()))
    }

    fn state(&self, at: TopicPartition) -> Result<Box<dyn Reader>, TransportError> {
        Ok(Box::new(MemoryReader {
            memory: self.clone(),
            places: BTreeMap::from([(at, 0)]),
            is_state: true,
        }))
    }

    fn writer(&self, _: &InstanceId) -> Result<Box<dyn Writer>, TransportError> {
        Err(TransportError::Invalid("no writers here".to_owned()))
    }

    fn backlog(&self, _: &str, _: Topic) -> Result<u64, TransportError> {
        Ok(self.log().backlog)
    }

    fn partitions(&self, _: Topic) -> Result<u32, TransportError> {
        Ok(PARTITIONS)
    }
}

struct MemoryReader {
    memory: Memory,
    places: BTreeMap<TopicPartition, usize>,
    is_state: bool,
}

impl Reader for MemoryReader {
    fn read(&mut self, max: usize, _: Duration) -> Result<Vec<Incoming>, TransportError> {
        let mut log = self.memory.log();
        let mut records = Vec::new();
        for (at, next) in &mut self.places {
            let there = log.records.get(at).map_or(&[][..], Vec::as_slice);
            let more = there.iter().skip(*next).take(max - records.len());
            let more: Vec<Incoming> = more.cloned().collect();
            *next += more.len();
            records.extend(more);
        }
        if self.is_state && !records.is_empty() {
            std::thread::sleep(log.piece_takes);
            log.largest_piece = log.largest_piece.max(records.len());
            let polls = log.polls;
            log.polls_at_pieces.push(polls);
        }
        Ok(records)
    }

    fn positions(&self) -> Vec<Position> {
        let position = |(at, next): (&TopicPartition, &usize)| Position {
            at: *at,
            next_offset: *next as i64,
        };
        self.places.iter().map(position).collect()
    }

    fn at_end(&mut self) -> Result<bool, TransportError> {
        let log = self.memory.log();
        let ends = |at| log.records.get(at).map_or(0, Vec::len);
        Ok(self.places.iter().all(|(at, next)| *next >= ends(at)))
    }
}

struct MemoryMember {
    memory: Memory,
    next: BTreeMap<TopicPartition, i64>,
}

impl Member for MemoryMember {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, TransportError> {
        let mut log = self.memory.log();
        log.polls += 1;
        if let Some(error) = log.fail_polls.pop_front() {
            return Err(error);
        }
        let mut polled = Polled::default();
        while let Some(event) = log.events.pop_front() {
            match &event {
                GroupEvent::Assigned(parts) => {
                    for at in parts {
                        let from = log.committed.get(at).copied().unwrap_or_default();
                        self.next.insert(*at, from);
                        log.held.insert(*at);
                    }
                }
                GroupEvent::Revoking(_) => {}
                GroupEvent::Lost(parts) => {
                    for at in parts {
                        self.next.remove(at);
                        log.held.remove(at);
                    }
                }
            }
            polled.events.push(event);
        }
        for (at, next) in self
            .next
            .iter_mut()
            .filter(|(at, _)| !log.paused.contains(at))
        {
            let waiting = log
                .records
                .get(at)
                .into_iter()
                .flatten()
                .skip(*next as usize);
            for record in waiting.take(max - polled.records.len().min(max)) {
                *next = record.offset + 1;
                polled.records.push(record.clone());
            }
        }
        let ahead: i64 = self
            .next
            .iter()
            .map(|(at, next)| next - log.committed.get(at).copied().unwrap_or_default())
            .sum();
        log.most_polled_ahead = log.most_polled_ahead.max(ahead as usize);
        drop(log);
        if polled.events.is_empty() && polled.records.is_empty() {
            std::thread::sleep(wait.min(Duration::from_millis(2)));
        }
        Ok(polled)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), TransportError> {
        let mut log = self.memory.log();
        if let Some(error) = log.fail_commits.pop_front() {
            return Err(error);
        }
        if let Some(key) = &log.refuse_key {
            let value = log.refuse_value.as_ref().map(|value| value.as_bytes());
            let refused = |one: &&Outgoing| {
                one.topic != Topic::Dead
                    && one.key == *key
                    && (value.is_none() || one.value.as_deref() == value)
            };
            if batch.outputs.iter().find(refused).is_some() {
                return Err(TransportError::Refused(format!(
                    "record {key} is too large"
                )));
            }
        }
        for position in &batch.positions {
            assert!(
                log.held.contains(&position.at),
                "{} is not ours",
                position.at
            );
            let before = log.committed.insert(position.at, position.next_offset);
            assert!(
                before.unwrap_or_default() <= position.next_offset,
                "position went back"
            );
        }
        for output in batch.outputs {
            log.append(output);
        }
        log.commits += 1;
        Ok(())
    }

    fn rewind(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        let log = self.memory.log();
        for at in partitions {
            self.next
                .insert(*at, log.committed.get(at).copied().unwrap_or_default());
        }
        Ok(())
    }

    fn committed(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Position>, TransportError> {
        let log = self.memory.log();
        let position = |at: &TopicPartition| Position {
            at: *at,
            next_offset: log.committed.get(at).copied().unwrap_or_default(),
        };
        Ok(partitions.iter().map(position).collect())
    }

    fn release(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        if let Some(error) = self.memory.log().fail_releases.pop_front() {
            return Err(error);
        }
        for at in partitions {
            self.next.remove(at);
            self.memory.log().held.remove(at);
        }
        Ok(())
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        let mut log = self.memory.log();
        log.pauses += 1;
        log.paused.extend(partitions);
        Ok(())
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        let mut log = self.memory.log();
        if let Some(error) = log.fail_resumes.pop_front() {
            return Err(error);
        }
        log.paused.retain(|at| !partitions.contains(at));
        Ok(())
    }

    fn lag(&mut self) -> Result<u64, TransportError> {
        Ok(0)
    }
}
