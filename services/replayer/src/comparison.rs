//! What a run made of its stories, beside what is published of them, in bounded memory.
//!
//! Each side is read twice. The first time a name of what each record says goes to a
//! [scratch file](wiredesk_scratch); the second time the records themselves do, of those stories
//! alone whose names differ.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::IgnoredAny;
use serde_json::Value;
use wiredesk_model::{Incoming, Topic};
use wiredesk_pipeline::{Transport, read_to_end};

use crate::ReplayError;
use crate::difference::{Change, FieldChange, Summary, changes, name_of};
use crate::promotion::raw_ref;

/// Stories that are looked up in one step.
const PAGE: usize = 500;
/// Pairs of records that are looked up in one step, each of up to some hundred KB.
const PAIRS: usize = 20;

/// One transaction without an end: there is nothing to be kept, and no other reader.
const TABLES: &str = "
PRAGMA cache_size = -32768;
CREATE TABLE stories ( -- that were replayed
  story TEXT PRIMARY KEY,
  published BLOB, -- name of what the record says; null: there is none
  made BLOB,
  made_of TEXT -- the raw record
) STRICT, WITHOUT ROWID;
CREATE TABLE records ( -- of stories whose names differ
  story TEXT NOT NULL,
  is_made INTEGER NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (story, is_made)
) STRICT;
CREATE TABLE wanted ( -- for promotion, by raw record
  raw_ref TEXT PRIMARY KEY,
  published TEXT -- JSON; null: nothing is
) STRICT, WITHOUT ROWID;
BEGIN EXCLUSIVE;
";

/// Stories whose records are looked at.
const DIFFERS: &str = "published IS NOT NULL AND made IS NOT NULL AND published <> made";
const ADDED: &str = "published IS NULL AND made IS NOT NULL";
const LOST: &str = "published IS NOT NULL AND made IS NULL";

/// The two sides, as they are numbered in the scratch file.
#[derive(Debug, Clone, Copy)]
enum Side {
    Published,
    Made,
}

impl Side {
    fn column(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Made => "made",
        }
    }

    fn is_made(self) -> bool {
        matches!(self, Self::Made)
    }
}

/// A story that both sides have, and where they differ; nowhere, it may be.
pub(crate) struct Pair {
    pub story: String,
    pub published: Value,
    pub made: Value,
    pub fields: Vec<FieldChange>,
}

/// A run, compared. Lists are in the order of the story ids.
#[derive(Debug)]
pub struct Comparison {
    pub(crate) scratch: Connection,
    summary: Summary,
}

impl Comparison {
    /// Compares the newest record of each story that was replayed with the published one, with a
    /// scratch file in `folder`. What was not replayed is no loss.
    ///
    /// # Errors
    /// Where a log cannot be read, or the scratch file not be written.
    pub fn of(
        live: &dyn Transport,
        run: &dyn Transport,
        folder: &Path,
    ) -> Result<Self, ReplayError> {
        let mut found = Self {
            scratch: wiredesk_scratch::open(folder, TABLES)?,
            summary: Summary::default(),
        };
        read_to_end(run, Topic::Raw, |item| found.note_replayed(&item.key))?;
        read_to_end(run, Topic::Current, |record| found.note_made(&record))?;
        read_to_end(live, Topic::Current, |record| found.note_published(&record))?;
        for (log, side) in [(live, Side::Published), (run, Side::Made)] {
            read_to_end(log, Topic::Current, |record| found.keep(&record, side))?;
            found.drop_those_gone(side)?;
        }
        found.summary = found.count()?;
        Ok(found)
    }

    /// How many stories came out how.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Stories that only the run has.
    pub fn added(&self) -> impl Iterator<Item = Result<String, ReplayError>> {
        self.listed(ADDED)
    }

    /// Stories that only were published.
    pub fn lost(&self) -> impl Iterator<Item = Result<String, ReplayError>> {
        self.listed(LOST)
    }

    /// Stories that both have, with what differs.
    pub fn changed(&self) -> impl Iterator<Item = Result<Change, ReplayError>> {
        self.pairs().filter_map(|pair| match pair {
            Ok(pair) if pair.fields.is_empty() => None,
            Ok(Pair { story, fields, .. }) => Some(Ok(Change { story, fields })),
            Err(error) => Some(Err(error)),
        })
    }

    /// Stories that both have and that may differ.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = Result<Pair, ReplayError>> {
        let sql = format!(
            "SELECT story, p.value, m.value FROM stories
             CROSS JOIN records p USING (story) CROSS JOIN records m USING (story)
             WHERE {DIFFERS} AND NOT p.is_made AND m.is_made AND story > ?1
             ORDER BY story LIMIT ?2"
        );
        let rows = Pages::new(&self.scratch, sql, PAIRS, |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
        });
        rows.map(|row| {
            let (story, (published, made)): (String, (Vec<u8>, Vec<u8>)) = row?;
            // Both were found to be JSON before they were kept.
            let [published, made] =
                [published, made].map(|value| serde_json::from_slice(&value).unwrap_or_default());
            Ok(Pair {
                fields: changes(&published, &made),
                story,
                published,
                made,
            })
        })
    }

    /// The raw records of the stories that only the run has.
    pub(crate) fn added_of(&self) -> impl Iterator<Item = Result<String, ReplayError>> {
        let sql = format!(
            "SELECT story, made_of FROM stories WHERE {ADDED} AND story > ?1
             ORDER BY story LIMIT ?2"
        );
        let rows = Pages::new(&self.scratch, sql, PAGE, |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        rows.map(|row| row.map(|(_, made_of)| made_of))
    }

    fn listed(&self, which: &str) -> impl Iterator<Item = Result<String, ReplayError>> {
        let sql = format!(
            "SELECT story FROM stories WHERE {which} AND story > ?1 ORDER BY story LIMIT ?2"
        );
        let rows = Pages::new(&self.scratch, sql, PAGE, |row| Ok((row.get(0)?, ())));
        rows.map(|row| row.map(|(story, ())| story))
    }

    fn note_replayed(&self, story: &str) -> Result<(), ReplayError> {
        self.scratch
            .prepare_cached("INSERT OR IGNORE INTO stories (story) VALUES (?1)")?
            .execute([story])?;
        Ok(())
    }

    fn note_made(&self, record: &Incoming) -> Result<(), ReplayError> {
        let story = &record.key;
        match value_of(record) {
            Some(value) => {
                let made_of = raw_ref(&value).to_owned();
                self.scratch
                    .prepare_cached(
                        "INSERT INTO stories (story, made, made_of) VALUES (?1, ?2, ?3)
                         ON CONFLICT DO UPDATE SET made = excluded.made, made_of = excluded.made_of",
                    )?
                    .execute(params![story, name_of(value), made_of])?
            }
            None => self
                .scratch
                .prepare_cached("UPDATE stories SET made = NULL WHERE story = ?1")?
                .execute([story])?,
        };
        Ok(())
    }

    fn note_published(&self, record: &Incoming) -> Result<(), ReplayError> {
        self.scratch
            .prepare_cached("UPDATE stories SET published = ?2 WHERE story = ?1")?
            .execute(params![record.key, value_of(record).map(name_of)])?;
        Ok(())
    }

    /// Keeps the record of a story that may differ.
    fn keep(&self, record: &Incoming, side: Side) -> Result<(), ReplayError> {
        let differs: Option<bool> = self
            .scratch
            .prepare_cached(&format!(
                "SELECT true FROM stories WHERE story = ?1 AND {DIFFERS}"
            ))?
            .query_row([&record.key], |row| row.get(0))
            .optional()?;
        if differs.is_none() {
            return Ok(());
        }
        let value = record.value.as_deref();
        let is_json = |value: &&[u8]| serde_json::from_slice::<IgnoredAny>(value).is_ok();
        match value.filter(is_json) {
            Some(value) => self
                .scratch
                .prepare_cached("INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3)")?
                .execute(params![record.key, side.is_made(), value])?,
            None => self
                .scratch
                .prepare_cached("DELETE FROM records WHERE story = ?1 AND is_made = ?2")?
                .execute(params![record.key, side.is_made()])?,
        };
        Ok(())
    }

    /// What was taken back while both sides were read is not there any more.
    fn drop_those_gone(&self, side: Side) -> Result<(), ReplayError> {
        let column = side.column();
        self.scratch.execute(
            &format!(
                "UPDATE stories SET {column} = NULL WHERE {DIFFERS} AND NOT EXISTS (
                   SELECT 1 FROM records
                   WHERE records.story = stories.story AND is_made = ?1)"
            ),
            [side.is_made()],
        )?;
        Ok(())
    }

    fn count(&self) -> Result<Summary, ReplayError> {
        let counted = |which: &str| -> Result<u64, ReplayError> {
            let sql = format!("SELECT count(*) FROM stories WHERE {which}");
            let count: i64 = self.scratch.query_row(&sql, [], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        };
        let mut summary = Summary {
            same: counted("published = made")?,
            added: counted(ADDED)?,
            lost: counted(LOST)?,
            ..Summary::default()
        };
        for pair in self.pairs() {
            summary.count(&pair?.fields);
        }
        Ok(summary)
    }
}

/// The newest record of a story, as far as it can be read.
fn value_of(record: &Incoming) -> Option<Value> {
    serde_json::from_slice(record.value.as_deref()?).ok()
}

/// Rows in the order of their stories, some at a time.
struct Pages<'c, T, F> {
    scratch: &'c Connection,
    sql: String,
    size: usize,
    read: F,
    loaded: std::vec::IntoIter<(String, T)>,
    /// The last story of those loaded; `None` behind the last of all.
    behind: Option<String>,
}

impl<'c, T, F: Fn(&Row<'_>) -> rusqlite::Result<(String, T)>> Pages<'c, T, F> {
    fn new(scratch: &'c Connection, sql: String, size: usize, read: F) -> Self {
        Self {
            scratch,
            sql,
            size,
            read,
            loaded: Vec::new().into_iter(),
            // No story id is empty.
            behind: Some(String::new()),
        }
    }

    fn load(&self, behind: &str) -> rusqlite::Result<Vec<(String, T)>> {
        let mut find = self.scratch.prepare_cached(&self.sql)?;
        find.query_map(params![behind, self.size as i64], &self.read)?
            .collect()
    }
}

impl<T, F: Fn(&Row<'_>) -> rusqlite::Result<(String, T)>> Iterator for Pages<'_, T, F> {
    type Item = Result<(String, T), ReplayError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.loaded.next() {
            return Some(Ok(row));
        }
        let behind = self.behind.take()?;
        match self.load(&behind) {
            Ok(rows) => {
                self.behind = rows.last().map(|(story, _)| story.clone());
                self.loaded = rows.into_iter();
                self.loaded.next().map(Ok)
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}
