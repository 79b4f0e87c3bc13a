//! One feed or folder as the fetcher holds it, and the report of the work done for it.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use wiredesk_model::{FeedState, Incoming, Outgoing, Timestamp};

use crate::folder::FolderCache;
use crate::poll::Polled;
use crate::{FetchError, SourceConfig, SourceKind, cursor};

/// One feed or folder.
pub(crate) struct Place {
    pub source: Arc<SourceConfig>,
    pub host: Option<String>,
    /// Where the polling stands; `None` before the first poll.
    pub cursor: Option<Arc<FeedState>>,
    pub due: Timestamp,
    pub partition: u32,
    /// Counts the times that the place was handed to us; `None` while it is not ours.
    pub held: Option<u64>,
    pub under_way: Option<AbortHandle>,
    pub files: Arc<Mutex<FolderCache>>,
}

/// What a task reports when it ends.
pub(crate) struct Finished {
    pub place: usize,
    pub held: u64,
    pub took: Duration,
    /// `None` where nothing changed and nothing needs to be written.
    pub polled: Option<Result<(Polled, Vec<Outgoing>), FetchError>>,
}

impl Place {
    pub fn new(source: SourceConfig, now: Timestamp) -> Self {
        let host = match source.kind {
            SourceKind::Feed => url::Url::parse(source.place())
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned)),
            SourceKind::Folder => None,
        };
        Self {
            source: Arc::new(source),
            host,
            cursor: None,
            due: now,
            partition: 0,
            held: None,
            under_way: None,
            files: Arc::default(),
        }
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
    pub sender: Sender<Finished>,
    pub place: usize,
    pub held: u64,
    pub begun: Instant,
    pub feed: String,
    pub reported: bool,
}

impl Reply {
    pub fn send(mut self, polled: Option<(Polled, Vec<Outgoing>)>) {
        self.report(polled.map(Ok));
    }

    fn report(&mut self, polled: Option<Result<(Polled, Vec<Outgoing>), FetchError>>) {
        self.reported = true;
        // Nobody listens any more where the fetcher is gone.
        let _ = self.sender.send(Finished {
            place: self.place,
            held: self.held,
            took: self.begun.elapsed(),
            polled,
        });
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.reported {
            let feed = std::mem::take(&mut self.feed);
            self.report(Some(Err(FetchError::Lost { feed })));
        }
    }
}
