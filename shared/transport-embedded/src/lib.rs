//! Topics, partitions, positions and state in one SQLite file, with atomic batches.
//!
//! Owns: the tables, group membership between threads and processes that share the file, retention
//! and compaction. It never knows what a record means, and nothing of a network: the other
//! transport does that, with the same semantics (`tests/conformance.rs` holds both to one battery).
//!
//! A batch is one SQLite transaction (write-ahead log, `synchronous=FULL`): positions, outputs and
//! state are on disk together or not at all, whenever the process or the machine dies. Partitions
//! are held by epoch, and a commit checks it inside its transaction, so that neither a slow member
//! nor a clock can write what another has taken over.
//!
//! ```
//! use std::time::Duration;
//! use wiredesk_model::{InstanceId, Outgoing, Topic, TopicNames};
//! use wiredesk_pipeline::{Start, Transport};
//! use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("wire.db");
//! let transport = EmbeddedTransport::open(EmbeddedSettings::at(path, TopicNames::default()))?;
//! transport.create_topics(&[Topic::Raw.spec(4)])?;
//! transport.writer(&InstanceId::from("desk"))?.write(vec![Outgoing {
//!     topic: Topic::Raw,
//!     key: "story-1".to_owned(),
//!     value: Some(b"Rain over the harbour".to_vec()),
//!     headers: Default::default(),
//! }])?;
//! let mut reader = transport.reader(Topic::Raw, Start::Earliest)?;
//! assert_eq!(reader.read(10, Duration::from_secs(1))?.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod append;
mod balance;
mod error;
mod fetch;
mod group;
mod maintain;
mod member;
mod positions;
mod reader;
mod roster;
mod schema;
mod settings;
mod sharing;
mod signal;
mod stopped;
mod store;
mod topics;
mod transport;
mod watch;

pub use maintain::Maintenance;
pub use settings::{Clock, EmbeddedSettings};
#[doc(hidden)]
pub use settings::{CrashPoint, Fault};
pub use transport::EmbeddedTransport;
