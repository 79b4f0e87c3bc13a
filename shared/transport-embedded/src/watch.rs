//! Waiting for something new, by this process or another.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::store::Store;

/// What a waiting poll or read has seen of the file.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    version: Option<i64>,
}

impl Watch {
    /// Waits until somebody may have committed something after `seen` (of [`Store::signal`]), up
    /// to `until`. Commits of this process wake it at once; for those of others the file's data
    /// version is looked at every poll interval, which reads no table.
    pub(crate) fn wait(
        &mut self,
        store: &Store,
        connection: &Connection,
        (seen, until): (u64, Instant),
    ) -> rusqlite::Result<()> {
        loop {
            let version = connection
                .prepare_cached("PRAGMA data_version")?
                .query_row([], |row| row.get(0))?;
            let changed = self.version.replace(version) != Some(version);
            let left = until.saturating_duration_since(Instant::now());
            if changed || left.is_zero() || store.signal.seen() != seen {
                return Ok(());
            }
            let step: Duration = store.settings.poll_interval.min(left);
            store.signal.wait_beyond(seen, step);
        }
    }
}
