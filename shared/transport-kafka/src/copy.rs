//! A copy of a log, each record at the offset that it had.
//!
//! Written by an idempotent producer without transactions: their markers would take offsets. So
//! what is written can be read at once, and where a copier was killed the end of a partition says
//! how far it came.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use wiredesk_model::{Incoming, Position, Topic, TopicPartition, TopicSpec};
use wiredesk_pipeline::{Extent, LogCopy, Reader, TransportError};

use crate::admin;
use crate::control::{Control, RETRY_PAUSE};
use crate::errors;
use crate::events::{BrokerEvents, lock};
use crate::reader::KafkaReader;
use crate::records::headers_out;
use crate::settings::invalid_property;
use crate::wait::Deadline;

/// How long the ends must have stood still until nothing more of a killed copier is expected.
const STANDSTILL: Duration = Duration::from_secs(2);
/// Pause between two looks at them.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Writes a copy to the topics of a cluster.
pub(crate) struct KafkaCopy {
    control: Arc<Control>,
    producer: BaseProducer<CopyEvents>,
}

impl KafkaCopy {
    /// A copier; connects when it is first asked.
    pub(crate) fn open(control: Arc<Control>) -> Result<Self, TransportError> {
        let producer = control
            .settings
            .copier()
            .create_with_context(CopyEvents::default())
            .map_err(|error| invalid_property(&error))?;
        Ok(Self { control, producer })
    }

    fn enqueue(&self, record: &Incoming) -> Result<(), TransportError> {
        let topic = self.control.settings.names.physical(record.at.topic);
        let expected = usize::try_from(record.offset).unwrap_or_default();
        let mut message = BaseRecord::<str, [u8], usize>::with_opaque_to(&topic, expected)
            .key(&record.key)
            .partition(record.at.partition as i32)
            .timestamp(record.timestamp_ms)
            .headers(headers_out(&record.headers));
        message.payload = record.value.as_deref();
        loop {
            match self.producer.send(message) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    self.producer.poll(Duration::from_millis(5));
                    message = again;
                }
                Err((error, _)) => {
                    let what = format!("record {:?} for {}", record.key, record.at);
                    return Err(errors::from_kafka(&error, what));
                }
            }
        }
    }

    /// Waits until the brokers have, or have refused, everything; librdkafka gives up by itself.
    fn flush(&self) -> Result<(), TransportError> {
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::from_millis(5));
            if let Some((code, text)) = self.producer.client().fatal_error() {
                return Err(errors::by_code(code, text));
            }
        }
        match lock(&self.producer.context().failed).take() {
            None => Ok(()),
            Some(failed) => Err(failed),
        }
    }

    fn observer(&self, service: &str) -> Result<BaseConsumer<BrokerEvents>, TransportError> {
        let settings = &self.control.settings;
        settings
            .observer(&settings.names.group(service))
            .create_with_context(BrokerEvents::default())
            .map_err(|error| invalid_property(&error))
    }

    fn commit_once(
        &self,
        observer: &BaseConsumer<BrokerEvents>,
        positions: &[Position],
    ) -> Result<(), TransportError> {
        let list = self.control.list_of(positions)?;
        observer
            .commit(&list, CommitMode::Sync)
            .map_err(|error| errors::from_kafka(&error, "commit positions"))
    }

    /// The ends of all of `topics` that are there.
    fn ends(&self, topics: &[Topic]) -> Result<Vec<i64>, TransportError> {
        let mut ends = Vec::new();
        for topic in topics {
            let found = self.extents(*topic)?.unwrap_or_default();
            ends.extend(found.iter().map(|extent| extent.next));
        }
        Ok(ends)
    }
}

impl LogCopy for KafkaCopy {
    fn make_topics(&mut self, topics: &[TopicSpec]) -> Result<(), TransportError> {
        admin::create(&self.control, topics)?;
        for spec in topics {
            if !admin::keeps_times(&self.control, spec.topic)? {
                let name = self.control.settings.names.physical(spec.topic);
                return Err(TransportError::Invalid(format!(
                    "topic {name} stamps records with the time of the broker: set its \
                     message.timestamp.type to CreateTime"
                )));
            }
        }
        Ok(())
    }

    fn extents(&self, topic: Topic) -> Result<Option<Vec<Extent>>, TransportError> {
        let Some(partitions) = self.control.look(topic)? else {
            return Ok(None);
        };
        let all: Vec<TopicPartition> = (0..partitions)
            .map(|partition| TopicPartition::new(topic, partition))
            .collect();
        let (starts, ends) = (self.control.starts(&all)?, self.control.written(&all)?);
        let extents = starts.iter().zip(&ends).map(|(start, end)| Extent {
            start: start.next_offset,
            next: end.next_offset,
            last_ms: 0,
        });
        Ok(Some(extents.collect()))
    }

    /// A request that was on its way when its sender was killed still arrives, if it does, within
    /// moments. One that came later still would be found out: each delivery tells its offset.
    fn settle(&mut self, topics: &[Topic]) -> Result<(), TransportError> {
        let mut ends = self.ends(topics)?;
        if ends.iter().all(|end| *end == 0) {
            return Ok(());
        }
        let mut since = Instant::now();
        while since.elapsed() < STANDSTILL {
            std::thread::sleep(LOOK_AGAIN);
            let now = self.ends(topics)?;
            if now != ends {
                ends = now;
                since = Instant::now();
            }
        }
        Ok(())
    }

    fn records(&self, topic: Topic, from: &[Position]) -> Result<Box<dyn Reader>, TransportError> {
        Ok(Box::new(KafkaReader::open_at(&self.control, topic, from)?))
    }

    fn append(&mut self, records: Vec<Incoming>) -> Result<(), TransportError> {
        let handed_over = records.iter().try_for_each(|record| self.enqueue(record));
        // What was handed over before a record was refused is on its way all the same.
        self.flush().and(handed_over)
    }

    fn cut(&mut self, starts: &[Position]) -> Result<(), TransportError> {
        admin::delete_records(&self.control, starts)
    }

    fn committed(
        &self,
        service: &str,
        at: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, TransportError> {
        let observer = self.observer(service)?;
        let found = self.control.committed(&observer, at)?;
        let position = |at: &TopicPartition| found.get(at).copied().filter(|next| *next >= 0);
        Ok(at.iter().map(position).collect())
    }

    fn commit(&mut self, service: &str, positions: &[Position]) -> Result<(), TransportError> {
        let observer = self.observer(service)?;
        let deadline = Deadline::after(self.control.settings.request_timeout);
        loop {
            match self.commit_once(&observer, positions) {
                Err(TransportError::Unavailable(_)) if deadline.pause(RETRY_PAUSE) => {}
                // What the coordinator says to one who is no member, of a group that has some.
                Err(TransportError::Superseded(_)) => {
                    return Err(TransportError::Invalid(format!(
                        "members of group {} are at work: stop them first",
                        self.control.settings.names.group(service)
                    )));
                }
                answer => return answer,
            }
        }
    }
}

/// Looks at what became of each record.
#[derive(Default)]
struct CopyEvents {
    brokers: BrokerEvents,
    failed: Mutex<Option<TransportError>>,
}

impl ClientContext for CopyEvents {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, log_message: &str) {
        self.brokers.log(level, fac, log_message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.brokers.error(error, reason);
    }
}

impl ProducerContext for CopyEvents {
    /// The offset at which the record belongs.
    type DeliveryOpaque = usize;

    fn delivery(&self, delivery_result: &DeliveryResult<'_>, expected: usize) {
        let failure = match delivery_result {
            Ok(message) => {
                let offset = message.offset();
                // Where a request was answered the second time, its offset may not be told; the
                // end of the partition is looked at once all is written.
                if offset < 0 || usize::try_from(offset) == Ok(expected) {
                    return;
                }
                TransportError::Invalid(format!(
                    "{}[{}] took a record at {offset} that belongs at {expected}: somebody else \
                     writes to it; delete the topic and begin again",
                    message.topic(),
                    message.partition()
                ))
            }
            Err((error, message)) => {
                let what = format!(
                    "offset {expected} of {}[{}] was not written",
                    message.topic(),
                    message.partition()
                );
                errors::from_kafka(error, what)
            }
        };
        lock(&self.failed).get_or_insert(failure);
    }
}
