//! The source that the runner drives: places by partition, what is due, what is under way.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wiredesk_model::{
    FeedId, FeedState, Incoming, RunId, SourceEvent, Timestamp, Topic, TopicPartition,
};
use wiredesk_pipeline::{Production, Source};
use wiredesk_telemetry::{Metric, count, observe};

use crate::clock::{Clock, Jitter};
use crate::copies::Copies;
use crate::folder::scan;
use crate::http::HttpClient;
use crate::intake::{Doors, Intake};
use crate::permission::Permissions;
use crate::place::{Event, Finished, Place, Task, cursor_of};
use crate::poll::{Context, Polled, poll_feed};
use crate::records::Written;
use crate::websub::Keys;
use crate::{
    FetchError, FetcherSettings, SourceConfig, SourceKind, cursor, objects, records, report,
    schedule,
};

mod agenda;
mod brought;
mod homes;
mod renewal;
mod sharing;
mod standing;

use agenda::Agenda;
pub use renewal::Renewal;

/// Finished polls handed to the runner at once.
const MAX_PRODUCTIONS: usize = 64;
/// How often the state of all feeds is counted.
const GAUGES_EVERY: Duration = Duration::from_secs(1);
/// Wait of a scan for the commit of the one before.
const COMMIT_WAIT: Duration = Duration::from_millis(50);
/// Threads for requests; parsing and file reading have threads of their own.
const NETWORK_THREADS: usize = 2;

/// Polls feeds and folders; a [`Source`] for the runner.
pub struct Fetcher {
    context: Arc<Context>,
    runtime: Option<Runtime>,
    places: Vec<Place>,
    by_feed: HashMap<FeedId, usize>,
    /// Places without a source, to be used again.
    free: Vec<usize>,
    /// Cursors in our partitions whose feeds are not configured, or belong elsewhere; `None` where
    /// one cannot be read.
    strays: HashMap<FeedId, (u32, Option<FeedState>)>,
    /// Cursors on their way to where they belong.
    moving: Vec<Production>,
    /// When cursors are looked for in all partitions.
    seek_at: Option<Instant>,
    /// When cursors that came to us by mistake are brought home.
    bring_at: Option<Instant>,
    /// Partitions of the cursors' topic; 0 before any is held.
    partitions: u32,
    partitions_held: BTreeSet<u32>,
    renewal: Renewal,
    agenda: Agenda,
    gauges_at: Instant,
    /// The latest time that the clock has shown.
    latest: Timestamp,
    running: usize,
    assignments: u64,
    holding: bool,
    /// Whether the parts of hosts are other ones than when they were last counted.
    are_shares_stale: bool,
    jitter: Jitter,
    sender: Sender<Event>,
    receiver: Receiver<Event>,
    /// Where others bring things to; closed after the places, so that all of them are answered.
    intake: Option<Intake>,
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
        let doors = Arc::new(Doors::default());
        doors.set(places.iter().map(|place| &place.source));
        let agenda = Agenda::new(settings.requests_per_host);
        let hubs = Keys::of(&settings.intake);
        Ok(Self {
            context: Arc::new(Context {
                hubs,
                doors,
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
            free: Vec::new(),
            strays: HashMap::new(),
            moving: Vec::new(),
            seek_at: None,
            bring_at: None,
            partitions: 0,
            partitions_held: BTreeSet::new(),
            renewal: Renewal::default(),
            agenda,
            gauges_at: Instant::now(),
            latest: now,
            running: 0,
            assignments: 0,
            holding: false,
            are_shares_stale: true,
            jitter,
            sender,
            receiver,
            intake: None,
        })
    }

    /// Drops what is under way for a place, and takes it off the schedule.
    fn let_go(&mut self, index: usize) {
        let place = &mut self.places[index];
        place.held = None;
        place.is_sought = false;
        self.context.doors.subscribe(&place.source.id, None);
        self.agenda
            .remove((place.due, index), place.host.as_deref());
        if let Some(task) = place.void() {
            task.handle.abort();
            self.running -= 1;
            self.agenda.leave(task.host.as_deref());
        }
    }

    /// Puts a place on the schedule.
    fn schedule(&mut self, index: usize, due: Timestamp) {
        let place = &mut self.places[index];
        self.agenda
            .remove((place.due, index), place.host.as_deref());
        place.due = due;
        if place.is_polled() {
            self.agenda.add((due, index));
        }
    }

    /// Starts what is due, within the limits.
    fn start_due(&mut self) {
        let now = self.context.clock.now();
        self.heed_clock(now);
        while self.running < self.context.settings.concurrent_polls {
            let Some(due) = self.agenda.first(now) else {
                break;
            };
            let host = self.places[due.1].host.as_deref();
            let not_before = host.and_then(|host| self.context.http.not_before(host, now));
            if let Some((host, not_before)) = host.zip(not_before) {
                self.agenda.release(host);
                self.schedule(due.1, not_before);
            } else if self.agenda.enter(due, host) {
                self.start(due.1);
            }
        }
    }

    /// The time, kept in mind: whatever is planned by it must be planned anew where the clock is set
    /// back.
    fn now(&mut self) -> Timestamp {
        let now = self.context.clock.now();
        self.latest = self.latest.max(now);
        now
    }

    /// Where the clock was set back, what was due by the wrong time is due by the right one.
    fn heed_clock(&mut self, now: Timestamp) {
        if cursor::is_ahead(self.latest, now) {
            tracing::warn!(until = %self.latest, "the clock was set back, polling anew");
            let by = Duration::try_from(self.latest.duration_since(now)).unwrap_or_default();
            self.context.http.set_back(by);
            for index in 0..self.places.len() {
                let place = &self.places[index];
                if place.held.is_some() && place.under_way.is_none() {
                    self.schedule(index, place.due.min(now));
                }
            }
            self.latest = now;
        }
        self.latest = self.latest.max(now);
    }

    fn start(&mut self, index: usize) {
        if self.places[index].awaits_commit() {
            let soon = schedule::later(self.now(), COMMIT_WAIT);
            self.schedule(index, soon);
            return;
        }
        let chance = self.jitter.draw();
        let place = &mut self.places[index];
        let Some((held, runtime)) = place.held.zip(self.runtime.as_ref()) else {
            return;
        };
        let reply = place.reply(index, held, &self.sender);
        let context = Arc::clone(&self.context);
        let source = Arc::clone(&place.source);
        let before = place.cursor.clone();
        let task = match place.source.kind {
            SourceKind::Feed => runtime.spawn(async move {
                let polled = poll_feed(&context, &source, before.as_deref(), chance).await;
                reply.send(Some(Written::of(&source, before.as_deref(), polled)));
            }),
            SourceKind::Push => return,
            SourceKind::S3 => {
                let files = Arc::clone(&place.files);
                let network = runtime.handle().clone();
                runtime.spawn_blocking(move || {
                    let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
                    let with = (&mut *files, &network);
                    let polled =
                        objects::scan(&context, (&source, chance), before.as_deref(), with);
                    let written = |polled| Written::of(&source, before.as_deref(), polled);
                    reply.send(polled.map(written));
                })
            }
            SourceKind::Folder => {
                let files = Arc::clone(&place.files);
                runtime.spawn_blocking(move || {
                    let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
                    let polled = scan(&context, &source, before.as_deref(), &mut files);
                    let written = |polled| Written::of(&source, before.as_deref(), polled);
                    reply.send(polled.map(written));
                })
            }
        };
        place.under_way = Some(Task {
            handle: task.abort_handle(),
            is_poll: true,
            host: place.host.clone(),
        });
        self.running += 1;
    }

    /// Takes in what a task reports; what was voided meanwhile is dropped.
    fn finish(&mut self, finished: Finished) -> Option<Production> {
        let index = finished.place;
        let place = &mut self.places[index];
        if place.held != Some(finished.held) {
            return None;
        }
        let task = place.under_way.take();
        self.running -= 1;
        let partition = place.partition;
        let is_poll = task.as_ref().is_some_and(|task| task.is_poll);
        self.agenda
            .leave(task.and_then(|task| task.host).as_deref());
        if is_poll {
            observe(Metric::PollSeconds, &[], finished.took.as_secs_f64());
        }
        let outputs = match finished.polled {
            Some(Ok(written)) => {
                self.go_on_from(index, written.polled, &written.events);
                Some(written.records)
            }
            Some(Err(error)) => {
                tracing::error!(feed = %self.places[index].source.id, %error, "poll lost");
                self.schedule_usual(index);
                None
            }
            None if is_poll => {
                count(Metric::Polls, &["unchanged"], 1);
                self.schedule_usual(index);
                None
            }
            None => {
                self.schedule(index, self.places[index].due);
                None
            }
        };
        self.places[index].promise(finished.promises);
        self.take_waiting(index);
        outputs.map(|mut outputs| {
            records::place(&mut outputs, partition);
            Production {
                at: TopicPartition::new(Topic::FeedState, partition),
                outputs,
            }
        })
    }

    /// The cursor of a place is the new one from now on.
    fn go_on_from(&mut self, index: usize, polled: Polled, events: &[SourceEvent]) {
        let now = self.now();
        let place = &self.places[index];
        report::tell(&place.source, place.cursor.as_deref(), &polled, events);
        let next = match cursor::was_polled_ahead(&polled.state, now) {
            true => now,
            false => polled.state.next_poll,
        };
        self.places[index].cursor = Some(Arc::new(polled.state));
        self.schedule(index, next);
    }

    fn schedule_usual(&mut self, index: usize) {
        let wait = schedule::interval(&self.places[index].source, &self.context.settings);
        let next = schedule::later(self.now(), wait);
        self.schedule(index, next);
    }

    fn refresh_gauges(&self) {
        let held = self.places.iter().filter(|place| place.held.is_some());
        report::gauges(held.map(|place| place.cursor.as_deref()));
    }

    /// How long to wait for finished work: until the next place is due, at the longest.
    fn patience(&self, wait: Duration) -> Duration {
        let now = self.context.clock.now();
        let next = self.agenda.next_after(now).filter(|_| !self.holding);
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
        self.partitions = partitions;
        self.partitions_held.insert(at.partition);
        self.are_shares_stale = true;
        self.forget_strays(at);
        let cursors = state
            .iter()
            .map(|record| (FeedId::new(record.key.as_str()), cursor_of(record)));
        self.strays
            .extend(cursors.map(|(feed, cursor)| (feed, (at.partition, cursor))));
        let places: Vec<usize> = self.by_feed.values().copied().collect();
        for index in places {
            if self.home(index) == at.partition {
                self.let_go(index);
                self.settle_in(index);
            }
        }
        self.bring_home();
        self.refresh_gauges();
    }

    fn revoked(&mut self, at: TopicPartition) {
        self.partitions_held.remove(&at.partition);
        self.are_shares_stale = true;
        self.forget_strays(at);
        for index in 0..self.places.len() {
            let place = &self.places[index];
            let is_ours = place.held.is_some() || place.is_sought;
            if is_ours && place.partition == at.partition {
                self.let_go(index);
            }
        }
        self.refresh_gauges();
    }

    fn observed(&mut self, record: Incoming) {
        let feed = FeedId::new(record.key.as_str());
        let index = self.by_feed.get(&feed).copied();
        let index = index.filter(|index| self.home(*index) == record.at.partition);
        let Some(index) = index else {
            self.note_stray(feed, &record);
            return;
        };
        let place = &self.places[index];
        if place.is_sought && record.value.is_some() {
            self.take_up(index, cursor_of(&record));
            return;
        }
        if place.held.is_none() {
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
            self.take_up(index, cursor);
        } else if let Some(cursor) = cursor {
            self.outlast(index, &cursor);
            self.places[index].confirm(cursor.polls);
        }
    }

    fn seeks(&mut self) -> bool {
        self.is_seeking()
    }

    fn searched(&mut self, keys: &HashSet<String>) {
        self.found(keys);
    }

    fn produce(&mut self, wait: Duration) -> Vec<Production> {
        self.renew();
        self.share_hosts();
        if !self.holding {
            self.start_due();
        }
        let mut productions = self.moved();
        let wait = if productions.is_empty() {
            wait
        } else {
            Duration::ZERO
        };
        let mut event = self.receiver.recv_timeout(self.patience(wait)).ok();
        while let Some(happened) = event {
            match happened {
                Event::Finished(finished) => productions.extend(self.finish(*finished)),
                Event::Arrived(arrival) => self.arrived(arrival),
            }
            event = (productions.len() < MAX_PRODUCTIONS)
                .then(|| self.receiver.try_recv().ok())
                .flatten();
        }
        if !productions.is_empty() && self.gauges_at.elapsed() >= GAUGES_EVERY {
            self.gauges_at = Instant::now();
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
        for place in &mut self.places {
            place.note_dead(&production.outputs);
        }
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
