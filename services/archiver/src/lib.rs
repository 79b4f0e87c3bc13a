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
//! use wiredesk_archiver::{Store, verify};
//! let folder = tempfile::tempdir()?;
//! let store = Store::open(&folder.path().display().to_string(), &[])?;
//! assert!(verify(&store)?.damaged.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod erase;
mod error;
mod manifest;
mod raw;
mod records;
mod segment;
mod settings;
mod sink;
mod store;
mod warc;

use std::sync::Arc;

use wiredesk_host::{Host, HostError};
use wiredesk_pipeline::Sink;

pub use archive::{Findings, Gap, TOPICS, gaps, raw_items, records, remove_orphans, verify};
pub use erase::erase;
pub use error::ArchiveError;
pub use manifest::{FileEntry, Manifest};
pub use records::ArchivedRecord;
pub use settings::{ArchiveSettings, OnKill};
pub use sink::Closing;
pub use store::Store;
pub use warc::ArchivedRaw;

/// Puts the archiver into `host`.
///
/// # Errors
/// Where its part of the configuration is wrong, or the place for the files cannot be used.
pub fn add_to(host: &mut Host) -> Result<(), HostError> {
    let (settings, problems) = ArchiveSettings::read(host.settings());
    if !problems.is_empty() {
        return Err(HostError::problems(problems));
    }
    let store = settings.open(&host.settings().data_dir);
    let store = store.map_err(|error| HostError::Setup {
        service: "archiver",
        detail: error.to_string(),
    })?;
    sinks(&settings, &store).into_iter().for_each(|sink| host.add_sink(sink));
    Ok(())
}

/// The two halves of the archive, each a sink of its own: what came in, and what was published.
pub fn sinks(settings: &ArchiveSettings, store: &Arc<Store>) -> [Box<dyn Sink>; 2] {
    let records = records::RecordEncoder {
        on_kill: settings.on_kill,
    };
    [
        Box::new(sink::ArchiveSink::new(
            raw::RawEncoder,
            Arc::clone(store),
            settings.closing(),
        )),
        Box::new(sink::ArchiveSink::new(
            records,
            Arc::clone(store),
            settings.closing(),
        )),
    ]
}
