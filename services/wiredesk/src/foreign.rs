//! A replay of what others wrote: their WARC and tar files, JSON lines, folders of documents and
//! feeds. The fetcher reads them as it reads a folder; here they get the name of the run, what is
//! not selected is left out, and the cursor is kept under the name of the replay.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wiredesk_fetcher::{
    Configured, FetchError, Fetcher, FetcherSettings, SourceConfig, SourceKind, id_for,
};
use wiredesk_model::{
    FeedState, Incoming, InstanceId, Outgoing, RawItem, RunId, Timestamp, Topic, TopicPartition,
    header,
};
use wiredesk_pipeline::{Production, Source, Transport, TransportError};
use wiredesk_replayer::{Pace, Progress, Selection, Speed};
use wiredesk_settings::Settings;

/// A place that is read once is not due again within a run.
const ONCE_SECONDS: u64 = 365 * 24 * 60 * 60;
/// Documents of one step: less than for news, which shall not wait behind them.
const DOCUMENTS_AT_ONCE: usize = 100;
/// A reader that brings nothing for so long, and has nothing under way, is at the end.
const QUIET: Duration = Duration::from_secs(3);

/// What is to be read, and as whose.
#[derive(Debug, Clone)]
pub(crate) struct Place<'p> {
    /// The file or folder.
    pub path: &'p Path,
    /// The source that its items belong to; named after the place where it is not given.
    pub source: Option<&'p str>,
    /// How fast its items go.
    pub speed: Speed,
}

/// The items of a place, as a source of the pipeline.
pub(crate) struct Foreign {
    fetcher: Fetcher,
    /// The name of the place in the fetcher, and that of its cursor.
    feed: String,
    cursor: String,
    selection: Selection,
    progress: Arc<Progress>,
    holding: bool,
    /// When something last happened.
    busy_at: Instant,
    last_error: Option<String>,
    /// The cursor as it was written last, until it comes back from the log: only then it holds.
    awaited: Option<Vec<u8>>,
    pace: Pace,
    /// Steps whose time has not come.
    waiting: VecDeque<Waiting>,
}

impl Foreign {
    /// A replay of a place under the name of a run.
    ///
    /// # Errors
    /// Where the reader cannot be set up.
    pub fn new(
        settings: &Settings,
        place: &Place<'_>,
        selection: Selection,
        run: RunId,
    ) -> Result<Self, FetchError> {
        let (configured, _) = Configured::read(settings);
        let source = source_of(&configured, place);
        let limits = FetcherSettings {
            // What has a time of its own goes alone.
            folder_documents: match place.speed {
                Speed::Max => DOCUMENTS_AT_ONCE,
                Speed::Times(_) => 1,
            },
            folder_settle_ms: 0,
            ..configured.settings
        };
        Ok(Self {
            feed: source.id.clone(),
            cursor: format!("replay:{run}:{}", place.path.display()),
            fetcher: Fetcher::new(vec![source], limits, run)?,
            selection,
            progress: Arc::new(Progress::default()),
            holding: false,
            busy_at: Instant::now(),
            last_error: None,
            awaited: None,
            pace: Pace::new(place.speed),
            waiting: VecDeque::new(),
        })
    }

    /// How far it has come.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Lets go of what an earlier replay of the same place left, so that it begins anew.
    ///
    /// # Errors
    /// Where the log cannot be written.
    pub fn begin_anew(&self, log: &dyn Transport) -> Result<(), TransportError> {
        let gone = (0..log.partitions(Topic::FeedState)?).map(|partition| Outgoing {
            topic: Topic::FeedState,
            key: self.cursor.clone(),
            value: None,
            headers: wiredesk_model::Headers::new().with(header::PARTITION, partition.to_string()),
        });
        let mut writer = log.writer(&InstanceId::new("replay"))?;
        writer.write(gone.collect())
    }

    /// A record of the topic of cursors as the fetcher is to see it; those of others are none of
    /// its business.
    fn inward(&self, record: Incoming) -> Option<Incoming> {
        (record.key == self.cursor).then(|| Incoming {
            key: self.feed.clone(),
            ..record
        })
    }

    /// Notes how far the log says that it is.
    fn note_cursor(&mut self, record: &Incoming) {
        if self.awaited == record.value {
            self.awaited = None;
        }
        let is_done = state_of(record.value.as_deref())
            .is_some_and(|state| self.awaited.is_none() && state.next_poll > Timestamp::now());
        self.progress.is_done.store(is_done, Ordering::Relaxed);
    }

    /// Tells what of the place could not be read, once.
    fn note_error(&mut self, cursor: Option<&[u8]>) {
        let error = state_of(cursor).and_then(|state| state.health.last_error);
        if let Some(text) = error.as_ref().filter(|_| error != self.last_error) {
            self.progress.unreadable.fetch_add(1, Ordering::Relaxed);
            tracing::error!("left out: {text}");
        }
        self.last_error = error;
    }

    /// A step of the fetcher as it goes out: without what is not selected.
    fn outward(&mut self, mut production: Production) -> Production {
        let mut left_out = HashSet::new();
        if !self.selection.is_everything() {
            for record in &production.outputs {
                if record.topic == Topic::Raw && !self.holds(record) {
                    left_out.insert(record.key.clone());
                }
            }
        }
        production.outputs.retain(|record| match record.topic {
            Topic::Raw | Topic::Orders => !left_out.contains(&record.key),
            _ => true,
        });
        let mut written = 0;
        for record in &mut production.outputs {
            match record.topic {
                Topic::Raw => written += 1,
                Topic::FeedState => {
                    record.key.clone_from(&self.cursor);
                    self.awaited.clone_from(&record.value);
                    self.note_error(record.value.as_deref());
                }
                _ => {}
            }
        }
        self.progress.written.fetch_add(written, Ordering::Relaxed);
        production
    }

    fn holds(&self, record: &Outgoing) -> bool {
        let item = record
            .value
            .as_deref()
            .map(serde_json::from_slice::<RawItem>);
        matches!(item, Some(Ok(item)) if self.selection.holds(&item))
    }

    /// The steps whose time has come; waits for the first one where there are none.
    fn take_due(&mut self, wait: Duration) -> Vec<Production> {
        let mut due = Vec::new();
        while let Some(next) = self.waiting.front() {
            let now = Instant::now();
            let pause = next
                .time
                .map_or(Duration::ZERO, |time| self.pace.wait(time, now));
            if !pause.is_zero() {
                if due.is_empty() {
                    std::thread::sleep(pause.min(wait));
                }
                break;
            }
            due.extend(self.waiting.pop_front().map(|next| next.step));
        }
        due
    }

    /// Whether nothing more is to come although no cursor says so: a place that ended exactly
    /// behind the last step.
    fn note_quiet(&mut self, is_busy: bool) {
        let is_owed = self.awaited.is_some();
        if is_busy || is_owed || self.holding || !self.fetcher.is_idle() {
            self.busy_at = Instant::now();
        } else if self.busy_at.elapsed() >= QUIET {
            self.progress.is_done.store(true, Ordering::Relaxed);
        }
    }
}

/// A step, and the time that its items have of their own.
struct Waiting {
    step: Production,
    time: Option<Timestamp>,
}

/// When the first item of a step was fetched.
fn time_of(production: &Production) -> Option<Timestamp> {
    let items = production
        .outputs
        .iter()
        .filter(|one| one.topic == Topic::Raw);
    let each = items.filter_map(|item| serde_json::from_slice(item.value.as_deref()?).ok());
    each.map(|item: RawItem| item.fetched_at).min()
}

fn state_of(cursor: Option<&[u8]>) -> Option<FeedState> {
    serde_json::from_slice(cursor?).ok()
}

/// The source that items of a place belong to: a configured one with its habits, or one by the name
/// of the place.
fn source_of(configured: &Configured, place: &Place<'_>) -> SourceConfig {
    let known = place.source.and_then(|id| {
        let mut sources = configured.sources.iter();
        sources.find(|source| source.id == id)
    });
    let stem = place.path.file_name().map(|name| name.to_string_lossy());
    let stem = stem.unwrap_or_default();
    let id = place.source.map_or_else(
        || {
            id_for(
                None,
                stem.split('.').next().unwrap_or_default(),
                &BTreeSet::new(),
            )
        },
        str::to_owned,
    );
    let path = place.path.display().to_string();
    let usual = known
        .cloned()
        .unwrap_or_else(|| SourceConfig::folder(&id, &path));
    SourceConfig {
        kind: SourceKind::Folder,
        url: None,
        path: Some(path),
        after: wiredesk_fetcher::AfterTaking::Keep,
        poll_seconds: Some(ONCE_SECONDS),
        is_replayed: true,
        ..usual
    }
}

impl Source for Foreign {
    fn name(&self) -> &'static str {
        "replayer"
    }

    fn state_topic(&self) -> Topic {
        Topic::FeedState
    }

    fn assigned(&mut self, at: TopicPartition, partitions: u32, state: Vec<Incoming>) {
        let own: Vec<Incoming> = state
            .into_iter()
            .filter_map(|record| self.inward(record))
            .collect();
        self.awaited = None;
        self.waiting.clear();
        self.progress.is_done.store(false, Ordering::Relaxed);
        for record in &own {
            self.note_cursor(record);
            self.note_error(record.value.as_deref());
        }
        self.fetcher.assigned(at, partitions, own);
        self.busy_at = Instant::now();
    }

    fn revoked(&mut self, at: TopicPartition) {
        self.waiting.clear();
        self.fetcher.revoked(at);
    }

    fn observed(&mut self, record: Incoming) {
        if let Some(record) = self.inward(record) {
            self.note_cursor(&record);
            self.fetcher.observed(record);
        }
    }

    fn seeks(&mut self) -> bool {
        self.fetcher.seeks()
    }

    fn searched(&mut self, keys: &HashSet<String>) {
        let own = keys.contains(&self.cursor).then(|| self.feed.clone());
        self.fetcher.searched(&own.into_iter().collect());
    }

    fn produce(&mut self, wait: Duration) -> Vec<Production> {
        if self.waiting.is_empty() {
            let made = self.fetcher.produce(wait);
            self.note_quiet(!made.is_empty());
            for production in made {
                let step = self.outward(production);
                // At full speed nobody asks for it.
                let is_timed = self.pace.is_timed();
                let time = is_timed.then(|| time_of(&step)).flatten();
                self.waiting.push_back(Waiting { step, time });
            }
        }
        self.take_due(wait)
    }

    fn hold(&mut self, hold: bool) {
        self.holding = hold;
        self.fetcher.hold(hold);
    }

    fn refused(&mut self, production: Production, detail: &str) -> Option<Production> {
        let instead = self.fetcher.refused(production, detail)?;
        let mut outputs = instead.outputs.iter();
        let cursor = outputs.find(|record| record.topic == Topic::FeedState);
        self.awaited = cursor.and_then(|record| record.value.clone());
        Some(instead)
    }

    fn is_idle(&self) -> bool {
        self.fetcher.is_idle()
    }
}

#[cfg(test)]
mod tests;
