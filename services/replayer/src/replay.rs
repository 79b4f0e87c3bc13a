//! The source that writes archived items to the raw topic.
//!
//! Its cursor, how far each partition of the archive is done with, lives in the topic of feed
//! cursors under the name of the run, and moves with the items: so a replay goes on where it
//! stopped, and two processes cannot replay the same run at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wiredesk_archive::ArchivedRaw;
use wiredesk_model::{
    Headers, Incoming, Outgoing, RunId, Topic, TopicPartition, header, partition_for,
};
use wiredesk_pipeline::{Production, Source};

use crate::orders::again;
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
    /// Items written of the run.
    pub written: AtomicU64,
    /// Those among them that were written before this process.
    pub before: AtomicU64,
    /// Items that this process looks at; 0 where that is not known.
    pub most: AtomicU64,
    /// Items that it has looked at.
    pub seen: AtomicU64,
    /// Whether everything is written, and the log says so.
    pub is_done: AtomicBool,
    /// Why it cannot go on, where someone must act first.
    pub failure: OnceLock<String>,
    /// Whether another process works on the run.
    pub is_elsewhere: AtomicBool,
    /// Documents, or segments of an archive, that could not be read and were left out.
    pub unreadable: AtomicU64,
}

impl Progress {
    /// Notes what was looked at.
    fn note(&self, items: Option<&Items>) {
        let Some(items) = items else {
            return;
        };
        for (count, value) in [
            (&self.most, items.most()),
            (&self.seen, items.seen()),
            (&self.unreadable, items.left_out()),
        ] {
            count.store(value, Ordering::Relaxed);
        }
    }
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
    /// Orders of the desk given so far; they go ahead of the items.
    #[serde(default)]
    ordered: usize,
    /// Whether all of them are given.
    #[serde(default)]
    all_ordered: bool,
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
    /// Opened when they are first wanted, and again where that failed.
    items: Option<Items>,
    /// The cursor as it was written last, until it comes back from the log: only then it holds.
    awaited: Option<Vec<u8>>,
}

impl Work {
    /// The next item without taking it, with its partition; `None` at the end.
    fn peek(
        &mut self,
        origin: &Origin,
        selection: &Selection,
    ) -> Result<Option<(u32, &ArchivedRaw)>, ReplayError> {
        let next = &self.cursor.next;
        let items = match &mut self.items {
            Some(items) => items,
            none => none.insert(origin.items(selection, next)?),
        };
        items.peek(next)
    }

    fn take(&mut self, partition: u32) -> Option<ArchivedRaw> {
        self.items.as_mut()?.take(partition)
    }
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

    /// The next step: first what the desk ordered, then items.
    fn next_step(&mut self, wait: Duration) -> Result<Option<Production>, ReplayError> {
        match &self.work {
            Some(work) if !work.cursor.all_ordered => match self.next_orders()? {
                None => self.next_batch(wait),
                orders => Ok(orders),
            },
            Some(_) => self.next_batch(wait),
            None => {
                std::thread::sleep(wait);
                Ok(None)
            }
        }
    }

    /// The next orders as one atomic step; none where there are no more.
    fn next_orders(&mut self) -> Result<Option<Production>, ReplayError> {
        let Some(work) = &mut self.work else {
            return Ok(None);
        };
        let orders = self.origin.orders(&self.selection)?.into_iter();
        let next = orders.skip(work.cursor.ordered).take(BATCH_ITEMS);
        let outputs: Vec<Outgoing> = next.filter_map(|order| again(order, &self.run)).collect();
        work.cursor.ordered += outputs.len();
        work.cursor.all_ordered = outputs.len() < BATCH_ITEMS;
        Ok((!outputs.is_empty()).then(|| self.step(outputs)).flatten())
    }

    /// Outputs together with the cursor behind them.
    fn step(&mut self, mut outputs: Vec<Outgoing>) -> Option<Production> {
        let key = self.cursor_key();
        let work = self.work.as_mut()?;
        work.awaited = serde_json::to_vec(&work.cursor).ok();
        outputs.push(Outgoing {
            topic: Topic::FeedState,
            key,
            value: work.awaited.clone(),
            headers: Headers::new().with(header::RUN, self.run.as_str()),
        });
        Some(Production {
            at: work.at,
            outputs,
        })
    }

    /// The next items that are due, as one atomic step.
    fn next_batch(&mut self, wait: Duration) -> Result<Option<Production>, ReplayError> {
        let Some(work) = &mut self.work else {
            return Ok(None);
        };
        let mut outputs = Vec::new();
        let mut bytes = 0;
        while outputs.len() < BATCH_ITEMS && bytes < BATCH_BYTES {
            let next = match work.peek(&self.origin, &self.selection) {
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
                    return Ok(None);
                }
                break;
            }
            let Some(archived) = work.take(partition) else {
                break;
            };
            work.cursor.next.insert(partition, archived.offset() + 1);
            let output = replayed(archived, &self.run);
            bytes += output.value.as_ref().map_or(0, Vec::len);
            outputs.push(output);
        }
        self.progress.note(work.items.as_ref());
        if outputs.is_empty() {
            // What is not committed yet may come again.
            let is_done = work.awaited.is_none();
            self.progress.is_done.store(is_done, Ordering::Relaxed);
            std::thread::sleep(wait);
            return Ok(None);
        }
        work.cursor.written += outputs.len() as u64;
        self.progress
            .written
            .store(work.cursor.written, Ordering::Relaxed);
        Ok(self.step(outputs))
    }

    /// A store may answer again later, and until then the replay stays where it is; what is
    /// damaged or forbidden stays so until someone acts.
    fn note_failure(&mut self, error: &ReplayError) {
        if error.may_pass() {
            tracing::error!(run = %self.run, "{error}; trying again");
            self.retry_at = Some(Instant::now() + RETRY_PAUSE);
        } else if self.progress.failure.set(error.to_string()).is_ok() {
            tracing::error!(run = %self.run, "{error}");
        }
    }
}

/// An archived item as it goes into the raw topic again: the same but for its run.
fn replayed(archived: ArchivedRaw, run: &RunId) -> Outgoing {
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
        for count in [&self.progress.written, &self.progress.before] {
            count.store(cursor.written, Ordering::Relaxed);
        }
        self.progress.is_done.store(false, Ordering::Relaxed);
        self.work = Some(Work {
            at,
            cursor,
            items: None,
            awaited: None,
        });
    }

    fn revoked(&mut self, at: TopicPartition) {
        if self.work.as_ref().is_some_and(|work| work.at == at) {
            self.work = None;
            self.progress.is_elsewhere.store(true, Ordering::Relaxed);
        }
    }

    fn observed(&mut self, record: Incoming) {
        let key = self.cursor_key();
        let Some(work) = self.work.as_mut().filter(|_| record.key == key) else {
            return;
        };
        if work.awaited == record.value {
            work.awaited = None;
        }
    }

    fn produce(&mut self, wait: Duration) -> Vec<Production> {
        let is_waiting = self.retry_at.is_some_and(|at| at > Instant::now());
        let has_failed = self.progress.failure.get().is_some();
        if self.holding || is_waiting || has_failed {
            std::thread::sleep(wait);
            return Vec::new();
        }
        match self.next_step(wait) {
            Ok(production) => production.into_iter().collect(),
            Err(error) => {
                self.note_failure(&error);
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
