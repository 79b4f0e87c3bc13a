//! Reads, merges and checks the configuration; every problem at once, with file and line.
//!
//! Owns: the sections of `config/wiredesk.toml` with their defaults ([`Settings`]), the merge with
//! the environment, placeholders such as `${env:NAME}` and `${file:/run/secrets/x}`, and the
//! search for the nearest known name where a key is misspelt. It never knows what a service does
//! with its part: a part that a service owns stays a [`RawTable`], which the service reads into
//! its own type with the same messages. Checking does no I/O beyond the files it is told to read.
//!
//! ```
//! use wiredesk_settings::{Environment, Settings};
//! let text = "[topics]\nprefxi = \"newsroom1\"\n";
//! let (_, problems) = Settings::from_text("wiredesk.toml", text, &Environment::empty());
//! assert_eq!(
//!     problems[0].to_string(),
//!     "wiredesk.toml:2: unknown key `prefxi` in [topics], did you mean `prefix`?"
//! );
//! ```

mod append;
mod document;
mod environment;
mod http;
mod log;
mod nearest;
mod placeholder;
mod problem;
mod reader;
mod runner;
mod secret;
mod settings;
mod topics;
mod transport;
mod tree;

pub use append::with_table;
pub use document::RawTable;
pub use environment::{Environment, OVERRIDES, Override};
pub use http::HttpSection;
pub use log::{LogFormat, LogSection};
pub use nearest::nearest;
pub use problem::{Problem, SettingsError};
pub use runner::RunnerSection;
pub use secret::Secret;
pub use settings::{Settings, toml_files};
pub use topics::{PartitionCounts, RetentionHours, TopicsSection};
pub use transport::{EmbeddedSection, KafkaSection, TransportKind, TransportSection};
