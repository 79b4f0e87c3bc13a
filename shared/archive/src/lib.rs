//! The archive: everything that came in and everything that was published, for years.
//!
//! Owns: raw items as WARC 1.1, article records as Parquet by day and source and as NDJSON, the
//! manifests that say what was stored, and reading all of it back. It never knows which transport
//! it reads from, nor whether its files stand in a folder or in an object store.
//!
//! Each segment, consecutive records of one partition, is in the archive exactly once: its files
//! come first, then its manifest, under a name made of topic, partition and first position that
//! can be taken only once, and then the position is committed. After a crash between the last two
//! the manifest is found, and the records count as stored.
//!
//! ```
//! use wiredesk_archive::{Store, verify};
//! let folder = tempfile::tempdir()?;
//! let store = Store::open(&folder.path().display().to_string(), &[])?;
//! assert!(verify(&store)?.damaged.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod encoder;
mod erase;
mod error;
mod halves;
mod kills;
mod manifest;
mod policy;
mod raw;
mod records;
mod retire;
mod segment;
mod sink;
mod store;
mod warc;

pub use archive::{Findings, Gap, TOPICS, gaps, raw_items, records, remove_orphans, verify};
pub use erase::erase;
pub use error::ArchiveError;
pub use halves::sinks;
pub use kills::{Kill, kills};
pub use manifest::{DeskOrder, FileEntry, Manifest};
pub use policy::{OnKill, Policy};
pub use records::ArchivedRecord;
pub use retire::{older_than, retire};
pub use sink::Closing;
pub use store::Store;
pub use warc::ArchivedRaw;
