//! Removing what is older than the archive keeps.

use wiredesk_model::{Timestamp, Topic, TopicPartition};

use crate::archive::TOPICS;
use crate::manifest::Manifest;
use crate::{ArchiveError, Store};

/// The segments whose newest record is from before a time, by topic and oldest first. Of each
/// partition only those at its beginning: what is kept has no gaps.
///
/// # Errors
/// Where a manifest cannot be read.
pub fn older_than(store: &Store, before: Timestamp) -> Result<Vec<Manifest>, ArchiveError> {
    let mut found = Vec::new();
    for topic in TOPICS {
        found.extend(older_of(store, topic, before)?);
    }
    Ok(found)
}

/// The same of one topic.
pub(crate) fn older_of(
    store: &Store,
    topic: Topic,
    before: Timestamp,
) -> Result<Vec<Manifest>, ArchiveError> {
    let mut found = Vec::new();
    let mut kept: Option<TopicPartition> = None;
    for manifest in Manifest::all(store, topic)? {
        if kept == Some(manifest.at()) || manifest.until >= before {
            kept = Some(manifest.at());
        } else {
            found.push(manifest);
        }
    }
    Ok(found)
}

/// Removes a segment. Its manifest goes first: a crash behind that leaves files that no manifest
/// names, never a manifest without its files.
///
/// # Errors
/// Where the store does not let it go.
pub fn retire(store: &Store, segment: &Manifest) -> Result<(), ArchiveError> {
    store.remove(&segment.path())?;
    let mut files = segment.files.iter();
    files.try_for_each(|file| store.remove(&file.path))
}
