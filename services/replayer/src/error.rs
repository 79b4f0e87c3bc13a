//! What can go wrong with a replay.

use wiredesk_archive::ArchiveError;
use wiredesk_pipeline::TransportError;

/// Why a replay cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] TransportError),
    /// The selection holds nothing.
    #[error("nothing in {location} is {selection}")]
    Nothing {
        /// Where was looked.
        location: String,
        /// What was asked for.
        selection: String,
    },
}
