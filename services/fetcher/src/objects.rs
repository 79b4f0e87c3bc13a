//! One scan of a bucket: documents and archives below a prefix, each taken once.
//!
//! Objects come in the order of their last change. The cursor holds what was taken of the last
//! day, and a mark below which everything was: the time of an object that is sent in parts is that
//! of its first part, so it may appear behind younger ones.

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::time::Duration;

use futures::StreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;
use wiredesk_host::innermost;
use wiredesk_model::{FeedState, TakenFile, TakenTo, Timestamp};

use crate::bucket;
use crate::claims::new_name;
use crate::cursor::{begin, memory};
use crate::folder::{FolderCache, polled_of};
use crate::gather::{Carried, Gathering, OpenArchive, is_archive_name, is_document_name};
use crate::poll::{Context, Polled};
use crate::schedule::{self, Failure, Trouble};
use crate::source_config::AfterTaking;
use crate::{FetchError, FetcherSettings, SourceConfig, changes};

mod claims;

/// Time that an object may appear late.
const LATE: Duration = Duration::from_secs(24 * 60 * 60);
/// Objects that the cursor holds at the most.
const TAKEN_KEPT: usize = 10_000;
/// Below the prefix, where objects are moved to that are done.
const DONE: &str = ".done";

/// Scans a bucket; `None` where nothing changed, so that nothing needs to be written. `before` is
/// committed. Blocks; `network` is where requests run.
pub fn scan(
    context: &Context,
    (source, chance): (&SourceConfig, f64),
    before: Option<&FeedState>,
    (cache, network): (&mut FolderCache, &Handle),
) -> Option<Polled> {
    let now = context.clock.now();
    let mut state = begin(source, before, now);
    if source.after != AfterTaking::Keep && state.claim.is_none() {
        // The name must be committed before anything is claimed in it.
        state.claim = Some(new_name(now));
        state.next_poll = now;
        let nothing = Gathering::new(context, source, 0);
        return Some(polled_of(nothing, state, now, None));
    }
    let mut scan = Scan {
        gathering: Gathering::new(context, source, state.polls),
        state,
        more: false,
        error: None,
    };
    let ended =
        Store::open(source, &context.settings, network).and_then(|store| scan.run(&store, cache));
    let Scan {
        gathering,
        mut state,
        more,
        error,
    } = scan;
    let settings = &context.settings;
    state.next_poll = match &ended {
        Ok(()) if more => now,
        Ok(()) => schedule::later(now, schedule::interval(source, settings)),
        Err(_) => {
            let failure = Failure {
                in_a_row: state.health.failures_in_a_row.saturating_add(1),
                trouble: Trouble::Passing,
                retry_after: None,
            };
            schedule::after_failure(now, failure, settings, chance)
        }
    };
    forget_taken(&mut state);
    let memory = memory(source, settings);
    state.seen = changes::forget(std::mem::take(&mut state.seen), state.polls, memory);
    let is_same = |before: &FeedState| {
        before.taken == state.taken
            && before.taken_to == state.taken_to
            && before.health.last_error.is_none()
    };
    let error = ended.err().or(error);
    if error.is_none() && gathering.items.is_empty() && before.is_some_and(is_same) {
        return None;
    }
    Some(polled_of(gathering, state, now, error))
}

/// How many documents and archives a source has in its bucket.
pub async fn count(source: &SourceConfig, settings: &FetcherSettings) -> Result<usize, FetchError> {
    let network = Handle::current();
    let store = Store::open(source, settings, &network)?;
    let mut listing = store.store.list(Some(&store.prefix));
    let mut found = 0;
    while let Some(object) = listing.next().await {
        let object = object.map_err(|error| store.failed(&store.prefix, &error))?;
        found += usize::from(is_ours(object.location.as_ref()));
    }
    Ok(found)
}

/// Whether an object can be a document or an archive, and is not put away.
fn is_ours(name: &str) -> bool {
    let is_hidden = name.split('/').any(|part| part.starts_with('.'));
    !is_hidden && (is_document_name(name) || is_archive_name(name))
}

/// A bucket, asked from a thread that may wait.
struct Store<'a> {
    store: AmazonS3,
    bucket: String,
    prefix: Path,
    network: &'a Handle,
}

/// An object to take.
#[derive(Debug, Clone)]
struct Found {
    path: Path,
    tag: String,
    bytes: u64,
    /// The entry of an archive to go on with.
    from: u64,
}

struct Scan<'a> {
    gathering: Gathering<'a>,
    state: FeedState,
    more: bool,
    /// The first object that could not be read.
    error: Option<FetchError>,
}

impl Scan<'_> {
    fn run(&mut self, store: &Store<'_>, cache: &mut FolderCache) -> Result<(), FetchError> {
        let (found, done) = self.list(store)?;
        let source = self.gathering.source;
        for path in done {
            store.put_away(&path, source.after)?;
        }
        for (at, object) in found {
            if self.gathering.is_full() {
                self.more = true;
                break;
            }
            if !self.is_ours_alone(store, &object)? {
                continue;
            }
            let next_entry = match self.take(store, &object, cache) {
                Ok(next_entry) => next_entry,
                // Out of reach: it is taken another time, and so is what comes behind it.
                Err(error @ FetchError::Folder { .. }) => return Err(error),
                Err(error) => {
                    tracing::warn!(feed = %source.id, "an object was left out: {error}");
                    self.error.get_or_insert(error);
                    None
                }
            };
            self.more |= next_entry.is_some();
            let taken = TakenFile {
                tag: object.tag,
                changed: at.changed,
                next_entry,
            };
            self.state.taken.insert(at.name, taken);
        }
        Ok(())
    }

    /// Whether nobody else takes the object: claimed, where it does not stay for everybody.
    fn is_ours_alone(&self, store: &Store<'_>, object: &Found) -> Result<bool, FetchError> {
        let is_kept = self.gathering.source.after == AfterTaking::Keep;
        match self.state.claim.as_deref().filter(|_| !is_kept) {
            Some(group) => store.claim(&object.path, group),
            None => Ok(true),
        }
    }

    /// The first objects to take, in their order, and some that are done with.
    fn list(
        &mut self,
        store: &Store<'_>,
    ) -> Result<(BTreeMap<TakenTo, Found>, Vec<Path>), FetchError> {
        let most = self.gathering.context.settings.folder_documents;
        let mut found = BTreeMap::new();
        let mut done = Vec::new();
        let mut listing = store.store.list(Some(&store.prefix));
        while let Some(object) = store.network.block_on(listing.next()) {
            let object = object.map_err(|error| store.failed(&store.prefix, &error))?;
            let name = object.location.to_string();
            if !is_ours(&name) {
                continue;
            }
            let (at, object) = known_as(name, object);
            match self.standing(&at, &object.tag) {
                Standing::Due(from) => {
                    found.insert(at, Found { from, ..object });
                }
                Standing::Done if self.gathering.source.after != AfterTaking::Keep => {
                    if done.len() < most {
                        done.push(object.path);
                    }
                }
                Standing::Done | Standing::Before => {}
            }
            if found.len() > most {
                found.pop_last();
                self.more = true;
            }
        }
        Ok((found, done))
    }

    fn standing(&self, at: &TakenTo, tag: &str) -> Standing {
        match self.state.taken.get(&at.name) {
            Some(taken) if taken.tag == tag => match taken.next_entry {
                Some(from) => Standing::Due(from),
                None => Standing::Done,
            },
            Some(_) => Standing::Due(1),
            None if self.state.taken_to.as_ref().is_some_and(|to| at <= to) => Standing::Before,
            None => Standing::Due(1),
        }
    }

    /// Takes an object in; the entry to go on with, where it is an archive with more to come.
    fn take(
        &mut self,
        store: &Store<'_>,
        object: &Found,
        cache: &mut FolderCache,
    ) -> Result<Option<u64>, FetchError> {
        let name = object.path.to_string();
        let settings = &self.gathering.context.settings;
        let (limit, key) = if is_archive_name(&name) {
            (settings.archive_bytes, "archive_bytes")
        } else {
            (settings.page_bytes, "page_bytes")
        };
        if object.bytes > limit as u64 {
            return Err(FetchError::TooLarge {
                url: store.shown(&object.path),
                limit,
                key,
            });
        }
        if is_archive_name(&name) {
            return self.archive(store, object, cache);
        }
        let inside = store.inside(&name);
        let mut bytes = Vec::new();
        if !store.copy(&object.path, limit, &mut bytes)? {
            return Ok(None);
        }
        let carried = Carried {
            place: store.shown(&object.path),
            name: Some(inside),
            bytes,
            ..Carried::default()
        };
        self.gathering
            .document(carried, &mut self.state.seen)
            .map(|_| None)
    }

    /// Takes documents of an archive in. It is copied to this machine first, for it is read over
    /// several scans.
    fn archive(
        &mut self,
        store: &Store<'_>,
        object: &Found,
        cache: &mut FolderCache,
    ) -> Result<Option<u64>, FetchError> {
        let name = object.path.to_string();
        let is_same = |open: &OpenArchive| {
            open.name == name && open.tag == object.tag && open.next_entry == object.from
        };
        let mut open = match cache.open.take().filter(is_same) {
            Some(open) => open,
            None => {
                let failed = |error: std::io::Error| FetchError::Folder {
                    path: std::env::temp_dir().display().to_string(),
                    detail: error.to_string(),
                };
                let mut file = tempfile::tempfile().map_err(failed)?;
                let limit = self.gathering.context.settings.archive_bytes;
                if !store.copy(&object.path, limit, &mut file)? {
                    return Ok(None);
                }
                file.seek(SeekFrom::Start(0)).map_err(failed)?;
                let limits = self.gathering.limits();
                OpenArchive::open((name, object.tag.clone()), file, object.from, &limits)?
            }
        };
        self.gathering.archive(&mut open, &mut self.state.seen);
        if !open.is_done {
            let next = open.next_entry;
            cache.open = Some(open);
            return Ok(Some(next));
        }
        open.error.map_or(Ok(None), Err)
    }
}

/// Whether an object is to be taken.
enum Standing {
    /// From this entry on, where it is an archive.
    Due(u64),
    /// It was taken as it is now.
    Done,
    /// It stands where everything was taken long ago.
    Before,
}

impl<'a> Store<'a> {
    fn open(
        source: &SourceConfig,
        settings: &FetcherSettings,
        network: &'a Handle,
    ) -> Result<Self, FetchError> {
        let (store, prefix) = bucket::open(source, settings)?;
        let (bucket, _) = bucket::parts(source.place()).unwrap_or_default();
        Ok(Self {
            store,
            bucket,
            prefix,
            network,
        })
    }

    fn shown(&self, path: &Path) -> String {
        format!("s3://{}/{path}", self.bucket)
    }

    /// The name below the prefix.
    fn inside(&self, name: &str) -> String {
        let prefix = format!("{}/", self.prefix);
        name.strip_prefix(&prefix).unwrap_or(name).to_owned()
    }

    fn failed(&self, path: &Path, error: &(dyn std::error::Error + 'static)) -> FetchError {
        FetchError::Folder {
            path: self.shown(path),
            detail: innermost(error).to_string(),
        }
    }

    /// Copies an object, up to `limit` bytes. Whether it is there: objects come and go while the
    /// bucket is listed.
    fn copy(&self, path: &Path, limit: usize, to: &mut impl Write) -> Result<bool, FetchError> {
        let got = match self.network.block_on(self.store.get(path)) {
            Ok(got) => got,
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(self.failed(path, &error)),
        };
        let mut pieces = got.into_stream();
        let mut left = limit;
        while let Some(piece) = self.network.block_on(pieces.next()) {
            let piece = piece.map_err(|error| self.failed(path, &error))?;
            left = left
                .checked_sub(piece.len())
                .ok_or_else(|| FetchError::TooLarge {
                    url: self.shown(path),
                    limit,
                    key: "archive_bytes",
                })?;
            to.write_all(&piece)
                .map_err(|error| self.failed(path, &error))?;
        }
        Ok(true)
    }

    /// Puts an object away whose stories are committed.
    fn put_away(&self, path: &Path, after: AfterTaking) -> Result<(), FetchError> {
        let inside = self.inside(path.as_ref());
        let done = Path::from(format!("{}/{DONE}/{inside}", self.prefix));
        let put = self.network.block_on(async {
            if after == AfterTaking::Move {
                self.store.copy(path, &done).await?;
            }
            self.store.delete(path).await
        });
        match put {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => self.give_up(path),
            Err(error) => Err(self.failed(path, &error)),
        }
    }
}

/// Its place in the order, and what tells it from others of its name.
fn known_as(name: String, object: ObjectMeta) -> (TakenTo, Found) {
    let seconds = object.last_modified.timestamp();
    let changed = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let found = Found {
        tag: object
            .e_tag
            .unwrap_or_else(|| format!("{seconds}-{}", object.size)),
        path: object.location,
        bytes: object.size,
        from: 1,
    };
    (TakenTo { changed, name }, found)
}

/// Lets go of objects that were taken long ago, and remembers up to where everything was.
fn forget_taken(state: &mut FeedState) {
    let newest = state.taken.values().map(|taken| taken.changed).max();
    let Some(late) = newest.and_then(|newest| newest.checked_sub(LATE).ok()) else {
        return;
    };
    let mut order: Vec<TakenTo> = state.taken.iter().map(place_of).collect();
    order.sort_unstable();
    let surplus = order.len().saturating_sub(TAKEN_KEPT);
    for (place, at) in order.into_iter().enumerate() {
        let is_pending = state
            .taken
            .get(&at.name)
            .is_some_and(|taken| taken.next_entry.is_some());
        if is_pending || (place >= surplus && at.changed >= late) {
            return;
        }
        state.taken.remove(&at.name);
        state.taken_to = state.taken_to.take().max(Some(at));
    }
}

fn place_of((name, taken): (&String, &TakenFile)) -> TakenTo {
    TakenTo {
        changed: taken.changed,
        name: name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(objects: &[(&str, i64, Option<u64>)]) -> FeedState {
        let source = SourceConfig::feed("a", "https://x.example/");
        let mut state = begin(&source, None, Timestamp::UNIX_EPOCH);
        for (name, hours, next_entry) in objects {
            let taken = TakenFile {
                tag: "t".to_owned(),
                changed: Timestamp::from_second(hours * 3600).unwrap(),
                next_entry: *next_entry,
            };
            state.taken.insert((*name).to_owned(), taken);
        }
        state
    }

    fn kept(state: &FeedState) -> Vec<&str> {
        state.taken.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_is_put_away_or_claimed_is_not_taken_again() {
        for (name, is_taken) in [
            ("in/a.txt", true),
            ("a.txt", true),
            ("in/.done/a.txt", false),
            (".done/a.txt", false),
            (".claimed/2026/a.txt", false),
        ] {
            assert_eq!(is_ours(name), is_taken, "{name}");
        }
    }

    #[test]
    fn what_was_taken_long_ago_is_known_by_a_mark() {
        let mut state = state(&[("a", 0, None), ("b", 10, None), ("c", 30, None)]);
        forget_taken(&mut state);
        assert_eq!(kept(&state), ["b", "c"]);
        let to = state.taken_to.clone().unwrap();
        assert_eq!((to.name.as_str(), to.changed), ("a", Timestamp::UNIX_EPOCH));
        forget_taken(&mut state);
        assert_eq!(state.taken_to, Some(to));
    }

    #[test]
    fn an_archive_under_way_holds_the_mark_back() {
        let mut state = state(&[("a", 0, Some(7)), ("b", 1, None), ("c", 30, None)]);
        forget_taken(&mut state);
        assert_eq!(kept(&state), ["a", "b", "c"]);
        assert_eq!(state.taken_to, None);
    }

    #[test]
    fn the_cursor_does_not_grow_for_ever() {
        let names: Vec<String> = (0..TAKEN_KEPT + 5).map(|n| format!("{n:06}")).collect();
        let objects: Vec<_> = names.iter().map(|name| (name.as_str(), 1, None)).collect();
        let mut state = state(&objects);
        forget_taken(&mut state);
        assert_eq!(state.taken.len(), TAKEN_KEPT);
        assert_eq!(state.taken_to.unwrap().name, "000004");
    }
}
