//! The source that writes archived items to the raw topic.
//!
//! Its cursor, how far each partition of the archive is done with, lives in the topic of feed
//! cursors under the name of the run, and moves with the items: so a replay goes on where it
//! stopped, and two processes cannot replay the same run at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wiredesk_archive::ArchivedRaw;
use wiredesk_model::{
    Headers, Incoming, Outgoing, RunId, Topic, TopicPartition, header, partition_for,
};
use wiredesk_pipeline::{Production, Source};

use crate::origin::Items;
use crate::pace::{Pace, Speed};
use crate::{Origin, ReplayError, Selection};

/// Items in one atomic step.
const BATCH_ITEMS: usize = 200;
/// Bytes in one atomic step, beyond the first item.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Pause before the archive is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// How far a replay has come; read by anybody.
#[derive(Debug, Default)]
pub struct Progress {
    /// Items written by this process.
    pub written: AtomicU64,
    /// Items that there are to look at, at the most; 0 where that is not known.
    pub most: AtomicU64,
    /// Whether everything is written.
    pub is_done: AtomicBool,
    /// Whether another process works on the run.
    pub is_elsewhere: AtomicBool,
    /// Documents that could not be read.
    pub unreadable: AtomicU64,
}

/// What is kept of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Cursor {
    /// What was selected: with another selection the run begins anew.
    selection: String,
    /// The next offset of each partition of the archive.
    next: BTreeMap<u32, i64>,
    /// Items written so far.
    written: u64,
}

/// A replay as a source of the pipeline.
pub struct Replay {
    origin: Origin,
    selection: Selection,
    run: RunId,
    pace: Pace,
    progress: Arc<Progress>,
    /// Where the cursor belongs, and what is selected behind it; `None` while that is not ours.
    work: Option<Work>,
    holding: bool,
    /// What is kept of an earlier time does not count.
    begins_anew: bool,
    /// The archive could not be read: not before this.
    retry_at: Option<Instant>,
}

struct Work {
    at: TopicPartition,
    cursor: Cursor,
    items: Items,
}

impl Replay {
    /// A replay of what is selected, under the name of a run.
    ///
    /// # Errors
    /// Where the archive cannot be read, or holds nothing of the selection.
    pub fn new(
        origin: Origin,
        selection: Selection,
        run: RunId,
        speed: Speed,
    ) -> Result<Self, ReplayError> {
        let mut items = origin.items(&selection, &BTreeMap::new())?;
        let progress = Arc::new(Progress::default());
        progress.most.store(items.most(), Ordering::Relaxed);
        if items.peek(&BTreeMap::new())?.is_none() {
            return Err(ReplayError::Nothing {
                location: origin.to_string(),
                selection: selection.to_string(),
            });
        }
        Ok(Self {
            origin,
            selection,
            run,
            pace: Pace::new(speed),
            progress,
            work: None,
            holding: false,
            begins_anew: false,
            retry_at: None,
        })
    }

    /// The same replay, beginning anew although it was done or begun before.
    #[must_use]
    pub fn from_the_start(mut self) -> Self {
        self.begins_anew = true;
        self
    }

    /// How far it has come.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    fn cursor_key(&self) -> String {
        format!("replay:{}", self.run)
    }

    /// The next items that are due, as one atomic step.
    fn next_batch(&mut self, wait: Duration) -> Result<Option<Production>, ReplayError> {
        let key = self.cursor_key();
        let Some(work) = &mut self.work else {
            std::thread::sleep(wait);
            return Ok(None);
        };
        let mut outputs = Vec::new();
        let mut bytes = 0;
        while outputs.len() < BATCH_ITEMS && bytes < BATCH_BYTES {
            let next = match work.items.peek(&work.cursor.next) {
                // What was taken already goes first; the next call meets the error again.
                Err(_) if !outputs.is_empty() => break,
                next => next?,
            };
            let Some((partition, archived)) = next else {
                break;
            };
            let pause = self.pace.wait(archived.item.fetched_at, Instant::now());
            if !pause.is_zero() {
                if outputs.is_empty() {
                    std::thread::sleep(pause.min(wait));
                }
                break;
            }
            let Some(archived) = work.items.take(partition) else {
                break;
            };
            work.cursor.next.insert(partition, archived.offset() + 1);
            let output = again(archived, &self.run);
            bytes += output.value.as_ref().map_or(0, Vec::len);
            outputs.push(output);
        }
        if outputs.is_empty() {
            let is_done = work.items.peek(&work.cursor.next)?.is_none();
            self.progress.is_done.store(is_done, Ordering::Relaxed);
            if is_done {
                std::thread::sleep(wait);
            }
            return Ok(None);
        }
        work.cursor.written += outputs.len() as u64;
        self.progress
            .written
            .store(work.cursor.written, Ordering::Relaxed);
        outputs.push(Outgoing {
            topic: Topic::FeedState,
            key,
            value: serde_json::to_vec(&work.cursor).ok(),
            headers: Headers::new().with(header::RUN, self.run.as_str()),
        });
        Ok(Some(Production {
            at: work.at,
            outputs,
        }))
    }
}

/// An archived item as it goes into the raw topic again: the same but for its run.
fn again(archived: ArchivedRaw, run: &RunId) -> Outgoing {
    let mut item = archived.item;
    item.run = run.clone();
    let mut headers = Headers::new();
    for (name, value) in archived
        .headers
        .iter()
        .filter(|(name, _)| *name != header::RUN)
    {
        headers.push(name, value);
    }
    headers.push(header::RUN, run.as_str());
    Outgoing {
        topic: Topic::Raw,
        key: item.story.to_string(),
        value: serde_json::to_vec(&item).ok(),
        headers,
    }
}

impl Source for Replay {
    fn name(&self) -> &'static str {
        "replayer"
    }

    fn state_topic(&self) -> Topic {
        Topic::FeedState
    }

    fn assigned(&mut self, at: TopicPartition, partitions: u32, state: Vec<Incoming>) {
        let key = self.cursor_key();
        if partition_for(&key, partitions) != at.partition {
            return;
        }
        let selected = self.origin.said(&self.selection);
        let kept = state.into_iter().find(|record| record.key == key);
        let cursor: Cursor = kept
            .and_then(|record| serde_json::from_slice(record.value.as_deref()?).ok())
            .filter(|cursor: &Cursor| cursor.selection == selected)
            .filter(|_| !std::mem::take(&mut self.begins_anew))
            .unwrap_or_else(|| Cursor {
                selection: selected.clone(),
                ..Cursor::default()
            });
        if cursor.written > 0 {
            tracing::info!(run = %self.run, written = cursor.written, "the replay goes on");
        }
        self.progress
            .written
            .store(cursor.written, Ordering::Relaxed);
        match self.origin.items(&self.selection, &cursor.next) {
            Ok(items) => self.work = Some(Work { at, cursor, items }),
            Err(error) => tracing::error!(run = %self.run, "{error}"),
        }
    }

    fn revoked(&mut self, at: TopicPartition) {
        if self.work.as_ref().is_some_and(|work| work.at == at) {
            self.work = None;
            self.progress.is_elsewhere.store(true, Ordering::Relaxed);
        }
    }

    fn observed(&mut self, _record: Incoming) {}

    fn produce(&mut self, wait: Duration) -> Vec<Production> {
        let is_waiting = self.retry_at.is_some_and(|at| at > Instant::now());
        if self.holding || is_waiting {
            std::thread::sleep(wait);
            return Vec::new();
        }
        match self.next_batch(wait) {
            Ok(production) => production.into_iter().collect(),
            Err(error) => {
                // A store may answer again later; until then the replay stays where it is.
                tracing::error!(run = %self.run, "{error}; trying again");
                self.retry_at = Some(Instant::now() + RETRY_PAUSE);
                Vec::new()
            }
        }
    }

    fn hold(&mut self, hold: bool) {
        self.holding = hold;
    }

    fn refused(&mut self, _production: Production, detail: &str) -> Option<Production> {
        tracing::error!(run = %self.run, "an archived item is refused: {detail}");
        None
    }

    fn is_idle(&self) -> bool {
        true
    }
}
