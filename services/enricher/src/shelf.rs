//! What is remembered of the stories of one partition: those in use in memory, the others on disk.
//!
//! The file holds nothing that is not on the story-state topic as well. It has no name once it is
//! open, so nothing is left of it when the process ends, however it ends.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};
use wiredesk_model::Timestamp;

use crate::memory::StoryMemory;

/// Stories of one partition that are kept in memory.
const IN_MEMORY: usize = 10_000;
/// What is kept on disk.
const TABLES: &str = "
CREATE TABLE stories (story TEXT PRIMARY KEY, memory BLOB NOT NULL, since INTEGER, due INTEGER)
WITHOUT ROWID;
CREATE INDEX over ON stories (since) WHERE since IS NOT NULL;
CREATE INDEX timers ON stories (due) WHERE due IS NOT NULL;
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
    /// When time changes something about those in memory.
    timers: BTreeSet<(Timestamp, String)>,
    /// Nothing on disk is due before this time, in milliseconds; `None` where nothing is.
    next_on_disk: Option<i64>,
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
        let Some(memory) = in_use.or_else(|| self.former.remove(story)) else {
            return self
                .take_from_disk(story)
                .map_err(|error| self.broken(error.as_ref()));
        };
        if let Some(due) = memory.due() {
            self.timers.remove(&(due, story.to_owned()));
        }
        Ok(Some(memory))
    }

    /// The row stays, as far as it goes until the story is put away again; its timer does not.
    fn take_from_disk(&self, story: &str) -> Result<Option<StoryMemory>, Box<dyn Error>> {
        let Some(disk) = &self.disk else {
            return Ok(None);
        };
        let found: Option<(Vec<u8>, Option<i64>)> = disk
            .prepare_cached("SELECT memory, due FROM stories WHERE story = ?1")?
            .query_row([story], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((memory, due)) = found else {
            return Ok(None);
        };
        if due.is_some() {
            disk.prepare_cached("UPDATE stories SET due = NULL WHERE story = ?1")?
                .execute([story])?;
        }
        Ok(Some(serde_json::from_slice(&memory)?))
    }

    /// Stories whose time may have come by `now`, the earliest: `most` of those in memory, and of
    /// those on disk. Each is told again until it is taken.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn due(&mut self, now: Timestamp, most: usize) -> Result<Vec<String>, String> {
        let has_come = self.timers.iter().take_while(|(due, _)| *due <= now);
        let mut stories: Vec<String> = has_come
            .take(most)
            .map(|(_, story)| story.clone())
            .collect();
        let now = now.as_millisecond();
        if self.next_on_disk.is_some_and(|next| next <= now) {
            let on_disk = self.due_on_disk(now, most);
            stories.extend(on_disk.map_err(|error| self.broken(error.as_ref()))?);
        }
        Ok(stories)
    }

    fn due_on_disk(&mut self, now: i64, most: usize) -> Result<Vec<String>, Box<dyn Error>> {
        let Some(disk) = &self.disk else {
            return Ok(Vec::new());
        };
        let rows: Result<Vec<String>, _> = disk
            .prepare_cached("SELECT story FROM stories WHERE due <= ?1 ORDER BY due LIMIT ?2")?
            .query_map(params![now, most as i64], |row| row.get(0))?
            .collect();
        let rows = rows?;
        if rows.is_empty() {
            self.next_on_disk = disk
                .prepare_cached("SELECT min(due) FROM stories WHERE due > ?1")?
                .query_row([now], |row| row.get(0))?;
        }
        Ok(rows)
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
        if let Some(due) = memory.due() {
            self.timers.insert((due, story.clone()));
        }
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
    fn put_away(&mut self, folder: &Path) -> Result<(), Box<dyn Error>> {
        let former = std::mem::take(&mut self.former);
        if !former.is_empty() {
            let disk = match &mut self.disk {
                Some(disk) => disk,
                none => none.insert(wiredesk_scratch::open(folder, TABLES)?),
            };
            let step = disk.transaction()?;
            {
                let mut write = step.prepare_cached(
                    "INSERT OR REPLACE INTO stories (story, memory, since, due)
                     VALUES (?1, ?2, ?3, ?4)",
                )?;
                for (story, memory) in &former {
                    let since = memory.over_since().map(Timestamp::as_millisecond);
                    let due = memory.due().map(Timestamp::as_millisecond);
                    write.execute(params![story, serde_json::to_vec(memory)?, since, due])?;
                }
            }
            step.commit()?;
            self.hand_over_timers(former);
        }
        self.former = std::mem::take(&mut self.recent);
        Ok(())
    }

    /// The timers of stories that are on disk now stand in their rows.
    fn hand_over_timers(&mut self, stories: HashMap<String, StoryMemory>) {
        for (story, memory) in stories {
            if let Some(due) = memory.due() {
                let next = self.next_on_disk.unwrap_or(i64::MAX);
                self.next_on_disk = Some(next.min(due.as_millisecond()));
                self.timers.remove(&(due, story));
            }
        }
    }

    /// Stories in memory.
    #[cfg(test)]
    pub fn in_memory(&self) -> usize {
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
    use wiredesk_enrichment::EnrichSettings;
    use wiredesk_model::{SourceId, Version};

    use super::*;
    use crate::sample::story;

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

    /// A story that expires at this second, or at no time.
    fn expiring(at: Option<i64>) -> StoryMemory {
        let mut memory = memory(1);
        let second = |number| Timestamp::from_second(number).expect("a date");
        let mut arrival = wiredesk_lifecycle::Arrival::usable(Version(1), "hash", second(0));
        arrival.expires = at.map(second);
        memory.story.arrive(&arrival, second(0));
        let ending = wiredesk_enrichment::enrich(&story(), &EnrichSettings::default());
        memory.ending = Some(Box::new(ending));
        memory
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// Whoever is due is told, wherever it stands, until it is taken; and no timer outlives its
        /// story's place in memory.
        #[test]
        fn who_is_due_is_told_in_memory_and_on_disk(
            steps in prop::collection::vec((0..40u32, prop::option::of(1..50i64), 0..50i64), 0..200),
        ) {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let mut shelf = Shelf::new(ShelfSettings {
                in_memory: 8,
                folder: Some(folder.path().to_path_buf()),
            });
            let mut expected: HashMap<String, Option<i64>> = HashMap::new();
            for (story, at, now) in steps {
                let key = story.to_string();
                shelf.take(&key).expect("it can be read");
                expected.insert(key.clone(), at);
                shelf.put(key, expiring(at)).expect("it can be written");
                let time = Timestamp::from_second(now).expect("a date");
                let mut told = shelf.due(time, 40).expect("it can be read");
                told.sort();
                let is_due = |at: &Option<i64>| at.is_some_and(|at| at <= now);
                let due = expected.iter().filter(|(_, at)| is_due(at));
                let mut due: Vec<String> = due.map(|(story, _)| story.clone()).collect();
                due.sort();
                prop_assert_eq!(told, due);
                prop_assert!(shelf.timers.len() <= shelf.in_memory());
            }
        }
    }

    #[test]
    fn all_who_are_due_are_told_however_few_at_once() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let mut shelf = Shelf::new(ShelfSettings {
            in_memory: 2,
            folder: Some(folder.path().to_path_buf()),
        });
        for number in (1..=30).rev() {
            let put = shelf.put(format!("{number:02}"), expiring(Some(number)));
            put.expect("it can be written");
        }
        let now = Timestamp::from_second(30).expect("a date");
        let mut told = Vec::new();
        while let Some(story) = shelf.due(now, 1).expect("it can be read").pop() {
            shelf
                .take(&story)
                .expect("it can be read")
                .expect("it is there");
            told.push(story);
        }
        told.sort();
        let all: Vec<String> = (1..=30).map(|number| format!("{number:02}")).collect();
        assert_eq!(told, all);
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
