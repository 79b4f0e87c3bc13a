//! The index made anew from the log.

use std::path::Path;

use tantivy::Directory as _;
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};
use wiredesk_model::{Position, Topic};
use wiredesk_pipeline::Transport;

use crate::reading::{ends, read_until};
use crate::store::Store;
use crate::writer::{AT_ONCE, Writer};
use crate::{IndexError, SearchSettings};

/// Removes the index at `place` and makes it anew from everything that is current; tells `progress`
/// the number of stories now and then. Answers how many stories it holds.
///
/// # Errors
/// Where another process writes to the index, the log cannot be read, or the disk refuses. Called
/// again it begins anew; an indexer that runs meanwhile reads what is missing.
pub fn rebuild(
    transport: &dyn Transport,
    settings: &SearchSettings,
    place: &Path,
    mut progress: impl FnMut(u64),
) -> Result<u64, IndexError> {
    remove(place)?;
    let mut writer = Writer::open(place, settings)?;
    let mut read = 0;
    let ends = ends(transport, Topic::Current)?;
    for end in &ends {
        let start = Position {
            at: end.at,
            next_offset: 0,
        };
        read_until(transport, &ends, start, end.next_offset, |record| {
            // One that cannot be read became a dead letter when it was read first.
            writer.apply(&record)?;
            read += 1;
            if read % AT_ONCE == 0 {
                writer.commit()?;
                progress(read);
            }
            Ok::<_, IndexError>(())
        })?;
        writer.advance(end.at.partition, end.next_offset);
    }
    writer.commit()?;
    writer.stories()
}

/// Removes the index, unless somebody writes to it.
fn remove(place: &Path) -> Result<(), IndexError> {
    if !place.is_dir() {
        return Ok(());
    }
    let directory =
        MmapDirectory::open(place).map_err(|error| IndexError::of(place, error.into()))?;
    let _lock = directory
        .acquire_lock(&INDEX_WRITER_LOCK)
        .map_err(|error| IndexError::of(place, error.into()))?;
    Store::remove(place)
}
