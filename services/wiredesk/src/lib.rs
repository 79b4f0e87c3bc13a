//! The command line and the all-in-one process.
//!
//! Owns: how the program is called and what it prints, the demo wire, the web desk with the event
//! streams, and the filters over JSON lines. It starts the services' libraries and holds no logic
//! of theirs: how a feed is polled, a story cleaned or a record enriched is decided there.
//!
//! ```
//! use std::sync::Arc;
//! use wiredesk::{Filter, run_filter};
//! let lines = "{\"id\":\"1\",\"text\":\"The wall held.\\n\\nAdvertisement\"}\nnot json\n";
//! let mut answers = Vec::new();
//! run_filter(Filter::Clean, std::io::Cursor::new(lines), &mut answers)?;
//! let answers = String::from_utf8(answers)?;
//! assert!(answers.starts_with("{\"id\":\"1\""));
//! assert_eq!(answers.lines().count(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cli;
mod commands;
mod demo;
mod desk;
mod envelope;
mod escape;
mod feeds;
mod files;
mod filters;
mod foreign;
mod jsonl;
mod letters;
mod line;
mod live;
mod marked;
mod paint;
mod progress;
mod runs;
mod standing;
mod start_at;
mod trace;

pub use cli::{Cli, run};
pub use demo::DemoWire;
pub use desk::{DeskState, routes};
pub use filters::{Filter, run_filter, run_filter_with};
