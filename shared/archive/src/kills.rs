//! Kills, as the archive remembers them: what of a killed story is stored later meets the same end.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wiredesk_model::{Incoming, Timestamp};

use crate::erase::take_out;
use crate::segment::timestamp;
use crate::{ArchiveError, OnKill, Store};

/// Folder of the kills, one file a story.
const FOLDER: &str = "killed";

/// A kill, and what the archive did of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kill {
    /// The story.
    pub story: String,
    /// When the event was published.
    pub at: Timestamp,
    /// What became of what is archived of it.
    pub handling: OnKill,
}

/// Every kill that the archive knows of, by time.
///
/// # Errors
/// Where one cannot be read.
pub fn kills(store: &Store) -> Result<Vec<Kill>, ArchiveError> {
    let mut found: Vec<Kill> = Vec::new();
    for (path, _) in store.list(FOLDER)? {
        if let Some(bytes) = store.get(&path)? {
            let kill = serde_json::from_slice(&bytes).map_err(|error| ArchiveError::Damaged {
                path,
                detail: error.to_string(),
            })?;
            found.push(kill);
        }
    }
    found.sort_by(|a, b| (a.at, &a.story).cmp(&(b.at, &b.story)));
    Ok(found)
}

/// Remembers these kills, then does to their stories what is to be done. A kill is remembered
/// before the segments are looked through, and whoever stores a segment looks for kills behind
/// that: so one of the two finds what is stored at the same time.
pub(crate) fn carry_out(
    store: &Store,
    killed: &[&Incoming],
    handling: OnKill,
) -> Result<(), ArchiveError> {
    for event in killed {
        let kill = Kill {
            story: event.key.clone(),
            at: timestamp(Some(event.timestamp_ms)),
            handling,
        };
        let bytes = serde_json::to_vec_pretty(&kill)
            .map_err(|error| ArchiveError::Encode(error.to_string()))?;
        store.put(&path_of(&kill.story), bytes)?;
    }
    let stories: Vec<&str> = killed.iter().map(|event| event.key.as_str()).collect();
    take_out(store, &stories, handling).map(drop)
}

/// Does what is to be done to stories that were just stored, and killed before.
pub(crate) fn heed(
    store: &Store,
    records: &[Incoming],
    handling: OnKill,
) -> Result<(), ArchiveError> {
    if handling == OnKill::Keep {
        return Ok(());
    }
    let listed = store.list(FOLDER)?.into_iter();
    let known: BTreeSet<String> = listed.map(|(path, _)| path).collect();
    let stories: BTreeSet<&str> = records.iter().map(|record| record.key.as_str()).collect();
    let late: Vec<&str> = stories
        .into_iter()
        .filter(|story| known.contains(&path_of(story)))
        .collect();
    take_out(store, &late, handling).map(drop)
}

/// Ids of stories may hold anything, and be of any length.
fn path_of(story: &str) -> String {
    format!("{FOLDER}/{}.json", blake3::hash(story.as_bytes()).to_hex())
}
