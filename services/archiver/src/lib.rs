//! The archiver: what comes in and what is published, into files.
//!
//! Owns: its part of the configuration, and the step from there to the two sinks of
//! `wiredesk-archive`. How files look and how each segment is stored exactly once is decided there.
//!
//! ```
//! use wiredesk_archiver::ArchiveSettings;
//! use wiredesk_settings::Settings;
//! let (settings, problems) = ArchiveSettings::read(&Settings::default());
//! assert!(problems.is_empty());
//! assert!(!settings.enabled);
//! ```

mod service;
mod settings;

pub use service::{add_to, is_enabled};
pub use settings::ArchiveSettings;
