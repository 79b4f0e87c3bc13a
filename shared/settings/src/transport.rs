//! `[transport]`: where the topics live.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

use crate::nearest::hint;
use crate::{Problem, RawTable, Secret};

/// Which transport carries the topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportKind {
    /// One SQLite file on this machine.
    #[default]
    Embedded,
    /// Apache Kafka, or a broker that speaks its protocol.
    Kafka,
}

impl FromStr for TransportKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "embedded" => Ok(Self::Embedded),
            "kafka" => Ok(Self::Kafka),
            other => Err(format!(
                "unknown value `{other}`{}",
                hint(other, &["embedded", "kafka"])
            )),
        }
    }
}

/// `[transport]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct TransportSection {
    /// Which of the two is used.
    pub kind: TransportKind,
    /// `[transport.embedded]`.
    pub embedded: EmbeddedSection,
    /// `[transport.kafka]`.
    pub kafka: KafkaSection,
}

/// `[transport.embedded]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct EmbeddedSection {
    /// The SQLite file, relative to `data_dir`.
    pub file: String,
    /// A member that has not polled for so long loses its partitions.
    pub session_timeout_ms: u64,
    /// Largest record, key and value together.
    pub max_record_bytes: u64,
    /// Size that the file may grow to; 0 leaves it to the disk.
    pub max_file_bytes: u64,
}

impl Default for EmbeddedSection {
    fn default() -> Self {
        Self {
            file: "wire.sqlite".to_owned(),
            session_timeout_ms: 10_000,
            max_record_bytes: 16 * 1024 * 1024,
            max_file_bytes: 0,
        }
    }
}

/// `[transport.kafka]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct KafkaSection {
    /// Brokers to begin with: `host:port`, commas between.
    pub bootstrap: String,
    /// Copies of each partition of a topic that is created; 0 leaves it to the broker.
    pub replication: u32,
    /// A member that has not been heard of for so long loses its partitions.
    pub session_timeout_ms: u64,
    /// A transaction that is open for longer is aborted by the broker.
    pub transaction_timeout_ms: u64,
    /// Limit for one question to the cluster.
    pub request_timeout_ms: u64,
    /// Client properties that are passed through to librdkafka as they are.
    pub client: BTreeMap<String, Secret>,
}

impl Default for KafkaSection {
    fn default() -> Self {
        Self {
            bootstrap: "127.0.0.1:9092".to_owned(),
            replication: 0,
            session_timeout_ms: 15_000,
            transaction_timeout_ms: 30_000,
            request_timeout_ms: 15_000,
            client: BTreeMap::new(),
        }
    }
}

impl TransportSection {
    pub(crate) fn validate(&self, root: &RawTable, problems: &mut Vec<Problem>) {
        let mut tell = |path: &str, message: &str| problems.push(root.problem_at(path, message));
        if self.embedded.file.trim().is_empty() {
            tell(
                "transport.embedded.file",
                "`file` is empty; name a file, such as wire.sqlite",
            );
        }
        for (path, value) in [
            (
                "transport.embedded.session_timeout_ms",
                self.embedded.session_timeout_ms,
            ),
            (
                "transport.kafka.session_timeout_ms",
                self.kafka.session_timeout_ms,
            ),
            (
                "transport.kafka.transaction_timeout_ms",
                self.kafka.transaction_timeout_ms,
            ),
            (
                "transport.kafka.request_timeout_ms",
                self.kafka.request_timeout_ms,
            ),
        ] {
            if !(1_000..=3_600_000).contains(&value) {
                tell(
                    path,
                    &format!("{value} ms is out of range; choose 1000 to 3600000"),
                );
            }
        }
        let largest = self.embedded.max_record_bytes;
        if !(64 * 1024..=256 * 1024 * 1024).contains(&largest) {
            tell(
                "transport.embedded.max_record_bytes",
                &format!("{largest} bytes is out of range; choose 65536 to 268435456"),
            );
        }
        if self.kind == TransportKind::Kafka {
            for broker in self.kafka.bootstrap.split(',') {
                if let Err(message) = broker_address(broker.trim()) {
                    tell("transport.kafka.bootstrap", &message);
                }
            }
        }
    }
}

fn broker_address(text: &str) -> Result<(), String> {
    let plain = text.split_once("://").map_or(text, |(_, address)| address);
    match plain.rsplit_once(':') {
        Some((host, port))
            if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) =>
        {
            Ok(())
        }
        _ => Err(format!(
            "`{text}` is no broker address; write host:port, with commas between several"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broker_addresses_are_checked() {
        for right in ["localhost:9092", "[::1]:9092", "SASL_SSL://b1.example:9093"] {
            assert_eq!(broker_address(right), Ok(()), "{right}");
        }
        for wrong in ["localhost", ":9092", "b1:0", "b1:99999", ""] {
            assert!(broker_address(wrong).is_err(), "{wrong}");
        }
    }
}
