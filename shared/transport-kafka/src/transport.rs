//! The transport itself: joins, readers, writers, and questions to the cluster.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use wiredesk_model::{InstanceId, Position, Topic, TopicPartition, TopicSpec};
use wiredesk_pipeline::{
    LogCopy, Member, Membership, Reader, Start, TopicDescription, Transport, TransportError, Writer,
};

use crate::admin;
use crate::control::{Control, EVENTS_SERVED};
use crate::copy::KafkaCopy;
use crate::events::{BrokerEvents, lock};
use crate::member::KafkaMember;
use crate::producer::BatchProducer;
use crate::reader::KafkaReader;
use crate::settings::{KafkaSettings, invalid_property};
use crate::state::state;
use crate::writer::KafkaWriter;

type Observer = BaseConsumer<BrokerEvents>;

/// Topics, groups and atomic batches on an Apache Kafka cluster.
pub struct KafkaTransport {
    control: Arc<Control>,
    /// Clients that read the positions of other groups, by group.
    observers: Mutex<HashMap<String, Arc<Observer>>>,
}

impl KafkaTransport {
    /// A transport for `settings`. Reaches nothing yet: [`Transport::check`] does.
    ///
    /// # Errors
    /// `Invalid` where a setting or a client property cannot be used.
    pub fn connect(settings: KafkaSettings) -> Result<Self, TransportError> {
        Ok(Self {
            control: Control::new(settings)?,
            observers: Mutex::default(),
        })
    }

    /// Deletes those of `topics` that are there, with the groups of `services`.
    ///
    /// # Errors
    /// `Invalid` where a member of one of the groups is at work; nothing was deleted then.
    pub fn delete_topics(&self, topics: &[Topic], services: &[&str]) -> Result<(), TransportError> {
        admin::delete(&self.control, topics, services)
    }

    /// Names of all topics that there are, under any prefix and of anybody.
    ///
    /// # Errors
    /// Where the brokers cannot be asked.
    pub fn names_of_topics(&self) -> Result<Vec<String>, TransportError> {
        self.control.names()
    }

    /// The cluster as the place that a stopped log is copied to.
    ///
    /// # Errors
    /// `Invalid` where a client property cannot be used.
    pub fn copy(&self) -> Result<Box<dyn LogCopy>, TransportError> {
        Ok(Box::new(KafkaCopy::open(Arc::clone(&self.control))?))
    }

    fn producer(
        &self,
        group: &str,
        instance: &InstanceId,
    ) -> Result<BatchProducer, TransportError> {
        BatchProducer::open(Arc::clone(&self.control), format!("{group}.{instance}"))
    }

    fn observer(&self, group: &str) -> Result<Arc<Observer>, TransportError> {
        let mut observers = lock(&self.observers);
        if let Some(observer) = observers.get(group) {
            return Ok(Arc::clone(observer));
        }
        let observer: Observer = self
            .control
            .settings
            .observer(group)
            .create_with_context(BrokerEvents::default())
            .map_err(|error| invalid_property(&error))?;
        let observer = Arc::new(observer);
        observers.insert(group.to_owned(), Arc::clone(&observer));
        Ok(observer)
    }
}

impl Transport for KafkaTransport {
    fn kind(&self) -> &'static str {
        "kafka"
    }

    fn check(&self, limit: Duration) -> Result<(), TransportError> {
        self.control.check(limit)
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), TransportError> {
        admin::create(&self.control, topics)
    }

    fn describe_topics(
        &self,
        topics: &[TopicSpec],
    ) -> Result<Vec<TopicDescription>, TransportError> {
        admin::describe(&self.control, topics)
    }

    fn join(&self, membership: &Membership) -> Result<Box<dyn Member>, TransportError> {
        for topic in &membership.inputs {
            self.control.partitions(*topic)?;
        }
        let group = self.control.settings.names.group(&membership.service);
        let producer = self.producer(&group, &membership.instance)?;
        let control = Arc::clone(&self.control);
        let member = KafkaMember::join(control, &group, &membership.inputs, producer)?;
        Ok(Box::new(member))
    }

    fn reader(&self, topic: Topic, start: Start) -> Result<Box<dyn Reader>, TransportError> {
        Ok(Box::new(KafkaReader::open(&self.control, topic, start)?))
    }

    fn reader_at(
        &self,
        topic: Topic,
        positions: &[Position],
    ) -> Result<Box<dyn Reader>, TransportError> {
        let reader = KafkaReader::open_at(&self.control, topic, positions)?;
        Ok(Box::new(reader))
    }

    fn state(&self, at: TopicPartition) -> Result<Box<dyn Reader>, TransportError> {
        Ok(Box::new(state(&self.control, at)?))
    }

    fn writer(&self, instance: &InstanceId) -> Result<Box<dyn Writer>, TransportError> {
        let group = self.control.settings.names.group("writer");
        let producer = self.producer(&group, instance)?;
        Ok(Box::new(KafkaWriter { producer }))
    }

    fn backlog(&self, service: &str, input: Topic) -> Result<u64, TransportError> {
        let all = self.control.all_of(input)?;
        let group = self.control.settings.names.group(service);
        let observer = self.observer(&group)?;
        for _ in 0..EVENTS_SERVED {
            observer.poll(Duration::ZERO);
        }
        let committed = self.control.committed(&observer, &all)?;
        self.control.behind(&all, &committed)
    }

    fn partitions(&self, topic: Topic) -> Result<u32, TransportError> {
        self.control.partitions(topic)
    }
}
