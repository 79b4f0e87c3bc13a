//! One scan of a folder of documents: plain texts and saved pages, each a story of its own, and
//! wires and saved feeds with the items they hold.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use wiredesk_formats::{Format, Hints, Limits, inflate_if_gzip};
use wiredesk_model::{FeedState, ParsedFeed, Payload, RawItem};

use crate::cursor::{self, begin, memory};
use crate::maker::{RecordMaker, is_document, read_any};
use crate::pages::Page;
use crate::poll::{Context, Polled};
use crate::{FetchError, SourceConfig, changes, schedule};

/// Folders inside folders that are looked into.
const MAX_DEPTH: usize = 8;
/// Files of one folder that are looked at; more is an error, not a silent end.
const MAX_FILES: usize = 100_000;

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
#[derive(Debug, Default)]
pub struct FolderCache {
    known: HashMap<PathBuf, Known>,
}

/// A file that may hold a document.
struct Found {
    path: PathBuf,
    changed: SystemTime,
    bytes: u64,
}

/// Scans the folder; `None` where nothing changed, so that nothing needs to be written. Blocks.
pub fn scan(
    context: &Context,
    source: &SourceConfig,
    before: Option<&FeedState>,
    cache: &mut FolderCache,
) -> Option<Polled> {
    let now = context.clock.now();
    let mut state = begin(source, before, now);
    let poll = state.polls;
    let root = Path::new(source.place());
    let mut scan = Scan {
        context,
        source,
        root,
        poll,
        items: Vec::new(),
        unchanged: 0,
        more: false,
    };
    let found = list(root);
    let mut error = found.as_ref().err().cloned();
    if let Ok(found) = &found {
        let here: HashSet<&Path> = found.iter().map(|file| file.path.as_path()).collect();
        cache.known.retain(|path, _| here.contains(path.as_path()));
    }
    for file in found.unwrap_or_default() {
        scan.take(&file, &mut state, cache);
    }
    error = error.or_else(|| first_error(cache));
    if !scan.more {
        // Only now has every file of the folder been looked at.
        let memory = memory(source, &context.settings);
        state.seen = changes::forget(std::mem::take(&mut state.seen), poll, memory);
    }
    let interval = schedule::interval(source, &context.settings);
    state.next_poll = if scan.more {
        now
    } else {
        schedule::later(now, interval)
    };
    let text = error.as_ref().map(ToString::to_string);
    if scan.items.is_empty() && before.is_some_and(|before| before.health.last_error == text) {
        return None;
    }
    state.health.failures_in_a_row = match &error {
        Some(_) => state.health.failures_in_a_row.saturating_add(1),
        None => 0,
    };
    state.health.last_success = error.is_none().then_some(now).or(state.health.last_success);
    state.health.last_error = text;
    let outcome = match (&error, scan.items.is_empty()) {
        (Some(_), _) => "failed",
        (None, true) => "unchanged",
        (None, false) => "changed",
    };
    let mut polled = Polled {
        items: scan.items,
        error,
        unchanged: scan.unchanged,
        outcome,
        state,
    };
    cursor::note(&mut polled, now);
    Some(polled)
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
    context: &'a Context,
    source: &'a SourceConfig,
    root: &'a Path,
    poll: u64,
    items: Vec<RawItem>,
    unchanged: usize,
    /// There are more documents than one scan takes.
    more: bool,
}

impl Scan<'_> {
    fn take(&mut self, file: &Found, state: &mut FeedState, cache: &mut FolderCache) {
        let known = cache.known.get(&file.path);
        if let Some(known) =
            known.filter(|known| known.changed == file.changed && known.bytes == file.bytes)
        {
            self.unchanged += known.stories.len();
            for story in &known.stories {
                if let Some(seen) = state.seen.get_mut(story) {
                    seen.last_poll = self.poll;
                }
            }
            return;
        }
        if self.is_being_written(file) {
            return;
        }
        if self.items.len() >= self.context.settings.folder_documents {
            self.more = true;
            return;
        }
        let mut known = Known {
            changed: file.changed,
            bytes: file.bytes,
            stories: Vec::new(),
            error: None,
        };
        match self.read(file) {
            Ok((parsed, bytes)) => known.stories = self.take_items(&parsed, bytes, state),
            Err(error) => known.error = Some(error),
        }
        cache.known.insert(file.path.clone(), known);
    }

    /// A file that changed a moment ago may not be whole yet.
    fn is_being_written(&self, file: &Found) -> bool {
        let settle = Duration::from_millis(self.context.settings.folder_settle_ms);
        let now = SystemTime::from(self.context.clock.now());
        now.duration_since(file.changed)
            .is_ok_and(|age| age < settle)
    }

    /// What is in the file, and its bytes, unpacked. A document of one story is known by its name.
    fn read(&self, file: &Found) -> Result<(ParsedFeed, Vec<u8>), FetchError> {
        let path = file.path.display().to_string();
        let limit = self.context.settings.page_bytes;
        if file.bytes > limit as u64 {
            return Err(FetchError::TooLarge {
                url: path,
                limit,
                key: "page_bytes",
            });
        }
        let packed = std::fs::read(&file.path).map_err(|error| FetchError::Folder {
            path: path.clone(),
            detail: error.to_string(),
        })?;
        let hints = Hints {
            habits: self.source.habits.clone(),
            ..Hints::default()
        };
        let limits = Limits {
            document_bytes: limit,
            ..Limits::default()
        };
        let unreadable = |error| FetchError::Unreadable {
            url: path.clone(),
            error,
        };
        let bytes = inflate_if_gzip(&packed, &limits).map_err(unreadable)?;
        let mut parsed = read_any(&bytes, &hints, &limits).map_err(unreadable)?;
        if is_document(&parsed) {
            let name = file
                .path
                .strip_prefix(self.root)
                .unwrap_or(&file.path)
                .to_string_lossy();
            parsed
                .items
                .iter_mut()
                .for_each(|item| item.id = Some(name.clone().into_owned()));
        }
        Ok((parsed, bytes.into_owned()))
    }

    /// Takes the items of a file in, and tells which stories they are.
    fn take_items(
        &mut self,
        parsed: &ParsedFeed,
        bytes: Vec<u8>,
        state: &mut FeedState,
    ) -> Vec<String> {
        let taken = changes::take_in(self.source, &parsed.items, &mut state.seen, self.poll);
        self.unchanged += parsed.items.len() - taken.fresh.len();
        let maker = RecordMaker {
            run: &self.context.run,
            source: self.source,
            parsed,
            facts: None,
            now: self.context.clock.now(),
        };
        let document = is_document(parsed).then(|| document_payload(parsed, bytes));
        let items = taken.fresh.iter().map(|fresh| match &document {
            Some(payload) => maker.raw_item_of(fresh, Page::NotWanted, payload.clone()),
            None => maker.raw_item(fresh, Page::NotWanted),
        });
        self.items.extend(items);
        taken.stories
    }
}

/// The bytes of a document with one story, as they are.
pub(crate) fn document_payload(parsed: &ParsedFeed, bytes: Vec<u8>) -> Payload {
    let media_type = Format::named(&parsed.format).map_or("text/plain", |format| format.media_type);
    Payload {
        media_type: media_type.to_owned(),
        charset: None,
        bytes,
    }
}

/// How many documents a folder holds.
pub(crate) fn count_documents(root: &Path) -> Result<usize, FetchError> {
    list(root).map(|found| found.len())
}

/// Whether a file's name is that of a document, a wire or a feed.
fn has_known_ending(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    !name.starts_with('.')
        && [
            ".txt", ".html", ".htm", ".xml", ".json", ".nitf", ".newsml", ".rss", ".atom",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Every document in the folder and the folders inside it, by name. Links are not followed.
fn list(root: &Path) -> Result<Vec<Found>, FetchError> {
    let failed = |path: &Path, detail: String| FetchError::Folder {
        path: path.display().to_string(),
        detail,
    };
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
            if meta.is_dir() && depth < MAX_DEPTH {
                folders.push((entry.path(), depth + 1));
            } else if meta.is_file() && has_known_ending(&entry.file_name().to_string_lossy()) {
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
