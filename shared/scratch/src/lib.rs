//! A file without a name, for what outgrows memory.
//!
//! Owns: the SQLite file that is removed from its folder as soon as it is open, so that nothing is
//! left of it when the process ends, however it ends ([`open`]). It never knows what is put into
//! it, and it is no place for anything that stands nowhere else.
//!
//! ```
//! let folder = tempfile::tempdir()?;
//! let file = wiredesk_scratch::open(folder.path(), "CREATE TABLE seen (story TEXT PRIMARY KEY);")?;
//! file.execute("INSERT INTO seen VALUES (?1)", ["tag:wire.example,2026:1"])?;
//! assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod file;

pub use file::{ScratchError, open};
