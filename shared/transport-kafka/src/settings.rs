//! How to reach the cluster, and the client configurations that follow from it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use wiredesk_model::TopicNames;
use wiredesk_pipeline::TransportError;

use crate::fault::{CrashPoint, Fault};

/// Bytes of one record at the most, for producers and for the topics created here.
pub(crate) const RECORD_BYTES: u32 = 16 * 1024 * 1024;

/// How to reach the cluster.
#[derive(Clone)]
pub struct KafkaSettings {
    /// Brokers to begin with: `host:port`, separated by commas.
    pub bootstrap: String,
    /// Names of topics and groups on the brokers.
    pub names: TopicNames,
    /// Copies of each partition of the topics created here; the brokers' default where `None`.
    pub replication: Option<u32>,
    /// Age at which the brokers abort a batch whose writer is gone. Until then nobody reads
    /// beyond that batch, and the partitions of a killed instance wait.
    pub transaction_timeout: Duration,
    /// Silence after which a member counts as gone and its partitions go to others.
    pub session_timeout: Duration,
    /// Limit for one question to the cluster: metadata, positions, topic changes.
    pub request_timeout: Duration,
    /// Properties of librdkafka, passed through to every client. Those that the delivery promise
    /// rests on are refused by [`KafkaTransport::connect`](crate::KafkaTransport::connect).
    pub client: BTreeMap<String, String>,
    /// A test's hook into the steps of a commit.
    #[doc(hidden)]
    pub fault: Option<Fault>,
}

impl KafkaSettings {
    /// The defaults, for the brokers at `bootstrap`.
    pub fn new(bootstrap: impl Into<String>) -> Self {
        Self {
            bootstrap: bootstrap.into(),
            names: TopicNames::default(),
            replication: None,
            transaction_timeout: Duration::from_secs(30),
            session_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(15),
            client: BTreeMap::new(),
            fault: None,
        }
    }

    /// Whether the settings can hold the delivery promise; no I/O.
    pub(crate) fn validate(&self) -> Result<(), TransportError> {
        if self.bootstrap.trim().is_empty() {
            return Err(TransportError::Invalid(
                "no kafka brokers are named: set bootstrap to host:port".to_owned(),
            ));
        }
        for key in self.client.keys() {
            if let Some(instead) = refusal(key) {
                return Err(TransportError::Invalid(format!(
                    "kafka client property {key} cannot be set: {instead}"
                )));
            }
        }
        // Building the three configurations makes librdkafka look at every name and value.
        for config in [self.common(), self.member("check"), self.producer("check")] {
            config
                .create_native_config()
                .map(drop)
                .map_err(|error| invalid_property(&error))?;
        }
        Ok(())
    }

    /// A step of a commit is reached.
    pub(crate) fn reach(&self, point: CrashPoint) {
        if let Some(fault) = &self.fault {
            fault.reach(point);
        }
    }

    /// Time without a poll after which librdkafka leaves the group by itself.
    pub(crate) fn poll_limit(&self) -> Duration {
        const LIBRDKAFKA_DEFAULT_MS: u64 = 300_000;
        let given = self.client.get("max.poll.interval.ms");
        let given_ms = given.and_then(|text| text.trim().parse().ok());
        Duration::from_millis(given_ms.unwrap_or(LIBRDKAFKA_DEFAULT_MS))
    }

    /// What every client has in common.
    fn common(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("client.id", "wiredesk")
            .set("socket.keepalive.enable", "true")
            .set("reconnect.backoff.max.ms", "2000")
            .set_log_level(RDKafkaLogLevel::Info);
        for (key, value) in &self.client {
            config.set(key, value);
        }
        config.set("bootstrap.servers", self.bootstrap.trim());
        config
    }

    /// What every consumer has in common: librdkafka compares the limits of a membership also
    /// where there is none.
    fn consumer(&self) -> ClientConfig {
        let heartbeat_ms = (self.session_timeout.as_millis() / 5).clamp(100, 3_000);
        let mut config = self.common();
        config
            .set("session.timeout.ms", millis(self.session_timeout))
            .set("heartbeat.interval.ms", heartbeat_ms.to_string());
        config
    }

    /// A client that asks for metadata and offsets, and sees committed records only.
    pub(crate) fn control(&self) -> ClientConfig {
        let mut config = self.consumer();
        config.set("isolation.level", "read_committed");
        config
    }

    /// A client to which records of undecided batches count too.
    pub(crate) fn uncommitted(&self) -> ClientConfig {
        let mut config = self.consumer();
        config.set("isolation.level", "read_uncommitted");
        config
    }

    /// A client that reads the positions of a group without joining it.
    pub(crate) fn observer(&self, group: &str) -> ClientConfig {
        let mut config = self.uncommitted();
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false");
        config
    }

    /// A reader outside every group; always from the leader, whose end is the newest.
    pub(crate) fn reader(&self) -> ClientConfig {
        let mut config = self.consumer();
        config
            .remove("client.rack")
            .set("group.id", self.names.group("reader"))
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "100");
        config
    }

    /// A member of `group`.
    pub(crate) fn member(&self, group: &str) -> ClientConfig {
        let mut config = self.consumer();
        config
            .set("group.id", group)
            .set("isolation.level", "read_committed")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "false")
            .set("auto.offset.reset", "earliest");
        default(&mut config, "queued.max.messages.kbytes", "16384");
        config
    }

    /// The producer of one instance.
    pub(crate) fn producer(&self, transactional_id: &str) -> ClientConfig {
        let mut config = self.common();
        config
            .set("transactional.id", transactional_id)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("transaction.timeout.ms", millis(self.transaction_timeout));
        default(&mut config, "message.max.bytes", &RECORD_BYTES.to_string());
        default(&mut config, "compression.type", "lz4");
        // A batch is handed over whole; waiting for more to come only delays it.
        default(&mut config, "linger.ms", "1");
        config
    }

    /// The producer of a copy: no transactions, because their markers take offsets.
    pub(crate) fn copier(&self) -> ClientConfig {
        let mut config = self.common();
        config.set("enable.idempotence", "true").set("acks", "all");
        default(&mut config, "message.max.bytes", &RECORD_BYTES.to_string());
        default(&mut config, "message.timeout.ms", "60000");
        default(&mut config, "compression.type", "lz4");
        config
    }
}

fn default(config: &mut ClientConfig, key: &str, value: &str) {
    if config.get(key).is_none() {
        config.set(key, value);
    }
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

/// Why a property cannot be passed through, and what to do instead.
fn refusal(key: &str) -> Option<&'static str> {
    const PROMISE: &str = "the delivery promise rests on its value; leave it out";
    match key {
        "enable.auto.commit"
        | "auto.commit.enable"
        | "enable.auto.offset.store"
        | "isolation.level"
        | "enable.idempotence"
        | "acks"
        | "request.required.acks"
        | "auto.offset.reset"
        | "enable.partition.eof"
        | "partition.assignment.strategy"
        | "group.protocol" => Some(PROMISE),
        "transactional.id" => Some("it follows from the service and the instance; leave it out"),
        "group.id" => Some("it follows from the service and the prefix; leave it out"),
        "group.instance.id" => Some("members are told apart by their instance; leave it out"),
        "bootstrap.servers" | "metadata.broker.list" => Some("use the setting bootstrap"),
        "transaction.timeout.ms" => Some("use the setting transaction_timeout"),
        "session.timeout.ms" | "heartbeat.interval.ms" => Some("use the setting session_timeout"),
        _ => None,
    }
}

/// A property that librdkafka does not take. Values of secrets stay out of the text.
pub(crate) fn invalid_property(error: &KafkaError) -> TransportError {
    let text = match error {
        KafkaError::ClientConfig(_, _, key, _) if is_secret(key) => {
            format!("kafka client property {key} has a value that cannot be used")
        }
        KafkaError::ClientConfig(_, description, key, _) => {
            format!("kafka client property {key} cannot be used: {description}")
        }
        other => format!("kafka client could not be set up: {other}"),
    };
    TransportError::Invalid(text)
}

fn is_secret(key: &str) -> bool {
    ["password", "secret", "token", "pem", "jaas", "oauthbearer"]
        .iter()
        .any(|word| key.contains(word))
}

impl fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client: BTreeMap<&str, &str> = self
            .client
            .iter()
            .map(|(key, value)| match is_secret(key) {
                true => (key.as_str(), "(secret)"),
                false => (key.as_str(), value.as_str()),
            })
            .collect();
        f.debug_struct("KafkaSettings")
            .field("bootstrap", &self.bootstrap)
            .field("names", &self.names)
            .field("replication", &self.replication)
            .field("transaction_timeout", &self.transaction_timeout)
            .field("session_timeout", &self.session_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("client", &client)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, value: &str) -> KafkaSettings {
        let mut settings = KafkaSettings::new("127.0.0.1:9092");
        settings.client.insert(key.to_owned(), value.to_owned());
        settings
    }

    #[test]
    fn properties_behind_the_promise_are_refused_by_name() {
        for key in [
            "enable.auto.commit",
            "isolation.level",
            "enable.idempotence",
            "acks",
            "transactional.id",
            "group.id",
            "enable.auto.offset.store",
            "partition.assignment.strategy",
            "group.instance.id",
            "transaction.timeout.ms",
        ] {
            let error = with(key, "x").validate().unwrap_err();
            assert!(matches!(&error, TransportError::Invalid(text) if text.contains(key)));
        }
    }

    #[test]
    fn other_properties_pass_through_and_win_over_our_defaults() {
        let settings = with("linger.ms", "7");
        settings.validate().unwrap();
        assert_eq!(settings.producer("id").get("linger.ms"), Some("7"));
        assert_eq!(
            with("client.rack", "a").member("g").get("client.rack"),
            Some("a")
        );
        assert_eq!(with("client.rack", "a").reader().get("client.rack"), None);
    }

    #[test]
    fn unknown_properties_and_bad_values_name_the_property() {
        for (key, value) in [("no.such.property", "1"), ("security.protocol", "magic")] {
            let error = with(key, value).validate().unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn secrets_are_never_printed() {
        let printed = format!("{:?}", with("sasl.password", "open sesame"));
        assert!(printed.contains("(secret)") && !printed.contains("sesame"));
        let error = invalid_property(&KafkaError::ClientConfig(
            rdkafka::types::RDKafkaConfRes::RD_KAFKA_CONF_INVALID,
            "invalid value \"open sesame\"".to_owned(),
            "ssl.key.password".to_owned(),
            "open sesame".to_owned(),
        ));
        assert!(!error.to_string().contains("sesame"));
    }

    #[test]
    fn tls_sasl_and_compression_are_compiled_in() {
        let features = ClientConfig::new()
            .create_native_config()
            .unwrap()
            .get("builtin.features")
            .unwrap();
        let features: Vec<&str> = features.split(',').collect();
        for feature in ["ssl", "sasl_plain", "sasl_scram", "zstd", "gzip", "lz4"] {
            assert!(
                features.contains(&feature),
                "{feature} is not among {features:?}"
            );
        }
    }

    #[test]
    fn no_brokers_are_an_error_in_words() {
        let error = KafkaSettings::new(" ").validate().unwrap_err().to_string();
        assert!(error.contains("bootstrap"));
    }
}
