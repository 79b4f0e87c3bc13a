//! A real Apache Kafka for tests, from Maven Central, on loopback only.
//!
//! Needs `java` (17 or newer) and, for the first download, `mvn`; where one is missing the error
//! names the command that installs it. Where the environment names a broker in `KAFKA_BOOTSTRAP`,
//! tests that need not stop it use that one. No broker outlives the test process that started it.

mod broker;
mod cluster;
mod console;
mod dist;

pub use broker::Broker;
pub use cluster::{KafkaCluster, Secured};
pub use console::{ConsoleRecord, console_consume};

use crate::server::ServerError;
use crate::skip::skipped;

/// The brokers that the environment names, if it does.
pub fn bootstrap_from_env() -> Option<String> {
    std::env::var("KAFKA_BOOTSTRAP")
        .ok()
        .filter(|bootstrap| !bootstrap.is_empty())
}

/// Brokers for a test: those of the environment, or a cluster shared by the tests of this process.
///
/// `None` where a program is missing on this machine; the reason is printed and the test is to
/// return. In continuous integration (`CI` is set) nothing is skipped.
///
/// # Panics
/// Where Kafka could not be started, or nothing may be skipped.
pub fn bootstrap_for_tests(brokers: usize) -> Option<String> {
    if let Some(bootstrap) = bootstrap_from_env() {
        return Some(bootstrap);
    }
    cluster_for_tests(brokers).map(|cluster| cluster.bootstrap().to_owned())
}

/// The cluster shared by the tests of this process, whatever the environment names: for tests
/// that stop brokers. Skips as [`bootstrap_for_tests`] does.
///
/// # Panics
/// Where Kafka could not be started, or nothing may be skipped.
pub fn cluster_for_tests(brokers: usize) -> Option<&'static KafkaCluster> {
    match KafkaCluster::shared(brokers) {
        Ok(cluster) => Some(cluster),
        Err(error @ ServerError::Missing { .. }) => {
            skipped("a suite on a real Apache Kafka", &error.to_string());
            None
        }
        #[expect(clippy::panic, reason = "a test cannot go on, and the text says why")]
        Err(error) => panic!("{error}"),
    }
}
