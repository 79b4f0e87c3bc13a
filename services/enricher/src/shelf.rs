//! What is remembered of the stories of one partition: those in use in memory, the others on disk.
//!
//! The file holds nothing that is not on the story-state topic as well. It has no name once it is
//! open, so nothing is left of it when the process ends, however it ends.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::memory::StoryMemory;

/// Stories of one partition that are kept in memory.
const IN_MEMORY: usize = 10_000;

/// Where stories go that are not in use.
#[derive(Debug, Clone)]
pub(crate) struct ShelfSettings {
    /// Stories in memory at the most, about.
    pub in_memory: usize,
    /// Folder for the file; without one everything stays in memory.
    pub folder: Option<PathBuf>,
}

impl Default for ShelfSettings {
    fn default() -> Self {
        Self {
            in_memory: IN_MEMORY,
            folder: None,
        }
    }
}

/// Stories by their id.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    settings: ShelfSettings,
    /// Used since the last time that stories were put away.
    recent: HashMap<String, StoryMemory>,
    /// Not used since then: the next to be put away.
    former: HashMap<String, StoryMemory>,
    disk: Option<Connection>,
}

impl Shelf {
    pub fn new(settings: ShelfSettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Takes a story off the shelf.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn take(&mut self, story: &str) -> Result<Option<StoryMemory>, String> {
        let in_use = self.recent.remove(story);
        if let Some(memory) = in_use.or_else(|| self.former.remove(story)) {
            return Ok(Some(memory));
        }
        let Some(disk) = &self.disk else {
            return Ok(None);
        };
        let found: Option<Vec<u8>> = disk
            .prepare_cached("SELECT memory FROM stories WHERE story = ?1")
            .and_then(|mut find| find.query_row([story], |row| row.get(0)).optional())
            .map_err(|error| self.broken(&error))?;
        let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes);
        found
            .map(read)
            .transpose()
            .map_err(|error| self.broken(&error))
    }

    /// Puts a story on the shelf.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn put(&mut self, story: String, memory: StoryMemory) -> Result<(), String> {
        self.recent.insert(story, memory);
        if self.recent.len() <= self.settings.in_memory / 2 {
            return Ok(());
        }
        let Some(folder) = self.settings.folder.clone() else {
            return Ok(());
        };
        self.put_away(&folder)
            .map_err(|error| self.broken(error.as_ref()))
    }

    /// Puts away what was not used for the longest, all in one step.
    fn put_away(&mut self, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let former = std::mem::take(&mut self.former);
        if !former.is_empty() {
            let disk = match &mut self.disk {
                Some(disk) => disk,
                none => none.insert(open(folder)?),
            };
            let step = disk.transaction()?;
            {
                let mut write = step.prepare_cached(
                    "INSERT OR REPLACE INTO stories (story, memory) VALUES (?1, ?2)",
                )?;
                for (story, memory) in &former {
                    write.execute(params![story, serde_json::to_vec(memory)?])?;
                }
            }
            step.commit()?;
        }
        self.former = std::mem::take(&mut self.recent);
        Ok(())
    }

    /// Stories in memory.
    #[cfg(test)]
    fn in_memory(&self) -> usize {
        self.recent.len() + self.former.len()
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> String {
        let folder = self.settings.folder.as_deref().unwrap_or(Path::new(""));
        format!(
            "what is remembered of stories cannot be kept in {}: {error}; see that there is room \
             and that it can be written to, then start again (nothing is lost, it is read anew)",
            folder.display()
        )
    }
}

/// A file without a name and without safety: whatever ends the process ends the file.
fn open(folder: &Path) -> Result<Connection, Box<dyn std::error::Error>> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("stories-{}.sqlite", uuid::Uuid::new_v4().simple()));
    let disk = Connection::open(&path)?;
    disk.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2048;
         PRAGMA temp_store = MEMORY;
         CREATE TABLE stories (story TEXT PRIMARY KEY, memory BLOB NOT NULL) WITHOUT ROWID;",
    )?;
    std::fs::remove_file(&path)?;
    Ok(disk)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wiredesk_model::SourceId;

    use super::*;

    fn memory(number: u32) -> StoryMemory {
        StoryMemory {
            source: Some(SourceId::new(number.to_string())),
            ..StoryMemory::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// Whatever is put away comes back as it was, and what is in memory is bounded.
        #[test]
        fn a_shelf_is_a_map_that_does_not_grow(
            steps in prop::collection::vec((0..40u32, any::<u32>(), any::<bool>()), 0..300),
        ) {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let mut shelf = Shelf::new(ShelfSettings {
                in_memory: 8,
                folder: Some(folder.path().to_path_buf()),
            });
            let mut expected = HashMap::new();
            for (story, number, writes) in steps {
                let key = story.to_string();
                let found = shelf.take(&key).expect("it can be read");
                prop_assert_eq!(found.as_ref(), expected.get(&story));
                let next = if writes { Some(memory(number)) } else { found };
                if let Some(next) = next {
                    expected.insert(story, next.clone());
                    shelf.put(key, next).expect("it can be written");
                }
                prop_assert!(shelf.in_memory() <= 10, "{} in memory", shelf.in_memory());
            }
            let left = std::fs::read_dir(folder.path()).expect("a folder").count();
            prop_assert_eq!(left, 0, "nothing is left behind");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut shelf = Shelf::new(ShelfSettings {
            in_memory: 2,
            folder: Some(file.path().join("no-folder")),
        });
        let told = (0..9).find_map(|n| shelf.put(n.to_string(), memory(n)).err());
        let told = told.expect("it fails");
        assert!(told.contains("no-folder"), "{told}");
    }
}
