//! Files that are taken away before they are read, so that nobody else reads them, too.
//!
//! A file is claimed by renaming it into a folder that belongs to one group of fetchers and to
//! nobody else: `.claimed/NAME` inside the folder of the source. A rename is atomic, so of several
//! that try, one has the file and the others have nothing. The name is in the cursor, so whoever
//! works the source after a crash finds what was claimed. A claimed file is put away only when a
//! cursor that knows its stories has been committed.

use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use wiredesk_model::{FeedState, Timestamp};

use crate::source_config::AfterTaking;
use crate::{FetchError, SourceConfig};

/// Folders that a source makes inside its own; those with a dot in front are never looked into.
const CLAIMED: &str = ".claimed";
const DONE: &str = ".done";
const FAILED: &str = ".failed";
/// Behind the name of a file that could not be read: why.
const REASON: &str = ".reason.txt";
/// Files of one name that are kept in one folder.
const SAME_NAMES: u32 = 10_000;

/// The claimed files of a source.
#[derive(Debug)]
pub(crate) struct Claims {
    root: PathBuf,
    claimed: PathBuf,
    after: AfterTaking,
}

impl Claims {
    /// The claims of a source whose cursor has a name for them; `None` where files stay.
    pub fn of(source: &SourceConfig, state: &FeedState) -> Option<Self> {
        let name = state.claim.as_ref()?;
        let root = PathBuf::from(source.place());
        (source.after != AfterTaking::Keep).then(|| Self {
            claimed: root.join(CLAIMED).join(name),
            root,
            after: source.after,
        })
    }

    /// The folder of the claimed files.
    pub fn folder(&self) -> &Path {
        &self.claimed
    }

    /// Claims a file. Whether it is ours now: somebody else may have been faster, and one of the
    /// same name may not be done yet.
    pub fn claim(&self, path: &Path) -> Result<bool, FetchError> {
        let target = self
            .claimed
            .join(path.strip_prefix(&self.root).unwrap_or(path));
        if target.exists() {
            return Ok(false);
        }
        make_folder_of(&target)?;
        match std::fs::rename(path, &target) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed(path, "claim", &error)),
        }
    }

    /// Puts a file away whose stories are committed.
    pub fn finish(&self, path: &Path) -> Result<(), FetchError> {
        match self.after {
            AfterTaking::Delete => {
                std::fs::remove_file(path).map_err(|error| failed(path, "delete", &error))
            }
            AfterTaking::Move | AfterTaking::Keep => self.put(path, DONE).map(drop),
        }
    }

    /// Puts a file away that cannot be read, and the reason beside it.
    pub fn fail(&self, path: &Path, reason: &FetchError) -> Result<(), FetchError> {
        let target = self.put(path, FAILED)?;
        let mut name = target.clone().into_os_string();
        name.push(REASON);
        let text = format!("{reason}\n");
        std::fs::write(name, text).map_err(|error| failed(&target, "tell the reason of", &error))
    }

    fn put(&self, path: &Path, folder: &str) -> Result<PathBuf, FetchError> {
        let name = path.strip_prefix(&self.claimed).unwrap_or(path);
        let wanted = self.root.join(folder).join(name);
        make_folder_of(&wanted)?;
        // A file of the same name may be there from another day: both are kept.
        let numbered = (1..SAME_NAMES).map(|number| {
            let mut name = wanted.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        });
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        let target = names.find(|name| !name.exists()).unwrap_or(wanted);
        std::fs::rename(path, &target).map_err(|error| failed(path, "put away", &error))?;
        Ok(target)
    }
}

/// A name that no other group of fetchers has.
pub(crate) fn new_name(now: Timestamp) -> String {
    let chance = RandomState::new().hash_one((now.as_nanosecond(), std::process::id()));
    format!("{chance:016x}")
}

fn make_folder_of(path: &Path) -> Result<(), FetchError> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, "make", &error))
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> FetchError {
    FetchError::Folder {
        path: path.display().to_string(),
        detail: format!(
            "cannot {what} it: {error}; the fetcher needs to write here unless after = \"keep\""
        ),
    }
}
