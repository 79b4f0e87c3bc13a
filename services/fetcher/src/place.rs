//! One feed or folder as the fetcher holds it, and the report of the work done for it.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use wiredesk_model::{FeedState, Incoming, Outgoing, Timestamp, Topic};

use crate::folder::FolderCache;
use crate::intake::{Arrival, Promise, Reply as Answer};
use crate::records::Written;
use crate::{FetchError, SourceConfig, SourceKind, cursor, hosts};

/// One feed or folder.
pub(crate) struct Place {
    pub source: Arc<SourceConfig>,
    pub host: Option<String>,
    /// Whether its cursor is looked for in other partitions than its own.
    pub is_sought: bool,
    /// Where the polling stands; `None` before the first poll.
    pub cursor: Option<Arc<FeedState>>,
    pub due: Timestamp,
    pub partition: u32,
    /// Counts the times that the place was handed to us; `None` while it is not ours.
    pub held: Option<u64>,
    pub under_way: Option<Task>,
    pub files: Arc<Mutex<FolderCache>>,
    /// Polls in the newest cursor that is known to be committed.
    pub committed_polls: u64,
    /// What was brought and is not taken in yet.
    pub waiting: Vec<Arrival>,
    /// Answers that wait for the cursor of so many polls to be committed.
    pub promises: Vec<(u64, Promise)>,
}

/// Work under way.
pub(crate) struct Task {
    pub handle: AbortHandle,
    /// Whether the place is asked; otherwise something is taken in that was brought.
    pub is_poll: bool,
    /// The host that is asked for it.
    pub host: Option<String>,
}

/// What comes in from other threads.
pub(crate) enum Event {
    /// A task has ended.
    Finished(Box<Finished>),
    /// Somebody brought something.
    Arrived(Arrival),
}

/// What a task reports when it ends.
pub(crate) struct Finished {
    pub place: usize,
    pub held: u64,
    pub took: Duration,
    /// `None` where nothing changed and nothing needs to be written.
    pub polled: Option<Result<Written, FetchError>>,
    /// Answers that are due once it is committed.
    pub promises: Vec<Promise>,
}

impl Place {
    pub fn new(source: SourceConfig, now: Timestamp) -> Self {
        let host = match source.kind {
            SourceKind::Feed => url::Url::parse(source.place())
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned)),
            SourceKind::Folder | SourceKind::Push | SourceKind::S3 => None,
        };
        Self {
            source: Arc::new(source),
            host,
            is_sought: false,
            cursor: None,
            due: now,
            partition: 0,
            held: None,
            under_way: None,
            files: Arc::default(),
            committed_polls: 0,
            waiting: Vec::new(),
            promises: Vec::new(),
        }
    }

    /// What decides its partition: the domain that it is asked from, or its name where nobody is.
    pub fn home(&self) -> &str {
        self.host
            .as_deref()
            .map_or(self.source.id.as_str(), hosts::domain)
    }

    /// Whether it is asked from time to time; others wait for what is brought to them.
    pub fn is_polled(&self) -> bool {
        self.source.kind != SourceKind::Push
    }

    /// Whether its next scan must wait: files are put away by what the cursor says, so it must be
    /// in the log.
    pub fn awaits_commit(&self) -> bool {
        let polls = self.cursor.as_ref().map_or(0, |cursor| cursor.polls);
        let has_files = matches!(self.source.kind, SourceKind::Folder | SourceKind::S3);
        has_files && polls > self.committed_polls
    }

    /// The report of work that begins now.
    pub fn reply(&self, index: usize, held: u64, sender: &Sender<Event>) -> Reply {
        Reply {
            sender: sender.clone(),
            place: index,
            held,
            begun: Instant::now(),
            feed: self.source.id.clone(),
            reported: false,
        }
    }

    /// Answers once the cursor as it stands is committed.
    pub fn promise(&mut self, promises: Vec<Promise>) {
        let polls = self.cursor.as_ref().map_or(0, |cursor| cursor.polls);
        self.promises
            .extend(promises.into_iter().map(|promise| (polls, promise)));
        self.confirm(self.committed_polls);
    }

    /// The cursor of so many polls is in the log: whoever waited for that is answered.
    pub fn confirm(&mut self, polls: u64) {
        self.committed_polls = self.committed_polls.max(polls);
        let (kept, due): (Vec<_>, Vec<_>) = std::mem::take(&mut self.promises)
            .into_iter()
            .partition(|(waits_for, _)| *waits_for > self.committed_polls);
        self.promises = kept;
        for (_, promise) in due {
            // Nobody listens any more where the sender has gone away.
            let _ = promise.reply.send(Answer::Taken(promise.receipt));
        }
    }

    /// Stories that go to the dead letters instead are told to whoever brought them.
    pub fn note_dead(&mut self, outputs: &[Outgoing]) {
        let dead = outputs.iter().filter(|one| one.topic == Topic::Dead);
        let dead: Vec<&str> = dead.map(|one| one.key.as_str()).collect();
        for (_, promise) in &mut self.promises {
            let stories = promise.receipt.stories.iter();
            let lost = stories.filter(|one| dead.contains(&one.story.as_str()));
            promise.receipt.dead = lost.count();
        }
    }

    /// Everything under way is void: whoever waits is told to come again.
    pub fn void(&mut self) -> Option<Task> {
        self.waiting.clear();
        self.promises.clear();
        self.under_way.take()
    }

    /// When the place is due by its cursor.
    pub fn due_by_cursor(&self, now: Timestamp, longest_wait: Duration) -> Timestamp {
        cursor::due(&self.source, self.cursor.as_deref(), now, longest_wait)
    }
}

pub(crate) fn cursor_of(record: &Incoming) -> Option<FeedState> {
    let value = record.value.as_deref()?;
    match serde_json::from_slice(value) {
        Ok(cursor) => Some(cursor),
        Err(error) => {
            tracing::warn!(feed = record.key, %error, "the cursor cannot be read, the feed is polled as a new one");
            None
        }
    }
}

/// Reports the end of a task, also where it panicked or was dropped.
pub(crate) struct Reply {
    pub sender: Sender<Event>,
    pub place: usize,
    pub held: u64,
    pub begun: Instant,
    pub feed: String,
    pub reported: bool,
}

impl Reply {
    pub fn send(self, polled: Option<Written>) {
        self.send_with(polled, Vec::new());
    }

    /// The same, with answers that are due once it is committed.
    pub fn send_with(mut self, polled: Option<Written>, promises: Vec<Promise>) {
        self.report(polled.map(Ok), promises);
    }

    fn report(&mut self, polled: Option<Result<Written, FetchError>>, promises: Vec<Promise>) {
        self.reported = true;
        // Nobody listens any more where the fetcher is gone.
        let _ = self.sender.send(Event::Finished(Box::new(Finished {
            place: self.place,
            held: self.held,
            took: self.begun.elapsed(),
            polled,
            promises,
        })));
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.reported {
            let feed = std::mem::take(&mut self.feed);
            self.report(Some(Err(FetchError::Lost { feed })), Vec::new());
        }
    }
}
