#![allow(dead_code, reason = "each test binary uses its part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, not seen as tests"
)]
//! A runner for tests: drives the fetcher by hand, with a clock of its own, and keeps what it
//! produced.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wiredesk_fetcher::{Clock, Fetcher, FetcherSettings, Jitter, SourceConfig};
use wiredesk_model::{
    FeedState, Headers, Incoming, Outgoing, RawItem, RunId, SourceEvent, Timestamp, Topic,
    TopicPartition,
};
use wiredesk_pipeline::{Production, Source};
use wiredesk_testkit::wait::wait_for;

/// Partitions of the cursors' topic.
pub const PARTITIONS: u32 = 4;
const LIMIT: Duration = Duration::from_secs(20);

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct HandClock(Arc<Mutex<Timestamp>>);

impl HandClock {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(
            "2026-03-02T08:00:00Z".parse().unwrap(),
        )))
    }

    pub fn advance(&self, seconds: u64) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(Duration::from_secs(seconds)).unwrap();
    }

    pub fn set_back(&self, seconds: u64) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_sub(Duration::from_secs(seconds)).unwrap();
    }

    pub fn time(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        self.time()
    }
}

/// What the log would hold.
#[derive(Default, Clone)]
pub struct Log {
    /// By feed, with the partition.
    pub cursors: BTreeMap<String, (u32, Vec<u8>)>,
    pub items: Vec<RawItem>,
    pub events: Vec<SourceEvent>,
}

pub struct Desk {
    pub fetcher: Fetcher,
    pub clock: HandClock,
    pub log: Log,
    waiting: VecDeque<Production>,
}

/// Limits that tests can reach, and a busy machine does not.
pub fn quick() -> FetcherSettings {
    FetcherSettings {
        connect_timeout_ms: 2_000,
        read_timeout_ms: 3_000,
        total_timeout_ms: 10_000,
        page_pause_ms: 1,
        host_pause_ms: 0,
        ..FetcherSettings::default()
    }
}

/// A feed of the test's own site.
pub fn local(id: &str, url: &str) -> SourceConfig {
    SourceConfig {
        allow_private: true,
        ..SourceConfig::feed(id, url)
    }
}

impl Desk {
    pub fn new(sources: Vec<SourceConfig>, settings: FetcherSettings) -> Self {
        Self::over(Log::default(), HandClock::new(), sources, settings)
    }

    /// An instance that finds `log` as others left it.
    pub fn over(
        log: Log,
        clock: HandClock,
        sources: Vec<SourceConfig>,
        settings: FetcherSettings,
    ) -> Self {
        let hand = Arc::new(clock.clone());
        let fetcher =
            Fetcher::with_clock(sources, settings, RunId::live(), hand, Jitter::from_seed(1))
                .unwrap();
        let mut desk = Self {
            fetcher,
            clock,
            log,
            waiting: VecDeque::new(),
        };
        for partition in 0..PARTITIONS {
            desk.assign(partition);
        }
        desk
    }

    pub fn assign(&mut self, partition: u32) {
        let at = TopicPartition::new(Topic::FeedState, partition);
        let state = self
            .log
            .cursors
            .iter()
            .filter(|(_, (lies_in, _))| *lies_in == partition);
        let state = state
            .map(|(feed, (_, value))| incoming(at, feed, Some(value)))
            .collect();
        self.fetcher.assigned(at, PARTITIONS, state);
    }

    /// What the fetcher has finished within a while.
    pub fn finished(&mut self, wait: Duration) -> Vec<Production> {
        if self.fetcher.seeks() {
            let keys = self.log.cursors.keys().cloned().collect();
            self.fetcher.searched(&keys);
        }
        self.fetcher.produce(wait)
    }

    /// Waits for one finished poll, without committing it.
    pub fn produced(&mut self) -> Production {
        wait_for("a finished poll", LIMIT, || {
            if self.waiting.is_empty() {
                let finished = self.finished(Duration::from_millis(20));
                self.waiting.extend(finished);
            }
            self.waiting.pop_front()
        })
    }

    /// Waits for one finished poll and commits it; gives its items.
    pub fn poll(&mut self) -> Vec<RawItem> {
        let production = self.produced();
        self.commit(production)
    }

    pub fn commit(&mut self, production: Production) -> Vec<RawItem> {
        let mut items = Vec::new();
        for record in production.outputs {
            if record.topic == Topic::FeedState {
                self.write_cursor(&record);
                continue;
            }
            let value = record.value.unwrap();
            match record.topic {
                Topic::Raw => {
                    let item: RawItem = serde_json::from_slice(&value).unwrap();
                    assert_eq!(record.key, item.story.as_str());
                    assert_eq!(record.headers.get("wd_run"), Some("live"));
                    items.push(item);
                }
                Topic::Events => {
                    let event: SourceEvent = serde_json::from_slice(&value).unwrap();
                    assert_eq!(record.key, event.source.as_str());
                    self.log.events.push(event);
                }
                other => panic!("unexpected record on {other}"),
            }
        }
        self.log.items.extend(items.clone());
        items
    }

    /// A cursor as the log takes it, and as it comes by then.
    pub fn write_cursor(&mut self, record: &Outgoing) {
        let partition = record.partition(PARTITIONS);
        let at = TopicPartition::new(Topic::FeedState, partition);
        match &record.value {
            Some(value) => {
                let value = (partition, value.clone());
                self.log.cursors.insert(record.key.clone(), value);
            }
            None => self
                .log
                .cursors
                .retain(|feed, (lies_in, _)| *feed != record.key || *lies_in != partition),
        }
        self.fetcher
            .observed(incoming(at, &record.key, record.value.as_ref()));
    }

    /// Lets everything that is due run to its end and commits it; gives its items.
    pub fn settle(&mut self) -> Vec<RawItem> {
        let mut items = Vec::new();
        let begun = Instant::now();
        loop {
            let finished = self.finished(Duration::ZERO);
            let is_working = !self.fetcher.is_idle() || self.fetcher.seeks();
            let is_done = finished.is_empty() && !is_working;
            for production in finished {
                items.extend(self.commit(production));
            }
            if is_done {
                return items;
            }
            assert!(begun.elapsed() < LIMIT, "waited in vain for polls to end");
            let finished = self.finished(Duration::from_millis(20));
            for production in finished {
                items.extend(self.commit(production));
            }
        }
    }

    /// Gives the fetcher room to start something, and checks that nothing comes of it.
    pub fn stays_quiet(&mut self) {
        for _ in 0..5 {
            assert_eq!(self.finished(Duration::from_millis(10)), []);
        }
        assert!(self.fetcher.is_idle());
    }

    /// What an operator was told so far, kind by kind.
    pub fn told(&self) -> Vec<&'static str> {
        let events = self.log.events.iter();
        events.map(|event| event.kind.as_str()).collect()
    }

    pub fn cursor(&self, feed: &str) -> FeedState {
        serde_json::from_slice(&self.log.cursors[feed].1).unwrap()
    }
}

fn incoming(at: TopicPartition, feed: &str, value: Option<&Vec<u8>>) -> Incoming {
    Incoming {
        at,
        offset: 0,
        timestamp_ms: 0,
        key: feed.to_owned(),
        value: value.cloned(),
        headers: Headers::new(),
    }
}

/// An RSS document with these items: id, title, body.
pub fn rss(items: &[(&str, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(id, title, body)| {
            format!("<item><guid>https://post.example/{id}</guid><title>{title}</title><description>{body}</description></item>")
        })
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>The Post</title><language>en</language>{items}</channel></rss>"
    )
}

/// The titles of some items.
pub fn titles(items: &[RawItem]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item.item.title.as_deref().unwrap_or_default())
        .collect()
}
