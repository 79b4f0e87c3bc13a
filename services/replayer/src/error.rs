//! What can go wrong with a replay.

use wiredesk_archive::ArchiveError;

/// Why a replay cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The selection holds nothing.
    #[error("nothing in the archive {location} is {selection}")]
    Nothing {
        /// Where the archive is.
        location: String,
        /// What was asked for.
        selection: String,
    },
}
