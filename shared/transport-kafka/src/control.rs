//! Questions to the cluster that belong to no group: metadata, ends of partitions, reachability.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;
use wiredesk_model::{Position, Topic, TopicPartition};
use wiredesk_pipeline::TransportError;

use crate::errors;
use crate::events::{BrokerEvents, lock};
use crate::records::logical;
use crate::settings::{KafkaSettings, invalid_property};
use crate::wait::Deadline;

/// How long a number of partitions is taken from memory. It only ever grows, and growing it
/// scatters keys, so it hardly ever changes.
const PARTITIONS_FRESH: Duration = Duration::from_secs(60);

/// How long brokers may differ over a new topic: until then "missing" is asked again.
pub(crate) const TOPIC_SPREAD: Duration = Duration::from_secs(2);

/// Pause between two tries of something that the brokers are not ready for.
pub(crate) const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Log lines and reports taken in at one occasion while all is well.
pub(crate) const EVENTS_SERVED: usize = 32;

/// How long everything told so far is taken in once something failed. The reason may stand behind
/// any number of log lines.
pub(crate) const EVENTS_DRAIN: Duration = Duration::from_millis(50);

/// Pause before offsets are asked for again where a partition has no leader for a moment.
const LEADER_PAUSE: Duration = Duration::from_millis(50);

/// How long a commit may take to become visible before it counts as hanging.
pub(crate) const SETTLE: Duration = Duration::from_millis(500);

/// The client for such questions, shared by everything of one transport.
pub(crate) struct Control {
    pub(crate) settings: KafkaSettings,
    client: BaseConsumer<BrokerEvents>,
    uncommitted: BaseConsumer<BrokerEvents>,
    partitions: Mutex<HashMap<Topic, (u32, Instant)>>,
}

impl Control {
    /// A client for checked settings; connects when first asked.
    pub(crate) fn new(settings: KafkaSettings) -> Result<Arc<Self>, TransportError> {
        settings.validate()?;
        Ok(Arc::new(Self {
            client: consumer(&settings.control())?,
            uncommitted: consumer(&settings.uncommitted())?,
            partitions: Mutex::default(),
            settings,
        }))
    }

    /// Reaches any broker once.
    pub(crate) fn check(&self, limit: Duration) -> Result<(), TransportError> {
        match self.client.fetch_metadata(None, limit) {
            Ok(metadata) if !metadata.brokers().is_empty() => {
                self.serve();
                // librdkafka reports the same trouble only once, so it is kept until it is over.
                self.client.context().clear();
                Ok(())
            }
            Ok(_) => Err(self.unreachable(limit, "the cluster names no brokers")),
            Err(error) => Err(self.unreachable(limit, &error.to_string())),
        }
    }

    /// Why no broker answered, with the brokers tried and the likely cause.
    fn unreachable(&self, limit: Duration, otherwise: &str) -> TransportError {
        drain(EVENTS_DRAIN, |left| drop(self.client.poll(left)));
        let events = self.client.context();
        let cause = events.trouble().unwrap_or_else(|| otherwise.to_owned());
        let text = format!(
            "no kafka broker of {} answered within {} s: {cause}",
            self.settings.bootstrap,
            limit.as_secs_f32()
        );
        match events.is_settings_trouble() {
            true => TransportError::Invalid(text),
            false => TransportError::Unavailable(text),
        }
    }

    /// Takes in what librdkafka has to tell; nothing else polls these clients.
    fn serve(&self) {
        // A poll that took in a log line looks like one that found nothing: so a fixed number.
        for _ in 0..EVENTS_SERVED {
            self.client.poll(Duration::ZERO);
            self.uncommitted.poll(Duration::ZERO);
        }
    }

    /// The error for a question that was not answered.
    fn failed(&self, error: &KafkaError, what: &str) -> TransportError {
        use RDKafkaErrorCode as Code;
        match error.rdkafka_error_code() {
            Some(
                Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::RequestTimedOut,
            ) => {
                let limit = self.settings.request_timeout;
                match self.unreachable(limit, &error.to_string()) {
                    TransportError::Invalid(text) => {
                        TransportError::Invalid(format!("{what}: {text}"))
                    }
                    other => TransportError::Unavailable(format!("{what}: {}", inner(other))),
                }
            }
            _ => errors::from_kafka(error, what),
        }
    }

    /// Number of partitions of `topic`, at most a minute old.
    pub(crate) fn partitions(&self, topic: Topic) -> Result<u32, TransportError> {
        if let Some((count, asked)) = lock(&self.partitions).get(&topic)
            && asked.elapsed() < PARTITIONS_FRESH
        {
            return Ok(*count);
        }
        let spread = Deadline::after(TOPIC_SPREAD);
        let count = self.find(topic, spread)?.ok_or_else(|| {
            TransportError::Invalid(format!(
                "topic {} is missing: create it with `wiredesk topics create`",
                self.settings.names.physical(topic)
            ))
        })?;
        lock(&self.partitions).insert(topic, (count, Instant::now()));
        Ok(count)
    }

    /// Asks again for the partitions of every topic when they are next needed.
    pub(crate) fn forget_partitions(&self) {
        lock(&self.partitions).clear();
    }

    /// Number of partitions of `topic`; `None` where it is still missing at `spread`.
    ///
    /// Brokers learn of a new topic one after the other, and each question goes to any of them:
    /// one answer "missing" says little.
    pub(crate) fn find(
        &self,
        topic: Topic,
        spread: Deadline,
    ) -> Result<Option<u32>, TransportError> {
        loop {
            let found = self.look(topic)?;
            if found.is_some() || !spread.pause(RETRY_PAUSE) {
                return Ok(found);
            }
        }
    }

    /// Number of partitions of `topic` as one broker has it now; `None` where it knows of none.
    pub(crate) fn look(&self, topic: Topic) -> Result<Option<u32>, TransportError> {
        let name = self.settings.names.physical(topic);
        let what = format!("metadata of topic {name}");
        let metadata = self
            .client
            .fetch_metadata(Some(&name), self.settings.request_timeout)
            .map_err(|error| self.failed(&error, &what))?;
        self.serve();
        let Some(found) = metadata.topics().iter().find(|found| found.name() == name) else {
            return Ok(None);
        };
        match found.error().map(RDKafkaErrorCode::from) {
            None => Ok(Some(found.partitions().len() as u32).filter(|count| *count > 0)),
            Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
                Ok(None)
            }
            Some(code) => Err(errors::by_code(code, what)),
        }
    }

    /// Names of all topics that there are.
    pub(crate) fn names(&self) -> Result<Vec<String>, TransportError> {
        let metadata = self
            .client
            .fetch_metadata(None, self.settings.request_timeout)
            .map_err(|error| self.failed(&error, "names of the topics"))?;
        self.serve();
        let names = metadata.topics().iter();
        Ok(names.map(|topic| topic.name().to_owned()).collect())
    }

    /// Every partition of `topic`.
    pub(crate) fn all_of(&self, topic: Topic) -> Result<Vec<TopicPartition>, TransportError> {
        let count = self.partitions(topic)?;
        Ok((0..count)
            .map(|partition| TopicPartition::new(topic, partition))
            .collect())
    }

    /// The oldest offset kept, per partition.
    pub(crate) fn starts(&self, at: &[TopicPartition]) -> Result<Vec<Position>, TransportError> {
        self.offsets(&self.client, at, Offset::Beginning)
    }

    /// The offset behind everything that is committed, per partition.
    pub(crate) fn ends(&self, at: &[TopicPartition]) -> Result<Vec<Position>, TransportError> {
        self.offsets(&self.client, at, Offset::End)
    }

    /// The offset behind everything that is written, decided or not, per partition.
    pub(crate) fn written(&self, at: &[TopicPartition]) -> Result<Vec<Position>, TransportError> {
        self.offsets(&self.uncommitted, at, Offset::End)
    }

    /// The ends once everything written before this call is decided; `None` where that takes
    /// longer than `limit`.
    ///
    /// Kafka answers a commit before its records can be read: the markers that release them follow
    /// a moment later. Whoever asks for the end after a commit means the end behind it.
    pub(crate) fn decided_ends(
        &self,
        at: &[TopicPartition],
        limit: Duration,
    ) -> Result<Option<Vec<Position>>, TransportError> {
        let written = self.written(at)?;
        let deadline = Deadline::after(limit);
        let mut pause = Duration::from_millis(1);
        loop {
            let ends = self.ends(at)?;
            let is_decided =
                |(written, end): (&Position, &Position)| end.next_offset >= written.next_offset;
            if written.iter().zip(&ends).all(is_decided) {
                return Ok(Some(ends));
            }
            if !deadline.pause(pause) {
                return Ok(None);
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// The ends as they are after a commit of a moment ago.
    pub(crate) fn settled_ends(
        &self,
        at: &[TopicPartition],
    ) -> Result<Vec<Position>, TransportError> {
        match self.decided_ends(at, SETTLE)? {
            Some(ends) => Ok(ends),
            None => self.ends(at),
        }
    }

    /// The first offset written at or after `timestamp_ms`, or the end, per partition.
    pub(crate) fn offsets_at(
        &self,
        at: &[TopicPartition],
        timestamp_ms: i64,
    ) -> Result<Vec<Position>, TransportError> {
        let wanted = Offset::Offset(timestamp_ms.max(0));
        let mut found = self.offsets(&self.client, at, wanted)?;
        let ends = self.settled_ends(at)?;
        for (position, end) in found.iter_mut().zip(ends) {
            // No record is that new: the answer is "end", which is no offset.
            if position.next_offset < 0 {
                position.next_offset = end.next_offset;
            }
        }
        Ok(found)
    }

    /// Offsets for one question to all of `at`, in their order, tried again while a leader moves
    /// or a new topic has none yet.
    fn offsets(
        &self,
        client: &BaseConsumer<BrokerEvents>,
        at: &[TopicPartition],
        wanted: Offset,
    ) -> Result<Vec<Position>, TransportError> {
        let deadline = Deadline::after(self.settings.request_timeout);
        loop {
            match self.offsets_once(client, at, wanted) {
                // A new topic is not known everywhere at once; that it exists was asked before.
                Err(TransportError::Unavailable(_) | TransportError::Invalid(_))
                    if deadline.pause(LEADER_PAUSE) =>
                {
                    self.refresh(client, at, deadline);
                }
                decided => return decided,
            }
        }
    }

    /// Has `client` ask again where partitions are: librdkafka takes one broker's "no such topic"
    /// for final and keeps it for minutes.
    fn refresh(
        &self,
        client: &BaseConsumer<BrokerEvents>,
        at: &[TopicPartition],
        deadline: Deadline,
    ) {
        let topics: BTreeSet<Topic> = at.iter().map(|at| at.topic).collect();
        for topic in topics {
            let name = self.settings.names.physical(topic);
            // Only what it leaves in the client's memory counts; the next try tells of failures.
            let _metadata = client.fetch_metadata(Some(&name), deadline.remaining());
        }
    }

    /// Kafka answers the oldest and the newest offset through the same request as the one for a
    /// time, a round trip per broker.
    fn offsets_once(
        &self,
        client: &BaseConsumer<BrokerEvents>,
        at: &[TopicPartition],
        wanted: Offset,
    ) -> Result<Vec<Position>, TransportError> {
        let what = "offsets of partitions";
        let list = self.list(at, |_| wanted)?;
        let answer = client
            .offsets_for_times(list, self.settings.request_timeout)
            .map_err(|error| self.failed(&error, what))?;
        self.serve();
        let found = self.positions(&answer)?;
        at.iter()
            .map(|&at| match found.get(&at) {
                Some(&next_offset) => Ok(Position { at, next_offset }),
                None => Err(TransportError::Unavailable(format!(
                    "no answer for the offset of {at}"
                ))),
            })
            .collect()
    }

    /// Records between committed positions (-1: none) and the ends, over all of `at`.
    ///
    /// Every batch leaves one offset behind its records that is no record; one such offset a
    /// partition is left out of the count, so that a group that has everything is not behind.
    pub(crate) fn behind(
        &self,
        at: &[TopicPartition],
        committed: &HashMap<TopicPartition, i64>,
    ) -> Result<u64, TransportError> {
        // The ends first: where they reach what is written afterwards, all of it was decided.
        let (starts, ends) = (self.starts(at)?, self.ends(at)?);
        let written = self.written(at)?;
        let behind = starts.iter().zip(&written).zip(&ends);
        let behind = behind.map(|((start, written), end)| {
            let from = committed.get(&end.at).copied().unwrap_or(-1);
            let offsets = written.next_offset - from.max(start.next_offset);
            // A batch that is not decided has no such offset yet.
            let marker = i64::from(end.next_offset >= written.next_offset);
            (offsets - marker).max(0) as u64
        });
        Ok(behind.sum())
    }

    /// Positions that the group of `consumer` has committed, -1 where there is none. A coordinator
    /// that is moving is asked again.
    pub(crate) fn committed<C: ConsumerContext>(
        &self,
        consumer: &BaseConsumer<C>,
        at: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, i64>, TransportError> {
        let deadline = Deadline::after(self.settings.request_timeout);
        loop {
            let list = self.list(at, |_| Offset::Invalid)?;
            let answer = consumer
                .committed_offsets(list, deadline.remaining())
                .map_err(|error| errors::from_kafka(&error, "committed positions"))
                .and_then(|answer| self.positions(&answer));
            match answer {
                Err(TransportError::Unavailable(_)) if deadline.pause(RETRY_PAUSE) => {}
                answer => return answer,
            }
        }
    }

    /// The partitions as librdkafka takes them.
    pub(crate) fn list(
        &self,
        at: &[TopicPartition],
        offset: impl Fn(TopicPartition) -> Offset,
    ) -> Result<TopicPartitionList, TransportError> {
        let mut list = TopicPartitionList::with_capacity(at.len());
        for at in at {
            let name = self.settings.names.physical(at.topic);
            list.add_partition_offset(&name, at.partition as i32, offset(*at))
                .map_err(|error| errors::from_kafka(&error, format!("offset for {at}")))?;
        }
        Ok(list)
    }

    /// Positions as librdkafka takes them; of two of one partition the last counts.
    pub(crate) fn list_of(
        &self,
        positions: &[Position],
    ) -> Result<TopicPartitionList, TransportError> {
        let next = positions
            .iter()
            .map(|position| (position.at, position.next_offset));
        let next: BTreeMap<TopicPartition, i64> = next.collect();
        let at: Vec<TopicPartition> = next.keys().copied().collect();
        self.list(&at, |at| Offset::Offset(next[&at]))
    }

    /// The offsets of a list, -1 where there is none; an error where a partition carries one.
    pub(crate) fn positions(
        &self,
        list: &TopicPartitionList,
    ) -> Result<HashMap<TopicPartition, i64>, TransportError> {
        let mut found = HashMap::new();
        for element in list.elements() {
            let (topic, partition) = (element.topic(), element.partition());
            element
                .error()
                .map_err(|error| errors::from_kafka(&error, format!("{topic}[{partition}]")))?;
            if let Some(at) = logical(&self.settings.names, topic, partition) {
                let offset = match element.offset() {
                    Offset::Offset(offset) => offset,
                    _ => -1,
                };
                found.insert(at, offset);
            }
        }
        Ok(found)
    }
}

/// Calls `poll`, which takes in events for the time it is given or until it has found one.
pub(crate) fn drain(time: Duration, poll: impl Fn(Duration)) {
    let deadline = Deadline::after(time);
    while !deadline.is_over() {
        poll(deadline.remaining());
    }
}

fn consumer(config: &rdkafka::ClientConfig) -> Result<BaseConsumer<BrokerEvents>, TransportError> {
    config
        .create_with_context(BrokerEvents::default())
        .map_err(|error| invalid_property(&error))
}

fn inner(error: TransportError) -> String {
    match error {
        TransportError::Unavailable(text) | TransportError::Invalid(text) => text,
        other => other.to_string(),
    }
}
