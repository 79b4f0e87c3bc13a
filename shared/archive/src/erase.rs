//! Taking killed stories out of the archive.

use wiredesk_model::{Incoming, Topic};

use crate::archive::{TOPICS, offset_of, raw_items, records};
use crate::encoder::Encoder as _;
use crate::manifest::Manifest;
use crate::raw::RawEncoder;
use crate::records::RecordEncoder;
use crate::segment::{NewFile, write_files};
use crate::{ArchiveError, OnKill, Store};

/// Where what few may read goes.
pub(crate) const RESTRICTED: &str = "restricted";
/// So often a segment is written anew that others write at the same time.
const TRIES: u32 = 5;

/// Writes every segment that holds one of `stories` anew without them; how many there were.
///
/// # Errors
/// Where a file cannot be read or written; what was done until then stays done.
pub fn erase(store: &Store, stories: &[&str]) -> Result<u64, ArchiveError> {
    take_out(store, stories, OnKill::Erase)
}

/// Writes every segment that holds one of `stories` anew without them, or with them in files of
/// their own; how many there were.
///
/// The new files come first, then the manifest that names them, then the old files go: a crash in
/// between leaves files that no manifest names, never a manifest without its files.
pub(crate) fn take_out(
    store: &Store,
    stories: &[&str],
    handling: OnKill,
) -> Result<u64, ArchiveError> {
    if stories.is_empty() || handling == OnKill::Keep {
        return Ok(0);
    }
    let mut changed = 0;
    for topic in TOPICS {
        for manifest in Manifest::all(store, topic)? {
            changed += u64::from(rewrite(store, manifest, stories, handling)?);
        }
    }
    Ok(changed)
}

/// Writes one segment anew where it holds one of `stories`; whether it does. Another instance may do
/// so too: then what it wrote is what is looked at next.
fn rewrite(
    store: &Store,
    mut manifest: Manifest,
    stories: &[&str],
    handling: OnKill,
) -> Result<bool, ArchiveError> {
    let mut changed = false;
    for _ in 0..TRIES {
        let here = concerned(&manifest, stories, handling);
        if here.is_empty() {
            return Ok(changed);
        }
        let rewritten = anew(store, &manifest, &here, handling);
        let from = manifest.begin();
        let Some(standing) = Manifest::beginning_at(store, from)? else {
            return Ok(changed);
        };
        if standing == manifest {
            let next = rewritten?;
            next.replace(store)?;
            let mut old = manifest.files.iter();
            old.try_for_each(|file| store.remove(&file.path))?;
            changed = true;
            manifest = Manifest::beginning_at(store, from)?.unwrap_or(next);
        } else {
            if let Ok(next) = rewritten {
                let mut ours = next.files.iter();
                ours.try_for_each(|file| store.remove(&file.path))?;
            }
            manifest = standing;
        }
    }
    Err(ArchiveError::Taken {
        path: manifest.path(),
    })
}

/// The stories of a segment to which something is still to be done.
fn concerned<'s>(manifest: &Manifest, stories: &[&'s str], handling: OnKill) -> Vec<&'s str> {
    let is_in = |list: &[String], story: &str| list.iter().any(|own| own == story);
    let each = stories.iter().copied().filter(|story| {
        let search = manifest
            .stories
            .binary_search_by(|own| own.as_str().cmp(story));
        let is_done = handling == OnKill::Restrict && is_in(&manifest.restricted, story);
        search.is_ok() && !is_done
    });
    each.collect()
}

/// A segment without `stories`, or with them below `restricted/`; its files are written.
fn anew(
    store: &Store,
    manifest: &Manifest,
    stories: &[&str],
    handling: OnKill,
) -> Result<Manifest, ArchiveError> {
    let mut next = manifest.clone();
    let owned = stories.iter().map(|story| (*story).to_owned());
    match handling {
        OnKill::Restrict => next.restricted.extend(owned),
        _ => {
            next.erased.extend(owned);
            let stays = |story: &String| !stories.contains(&story.as_str());
            next.stories.retain(stays);
            next.restricted.retain(stays);
        }
    }
    let kept = incoming(store, manifest)?
        .into_iter()
        .filter(|record| next.stories.binary_search(&record.key).is_ok());
    let (few, all): (Vec<Incoming>, Vec<Incoming>) =
        kept.partition(|record| next.restricted.contains(&record.key));
    next.records = (few.len() + all.len()) as u64;
    let mut files = files_of(manifest.topic, &all)?;
    files.extend(
        files_of(manifest.topic, &few)?
            .into_iter()
            .map(|file| NewFile {
                folder: format!("{RESTRICTED}/{}", file.folder),
                ..file
            }),
    );
    next.files = write_files(store, manifest.begin(), files)?;
    Ok(next)
}

fn files_of(topic: Topic, records: &[Incoming]) -> Result<Vec<NewFile>, ArchiveError> {
    let on_kill = OnKill::Keep;
    match topic {
        Topic::Raw => RawEncoder { on_kill }.encode(records),
        _ => RecordEncoder { on_kill }.encode(records),
    }
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
