//! What librdkafka tells besides answers: log lines, trouble with brokers, delivery reports.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use tracing::{debug, error, info, warn};

/// Locks even where a thread panicked with the lock held: what is behind is replaced as a whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the newest trouble with the brokers, and hands log lines on.
#[derive(Debug, Default)]
pub(crate) struct BrokerEvents {
    trouble: Mutex<Option<(RDKafkaErrorCode, String)>>,
}

impl BrokerEvents {
    /// The newest trouble, in words with its likely cause.
    pub(crate) fn trouble(&self) -> Option<String> {
        lock(&self.trouble)
            .as_ref()
            .map(|(code, reason)| in_words(*code, reason))
    }

    /// Whether the newest trouble will not pass by waiting.
    pub(crate) fn is_settings_trouble(&self) -> bool {
        use RDKafkaErrorCode as Code;
        matches!(
            lock(&self.trouble).as_ref(),
            Some((Code::Authentication | Code::SaslAuthenticationFailed, _))
        )
    }

    /// Forgets earlier trouble.
    pub(crate) fn clear(&self) {
        *lock(&self.trouble) = None;
    }

    fn note(&self, kafka_error: &KafkaError, reason: &str) {
        use RDKafkaErrorCode as Code;
        let Some(code) = kafka_error.rdkafka_error_code() else {
            return;
        };
        match code {
            Code::PartitionEOF => return,
            // Says only that every broker is down; the reason came just before.
            Code::AllBrokersDown if lock(&self.trouble).is_some() => {}
            _ => *lock(&self.trouble) = Some((code, reason.to_owned())),
        }
        debug!(%code, reason, "kafka client");
    }
}

/// What a reason of librdkafka points to, beside its own words.
fn in_words(code: RDKafkaErrorCode, reason: &str) -> String {
    use RDKafkaErrorCode as Code;
    let cause = match code {
        Code::Resolve => "the name does not resolve",
        Code::SSL => "the TLS handshake failed; check security.protocol and the certificates",
        Code::Authentication | Code::SaslAuthenticationFailed => {
            "the login was refused; check the sasl properties"
        }
        _ if reason.contains("Connection refused") => "nothing listens there",
        _ if reason.contains("ApiVersion") => {
            "the broker hung up at once; check security.protocol against its listener"
        }
        _ => return reason.to_owned(),
    };
    format!("{cause} ({reason})")
}

fn log_line(level: RDKafkaLogLevel, facility: &str, line: &str) {
    use RDKafkaLogLevel as Level;
    // Every property goes to every client, and those that it does not use are no news.
    if facility == "CONFWARN" {
        debug!(target: "librdkafka", facility, "{line}");
        return;
    }
    match level {
        Level::Emerg | Level::Alert | Level::Critical => {
            error!(target: "librdkafka", facility, "{line}");
        }
        // librdkafka goes on by itself after these: degraded, and recovering.
        Level::Error | Level::Warning => warn!(target: "librdkafka", facility, "{line}"),
        Level::Notice => info!(target: "librdkafka", facility, "{line}"),
        Level::Info | Level::Debug => debug!(target: "librdkafka", facility, "{line}"),
    }
}

impl ClientContext for BrokerEvents {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, log_message: &str) {
        log_line(level, fac, log_message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.note(&error, reason);
    }
}

impl ConsumerContext for BrokerEvents {}

/// A record that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undelivered {
    pub(crate) code: RDKafkaErrorCode,
    pub(crate) record: String,
}

/// Collects what a producer reports.
#[derive(Debug, Default)]
pub(crate) struct ProducerEvents {
    /// The transactional id, for texts.
    pub(crate) id: String,
    pub(crate) brokers: BrokerEvents,
    undelivered: Mutex<Option<Undelivered>>,
    lost: AtomicBool,
}

impl ProducerEvents {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..Self::default()
        }
    }

    /// The first record since the last call that did not arrive.
    pub(crate) fn take_undelivered(&self) -> Option<Undelivered> {
        lock(&self.undelivered).take()
    }

    /// A call into the producer does not come back: it must be left alone.
    pub(crate) fn mark_lost(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Whether a call into it does not come back.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

impl ClientContext for ProducerEvents {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, log_message: &str) {
        log_line(level, fac, log_message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.brokers.note(&error, reason);
    }
}

impl ProducerContext for ProducerEvents {
    type DeliveryOpaque = ();

    fn delivery(&self, delivery_result: &DeliveryResult<'_>, (): ()) {
        let Err((error, message)) = delivery_result else {
            return;
        };
        let mut first = lock(&self.undelivered);
        if first.is_none() {
            let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
            *first = Some(Undelivered {
                code: error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail),
                record: format!(
                    "record {key:?} for {}[{}]",
                    message.topic(),
                    message.partition()
                ),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_with_its_likely_cause() {
        let events = BrokerEvents::default();
        let refused = KafkaError::Global(RDKafkaErrorCode::BrokerTransportFailure);
        events.note(
            &refused,
            "127.0.0.1:1/bootstrap: Connect failed: Connection refused",
        );
        events.note(
            &KafkaError::Global(RDKafkaErrorCode::AllBrokersDown),
            "1/1 brokers are down",
        );
        let text = events.trouble().unwrap();
        assert!(text.contains("nothing listens there"), "{text}");
        assert!(!events.is_settings_trouble());

        let login = KafkaError::Global(RDKafkaErrorCode::Authentication);
        events.note(&login, "SASL authentication error");
        assert!(events.is_settings_trouble());
        assert!(
            events
                .trouble()
                .unwrap()
                .contains("check the sasl properties")
        );
    }
}
