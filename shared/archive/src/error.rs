//! What can go wrong with an archive.

use wiredesk_pipeline::SinkError;

/// Why something could not be done with the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The configured place is not one.
    #[error("archive.location {location:?} cannot be used: {detail}")]
    Location {
        /// As configured.
        location: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The store did not answer, or not in time.
    #[error("the archive is out of reach, {what}: {source}")]
    Unavailable {
        /// What was tried.
        what: String,
        /// What the store said.
        source: object_store::Error,
    },
    /// The store answered, and someone must act.
    #[error("the archive refuses, {what}: {source}")]
    Refused {
        /// What was tried.
        what: String,
        /// What the store said.
        source: object_store::Error,
    },
    /// Another instance stored a segment that begins at the same place.
    #[error("{path} of the archive was written by another instance meanwhile; its segment stands")]
    Taken {
        /// The manifest.
        path: String,
    },
    /// A file of the archive is not what its manifest says, or cannot be read.
    #[error("{path} of the archive is damaged: {detail}; `wiredesk archive verify` checks all")]
    Damaged {
        /// Which file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A file could not be made of the records.
    #[error("a file of the archive could not be made: {0}")]
    Encode(String),
    /// One record prevents the file that it was to be in.
    #[error(
        "no file of the archive can be made with {what} in it, which becomes a dead letter: {detail}"
    )]
    Unfit {
        /// Topic, partition and offset.
        what: String,
        /// Why not.
        detail: String,
    },
    /// The runtime for the store could not start.
    #[error("the archive could not start: {0}")]
    Start(std::io::Error),
}

impl ArchiveError {
    /// Sorts an error of the store by what the caller does next.
    pub(crate) fn of_store(what: String, source: object_store::Error) -> Self {
        use object_store::Error as Store;
        match source {
            Store::PermissionDenied { .. }
            | Store::Unauthenticated { .. }
            | Store::NotSupported { .. }
            | Store::NotImplemented { .. }
            | Store::InvalidPath { .. }
            | Store::UnknownConfigurationKey { .. } => Self::Refused { what, source },
            source => Self::Unavailable { what, source },
        }
    }
}

impl From<ArchiveError> for SinkError {
    fn from(error: ArchiveError) -> Self {
        match error {
            // Opened again, the partition goes on behind what the other one stored, and what is
            // unfit is known by then.
            ArchiveError::Unavailable { .. }
            | ArchiveError::Taken { .. }
            | ArchiveError::Unfit { .. } => SinkError::Unavailable(error.to_string()),
            other => SinkError::Fatal(other.to_string()),
        }
    }
}
