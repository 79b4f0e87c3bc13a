//! Hosts over two instances, on both transports: each host is one instance's, whatever the names of
//! its feeds; cursors that lie where an older version put them are found; a shared address is asked
//! for once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use wiredesk_fetcher::{FetchPage, Fetcher, FetcherSettings, SourceConfig};
use wiredesk_model::{
    Headers, Incoming, InstanceId, Outgoing, RunId, Topic, TopicNames, header, partition_for,
};
use wiredesk_pipeline::{
    Count, Run, RunError, RunnerSettings, Start, Status, StopSignal, Transport, run_source,
};
use wiredesk_settings::Secret;
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_testkit::wait::wait_until;
use wiredesk_testkit::web::{Answer, SeenRequest, TestSite};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

const PARTITIONS: u32 = 4;
/// Domains that belong to all partitions.
const DOMAINS: [&str; HOSTS] = ["post", "herald", "courier", "times", "tribune", "echo"];
const HOSTS: usize = 6;
/// Addresses at each host but the last, which has one; the first is that of two sources.
const FEEDS_AT_HOST: usize = 5;
const PAUSE: Duration = Duration::from_millis(250);
/// Time that answers of every other host take.
const SLOW: Duration = Duration::from_millis(400);
/// The period of the sources at the last host, which share their address.
const PERIOD: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(120);

/// When each request came, by host and path.
type Came = Arc<Mutex<Vec<(Instant, String, bool)>>>;

/// A proxy that stands for all hosts, and writes down when it is asked.
struct Web {
    proxy: TestSite,
    came: Came,
}

impl Web {
    fn open() -> Self {
        let (proxy, came) = (TestSite::start(), Came::default());
        for host in 0..HOSTS {
            for feed in 0..feeds_at(host) {
                let came = Arc::clone(&came);
                let slow = if host % 2 == 0 { SLOW } else { Duration::ZERO };
                let url = url(host, feed);
                proxy.answer_by(&url.clone(), move |request| {
                    note(&came, &url, request);
                    answer(&url, request).late(slow)
                });
            }
        }
        Self { proxy, came }
    }

    fn sources(&self) -> Vec<SourceConfig> {
        let feeds = (0..HOSTS).flat_map(|host| (0..=feeds_at(host)).map(move |feed| (host, feed)));
        feeds
            .map(|(host, feed)| SourceConfig {
                fetch_page: FetchPage::Never,
                poll_seconds: Some(if host == HOSTS - 1 {
                    PERIOD.as_secs()
                } else {
                    1
                }),
                proxy: Some(Secret::new(self.proxy.url(""))),
                // The last one asks for what the first one asks for.
                ..SourceConfig::feed(
                    &format!("feed-{host}-{feed}"),
                    &url(host, feed % feeds_at(host)),
                )
            })
            .collect()
    }

    /// Whether every address was asked for so many times since a time.
    fn is_asked_since(&self, start: Instant, least: usize) -> bool {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for (_, url, _) in self.since(start) {
            *times.entry(url).or_default() += 1;
        }
        times.len() == sources() - HOSTS && times.values().all(|times| *times >= least)
    }

    /// Every request since a time: when it came, where to, and whether it named what is known.
    fn since(&self, start: Instant) -> Vec<(Instant, String, bool)> {
        let came = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        came.iter()
            .filter(|(at, ..)| *at >= start)
            .cloned()
            .collect()
    }
}

fn feeds_at(host: usize) -> usize {
    if host == HOSTS - 1 { 1 } else { FEEDS_AT_HOST }
}

fn sources() -> usize {
    (0..HOSTS).map(|host| feeds_at(host) + 1).sum()
}

fn url(host: usize, feed: usize) -> String {
    format!("http://feeds.{}.example/{feed}", DOMAINS[host])
}

fn note(came: &Came, url: &str, request: &SeenRequest) {
    let knows = request.header("if-none-match").is_some();
    let mut came = came.lock().unwrap_or_else(PoisonError::into_inner);
    came.push((Instant::now(), url.to_owned(), knows));
}

fn answer(url: &str, request: &SeenRequest) -> Answer {
    if request.header("if-none-match").is_some() {
        return Answer::status(304);
    }
    let item = format!("<item><guid>{url}#1</guid><title>One</title></item>");
    let feed = format!("<rss version=\"2.0\"><channel>{item}</channel></rss>");
    Answer::ok("application/rss+xml", feed).header("ETag", "\"v1\"")
}

struct Instance {
    stop: StopSignal,
    status: Arc<Status>,
    thread: std::thread::JoinHandle<Result<(), RunError>>,
}

impl Instance {
    fn start(name: &str, transport: &Arc<dyn Transport>, web: &Web) -> Self {
        let settings = FetcherSettings {
            requests_per_host: 1,
            host_pause_ms: PAUSE.as_millis() as u64,
            trust_check_hours: 0,
            ..FetcherSettings::default()
        };
        let fetcher = Fetcher::new(web.sources(), settings, RunId::live()).expect("sound settings");
        let (stop, status) = (StopSignal::new(), Arc::new(Status::new("fetcher")));
        let run = Run {
            transport: Arc::clone(transport),
            instance: InstanceId::new(name),
            settings: RunnerSettings::default(),
            stop: stop.clone(),
            status: Arc::clone(&status),
        };
        let thread = std::thread::spawn(move || run_source(Box::new(fetcher), &[], run));
        Self {
            stop,
            status,
            thread,
        }
    }

    fn polls(&self) -> u64 {
        self.status.get(Count::Input)
    }

    fn partitions(&self) -> u64 {
        self.status.get(Count::Partitions)
    }

    fn stop(self) {
        self.stop.request();
        let ended = self.thread.join().expect("the runner never panics");
        ended.expect("it stops as asked");
    }
}

fn records(transport: &dyn Transport, topic: Topic) -> Vec<Incoming> {
    let reader = transport.reader(topic, Start::Earliest);
    let mut reader = reader.expect("the topic is there");
    let mut found = Vec::new();
    loop {
        let records = reader.read(1_000, Duration::from_millis(50));
        found.extend(records.expect("it can be read"));
        if reader.at_end().expect("it has an end") {
            return found;
        }
    }
}

/// The cursors there are, each with its partition.
fn cursors(transport: &dyn Transport) -> BTreeMap<(String, u32), Vec<u8>> {
    let mut newest = BTreeMap::new();
    for record in records(transport, Topic::FeedState) {
        let key = (record.key, record.at.partition);
        match record.value {
            Some(value) => newest.insert(key, value),
            None => newest.remove(&key),
        };
    }
    newest
}

/// Puts every cursor where a version put it that placed feeds by their names.
fn place_by_name(transport: &dyn Transport) {
    let mut outputs = Vec::new();
    for ((feed, partition), value) in cursors(transport) {
        if partition == partition_for(&feed, PARTITIONS) {
            continue;
        }
        let record = |value, headers| Outgoing {
            topic: Topic::FeedState,
            key: feed.clone(),
            value,
            headers,
        };
        let here = Headers::new().with(header::PARTITION, partition.to_string());
        outputs.push(record(Some(value), Headers::new()));
        outputs.push(record(None, here));
    }
    assert!(outputs.len() > HOSTS, "most are not where their names are");
    let writer = transport.writer(&InstanceId::new("older"));
    let written = writer.expect("a writer").write(outputs);
    written.expect("cursors are written");
}

fn hosts_are_asked_by_one_instance(transport: Arc<dyn Transport>) {
    let specs = Topic::ALL.map(|topic| topic.spec(PARTITIONS));
    transport.create_topics(&specs).expect("new topics");
    let web = Web::open();
    let begun = Instant::now();
    let first = Instance::start("first", &transport, &web);
    wait_until("every feed", LIMIT, || web.is_asked_since(begun, 2));
    first.stop();
    assert_homes(&*transport);
    place_by_name(&*transport);

    let begun = Instant::now();
    let one = Instance::start("one", &transport, &web);
    let two = Instance::start("two", &transport, &web);
    let both = || [&one, &two].map(|instance| (instance.partitions(), instance.polls()));
    wait_until("each with its half", LIMIT, || {
        both().iter().all(|(held, polls)| *held == 2 && *polls > 0)
    });
    // What was under way where a partition came from is over by then.
    let settled = Instant::now() + SLOW;
    wait_until("every feed, some times", LIMIT, || {
        web.is_asked_since(settled, 3)
    });
    let seen = web.since(settled);
    let all_since = web.since(begun);
    one.stop();
    two.stop();

    assert!(
        all_since.iter().all(|(.., knows)| *knows),
        "a feed was asked anew"
    );
    // Every item of every source, and none twice.
    assert_eq!(records(&*transport, Topic::Raw).len(), sources());
    assert_manners(&seen);
    assert_homes(&*transport);
}

/// One request at a time and a pause between two, over both instances; and an address that two
/// sources share is asked for once a period.
fn assert_manners(seen: &[(Instant, String, bool)]) {
    for host in 0..HOSTS {
        let first = url(host, 0);
        let prefix = first.trim_end_matches('0');
        let at: Vec<_> = seen
            .iter()
            .filter(|(_, url, _)| url.starts_with(prefix))
            .collect();
        let times: Vec<Instant> = at.iter().map(|(at, ..)| *at).collect();
        if host % 2 == 0 {
            let least = times.windows(2).map(|two| two[1] - two[0]).min();
            assert!(least >= Some(SLOW), "two requests at once: {least:?}");
        }
        let span = times[times.len() - 1] - times[0];
        let least = PAUSE * (times.len() as u32 - 1);
        // The first may have been on its way for a while.
        assert!(span + PAUSE >= least, "{} in {span:?}", times.len());
        if host == HOSTS - 1 {
            let periods = span.as_secs_f64() / PERIOD.as_secs_f64();
            assert!(at.len() as f64 <= periods + 2.0, "{} in {span:?}", at.len());
        }
    }
}

/// One cursor a feed, and those of a host in one partition.
fn assert_homes(transport: &dyn Transport) {
    let cursors = cursors(transport);
    assert_eq!(cursors.len(), sources());
    for (host, domain) in DOMAINS.iter().enumerate() {
        let prefix = format!("feed-{host}-");
        let of_host = cursors.keys().filter(|(feed, _)| feed.starts_with(&prefix));
        let partitions: BTreeSet<u32> = of_host.map(|(_, partition)| *partition).collect();
        let home = partition_for(&format!("{domain}.example"), PARTITIONS);
        assert_eq!(partitions, BTreeSet::from([home]));
    }
}

#[test]
fn hosts_are_asked_by_one_instance_on_the_embedded_log() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = EmbeddedSettings::at(folder.path().join("wire.sqlite"), TopicNames::default());
    let transport = EmbeddedTransport::open(settings).expect("a new log");
    hosts_are_asked_by_one_instance(Arc::new(transport));
}

#[test]
fn hosts_are_asked_by_one_instance_on_kafka() {
    let Some(bootstrap) = bootstrap_for_tests(1) else {
        return;
    };
    let mut settings = KafkaSettings::new(bootstrap);
    settings.names = TopicNames::with_prefix(&format!("hosts-{}", std::process::id()));
    let transport = KafkaTransport::connect(settings).expect("the settings are right");
    hosts_are_asked_by_one_instance(Arc::new(transport));
}
