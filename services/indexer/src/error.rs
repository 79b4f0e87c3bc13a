//! What can go wrong with the index.

use std::io;
use std::path::PathBuf;

use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
use wiredesk_pipeline::{SinkError, TransportError};

/// Why the index could not be read, written or asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is none.
    #[error("there is no search index at {0} yet; `wiredesk run` or `wiredesk indexer` makes it")]
    Missing(PathBuf),
    /// It is of another build.
    #[error(
        "the search index at {path} is of format {found}, and this build reads format {wanted}; \
         `wiredesk index rebuild` makes it anew from the log"
    )]
    Format {
        /// Where it is.
        path: PathBuf,
        /// Its format, as far as it says.
        found: String,
        /// Ours.
        wanted: u32,
    },
    /// Another process writes to it.
    #[error("another process writes to the search index at {0}; one index has one indexer")]
    Busy(PathBuf),
    /// It holds more than the log.
    #[error(
        "the search index is ahead of the log (it has read {at} up to {index}, the log ends at {log}), \
         so it belongs to another log; `wiredesk index rebuild` makes it anew from this one"
    )]
    OtherLog {
        /// Topic and partition.
        at: wiredesk_model::TopicPartition,
        /// How far the index has read.
        index: i64,
        /// Where the log ends.
        log: i64,
    },
    /// Its files are damaged.
    #[error(
        "the search index at {path} is damaged: {detail}; `wiredesk index rebuild` makes it anew \
         from the log"
    )]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The disk refused.
    #[error(
        "the search index at {path} cannot be used: {source}{}",
        what_to_do(source)
    )]
    Disk {
        /// Where it is.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A query that cannot be answered.
    #[error("{0}")]
    Query(String),
    /// A defect of ours ended the search.
    #[error("the search ended by a defect: {0}")]
    Defect(String),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] TransportError),
}

impl IndexError {
    /// What an error of the search library means for the index at `path`.
    pub(crate) fn of(path: &std::path::Path, error: TantivyError) -> Self {
        let path = path.to_owned();
        match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => Self::Busy(path),
            TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(file)) => Self::Damaged {
                path,
                detail: format!("{} is missing", file.display()),
            },
            TantivyError::DataCorruption(_)
            | TantivyError::OpenReadError(OpenReadError::IncompatibleIndex(_))
            | TantivyError::IncompatibleIndex(_)
            | TantivyError::SchemaError(_) => Self::Damaged {
                path,
                detail: error.to_string(),
            },
            other => Self::Disk {
                path,
                source: io_error(other),
            },
        }
    }

    /// Whether the disk failed, and not what was configured: that can pass.
    pub(crate) fn is_of_disk(&self) -> bool {
        matches!(self, Self::Disk { source, .. } if source.kind() != io::ErrorKind::PermissionDenied)
    }

    /// As the runner takes it: whether waiting can help.
    pub(crate) fn for_sink(self) -> SinkError {
        match &self {
            _ if self.is_of_disk() => SinkError::Unavailable(self.to_string()),
            Self::Log(TransportError::Unavailable(_)) => SinkError::Unavailable(self.to_string()),
            _ => SinkError::Fatal(self.to_string()),
        }
    }
}

/// What helps against an error of the disk, where that is known.
fn what_to_do(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull => "; free space on its disk",
        io::ErrorKind::PermissionDenied => "; give this user the right to write there",
        _ => "",
    }
}

/// The error of the disk, where there is one behind it.
fn io_error(error: TantivyError) -> io::Error {
    let cause = match &error {
        TantivyError::IoError(cause)
        | TantivyError::LockFailure(LockError::IoError(cause), _)
        | TantivyError::OpenReadError(OpenReadError::IoError {
            io_error: cause, ..
        })
        | TantivyError::OpenWriteError(OpenWriteError::IoError {
            io_error: cause, ..
        })
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError {
            io_error: cause, ..
        }) => Some(cause),
        _ => None,
    };
    match cause {
        Some(cause) => io::Error::new(cause.kind(), cause.to_string()),
        None => io::Error::other(error.to_string()),
    }
}
