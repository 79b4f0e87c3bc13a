//! Taking killed stories out of the archive.

use wiredesk_model::{Incoming, Position, Topic};

use crate::archive::{offset_of, raw_items, records};
use crate::manifest::Manifest;
use crate::raw::RawEncoder;
use crate::records::RecordEncoder;
use crate::segment::{NewFile, write_files};
use crate::sink::Encoder as _;
use crate::{ArchiveError, OnKill, Store};

/// Writes every segment that holds one of `stories` anew without them; how many there were.
///
/// The new files come first, then the manifest that names them, then the old files go: a crash in
/// between leaves files that no manifest names, never a manifest without its files.
///
/// # Errors
/// Where a file cannot be read or written; what was done until then stays done.
pub fn erase(store: &Store, stories: &[&str]) -> Result<u64, ArchiveError> {
    let mut changed = 0;
    for topic in [Topic::Raw, Topic::Enriched] {
        for manifest in Manifest::all(store, topic)? {
            let here: Vec<&str> = stories
                .iter()
                .copied()
                .filter(|story| {
                    manifest
                        .stories
                        .binary_search_by(|own| own.as_str().cmp(story))
                        .is_ok()
                })
                .collect();
            if !here.is_empty() {
                rewrite(store, manifest, &here)?;
                changed += 1;
            }
        }
    }
    Ok(changed)
}

fn rewrite(store: &Store, mut manifest: Manifest, stories: &[&str]) -> Result<(), ArchiveError> {
    let kept: Vec<Incoming> = incoming(store, &manifest)?
        .into_iter()
        .filter(|record| !stories.contains(&record.key.as_str()))
        .collect();
    let files: Vec<NewFile> = match manifest.topic {
        Topic::Raw => RawEncoder.encode(&kept)?,
        _ => RecordEncoder {
            on_kill: OnKill::Keep,
        }
        .encode(&kept)?,
    };
    let from = Position {
        at: manifest.at(),
        next_offset: manifest.from,
    };
    let old = std::mem::replace(&mut manifest.files, write_files(store, from, files)?);
    manifest.records = kept.len() as u64;
    manifest
        .stories
        .retain(|story| !stories.contains(&story.as_str()));
    manifest
        .erased
        .extend(stories.iter().map(|story| (*story).to_owned()));
    manifest.replace(store)?;
    old.iter().try_for_each(|file| store.remove(&file.path))
}

/// The records of a segment as they came out of the log.
fn incoming(store: &Store, manifest: &Manifest) -> Result<Vec<Incoming>, ArchiveError> {
    let at = manifest.at();
    if manifest.topic == Topic::Raw {
        let items = raw_items(store, manifest)?.into_iter();
        return items
            .map(|archived| {
                let value = serde_json::to_vec(&archived.item)
                    .map_err(|error| ArchiveError::Encode(error.to_string()))?;
                Ok(Incoming {
                    at,
                    offset: archived.offset(),
                    timestamp_ms: archived.time.as_millisecond(),
                    key: archived.item.story.to_string(),
                    value: Some(value),
                    headers: archived.headers,
                })
            })
            .collect();
    }
    let all = records(store, manifest)?.into_iter();
    Ok(all
        .map(|record| Incoming {
            at,
            offset: offset_of(&record.at),
            timestamp_ms: record.time.as_millisecond(),
            key: record.key,
            value: Some(record.value.into_bytes()),
            headers: record.headers,
        })
        .collect())
}
