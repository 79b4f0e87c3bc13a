//! The folder of the index: opened, made, or made anew.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::Index;
use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentId;

use crate::IndexError;
use crate::fields::{FORMAT, Fields};

/// Says of which format the index beside it is.
const FORMAT_FILE: &str = "wiredesk-index.json";
/// What the search library keeps of an index.
const META_FILE: &str = "meta.json";

#[derive(Serialize, Deserialize)]
struct Format {
    format: u32,
    /// Tells this index from others of the same log; since format 2.
    #[serde(default)]
    id: String,
}

/// An index on disk.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub path: PathBuf,
    pub id: String,
    pub index: Index,
    pub fields: Fields,
}

impl Store {
    /// Opens the index at `path`.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        if !path.join(META_FILE).is_file() {
            return Err(IndexError::Missing(path.to_owned()));
        }
        let id = checked_format(path)?.id;
        let index = Index::open_in_dir(path).map_err(|error| IndexError::of(path, error))?;
        let (schema, fields) = Fields::schema();
        if index.schema() != schema {
            return Err(IndexError::Format {
                path: path.to_owned(),
                found: "another".to_owned(),
                wanted: FORMAT,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            id,
            index,
            fields,
        })
    }

    /// Opens the index at `path`, and makes it where it is missing.
    pub fn open_or_create(path: &Path) -> Result<Self, IndexError> {
        if path.join(META_FILE).is_file() {
            return Self::open(path);
        }
        let disk = |source| IndexError::Disk {
            path: path.to_owned(),
            source,
        };
        std::fs::create_dir_all(path).map_err(disk)?;
        // Before the index itself: where only this stands after a crash, the index is made then.
        let format = serde_json::to_vec(&Format {
            format: FORMAT,
            id: SegmentId::generate_random().short_uuid_string(),
        });
        let format = format.map_err(|error| disk(io::Error::other(error)))?;
        std::fs::write(path.join(FORMAT_FILE), format).map_err(disk)?;
        let directory =
            MmapDirectory::open(path).map_err(|error| IndexError::of(path, error.into()))?;
        let (schema, _) = Fields::schema();
        Index::open_or_create(directory, schema).map_err(|error| IndexError::of(path, error))?;
        Self::open(path)
    }

    /// Removes the files of the index at `path`; other files in the folder stay.
    pub fn remove(path: &Path) -> Result<(), IndexError> {
        let disk = |source| IndexError::Disk {
            path: path.to_owned(),
            source,
        };
        let entries = match std::fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(disk)?,
        };
        // First what makes it an index: what is left after a crash is none.
        remove_file(&path.join(META_FILE)).map_err(disk)?;
        for entry in entries {
            let entry = entry.map_err(disk)?;
            if is_ours(&entry.file_name().to_string_lossy()) {
                remove_file(&entry.path()).map_err(disk)?;
            }
        }
        Ok(())
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Whether the search library or we made a file of this name.
fn is_ours(name: &str) -> bool {
    let is_segment = name
        .split_once('.')
        .is_some_and(|(id, _)| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_segment || name == FORMAT_FILE || name == ".managed.json"
}

fn checked_format(path: &Path) -> Result<Format, IndexError> {
    let wrong = |found: String| IndexError::Format {
        path: path.to_owned(),
        found,
        wanted: FORMAT,
    };
    let text = match std::fs::read(path.join(FORMAT_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(wrong("unknown".to_owned()));
        }
        Err(source) => {
            return Err(IndexError::Disk {
                path: path.to_owned(),
                source,
            });
        }
    };
    match serde_json::from_slice::<Format>(&text) {
        Ok(format) if format.format == FORMAT => Ok(format),
        Ok(other) => Err(wrong(other.format.to_string())),
        Err(_) => Err(wrong("unknown".to_owned())),
    }
}
