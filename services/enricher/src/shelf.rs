//! What is remembered of the stories of one partition: those in use in memory, the others on disk.
//!
//! The file holds nothing that is not on the story-state topic as well. It has no name once it is
//! open, so nothing is left of it when the process ends, however it ends.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};
use wiredesk_model::Timestamp;

use crate::memory::StoryMemory;

/// Stories of one partition that are kept in memory.
const IN_MEMORY: usize = 10_000;
/// What is kept on disk.
const TABLES: &str = "
CREATE TABLE stories (story TEXT PRIMARY KEY, memory BLOB NOT NULL, since INTEGER) WITHOUT ROWID;
CREATE INDEX over ON stories (since) WHERE since IS NOT NULL;
";

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

/// A part of what is on disk: behind this time in milliseconds, so many stories.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page(pub Option<i64>, pub u32);

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

    /// Stories that may have been over since before `before`, none from a `page` before; the next
    /// page, where there may be more. What is on disk may be older than what was taken from there.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn over(
        &self,
        before: Timestamp,
        page: Page,
    ) -> Result<(Vec<String>, Option<Page>), String> {
        let over = |(story, memory): (&String, &StoryMemory)| {
            let is_over = memory.over_since().is_some_and(|since| since < before);
            is_over.then(|| story.clone())
        };
        let Page(from, most) = page;
        let mut found: Vec<String> = match from {
            None => self
                .recent
                .iter()
                .chain(&self.former)
                .filter_map(over)
                .collect(),
            Some(_) => Vec::new(),
        };
        let Some(disk) = &self.disk else {
            return Ok((found, None));
        };
        let (from, before) = (from.unwrap_or(i64::MIN), before.as_millisecond());
        let rows: Vec<(String, i64)> = disk
            .prepare_cached(
                "SELECT story, since FROM stories WHERE since > ?1 AND since < ?2
                 ORDER BY since LIMIT ?3",
            )
            .and_then(|mut find| {
                let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                find.query_map(params![from, before, most], row)?.collect()
            })
            .map_err(|error| self.broken(&error))?;
        let next = rows.last().filter(|_| rows.len() >= most as usize);
        let next = next.map(|(_, since)| Page(Some(*since), most));
        found.extend(rows.into_iter().map(|(story, _)| story));
        Ok((found, next))
    }

    /// Lets go of a story that was taken.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn forget(&mut self, story: &str) -> Result<(), String> {
        let Some(disk) = &self.disk else {
            return Ok(());
        };
        disk.prepare_cached("DELETE FROM stories WHERE story = ?1")
            .and_then(|mut delete| delete.execute([story]))
            .map(drop)
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
                none => none.insert(wiredesk_scratch::open(folder, TABLES)?),
            };
            let step = disk.transaction()?;
            {
                let mut write = step.prepare_cached(
                    "INSERT OR REPLACE INTO stories (story, memory, since) VALUES (?1, ?2, ?3)",
                )?;
                for (story, memory) in &former {
                    let since = memory.over_since().map(Timestamp::as_millisecond);
                    write.execute(params![story, serde_json::to_vec(memory)?, since])?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wiredesk_model::{SourceId, Version};

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

    /// What a story of this number is remembered as; every third is not over.
    fn shown(number: u32) -> StoryMemory {
        let mut memory = memory(number);
        let received = Timestamp::from_second(i64::from(number)).expect("a date");
        let arrival = wiredesk_lifecycle::Arrival::usable(Version(1), "hash", received);
        if !number.is_multiple_of(3) {
            memory.story.arrive(&arrival, received);
        }
        memory
    }

    #[test]
    fn two_hundred_thousand_stories_take_the_memory_of_a_thousand() {
        const STORIES: u32 = 200_000;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let small = ShelfSettings {
            in_memory: 1_000,
            folder: Some(folder.path().to_path_buf()),
        };
        let (mut small, mut all) = (Shelf::new(small), Shelf::new(ShelfSettings::default()));
        for number in 0..STORIES {
            for shelf in [&mut small, &mut all] {
                let put = shelf.put(number.to_string(), shown(number));
                put.expect("it can be written");
            }
            assert!(
                small.in_memory() <= 1_001,
                "{} in memory",
                small.in_memory()
            );
        }
        assert_eq!(all.in_memory(), STORIES as usize);
        for number in (0..STORIES).step_by(97) {
            let key = number.to_string();
            let found = small.take(&key).expect("it can be read");
            assert_eq!(found, all.take(&key).expect("it can be read"), "{number}");
            small
                .put(key, found.expect("it is there"))
                .expect("it can be written");
            assert!(
                small.in_memory() <= 1_001,
                "{} in memory",
                small.in_memory()
            );
        }
        let before = Timestamp::from_second(3_000).expect("a date");
        let (mut over, mut page) = (Vec::new(), Some(Page(None, 100)));
        while let Some(this) = page {
            let (found, next) = small.over(before, this).expect("it can be read");
            over.extend(found);
            page = next;
        }
        over.sort();
        over.dedup();
        assert_eq!(over.len(), 2_000, "two of three, told a hundred at a time");
        for story in &over {
            small
                .take(story)
                .expect("it can be read")
                .expect("it is there");
            small.forget(story).expect("it can be written");
            assert_eq!(small.take(story), Ok(None));
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
