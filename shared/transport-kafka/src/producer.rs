//! Batches as Kafka transactions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tracing::{debug, warn};
use wiredesk_model::Outgoing;
use wiredesk_pipeline::TransportError;

use crate::control::{Control, EVENTS_DRAIN, drain};
use crate::errors::{self, Consequence};
use crate::events::{ProducerEvents, Undelivered};
use crate::fault::CrashPoint;
use crate::records::headers_out;
use crate::settings::{KafkaSettings, invalid_property};
use crate::wait::Deadline;

/// Longest stay in one call of librdkafka while the end of a batch is undecided.
const DECISION_STEP: Duration = Duration::from_secs(5);

/// How much longer than its limit librdkafka may take to answer for input positions.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// The input positions of a batch, with the membership that vouches for them.
pub(crate) struct Inputs<'a> {
    pub(crate) offsets: TopicPartitionList,
    pub(crate) group: &'a Arc<ConsumerGroupMetadata>,
}

/// How writing a batch failed.
pub(crate) enum Failure {
    /// Nothing of it was written.
    NotWritten(TransportError),
    /// The producer lost touch while the commit was under way. [`BatchProducer::reopen`] makes
    /// the brokers decide; only the positions can tell how.
    Undecided(TransportError),
}

type Live = Arc<BaseProducer<ProducerEvents>>;

/// Writes batches under one transactional id; a newer one with the same id fences it.
pub(crate) struct BatchProducer {
    control: Arc<Control>,
    transactional_id: String,
    live: Option<Live>,
    /// When the oldest batch was begun whose end the brokers have not told yet.
    open_since: Option<Instant>,
}

impl BatchProducer {
    /// Takes the id over from whoever had it; what they left undecided is aborted.
    pub(crate) fn open(
        control: Arc<Control>,
        transactional_id: String,
    ) -> Result<Self, TransportError> {
        let mut producer = Self {
            control,
            transactional_id,
            live: None,
            open_since: None,
        };
        producer.ready()?;
        Ok(producer)
    }

    /// Begins anew after an undecided batch: once this is done, the brokers have decided it.
    pub(crate) fn reopen(&mut self) -> Result<(), TransportError> {
        self.live = None;
        self.ready().map(drop)
    }

    /// Takes in what librdkafka has to tell between batches.
    pub(crate) fn serve(&self) {
        if let Some(live) = &self.live {
            live.poll(Duration::ZERO);
        }
    }

    fn ready(&mut self) -> Result<&Live, TransportError> {
        if self.live.is_none() {
            let live: BaseProducer<ProducerEvents> = self
                .control
                .settings
                .producer(&self.transactional_id)
                .create_with_context(ProducerEvents::new(&self.transactional_id))
                .map_err(|error| invalid_property(&error))?;
            let live = Arc::new(live);
            self.begin_session(&live)?;
            // Whatever was open under this id is decided now.
            self.open_since = None;
            self.live = Some(live);
        }
        // Filled just above; the borrow checker wants the second look.
        self.live.as_ref().ok_or_else(|| {
            TransportError::Unavailable(format!("producer {} is closed", self.transactional_id))
        })
    }

    fn begin_session(&self, live: &Live) -> Result<(), TransportError> {
        let limit = self.control.settings.request_timeout;
        live.init_transactions(limit).map_err(|error| {
            drain(EVENTS_DRAIN, |left| live.poll(left));
            let cause = live.context().brokers.trouble();
            let what = format!(
                "producer {} could not start{}",
                self.transactional_id,
                cause.map_or_else(String::new, |cause| format!(" ({cause})"))
            );
            errors::from_kafka(&error, what)
        })
    }

    /// Writes `outputs` and the positions as a whole.
    pub(crate) fn commit(
        &mut self,
        outputs: &[Outgoing],
        inputs: Option<&Inputs<'_>>,
    ) -> Result<(), Failure> {
        let placed = self.place(outputs).map_err(Failure::NotWritten)?;
        let limit = self.control.settings.transaction_timeout;
        let control = Arc::clone(&self.control);
        let settings = &control.settings;
        self.ready().map_err(Failure::NotWritten)?;
        let begun = *self.open_since.get_or_insert_with(Instant::now);
        let live = self.ready().map_err(Failure::NotWritten)?;
        settings.reach(CrashPoint::BeforeBegin);
        let written = begin(live)
            .inspect(|()| settings.reach(CrashPoint::AfterBegin))
            .and_then(|()| produce(live, settings, &placed))
            .inspect(|()| settings.reach(CrashPoint::AfterOutputs))
            .and_then(|()| send_inputs(live, inputs, limit))
            .inspect(|()| settings.reach(CrashPoint::AfterPositions));
        let result = match written {
            Ok(()) => decide(live).inspect(|()| settings.reach(CrashPoint::AfterCommit)),
            Err(error) => Err(Failure::NotWritten(give_up(live, error, limit))),
        };
        match result {
            Ok(()) => {
                self.open_since = None;
                Ok(())
            }
            Err(failure) => Err(self.after(failure, begun)),
        }
    }

    /// The partition of each record, before anything is begun.
    fn place<'a>(&self, outputs: &'a [Outgoing]) -> Result<Vec<Placed<'a>>, TransportError> {
        outputs
            .iter()
            .map(|record| {
                let partitions = self.control.partitions(record.topic)?;
                Ok(Placed {
                    record,
                    topic: self.control.settings.names.physical(record.topic),
                    partition: record.partition(partitions) as i32,
                })
            })
            .collect()
    }

    /// Ends the session of a batch that failed; tells a fenced producer from one that the brokers
    /// gave up because its batch took too long: to librdkafka both look the same.
    ///
    /// The next batch begins a session of its own, whose epoch the brokers count up. A request of
    /// the failed batch may still be on its way; with the same epoch it would be written into the
    /// batch that follows, or taken for a part of it.
    fn after(&mut self, failure: Failure, begun: Instant) -> Failure {
        if begun.elapsed() < self.control.settings.transaction_timeout
            && let Failure::NotWritten(error) | Failure::Undecided(error) = &failure
            && let TransportError::Fenced(text) = error
        {
            // The session stays: beginning anew would take the id back from the one that has it.
            return Failure::NotWritten(TransportError::Fenced(text.clone()));
        }
        debug!(id = %self.transactional_id, "the producer starts anew");
        self.live = None;
        let unavailable = |error| match error {
            TransportError::Fenced(_) => TransportError::Unavailable(format!(
                "the batch took longer than the transaction timeout of {} s and the brokers gave \
                 it up",
                self.control.settings.transaction_timeout.as_secs_f32()
            )),
            other => other,
        };
        match failure {
            Failure::NotWritten(error) => Failure::NotWritten(unavailable(error)),
            Failure::Undecided(error) => Failure::Undecided(unavailable(error)),
        }
    }
}

/// A record and where it goes.
struct Placed<'a> {
    record: &'a Outgoing,
    topic: String,
    partition: i32,
}

fn begin(live: &Live) -> Result<(), TransportError> {
    live.begin_transaction()
        .map_err(|error| failed(live, &error, "a batch could not begin"))
}

/// Hands every record to librdkafka and waits until the brokers have them all.
fn produce(
    live: &Live,
    settings: &KafkaSettings,
    placed: &[Placed<'_>],
) -> Result<(), TransportError> {
    let deadline = Deadline::after(settings.transaction_timeout);
    for (place, one) in placed.iter().enumerate() {
        enqueue(live, one, deadline)?;
        if settings.fault.is_some() && place == placed.len() / 2 {
            flush(live, deadline)?;
            settings.reach(CrashPoint::AmidOutputs);
        }
    }
    flush(live, deadline)?;
    match live.context().take_undelivered() {
        None => Ok(()),
        Some(lost) => Err(fatal(live).unwrap_or_else(|| undelivered(live, &lost))),
    }
}

/// Why a record did not arrive. One that librdkafka itself withdrew says only that the batch was
/// lost already; the transaction knows why, and tells when it is asked to commit, which it cannot.
fn undelivered(live: &Live, lost: &Undelivered) -> TransportError {
    use RDKafkaErrorCode as Code;
    let what = format!("{} was not written", lost.record);
    if !matches!(lost.code, Code::PurgeQueue | Code::PurgeInflight) {
        return errors::by_code(lost.code, what);
    }
    match live.commit_transaction(DECISION_STEP) {
        Err(KafkaError::Transaction(error)) => transaction_error(live, &error, &what),
        _ => errors::by_code(lost.code, what),
    }
}

/// Waits until the brokers have, or have refused, every record handed over so far.
fn flush(live: &Live, deadline: Deadline) -> Result<(), TransportError> {
    while live.in_flight_count() > 0 && live.client().fatal_error().is_none() {
        if deadline.is_over() {
            return Err(TransportError::Unavailable(
                "the brokers did not take the records of the batch in time".to_owned(),
            ));
        }
        live.poll(Duration::from_millis(1));
    }
    Ok(())
}

fn enqueue(live: &Live, placed: &Placed<'_>, deadline: Deadline) -> Result<(), TransportError> {
    let record = placed.record;
    let mut message = BaseRecord::<str, [u8]>::to(&placed.topic)
        .key(&record.key)
        .partition(placed.partition)
        .headers(headers_out(&record.headers));
    message.payload = record.value.as_deref();
    loop {
        match live.send(message) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                if deadline.is_over() {
                    return Err(TransportError::Unavailable(
                        "the brokers take records too slowly: the queue is full".to_owned(),
                    ));
                }
                live.poll(Duration::from_millis(5));
                message = again;
            }
            Err((error, _)) => {
                let size = record.key.len() + record.value.as_ref().map_or(0, Vec::len);
                let what = format!(
                    "record {:?} of {size} bytes for {}[{}] was refused",
                    record.key, placed.topic, placed.partition
                );
                return Err(failed(live, &error, &what));
            }
        }
    }
}

fn send_inputs(
    live: &Live,
    inputs: Option<&Inputs<'_>>,
    limit: Duration,
) -> Result<(), TransportError> {
    let Some(inputs) = inputs else {
        return Ok(());
    };
    // librdkafka can lose the answer while a coordinator moves, and then waits for good. So it is
    // asked on a thread of its own, which is left behind with its producer where that happens.
    let (tell, told) = std::sync::mpsc::channel();
    let asked = (
        Arc::clone(live),
        inputs.offsets.clone(),
        Arc::clone(inputs.group),
    );
    let ask = move || {
        let (live, offsets, group) = asked;
        // Nobody listens only where the wait was given up.
        let _ = tell.send(live.send_offsets_to_transaction(&offsets, &group, limit));
    };
    let thread = std::thread::Builder::new().name("positions".to_owned());
    let answer = match thread.spawn(ask) {
        Ok(_) => told.recv_timeout(limit + ANSWER_GRACE),
        Err(error) => {
            let text = format!("no thread for input positions: {error}");
            return Err(TransportError::Unavailable(text));
        }
    };
    match answer {
        Ok(answer) => {
            answer.map_err(|error| failed(live, &error, "input positions were not taken"))
        }
        Err(_) => {
            live.context().mark_lost();
            Err(TransportError::Unavailable(
                "the brokers did not answer for input positions".to_owned(),
            ))
        }
    }
}

/// Commits, and goes on asking until the brokers have decided: a commit that timed out may have
/// happened.
fn decide(live: &Live) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        let error = match live.commit_transaction(DECISION_STEP) {
            Ok(()) => return Ok(()),
            Err(KafkaError::Transaction(error)) => error,
            Err(other) => {
                warn!(error = %other, "a batch waits for its decision");
                live.poll(Duration::from_millis(5));
                continue;
            }
        };
        live.poll(Duration::ZERO);
        if error.txn_requires_abort() {
            let cause = transaction_error(live, &error, "the batch was not committed");
            return Err(Failure::NotWritten(give_up(live, cause, DECISION_STEP)));
        }
        if error.is_fatal() || !error.is_retriable() {
            let cause = transaction_error(live, &error, "the end of a batch is unknown");
            return Err(Failure::Undecided(fatal(live).unwrap_or(cause)));
        }
        warn!(
            error = %error,
            seconds = begun.elapsed().as_secs(),
            "a batch waits for its decision: the transaction coordinator does not answer"
        );
    }
}

/// Aborts what was begun. Where even that fails the producer is replaced later, which makes the
/// brokers abort it.
fn give_up(live: &Live, cause: TransportError, limit: Duration) -> TransportError {
    // A producer that does not answer is left as it is; its successor aborts for it.
    if live.context().is_lost() {
        return cause;
    }
    let deadline = Deadline::after(limit);
    while live.client().fatal_error().is_none() {
        // In short steps: aborting waits for delivery reports, which only polling takes in.
        match live.abort_transaction(Duration::from_millis(50)) {
            Ok(()) => break,
            Err(KafkaError::Transaction(error)) if error.is_retriable() && !deadline.is_over() => {
                live.poll(Duration::from_millis(1));
            }
            Err(error) => {
                debug!(%error, "a batch could not be aborted");
                break;
            }
        }
    }
    fatal(live).unwrap_or(cause)
}

fn failed(live: &Live, error: &KafkaError, what: &str) -> TransportError {
    fatal(live).unwrap_or_else(|| match error {
        KafkaError::Transaction(error) => transaction_error(live, error, what),
        other => errors::from_kafka(other, what),
    })
}

fn transaction_error(live: &Live, error: &RDKafkaError, what: &str) -> TransportError {
    let text = format!("{what}: {error}");
    match errors::consequence(error.code()) {
        Consequence::Fenced => errors::fenced(&live.context().id, &text),
        Consequence::Superseded => TransportError::Superseded(text),
        Consequence::Refused => TransportError::Refused(text),
        Consequence::Invalid => TransportError::Invalid(text),
        Consequence::Unavailable => TransportError::Unavailable(text),
    }
}

/// The error that ended this producer for good, if one did.
fn fatal(live: &Live) -> Option<TransportError> {
    let (code, text) = live.client().fatal_error()?;
    Some(match errors::consequence(code) {
        Consequence::Fenced => errors::fenced(&live.context().id, &text),
        Consequence::Invalid => TransportError::Invalid(format!("producer failed: {text}")),
        _ => TransportError::Unavailable(format!("producer failed: {text}")),
    })
}
