//! Making the file.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The folder cannot be written to.
    #[error("cannot write to {folder}: {source}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be made or used.
    #[error(transparent)]
    File(#[from] rusqlite::Error),
}

/// Makes a file in `folder`, which is made where it is missing, with the tables of these statements.
///
/// There is no journal and nothing is synced: whatever ends the process ends the file. 2 MiB of it
/// are kept in memory, unless `tables` sets another `cache_size`.
///
/// # Errors
/// Where the file cannot be made, or the statements are wrong.
pub fn open(folder: &Path, tables: &str) -> Result<Connection, ScratchError> {
    let named = |source| ScratchError::Folder {
        folder: folder.to_path_buf(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(named)?;
    let path = folder.join(format!("{}.sqlite", uuid::Uuid::new_v4().simple()));
    let file = Connection::open(&path)?;
    let prepared = file.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2048;
         PRAGMA temp_store = MEMORY;",
    );
    let prepared = prepared.and_then(|()| file.execute_batch(tables));
    std::fs::remove_file(&path).map_err(named)?;
    prepared?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_it_also_where_its_tables_are_wrong() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join("memory");
        assert!(open(&inner, "CREATE TABLE").is_err());
        let file = open(&inner, "CREATE TABLE a (b);").expect("it opens");
        assert_eq!(file.execute("INSERT INTO a VALUES (1)", []), Ok(1));
        let left = std::fs::read_dir(&inner).expect("a folder").count();
        assert_eq!(left, 0);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let told = open(&file.path().join("no-folder"), "").expect_err("it fails");
        assert!(told.to_string().contains("no-folder"), "{told}");
    }
}
