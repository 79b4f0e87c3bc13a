//! What SQLite's errors mean to a caller.

use std::path::Path;

use rusqlite::{Error, ErrorCode};
use wiredesk_pipeline::TransportError;

/// What can go wrong inside: an error of SQLite, still to be explained, or a finished answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Sqlite(#[from] Error),
    #[error(transparent)]
    Said(#[from] TransportError),
}

impl Failure {
    /// The answer to the caller.
    pub(crate) fn explain(self, path: &Path, doing: &str) -> TransportError {
        match self {
            Failure::Sqlite(error) => failed(path, doing, &error),
            Failure::Said(error) => error,
        }
    }
}

/// Names what was being done to which file, and says what to do, for an error of SQLite.
pub(crate) fn failed(path: &Path, doing: &str, error: &Error) -> TransportError {
    let file = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            TransportError::Unavailable(format!(
                "{doing}: {file} is held by another process; it is tried again, end that process \
                 if this lasts"
            ))
        }
        Some(ErrorCode::DiskFull) => TransportError::Fatal(format!(
            "{doing}: no room for {file}; free space on its disk, raise max_file_bytes, or \
             shorten the retention"
        )),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => TransportError::Fatal(format!(
            "{doing}: {file} cannot be written; give this user write access to it and its folder"
        )),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            TransportError::Fatal(format!(
                "{doing}: {file} is damaged or no store of ours ({error}); restore it from a \
                 backup, or move it away to begin anew"
            ))
        }
        Some(ErrorCode::CannotOpen) => TransportError::Fatal(format!(
            "{doing}: {file} cannot be opened; see that its folder exists and can be written"
        )),
        _ => TransportError::Fatal(format!("{doing}: {file}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn text_of(code: i32) -> String {
        let error = Error::SqliteFailure(ffi::Error::new(code), None);
        format!("{:?}", failed(Path::new("log.db"), "committing", &error))
    }

    #[test]
    fn each_failure_says_what_to_do() {
        let cases = [
            (ffi::SQLITE_BUSY, "Unavailable", "another process"),
            (ffi::SQLITE_BUSY_SNAPSHOT, "Unavailable", "another process"),
            (ffi::SQLITE_FULL, "Fatal", "free space"),
            (ffi::SQLITE_READONLY, "Fatal", "write access"),
            (ffi::SQLITE_PERM, "Fatal", "write access"),
            (ffi::SQLITE_CORRUPT, "Fatal", "backup"),
            (ffi::SQLITE_NOTADB, "Fatal", "backup"),
            (ffi::SQLITE_CANTOPEN, "Fatal", "folder exists"),
            (ffi::SQLITE_IOERR, "Fatal", "committing: log.db"),
        ];
        for (code, kind, advice) in cases {
            let text = text_of(code);
            assert!(
                text.starts_with(kind) && text.contains(advice),
                "code {code}: {text}"
            );
        }
    }
}
