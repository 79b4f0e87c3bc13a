//! Exactly-once batches over Apache Kafka; the only crate that names rdkafka.
//!
//! Owns: the contracts of `wiredesk_pipeline` ([`Transport`] and its members, readers and writers)
//! on top of librdkafka. A batch is one Kafka transaction: its records, and the input positions
//! sent along with the metadata of the group, become visible together or not at all; readers see
//! committed records only; members join a group with cooperative rebalancing and give partitions
//! up only once they were asked to release them. It must never know what a record means.
//!
//! The battery `wiredesk_testkit::conformance` holds it to the contracts on a real Apache Kafka
//! (`tests/kafka_conformance.rs`).
//!
//! ```no_run
//! use std::time::Duration;
//! use wiredesk_pipeline::Transport;
//! use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};
//!
//! # fn main() -> Result<(), wiredesk_pipeline::TransportError> {
//! let kafka = KafkaTransport::connect(KafkaSettings::new("broker1:9092,broker2:9092"))?;
//! kafka.check(Duration::from_secs(5))?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Transport`]: wiredesk_pipeline::Transport

mod admin;
mod control;
mod copy;
mod errors;
mod events;
mod fault;
mod group;
mod member;
mod producer;
mod reader;
mod records;
mod settings;
mod state;
mod transport;
mod wait;
mod writer;

#[doc(hidden)]
pub use fault::{CrashPoint, Fault};
pub use settings::KafkaSettings;
pub use transport::KafkaTransport;
