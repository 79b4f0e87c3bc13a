//! What can go wrong with a replay.

use wiredesk_archive::ArchiveError;
use wiredesk_pipeline::TransportError;
use wiredesk_scratch::ScratchError;

/// Why a replay cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] TransportError),
    /// What outgrows memory cannot be put on disk.
    #[error(
        "what is compared cannot be kept on disk: {0}; see that there is room in the data folder \
         and that it can be written to, then start again"
    )]
    Scratch(#[from] ScratchError),
    /// The selection holds nothing.
    #[error("nothing in {location} is {selection}")]
    Nothing {
        /// Where was looked.
        location: String,
        /// What was asked for.
        selection: String,
    },
}

impl ReplayError {
    /// Whether it may be otherwise later although nobody acts.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Archive(ArchiveError::Unavailable { .. })
                | Self::Log(TransportError::Unavailable(_) | TransportError::Superseded(_))
        )
    }
}

impl From<rusqlite::Error> for ReplayError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Scratch(error.into())
    }
}
