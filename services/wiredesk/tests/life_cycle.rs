//! A story that its publisher deletes is gone from `current`, whichever way he says so; a later
//! version brings it back. What he corrects comes out, whichever of his feeds shows it and whatever
//! the fetcher remembers.

mod ground;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ground::Ground;
use wiredesk_cleaner::CleanerStage;
use wiredesk_enricher::EnricherStage;
use wiredesk_fetcher::{Clock, FetchPage, Fetcher, FetcherSettings, Jitter, SourceConfig};
use wiredesk_model::{Headers, Incoming, InstanceId, Outgoing, RunId, Timestamp, Topic};
use wiredesk_pipeline::{
    KeyedStage, Run, RunError, RunnerSettings, Start, Status, StopSignal, run_keyed_stage,
    run_source,
};
use wiredesk_testkit::wait::wait_until;
use wiredesk_testkit::web::{Answer, TestSite};

const LIMIT: Duration = Duration::from_secs(60);
const HOUR: u64 = 60 * 60;
const FEED: &str = "/feed";
const SECTION: &str = "/feed/section";
const PAGE: &str = "/sea-wall";
const STORY: &str = "tag:post.example,2026:sea-wall";

/// A clock that stands still until it is moved.
#[derive(Clone)]
struct HandClock(Arc<Mutex<Timestamp>>);

impl HandClock {
    fn advance(&self, seconds: u64) {
        let mut now = self.0.lock().expect("nobody panics with it");
        *now += Duration::from_secs(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("nobody panics with it")
    }
}

/// Fetcher, cleaner and enricher over one log.
struct Newsroom {
    site: TestSite,
    clock: HandClock,
    ground: Ground,
    stop: StopSignal,
    services: Vec<JoinHandle<Result<(), RunError>>>,
    fetcher: Option<(StopSignal, JoinHandle<Result<(), RunError>>)>,
}

impl Newsroom {
    fn open(ground: Ground, feed: Answer, deleted_after: Option<u32>) -> Self {
        let site = TestSite::start();
        site.answer(FEED, feed);
        site.answer(PAGE, Answer::ok("text/html", "<p>The sea wall.</p>"));
        let mut newsroom = Self {
            clock: HandClock(Arc::new(Mutex::new(Timestamp::now()))),
            site,
            ground,
            stop: StopSignal::new(),
            services: Vec::new(),
            fetcher: None,
        };
        newsroom.start_fetcher(deleted_after, &[("post", FEED)]);
        newsroom.start(CleanerStage::default());
        newsroom.start(EnricherStage::default());
        newsroom
    }

    /// Starts a fetcher of these sources, in the place of the one before.
    fn start_fetcher(&mut self, deleted_after: Option<u32>, sources: &[(&str, &str)]) {
        self.stop_fetcher();
        let source = |(name, path): &(&str, &str)| SourceConfig {
            allow_private: true,
            fetch_page: FetchPage::Never,
            deleted_after,
            ..SourceConfig::feed(name, &self.site.url(path))
        };
        let sources = sources.iter().map(source).collect();
        let settings = FetcherSettings {
            host_pause_ms: 0,
            ..FetcherSettings::default()
        };
        let clock = Arc::new(self.clock.clone());
        let (run, chance) = (RunId::live(), Jitter::from_seed(1));
        let fetcher = Fetcher::with_clock(sources, settings, run, clock, chance);
        let fetcher = Box::new(fetcher.expect("sound sources"));
        let stop = StopSignal::new();
        let run = Run {
            stop: stop.clone(),
            ..self.run("fetcher")
        };
        let thread = std::thread::spawn(move || run_source(fetcher, &[], run));
        self.fetcher = Some((stop, thread));
    }

    fn stop_fetcher(&mut self) {
        if let Some((stop, thread)) = self.fetcher.take() {
            stop.request();
            let ended = thread.join().expect("the runner never panics");
            ended.expect("it stops as asked");
        }
    }

    /// Takes away what the fetcher remembers of its feeds.
    fn lose_cursors(&self) {
        let mut reader = self
            .ground
            .transport
            .reader(Topic::FeedState, Start::Earliest)
            .expect("a topic");
        let mut gone = Vec::new();
        while !reader.at_end().expect("it has an end") {
            let read = reader.read(100, Duration::from_millis(50));
            gone.extend(
                read.expect("it can be read")
                    .into_iter()
                    .map(|record| Outgoing {
                        topic: Topic::FeedState,
                        key: record.key,
                        value: None,
                        headers: Headers::new(),
                    }),
            );
        }
        let id = InstanceId::from("somebody");
        let mut writer = self.ground.transport.writer(&id).expect("a writer");
        writer.write(gone).expect("they are written");
    }

    fn start<S: KeyedStage>(&mut self, stage: S) {
        let run = self.run(stage.name());
        let stage = Arc::new(stage);
        self.services
            .push(std::thread::spawn(move || run_keyed_stage(stage, run)));
    }

    fn run(&self, name: &'static str) -> Run {
        Run {
            transport: Arc::clone(&self.ground.transport),
            instance: InstanceId::from(name),
            settings: RunnerSettings::default(),
            stop: self.stop.clone(),
            status: Arc::new(Status::new(name)),
        }
    }

    fn records(&self, topic: Topic) -> Vec<Incoming> {
        let mut reader = self
            .ground
            .transport
            .reader(topic, Start::Earliest)
            .expect("a topic");
        let mut records = Vec::new();
        while !reader.at_end().expect("it has an end") {
            let read = reader.read(100, Duration::from_millis(50));
            records.extend(read.expect("it can be read"));
        }
        records.retain(|record| record.key == STORY);
        records
    }

    /// The events of the story so far.
    fn events(&self) -> Vec<String> {
        let enriched = self.records(Topic::Enriched);
        let kind = |record: &Incoming| record.headers.get("ce_type").unwrap_or_default().to_owned();
        enriched.iter().map(kind).collect()
    }

    /// Waits until the story has had these events.
    fn await_events(&self, events: &[&str]) {
        wait_until(&format!("{events:?}"), LIMIT, || {
            // Polls fall due again and again as time goes by.
            self.clock.advance(HOUR);
            self.events() == events
        });
    }

    fn is_current(&self) -> bool {
        let current = self.records(Topic::Current);
        current.last().is_some_and(|record| record.value.is_some())
    }

    /// The text that is current.
    fn current(&self) -> String {
        let current = self.records(Topic::Current);
        let newest = current.last().and_then(|record| record.value.clone());
        String::from_utf8(newest.unwrap_or_default()).expect("text")
    }

    /// Ends the services; nothing of what they did is a dead letter.
    fn close(mut self) {
        self.stop_fetcher();
        let dead = self.records(Topic::Dead);
        self.stop.request();
        for service in self.services {
            let ended = service.join().expect("the runner never panics");
            ended.expect("it stops as asked");
        }
        let why: Vec<_> = dead.iter().map(|record| &record.headers).collect();
        assert!(why.is_empty(), "{why:?}");
    }
}

fn atom(entries: &str) -> Answer {
    let feed = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:at=\"http://purl.org/atompub/tombstones/1.0\">\
         <title>The Post</title>{entries}</feed>"
    );
    Answer::ok("application/atom+xml", feed)
}

fn entry(link: &str, text: &str) -> String {
    format!(
        "<entry><id>{STORY}</id><title>Sea wall</title><link href=\"{link}\"/>\
         <content>The harbour council of Port Alder put off its vote on the new sea wall {text}.\
         </content></entry>"
    )
}

#[test]
fn a_deleted_entry_takes_its_story_back() {
    deleted_entry(Ground::embedded());
}

#[test]
fn a_deleted_entry_takes_its_story_back_on_kafka() {
    if let Some(ground) = Ground::kafka("deleted-entry") {
        deleted_entry(ground);
    }
}

fn deleted_entry(ground: Ground) {
    let newsroom = Newsroom::open(ground, atom(&entry("", "until Monday")), None);
    newsroom.await_events(&["article.created"]);
    assert!(newsroom.is_current());

    let deleted = format!("<at:deleted-entry ref=\"{STORY}\" when=\"2026-11-02T08:00:00Z\"/>");
    newsroom.site.answer(FEED, atom(&deleted));
    newsroom.await_events(&["article.created", "article.deleted"]);
    assert!(!newsroom.is_current(), "a tombstone");

    let later = atom(&entry("", "until the end of the month"));
    newsroom.site.answer(FEED, later);
    newsroom.await_events(&["article.created", "article.deleted", "article.updated"]);
    assert!(newsroom.is_current());
    newsroom.close();
}

#[test]
fn a_page_that_is_taken_down_takes_its_story_back() {
    taken_down(Ground::embedded(), 404);
    taken_down(Ground::embedded(), 410);
}

#[test]
fn a_page_that_is_taken_down_takes_its_story_back_on_kafka() {
    if let Some(ground) = Ground::kafka("taken-down") {
        taken_down(ground, 410);
    }
}

fn taken_down(ground: Ground, status: u16) {
    let newsroom = Newsroom::open(ground, atom(""), Some(2));
    let page = newsroom.site.url(PAGE);
    let feed = atom(&entry(&page, "until Monday"));
    newsroom.site.answer(FEED, feed);
    newsroom.await_events(&["article.created"]);
    wait_until("a look at the page", LIMIT, || {
        newsroom.clock.advance(HOUR);
        !newsroom.site.requests_for(PAGE).is_empty()
    });

    newsroom.site.answer(PAGE, Answer::status(status));
    newsroom.await_events(&["article.created", "article.deleted"]);
    assert!(!newsroom.is_current(), "a tombstone");
    newsroom.close();
}

/// A newsroom in which the story came out, and another version of it.
fn told_twice() -> Newsroom {
    let feed = atom(&entry("", "until Monday"));
    let newsroom = Newsroom::open(Ground::embedded(), feed, None);
    newsroom.await_events(&["article.created"]);
    newsroom
        .site
        .answer(FEED, atom(&entry("", "until Tuesday")));
    newsroom.await_events(&["article.created", "article.updated"]);
    newsroom
}

#[test]
fn a_correction_comes_out_whichever_of_two_feeds_shows_it() {
    let mut newsroom = told_twice();

    // The section has the story as it stands, and has it corrected before the front page has.
    newsroom
        .site
        .answer(SECTION, atom(&entry("", "until Tuesday")));
    newsroom.start_fetcher(None, &[("post", FEED), ("section", SECTION)]);
    wait_until("the section", LIMIT, || {
        newsroom.clock.advance(HOUR);
        newsroom.records(Topic::Raw).len() == 3
    });
    newsroom
        .site
        .answer(SECTION, atom(&entry("", "for a year")));
    let three = ["article.created", "article.updated", "article.updated"];
    newsroom.await_events(&three);
    assert!(newsroom.current().contains("for a year"));
    assert!(newsroom.current().contains("\"version\":\"3\""));

    // What the front page brings later is the same, and no event.
    newsroom.site.answer(FEED, atom(&entry("", "for a year")));
    wait_until("the front page", LIMIT, || {
        newsroom.clock.advance(HOUR);
        newsroom.records(Topic::Clean).len() == 5
    });
    newsroom
        .site
        .answer(FEED, atom(&entry("", "for two years")));
    newsroom.await_events(&[&three[..], &["article.updated"]].concat());
    assert!(newsroom.current().contains("for two years"));
    newsroom.close();
}

#[test]
fn a_correction_behind_a_lost_cursor_comes_out() {
    let mut newsroom = told_twice();

    newsroom.stop_fetcher();
    newsroom.lose_cursors();
    newsroom.site.answer(FEED, atom(&entry("", "for a year")));
    newsroom.start_fetcher(None, &[("post", FEED)]);
    newsroom.await_events(&["article.created", "article.updated", "article.updated"]);
    assert!(newsroom.current().contains("for a year"));
    newsroom.close();
}
