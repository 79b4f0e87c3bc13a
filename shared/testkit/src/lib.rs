//! What tests share: the transport battery, a Kafka cluster, a feed server, scratch folders.
//!
//! Owns: the conformance battery that both transports pass ([`conformance`]), a real Apache Kafka
//! to run it on ([`kafka`]), a real
//! OpenSearch ([`opensearch`]), readers and writers of archives of others ([`python`]), a web site with scripted answers ([`web`]), an object store
//! ([`bucket`]), connections that can be cut ([`relay`]), what
//! stands in a log ([`log`]), how tests wait ([`wait`]), and how they say that they could not run ([`skip`]). A dev-dependency only; it never knows a particular transport.
//!
//! ```
//! use std::time::Duration;
//! let mut looks = 0;
//! wiredesk_testkit::wait::wait_until("the third look", Duration::from_secs(1), || {
//!     looks += 1;
//!     looks == 3
//! });
//! ```

pub mod bucket;
pub mod conformance;
pub mod kafka;
pub mod log;
pub mod opensearch;
pub mod python;
pub mod relay;
pub mod server;
pub mod skip;
pub mod wait;
pub mod web;
