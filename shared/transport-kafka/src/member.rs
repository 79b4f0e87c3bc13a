//! A member of a group: polls its partitions, and commits batches with their positions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;
use tracing::{debug, info, warn};
use wiredesk_model::{Incoming, Position, Topic, TopicPartition};
use wiredesk_pipeline::{Batch, GroupEvent, Member, Polled, TransportError};

use crate::control::{Control, RETRY_PAUSE};
use crate::errors;
use crate::group::GroupContext;
use crate::producer::{BatchProducer, Failure, Inputs};
use crate::records::incoming;
use crate::settings::invalid_property;
use crate::wait::Deadline;

/// Partitions that librdkafka reads again from further back, with the offset it began at.
type Jumped = BTreeMap<TopicPartition, i64>;

/// A partition that is ours.
#[derive(Debug, Default)]
struct Held {
    paused: bool,
    /// Rewound while paused: where to read on from once it is resumed.
    rewound_to: Option<Offset>,
    /// The position last committed by this member, where it committed one.
    committed: Option<i64>,
    /// Behind the last record handed out, or where it was rewound to.
    next: Option<i64>,
}

impl Held {
    /// Takes the record at `offset`, unless it was handed out before.
    fn takes(&mut self, offset: i64) -> bool {
        if self.next.is_some_and(|next| offset < next) {
            return false;
        }
        self.rewound_to = None;
        self.next = Some(offset + 1);
        true
    }

    /// Goes on from `target`, whatever was handed out behind it.
    fn go_on_from(&mut self, target: Offset) {
        self.next = match target {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        self.rewound_to = self.paused.then_some(target);
    }
}

pub(crate) struct KafkaMember {
    control: Arc<Control>,
    // Before the producer, so that a dropped member first leaves the group.
    consumer: BaseConsumer<GroupContext>,
    producer: BatchProducer,
    held: HashMap<TopicPartition, Held>,
    failed: Option<TransportError>,
    polled_at: Instant,
}

impl KafkaMember {
    /// Joins `group` for `inputs`, which must exist.
    pub(crate) fn join(
        control: Arc<Control>,
        group: &str,
        inputs: &[Topic],
        producer: BatchProducer,
    ) -> Result<Self, TransportError> {
        let settings = &control.settings;
        let consumer: BaseConsumer<GroupContext> = settings
            .member(group)
            .create_with_context(GroupContext::new(settings.names.clone()))
            .map_err(|error| invalid_property(&error))?;
        let names: Vec<String> = inputs
            .iter()
            .map(|topic| settings.names.physical(*topic))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        consumer
            .subscribe(&names)
            .map_err(|error| errors::from_kafka(&error, format!("join group {group}")))?;
        Ok(Self {
            control,
            consumer,
            producer,
            held: HashMap::new(),
            failed: None,
            polled_at: Instant::now(),
        })
    }

    /// Takes in the group events of the last poll, and drops records of partitions that are gone.
    fn take_events(&mut self, polled: &mut Polled) {
        for event in self.consumer.context().take_events() {
            match &event {
                GroupEvent::Assigned(partitions) => {
                    let fresh = partitions.iter().map(|at| (*at, Held::default()));
                    self.held.extend(fresh);
                }
                GroupEvent::Revoking(_) => {}
                GroupEvent::Lost(partitions) => {
                    self.held.retain(|at, _| !partitions.contains(at));
                    polled
                        .records
                        .retain(|record| !partitions.contains(&record.at));
                }
            }
            polled.events.push(event);
        }
    }

    /// Records of partitions that are not ours, or that are paused, stem from before that and
    /// come again when they should. Those before the next one were handed out already, and are
    /// noted in `jumped`: see [`Self::set_right`].
    fn deliver(&mut self, record: Incoming, jumped: &mut Jumped) -> Option<Incoming> {
        let held = self.held.get_mut(&record.at).filter(|held| !held.paused);
        let Some(held) = held else {
            debug!(at = %record.at, offset = record.offset, "a stale record was dropped");
            return None;
        };
        if !held.takes(record.offset) {
            jumped.entry(record.at).or_insert(record.offset);
            return None;
        }
        Some(record)
    }

    /// Reads on from the right place where librdkafka went back by itself: when a leader changes
    /// it asks the new one how far the log agrees, and where the answer does not please it begins
    /// from the start. Nothing of ours went back, so what comes again is not wanted.
    ///
    /// Only a log that ends before the place reached has truly lost records; there the log is
    /// right, and what is written from now on is new.
    fn set_right(&mut self, jumped: Jumped) {
        for (at, from) in jumped {
            let Some(next) = self.held.get(&at).and_then(|held| held.next) else {
                continue;
            };
            let end = self.control.written(&[at]).ok();
            let end = end.and_then(|ends| ends.first().map(|end| end.next_offset));
            let (target, why) = match end {
                Some(end) if end < next => (end, "the brokers have lost records"),
                _ => (next, "the client had gone back by itself"),
            };
            warn!(%at, from, next, target, "reading on from another offset: {why}");
            if let Err(error) = self.seek(&HashMap::from([(at, Offset::Offset(target))])) {
                // What comes meanwhile is left out, and brings us here again.
                debug!(%error, %at, "reading on");
            }
            if let Some(held) = self.held.get_mut(&at) {
                held.next = Some(target);
            }
        }
    }

    /// What an error of a poll means; most are trouble that librdkafka deals with by itself.
    fn poll_error(&self, error: &KafkaError) -> Option<TransportError> {
        use RDKafkaErrorCode as Code;
        let trouble = || {
            let trouble = self.consumer.context().brokers.trouble();
            trouble.unwrap_or_else(|| error.to_string())
        };
        if let KafkaError::MessageConsumptionFatal(code) = error {
            return Some(match errors::by_code(*code, "the consumer failed") {
                fenced @ TransportError::Fenced(_) => fenced,
                other => TransportError::Fatal(other.to_string()),
            });
        }
        match error.rdkafka_error_code()? {
            Code::AllBrokersDown => Some(TransportError::Unavailable(trouble())),
            Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed => Some(TransportError::Invalid(trouble())),
            Code::PollExceeded => {
                self.consumer.context().was_late();
                warn!("the member was not polled for too long and has left its group");
                None
            }
            code => {
                debug!(%code, "kafka consumer");
                None
            }
        }
    }

    fn check_ours(&self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        match partitions.iter().find(|at| !self.held.contains_key(at)) {
            None => Ok(()),
            Some(at) => Err(TransportError::Superseded(format!(
                "partition {at} is not ours"
            ))),
        }
    }

    /// Committed positions, -1 where there is none; waits until batches of former owners are
    /// decided.
    fn committed_offsets(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, i64>, TransportError> {
        let mut found = self.control.committed(&self.consumer, partitions)?;
        // A coordinator that has just taken over may answer with what stood before our last
        // commit. While a partition is ours nobody else moves its position, and never back.
        for (at, offset) in &mut found {
            let known = self.held.get(at).and_then(|held| held.committed);
            *offset = (*offset).max(known.unwrap_or(-1));
        }
        Ok(found)
    }

    /// Reads on from `targets`. A partition that has only just been assigned cannot be moved yet,
    /// so this tries for a while.
    fn seek(&self, targets: &HashMap<TopicPartition, Offset>) -> Result<(), TransportError> {
        let deadline = Deadline::after(self.control.settings.request_timeout);
        let mut left: Vec<TopicPartition> = targets.keys().copied().collect();
        loop {
            let list = self.control.list(&left, |at| targets[&at])?;
            let answer = self
                .consumer
                .seek_partitions(list, deadline.remaining().max(RETRY_PAUSE))
                .map_err(|error| errors::from_kafka(&error, "read on from committed positions"))?;
            let mut error = None;
            left.retain(|at| {
                let name = self.control.settings.names.physical(at.topic);
                let found = answer.find_partition(&name, at.partition as i32);
                let outcome = found.map_or(Ok(()), |element| element.error());
                outcome.map_err(|reason| error = Some(reason)).is_err()
            });
            match error {
                None => return Ok(()),
                Some(_) if deadline.pause(RETRY_PAUSE) => {}
                Some(error) => {
                    return Err(errors::from_kafka(
                        &error,
                        format!("read on from the committed position of {left:?}"),
                    ));
                }
            }
        }
    }

    /// Makes the brokers decide a batch that was left undecided, and tells by its positions how.
    fn settle(
        &mut self,
        positions: &[Position],
        error: TransportError,
    ) -> Result<(), TransportError> {
        warn!(%error, "asking how a batch ended");
        while let Err(error) = self.producer.reopen() {
            match error {
                TransportError::Unavailable(_) => {
                    warn!(%error, "asking again how a batch ended");
                    std::thread::sleep(RETRY_PAUSE);
                }
                other => return Err(other),
            }
        }
        let at: Vec<TopicPartition> = positions.iter().map(|position| position.at).collect();
        let committed = loop {
            match self.committed_offsets(&at) {
                Ok(committed) => break committed,
                Err(error @ TransportError::Unavailable(_)) => {
                    warn!(%error, "asking again how a batch ended");
                    std::thread::sleep(RETRY_PAUSE);
                }
                Err(other) => return Err(other),
            }
        };
        let stands =
            |position: &Position| committed.get(&position.at) == Some(&position.next_offset);
        let moved = |position: &Position| {
            let before = self.held.get(&position.at).and_then(|held| held.committed);
            before.is_some_and(|before| before != position.next_offset)
        };
        // Only a position that moved can tell: one that stood there before stands there anyway.
        let written = positions.iter().all(stands) && positions.iter().any(moved);
        info!(written, "the batch is decided");
        match written {
            true => Ok(()),
            false => Err(TransportError::Superseded(format!(
                "the brokers lost touch before they told how a batch ended ({error})"
            ))),
        }
    }

    fn write(&mut self, batch: &Batch) -> Result<(), Failure> {
        if batch.positions.is_empty() {
            return self.producer.commit(&batch.outputs, None);
        }
        let Some(membership) = self.consumer.context().membership() else {
            return Err(Failure::NotWritten(TransportError::Superseded(
                "this member is in no group for now".to_owned(),
            )));
        };
        let offsets = self
            .control
            .list_of(&batch.positions)
            .map_err(Failure::NotWritten)?;
        let inputs = Inputs {
            offsets,
            group: &membership,
        };
        self.producer.commit(&batch.outputs, Some(&inputs))
    }

    fn give_back(&self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        let list = self.control.list(partitions, |_| Offset::Invalid)?;
        self.consumer
            .incremental_unassign(&list)
            .map_err(|error| errors::from_kafka(&error, "give up partitions"))
    }
}

impl Member for KafkaMember {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, TransportError> {
        self.producer.serve();
        if self.polled_at.elapsed() >= self.control.settings.poll_limit() {
            self.consumer.context().was_late();
        }
        self.polled_at = Instant::now();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let deadline = Deadline::after(wait);
        let mut polled = Polled::default();
        let mut jumped = Jumped::new();
        while polled.records.len() < max.max(1) {
            let idle = polled.records.is_empty() && polled.events.is_empty();
            let limit = if idle {
                deadline.remaining()
            } else {
                Duration::ZERO
            };
            let answer = match self.consumer.poll(limit) {
                Some(Ok(message)) => Some(Ok(incoming(&self.control.settings.names, &message))),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            };
            if self.consumer.context().has_events() {
                self.take_events(&mut polled);
            }
            match answer {
                Some(Ok(record)) => {
                    let record = record.and_then(|record| self.deliver(record, &mut jumped));
                    polled.records.extend(record);
                }
                Some(Err(error)) => {
                    self.failed = self.poll_error(&error);
                    if self.failed.is_some() {
                        break;
                    }
                }
                None if limit.is_zero() || !polled.events.is_empty() => break,
                None => {}
            }
        }
        self.set_right(jumped);
        if polled.records.is_empty()
            && polled.events.is_empty()
            && let Some(error) = self.failed.take()
        {
            return Err(error);
        }
        Ok(polled)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), TransportError> {
        if batch.outputs.is_empty() && batch.positions.is_empty() {
            return Ok(());
        }
        let at: Vec<TopicPartition> = batch.positions.iter().map(|one| one.at).collect();
        self.check_ours(&at)?;
        match self.write(&batch) {
            Ok(()) => {}
            Err(Failure::NotWritten(error)) => return Err(error),
            Err(Failure::Undecided(error)) => self.settle(&batch.positions, error)?,
        }
        for position in &batch.positions {
            if let Some(held) = self.held.get_mut(&position.at) {
                held.committed = Some(position.next_offset);
            }
        }
        Ok(())
    }

    fn rewind(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        let ours: Vec<TopicPartition> = partitions
            .iter()
            .copied()
            .filter(|at| self.held.contains_key(at))
            .collect();
        if ours.is_empty() {
            return Ok(());
        }
        let targets: HashMap<TopicPartition, Offset> = self
            .committed_offsets(&ours)?
            .into_iter()
            .map(|(at, offset)| match offset {
                ..0 => (at, Offset::Beginning),
                _ => (at, Offset::Offset(offset)),
            })
            .collect();
        self.seek(&targets)?;
        for (at, target) in targets {
            if let Some(held) = self.held.get_mut(&at) {
                held.go_on_from(target);
            }
        }
        Ok(())
    }

    fn committed(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Position>, TransportError> {
        let offsets = self.committed_offsets(partitions)?;
        let position = |at: &TopicPartition| Position {
            at: *at,
            next_offset: offsets.get(at).copied().unwrap_or_default().max(0),
        };
        Ok(partitions.iter().map(position).collect())
    }

    fn release(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        self.held.retain(|at, _| !partitions.contains(at));
        match self.consumer.context().drained(partitions) {
            Some(all) => self.give_back(&all).inspect_err(|_| {
                self.consumer.context().ask_back_again(all);
            }),
            None => Ok(()),
        }
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        self.check_ours(partitions)?;
        let list = self.control.list(partitions, |_| Offset::Invalid)?;
        self.consumer
            .pause(&list)
            .map_err(|error| errors::from_kafka(&error, "pause partitions"))?;
        for at in partitions {
            if let Some(held) = self.held.get_mut(at) {
                held.paused = true;
            }
        }
        Ok(())
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        self.check_ours(partitions)?;
        let list = self.control.list(partitions, |_| Offset::Invalid)?;
        self.consumer
            .resume(&list)
            .map_err(|error| errors::from_kafka(&error, "resume partitions"))?;
        let mut rewound = HashMap::new();
        for at in partitions {
            if let Some(held) = self.held.get_mut(at) {
                held.paused = false;
                // librdkafka resumes where it was paused, so it is moved once more.
                rewound.extend(held.rewound_to.take().map(|target| (*at, target)));
            }
        }
        match rewound.is_empty() {
            true => Ok(()),
            false => self.seek(&rewound),
        }
    }

    fn lag(&mut self) -> Result<u64, TransportError> {
        let ours: Vec<TopicPartition> = self.held.keys().copied().collect();
        if ours.is_empty() {
            return Ok(0);
        }
        let committed = self.committed_offsets(&ours)?;
        self.control.behind(&ours, &committed)
    }
}

impl Drop for KafkaMember {
    fn drop(&mut self) {
        // What the group waits for must go first, or closing would wait for it forever; the rest
        // is given up while the consumer closes, which also says good-bye to the group.
        let asked_back = self.consumer.context().close();
        if !asked_back.is_empty()
            && let Err(error) = self.give_back(&asked_back)
        {
            debug!(%error, "leaving a group");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_handed_out_is_not_taken_again() {
        let mut held = Held::default();
        assert!(held.takes(0) && held.takes(1));
        // A marker stands at 2.
        assert!(held.takes(3));
        assert!(!held.takes(0), "read again from the start");
        assert!(!held.takes(3));
        assert!(held.takes(4), "the one that follows");
    }

    #[test]
    fn after_a_rewind_they_come_again_from_there() {
        let mut held = Held::default();
        assert!(held.takes(7) && held.takes(8));
        held.go_on_from(Offset::Offset(7));
        assert!(!held.takes(6));
        assert!(held.takes(7) && held.takes(8));
        held.go_on_from(Offset::Beginning);
        assert!(held.takes(0));
    }
}
