//! One scan of a folder of documents: plain texts and saved pages, each a story of its own, wires
//! and saved feeds with the items they hold, and archives of any of these.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use wiredesk_model::{FeedState, TakenFile, Timestamp};

use crate::claims::{self, Claims};
use crate::cursor::{self, begin, memory};
use crate::gather::{Carried, Gathering, OpenArchive, is_archive_name, is_document_name};
use crate::poll::{Context, Polled};
use crate::source_config::AfterTaking;
use crate::{FetchError, SourceConfig, changes, schedule};

/// Folders inside folders that are looked into.
const MAX_DEPTH: usize = 8;
/// Files of one folder that are looked at; more is an error, not a silent end.
const MAX_FILES: usize = 100_000;

/// How many times what is remembered of a source may gather before the end of a scan.
const MANY_MEMORIES: usize = 2;

/// What was known of a file when it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    changed: SystemTime,
    bytes: u64,
    /// The stories in it.
    stories: Vec<String>,
    /// Why it could not be read, where it could not.
    error: Option<FetchError>,
}

/// Files as they were when last read, so that unchanged ones need not be read again.
#[derive(Default)]
pub struct FolderCache {
    known: HashMap<PathBuf, Known>,
    /// The archive that is being read.
    pub(crate) open: Option<OpenArchive>,
}

impl FolderCache {
    /// Whether the file was read as it is now.
    fn knows(&self, file: &Found) -> bool {
        let known = self.known.get(&file.path);
        known.is_some_and(|known| known.changed == file.changed && known.bytes == file.bytes)
    }
}

/// A file that may hold a document.
struct Found {
    path: PathBuf,
    changed: SystemTime,
    bytes: u64,
}

/// Scans the folder; `None` where nothing changed, so that nothing needs to be written. `before`
/// is committed. Blocks.
pub fn scan(
    context: &Context,
    source: &SourceConfig,
    before: Option<&FeedState>,
    cache: &mut FolderCache,
) -> Option<Polled> {
    let now = context.clock.now();
    let mut state = begin(source, before, now);
    if source.after != AfterTaking::Keep && state.claim.is_none() {
        // The name must be committed before anything is moved to a folder of that name.
        state.claim = Some(claims::new_name(now));
        state.next_poll = now;
        let nothing = Gathering::new(context, source, 0);
        return Some(polled_of(nothing, state, now, None));
    }
    let claims = Claims::of(source, &state);
    let mut scan = Scan {
        root: claims
            .as_ref()
            .map_or(Path::new(source.place()), Claims::folder),
        claims: claims.as_ref(),
        gathering: Gathering::new(context, source, state.polls),
        more: false,
        error: None,
    };
    let found = scan.files(Path::new(source.place()), cache);
    if let Ok(found) = &found {
        let here: HashSet<&Path> = found.iter().map(|file| file.path.as_path()).collect();
        cache.known.retain(|path, _| here.contains(path.as_path()));
        let names: HashSet<String> = found.iter().map(|file| scan.name_of(file)).collect();
        state.taken.retain(|name, _| names.contains(name));
    }
    let mut error = found.as_ref().err().cloned();
    for file in found.unwrap_or_default() {
        scan.take(&file, &mut state, cache);
    }
    error = error.or(scan.error).or_else(|| first_error(cache));
    if !scan.more {
        // Only now has every file of the folder been looked at.
        let memory = memory(source, &context.settings);
        state.seen = changes::forget(std::mem::take(&mut state.seen), state.polls, memory);
    } else if state.seen.len() > MANY_MEMORIES * context.settings.seen_items {
        // An archive of any length must not make the cursor one.
        let memory = memory(source, &context.settings);
        state.seen = changes::forget(std::mem::take(&mut state.seen), state.polls, memory);
    }
    // What was claimed is put away in the scan behind the commit.
    let goes_on = scan.more || (claims.is_some() && !scan.gathering.items.is_empty());
    let interval = schedule::interval(source, &context.settings);
    state.next_poll = if goes_on {
        now
    } else {
        schedule::later(now, interval)
    };
    let text = error.as_ref().map(ToString::to_string);
    let is_known =
        |before: &FeedState| before.health.last_error == text && before.taken == state.taken;
    if scan.gathering.items.is_empty() && !scan.more && before.is_some_and(is_known) {
        return None;
    }
    Some(polled_of(scan.gathering, state, now, error))
}

/// The scan that began at `now` as a poll, noted in its cursor: by the same clock as the time of
/// the next one, so that a clock that is set back meanwhile is noticed.
pub(crate) fn polled_of(
    gathering: Gathering<'_>,
    mut state: FeedState,
    now: Timestamp,
    error: Option<FetchError>,
) -> Polled {
    state.health.failures_in_a_row = match &error {
        Some(_) => state.health.failures_in_a_row.saturating_add(1),
        None => 0,
    };
    state.health.last_success = error.is_none().then_some(now).or(state.health.last_success);
    state.health.last_error = error.as_ref().map(ToString::to_string);
    let outcome = match (&error, gathering.items.is_empty()) {
        (Some(_), _) => "failed",
        (None, true) => "unchanged",
        (None, false) => "changed",
    };
    let mut polled = Polled {
        items: gathering.items,
        error,
        unchanged: gathering.unchanged,
        outcome,
        state,
    };
    cursor::note(&mut polled, now);
    polled
}

fn first_error(cache: &FolderCache) -> Option<FetchError> {
    let mut failing: Vec<_> = cache
        .known
        .iter()
        .filter_map(|(path, known)| Some((path, known.error.as_ref()?)))
        .collect();
    failing.sort_by_key(|(path, _)| *path);
    failing.first().map(|(_, error)| (*error).clone())
}

/// A scan under way.
struct Scan<'a> {
    gathering: Gathering<'a>,
    /// The folder that names are counted from.
    root: &'a Path,
    claims: Option<&'a Claims>,
    /// There are more documents than one scan takes.
    more: bool,
    /// The first thing that went wrong beside the files themselves.
    error: Option<FetchError>,
}

impl Scan<'_> {
    /// The files to look at: those of the folder, or those that are claimed.
    fn files(&mut self, folder: &Path, cache: &FolderCache) -> Result<Vec<Found>, FetchError> {
        let Some(claims) = self.claims else {
            return list(folder);
        };
        let claimed = || match claims.folder().exists() {
            true => list(claims.folder()),
            false => Ok(Vec::new()),
        };
        let most = self.gathering.context.settings.folder_documents;
        // Those that were read are put away in this scan, and make room.
        let unread = claimed()?.iter().filter(|file| !cache.knows(file)).count();
        let mut places = most.saturating_sub(unread);
        for file in list(folder)? {
            if places == 0 {
                self.more = true;
                break;
            }
            if self.is_being_written(&file) {
                continue;
            }
            match claims.claim(&file.path) {
                Ok(is_ours) => places -= usize::from(is_ours),
                Err(error) => {
                    self.error.get_or_insert(error);
                    break;
                }
            }
        }
        claimed()
    }

    fn name_of(&self, file: &Found) -> String {
        let name = file.path.strip_prefix(self.root).unwrap_or(&file.path);
        match (name.as_os_str().is_empty(), file.path.file_name()) {
            (true, Some(name)) => name.to_string_lossy().into_owned(),
            _ => name.to_string_lossy().into_owned(),
        }
    }

    fn take(&mut self, file: &Found, state: &mut FeedState, cache: &mut FolderCache) {
        let known = cache.known.get(&file.path).filter(|_| cache.knows(file));
        if let Some(known) = known {
            self.gathering.unchanged += known.stories.len();
            for story in &known.stories {
                if let Some(seen) = state.seen.get_mut(story) {
                    seen.last_poll = self.gathering.poll;
                }
            }
            self.put_away(file, known.error.as_ref());
            return;
        }
        if self.is_being_written(file) {
            return;
        }
        if self.gathering.is_full() {
            self.more = true;
            return;
        }
        let before = self.gathering.items.len();
        let read = if is_archive_name(&file.path.to_string_lossy()) {
            self.archive(file, state, cache)
        } else {
            self.document(file, state).map(Some)
        };
        let (stories, error) = match read {
            Ok(Some(stories)) => (stories, None),
            Ok(None) => return,
            Err(error) => (Vec::new(), Some(error)),
        };
        // What has brought news is put away once that is committed.
        if self.gathering.items.len() == before {
            self.put_away(file, error.as_ref());
        }
        let known = Known {
            changed: file.changed,
            bytes: file.bytes,
            stories,
            error,
        };
        cache.known.insert(file.path.clone(), known);
    }

    /// A claimed file is done with: its stories are committed, or nothing can be read.
    fn put_away(&mut self, file: &Found, error: Option<&FetchError>) {
        let Some(claims) = self.claims else {
            return;
        };
        let put = match error {
            Some(error) => {
                self.error.get_or_insert_with(|| error.clone());
                claims.fail(&file.path, error)
            }
            None => claims.finish(&file.path),
        };
        if let Err(error) = put {
            self.error.get_or_insert(error);
        }
    }

    /// A file that changed a moment ago may not be whole yet.
    fn is_being_written(&self, file: &Found) -> bool {
        let context = self.gathering.context;
        let settle = Duration::from_millis(context.settings.folder_settle_ms);
        let now = SystemTime::from(context.clock.now());
        now.duration_since(file.changed)
            .is_ok_and(|age| age < settle)
    }

    /// Takes the stories of a file in. A document of one story is known by its name.
    fn document(&mut self, file: &Found, state: &mut FeedState) -> Result<Vec<String>, FetchError> {
        let place = file.path.display().to_string();
        let limit = self.gathering.context.settings.page_bytes;
        if file.bytes > limit as u64 {
            return Err(FetchError::TooLarge {
                url: place,
                limit,
                key: "page_bytes",
            });
        }
        let bytes = std::fs::read(&file.path).map_err(|error| FetchError::Folder {
            path: place.clone(),
            detail: error.to_string(),
        })?;
        let source = self.gathering.source;
        let carried = Carried {
            place,
            name: Some(self.name_of(file)),
            fetched_at: Timestamp::try_from(file.changed)
                .ok()
                .filter(|_| source.is_replayed),
            bytes,
            ..Carried::default()
        };
        self.gathering.document(carried, &mut state.seen)
    }

    /// Takes documents of an archive in, from where the cursor stands in it. `None` where there
    /// are more than one scan takes; the next goes on.
    fn archive(
        &mut self,
        file: &Found,
        state: &mut FeedState,
        cache: &mut FolderCache,
    ) -> Result<Option<Vec<String>>, FetchError> {
        let name = self.name_of(file);
        let changed = Timestamp::try_from(file.changed).unwrap_or(Timestamp::UNIX_EPOCH);
        let tag = format!("{}-{}", changed.as_nanosecond(), file.bytes);
        let before = state.taken.get(&name).filter(|taken| taken.tag == tag);
        let from = before.map_or(Some(1), |taken| taken.next_entry);
        let Some(from) = from else {
            return Ok(Some(Vec::new()));
        };
        let is_same =
            |open: &OpenArchive| open.name == name && open.tag == tag && open.next_entry == from;
        let mut open = match cache.open.take().filter(is_same) {
            Some(open) => open,
            None => {
                let bytes = File::open(&file.path).map_err(|error| FetchError::Folder {
                    path: file.path.display().to_string(),
                    detail: error.to_string(),
                })?;
                let limits = self.gathering.limits();
                OpenArchive::open((name.clone(), tag.clone()), bytes, from, &limits)?
            }
        };
        self.gathering.archive(&mut open, &mut state.seen);
        let taken = TakenFile {
            tag,
            changed,
            next_entry: (!open.is_done).then_some(open.next_entry),
        };
        state.taken.insert(name, taken);
        if !open.is_done {
            self.more = true;
            cache.open = Some(open);
            return Ok(None);
        }
        open.error.map_or(Ok(Some(Vec::new())), Err)
    }
}

/// How many documents and archives a folder holds.
pub(crate) fn count_documents(root: &Path) -> Result<usize, FetchError> {
    list(root).map(|found| found.len())
}

/// A file that is named by itself, whatever its name.
fn one_file(path: &Path) -> std::io::Result<Found> {
    let meta = path.metadata()?;
    Ok(Found {
        path: path.to_path_buf(),
        changed: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        bytes: meta.len(),
    })
}

/// Every document and archive in the folder and the folders inside it, by name. Links are not
/// followed, and folders with a dot in front are not looked into.
fn list(root: &Path) -> Result<Vec<Found>, FetchError> {
    let failed = |path: &Path, detail: String| FetchError::Folder {
        path: path.display().to_string(),
        detail,
    };
    if root.is_file() {
        return one_file(root)
            .map(|file| vec![file])
            .map_err(|error| failed(root, error.to_string()));
    }
    let mut files = Vec::new();
    let mut folders = vec![(root.to_path_buf(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| failed(&folder, error.to_string()))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(&folder, error.to_string()))?;
            // Files come and go while the folder is read.
            let Ok(meta) = entry.metadata() else {
                continue;
            };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if meta.is_dir() && depth < MAX_DEPTH && !name.starts_with('.') {
                folders.push((entry.path(), depth + 1));
            } else if meta.is_file() && (is_document_name(&name) || is_archive_name(&name)) {
                if files.len() >= MAX_FILES {
                    return Err(failed(
                        root,
                        format!("more than {MAX_FILES} files; spread them over several folders"),
                    ));
                }
                let changed = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push(Found {
                    path: entry.path(),
                    changed,
                    bytes: meta.len(),
                });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use wiredesk_model::RunId;

    use super::*;
    use crate::clock::Clock;
    use crate::copies::Copies;
    use crate::http::HttpClient;
    use crate::permission::Permissions;
    use crate::{FetcherSettings, SourceKind};

    /// An hour ahead when it is first looked at, and right from then on.
    struct SetBack(AtomicBool);

    impl Clock for SetBack {
        fn now(&self) -> Timestamp {
            let hours = u64::from(!self.0.swap(true, Ordering::SeqCst));
            Timestamp::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + hours * 3_600)
        }
    }

    #[test]
    fn a_clock_that_is_set_back_during_a_scan_does_not_put_the_next_one_off() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(folder.path().join("one.txt"), "A story.").expect("a new file");
        let source = SourceConfig {
            kind: SourceKind::Folder,
            ..SourceConfig::feed("folder", &folder.path().display().to_string())
        };
        let settings = FetcherSettings::default();
        let context = Context {
            http: HttpClient::new(&settings).expect("the defaults are right"),
            settings,
            copies: Copies::default(),
            permissions: Permissions::default(),
            clock: Arc::new(SetBack(AtomicBool::new(false))),
            run: RunId::new("test"),
            hubs: None,
            doors: Arc::default(),
        };
        let polled = scan(&context, &source, None, &mut FolderCache::default());
        let state = polled.expect("a new file").state;
        let now = context.clock.now();
        let due = cursor::due(&source, Some(&state), now, Duration::from_secs(86_400));
        assert_eq!(due, now, "by the wrong clock: {}", state.next_poll);
    }
}
