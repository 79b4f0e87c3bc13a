//! The source that the runner drives: places by partition, what is due, what is under way.

use std::collections::{BTreeSet, HashMap};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use wiredesk_model::{
    FeedId, FeedState, Incoming, RunId, Timestamp, Topic, TopicPartition, partition_for,
};
use wiredesk_pipeline::{Production, Source};
use wiredesk_telemetry::{Metric, count, observe};

use crate::clock::{Clock, Jitter};
use crate::copies::Copies;
use crate::folder::scan;
use crate::http::HttpClient;
use crate::permission::Permissions;
use crate::place::{Finished, Place, Reply, cursor_of};
use crate::poll::{Context, poll_feed};
use crate::{FetchError, FetcherSettings, SourceConfig, SourceKind, records, report, schedule};

/// Finished polls handed to the runner at once.
const MAX_PRODUCTIONS: usize = 64;
/// Threads for requests; parsing and file reading have threads of their own.
const NETWORK_THREADS: usize = 2;

/// Polls feeds and folders; a [`Source`] for the runner.
pub struct Fetcher {
    context: Arc<Context>,
    runtime: Option<Runtime>,
    places: Vec<Place>,
    by_feed: HashMap<FeedId, usize>,
    due: BTreeSet<(Timestamp, usize)>,
    /// Polls under way, by host.
    polls_at: HashMap<String, usize>,
    running: usize,
    assignments: u64,
    holding: bool,
    jitter: Jitter,
    sender: Sender<Finished>,
    receiver: Receiver<Finished>,
}

impl Fetcher {
    /// A fetcher of these sources.
    ///
    /// # Errors
    /// Where a setting is wrong, or threads or TLS cannot be set up.
    pub fn new(
        sources: Vec<SourceConfig>,
        settings: FetcherSettings,
        run: RunId,
    ) -> Result<Self, FetchError> {
        let clock = Arc::new(crate::clock::SystemClock);
        Self::with_clock(sources, settings, run, clock, Jitter::unpredictable())
    }

    /// The same with a clock and chance of the caller's own.
    ///
    /// # Errors
    /// Where a setting is wrong, or threads or TLS cannot be set up.
    pub fn with_clock(
        sources: Vec<SourceConfig>,
        settings: FetcherSettings,
        run: RunId,
        clock: Arc<dyn Clock>,
        jitter: Jitter,
    ) -> Result<Self, FetchError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(NETWORK_THREADS)
            .thread_name("fetch")
            .enable_all()
            .build()
            .map_err(|error| FetchError::Unreachable {
                url: "the network".to_owned(),
                detail: format!("no threads for requests: {error}"),
            })?;
        let http = HttpClient::new(&settings)?;
        let copies = Copies::new(sources.iter());
        report::overrides(&sources);
        let now = clock.now();
        let places: Vec<Place> = sources
            .into_iter()
            .map(|source| Place::new(source, now))
            .collect();
        let by_feed = places
            .iter()
            .enumerate()
            .map(|(index, place)| (place.source.feed_id(), index))
            .collect();
        let (sender, receiver) = channel();
        Ok(Self {
            context: Arc::new(Context {
                settings,
                http,
                copies,
                permissions: Permissions::default(),
                clock,
                run,
            }),
            runtime: Some(runtime),
            places,
            by_feed,
            due: BTreeSet::new(),
            polls_at: HashMap::new(),
            running: 0,
            assignments: 0,
            holding: false,
            jitter,
            sender,
            receiver,
        })
    }

    /// Drops what is under way for a place, and takes it off the schedule.
    fn let_go(&mut self, index: usize) {
        let place = &mut self.places[index];
        place.held = None;
        self.due.remove(&(place.due, index));
        if let Some(task) = place.under_way.take() {
            task.abort();
            self.running -= 1;
            let host = place.host.clone();
            self.leave_host(host.as_deref());
        }
    }

    fn leave_host(&mut self, host: Option<&str>) {
        if let Some(polls) = host.and_then(|host| self.polls_at.get_mut(host)) {
            *polls = polls.saturating_sub(1);
        }
    }

    /// Puts a place on the schedule.
    fn schedule(&mut self, index: usize, due: Timestamp) {
        self.due.remove(&(self.places[index].due, index));
        self.places[index].due = due;
        self.due.insert((due, index));
    }

    /// Starts what is due, within the limits.
    fn start_due(&mut self) {
        let now = self.context.clock.now();
        let ready: Vec<usize> = self
            .due
            .iter()
            .take_while(|(due, _)| *due <= now)
            .map(|(_, index)| *index)
            .collect();
        for index in ready {
            if self.running >= self.context.settings.concurrent_polls {
                break;
            }
            if let Some(host) = self.places[index].host.clone() {
                if let Some(not_before) = self.context.http.not_before(&host, now) {
                    self.schedule(index, not_before);
                    continue;
                }
                let polls = self.polls_at.entry(host).or_default();
                if *polls >= self.context.settings.requests_per_host {
                    continue;
                }
                *polls += 1;
            }
            self.start(index);
        }
    }

    fn start(&mut self, index: usize) {
        let chance = self.jitter.draw();
        let place = &mut self.places[index];
        self.due.remove(&(place.due, index));
        let Some((held, runtime)) = place.held.zip(self.runtime.as_ref()) else {
            return;
        };
        let reply = Reply {
            sender: self.sender.clone(),
            place: index,
            held,
            begun: std::time::Instant::now(),
            feed: place.source.id.clone(),
            reported: false,
        };
        let context = Arc::clone(&self.context);
        let source = Arc::clone(&place.source);
        let before = place.cursor.clone();
        let task = match place.source.kind {
            SourceKind::Feed => runtime.spawn(async move {
                let polled = poll_feed(&context, &source, before.as_deref(), chance).await;
                let records = records::records_of(&polled);
                reply.send(Some((polled, records)));
            }),
            SourceKind::Folder => {
                let files = Arc::clone(&place.files);
                runtime.spawn_blocking(move || {
                    let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
                    let polled = scan(&context, &source, before.as_deref(), &mut files);
                    reply.send(polled.map(|polled| {
                        let records = records::records_of(&polled);
                        (polled, records)
                    }));
                })
            }
        };
        place.under_way = Some(task.abort_handle());
        self.running += 1;
    }

    /// Takes in what a task reports; what was voided meanwhile is dropped.
    fn finish(&mut self, finished: Finished) -> Option<Production> {
        let index = finished.place;
        let place = &mut self.places[index];
        if place.held != Some(finished.held) {
            return None;
        }
        place.under_way = None;
        self.running -= 1;
        let host = place.host.clone();
        let partition = place.partition;
        self.leave_host(host.as_deref());
        observe(Metric::PollSeconds, &[], finished.took.as_secs_f64());
        let (polled, outputs) = match finished.polled {
            Some(Ok(both)) => both,
            Some(Err(error)) => {
                tracing::error!(feed = %self.places[index].source.id, %error, "poll lost");
                self.schedule_usual(index);
                return None;
            }
            None => {
                count(Metric::Polls, &["unchanged"], 1);
                self.schedule_usual(index);
                return None;
            }
        };
        let place = &self.places[index];
        report::tell(&place.source, place.cursor.as_deref(), &polled);
        let next = polled.state.next_poll;
        self.places[index].cursor = Some(Arc::new(polled.state));
        self.schedule(index, next);
        Some(Production {
            at: TopicPartition::new(Topic::FeedState, partition),
            outputs,
        })
    }

    fn schedule_usual(&mut self, index: usize) {
        let wait = schedule::interval(&self.places[index].source, &self.context.settings);
        self.schedule(index, schedule::later(self.context.clock.now(), wait));
    }

    fn refresh_gauges(&self) {
        let held = self.places.iter().filter(|place| place.held.is_some());
        report::gauges(held.map(|place| place.cursor.as_deref()));
    }

    /// How long to wait for finished work: until the next place is due, at the longest.
    fn patience(&self, wait: Duration) -> Duration {
        let now = self.context.clock.now();
        let next = self
            .due
            .first()
            .filter(|_| !self.holding)
            .map(|(due, _)| *due)
            .filter(|due| *due > now);
        match next {
            Some(due) => {
                Duration::try_from(due.duration_since(now)).map_or(wait, |until| until.min(wait))
            }
            None => wait,
        }
    }
}

impl Source for Fetcher {
    fn name(&self) -> &'static str {
        "fetcher"
    }

    fn state_topic(&self) -> Topic {
        Topic::FeedState
    }

    fn assigned(&mut self, at: TopicPartition, partitions: u32, state: Vec<Incoming>) {
        self.assignments += 1;
        let mut cursors: HashMap<String, FeedState> = HashMap::new();
        for record in state {
            cursors.extend(cursor_of(&record).map(|cursor| (record.key.clone(), cursor)));
        }
        let now = self.context.clock.now();
        let longest = Duration::from_secs(self.context.settings.longest_wait_seconds).mul_f64(1.1);
        for index in 0..self.places.len() {
            let feed = self.places[index].source.feed_id();
            if partition_for(feed.as_str(), partitions) != at.partition {
                continue;
            }
            self.let_go(index);
            let place = &mut self.places[index];
            place.partition = at.partition;
            place.held = Some(self.assignments);
            place.cursor = cursors.remove(feed.as_str()).map(Arc::new);
            // A new cache: a scan that was let go may still hold the old one.
            place.files = Arc::default();
            let due = place.due_by_cursor(now, longest);
            self.schedule(index, due);
        }
        self.refresh_gauges();
    }

    fn revoked(&mut self, at: TopicPartition) {
        for index in 0..self.places.len() {
            let place = &self.places[index];
            if place.held.is_some() && place.partition == at.partition {
                self.let_go(index);
            }
        }
        self.refresh_gauges();
    }

    fn observed(&mut self, record: Incoming) {
        let Some(index) = self.by_feed.get(&FeedId::new(record.key.as_str())).copied() else {
            return;
        };
        let place = &self.places[index];
        if place.held.is_none() || place.partition != record.at.partition {
            return;
        }
        let known = place.cursor.as_ref().map_or(0, |cursor| cursor.polls);
        let cursor = cursor_of(&record);
        // Our own records come by, too, and older ones than what is at hand say nothing new. A
        // cursor that somebody took away begins anew.
        let is_news = match &cursor {
            Some(cursor) => cursor.polls > known,
            None => record.value.is_none() && known > 0,
        };
        if is_news {
            self.let_go(index);
            self.assignments += 1;
            let longest =
                Duration::from_secs(self.context.settings.longest_wait_seconds).mul_f64(1.1);
            let now = self.context.clock.now();
            let place = &mut self.places[index];
            place.held = Some(self.assignments);
            place.cursor = cursor.map(Arc::new);
            place.files = Arc::default();
            let due = place.due_by_cursor(now, longest);
            self.schedule(index, due);
        }
    }

    fn produce(&mut self, wait: Duration) -> Vec<Production> {
        if !self.holding {
            self.start_due();
        }
        let mut productions = Vec::new();
        let mut finished = self.receiver.recv_timeout(self.patience(wait)).ok();
        while let Some(report) = finished {
            productions.extend(self.finish(report));
            finished = (productions.len() < MAX_PRODUCTIONS)
                .then(|| self.receiver.try_recv().ok())
                .flatten();
        }
        if !productions.is_empty() {
            self.refresh_gauges();
        }
        productions
    }

    fn hold(&mut self, hold: bool) {
        self.holding = hold;
    }

    fn refused(&mut self, mut production: Production, detail: &str) -> Option<Production> {
        let now = self.context.clock.now().to_string();
        records::shrink(&mut production.outputs, detail, &now)?;
        tracing::warn!(
            partition = production.at.partition,
            "a poll was refused by the transport, its largest item goes out smaller: {detail}"
        );
        Some(production)
    }

    fn is_idle(&self) -> bool {
        self.running == 0
    }
}

impl Drop for Fetcher {
    /// Ends the threads without waiting for answers that nobody wants any more.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
