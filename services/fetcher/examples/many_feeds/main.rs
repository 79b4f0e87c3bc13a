//! Polls very many feeds with one fetcher over the embedded transport, and prints what that costs:
//! `cargo run --release -p wiredesk-fetcher --example many_feeds -- [feeds] [seconds] [poll_seconds]`
//!
//! The feeds are served by a second process, from many addresses of the loopback network, so that
//! every rule of manners holds as it does on the web. One request in fifty finds news; the others
//! are answered 304.
#![allow(clippy::print_stdout, reason = "it prints what it measures")]

mod server;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use wiredesk_fetcher::{FetchPage, Fetcher, FetcherSettings, SourceConfig};
use wiredesk_host::Host;
use wiredesk_model::RunId;
use wiredesk_pipeline::{Count, StopSignal};
use wiredesk_settings::{Environment, Settings};

/// Feeds that one address serves.
const FEEDS_PER_HOST: usize = 4;
/// How often a line is printed.
const LINE_EVERY: Duration = Duration::from_secs(10);

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if given.first().is_some_and(|first| first == "serve") {
        return server::serve(number(&given, 1, 10_000)?.div_ceil(FEEDS_PER_HOST));
    }
    let feeds = number(&given, 0, 10_000)?;
    let seconds = number(&given, 1, 120)? as u64;
    let poll_seconds = number(&given, 2, 30)? as u64;
    let mut site = Site::start(feeds)?;
    let folder = tempfile::tempdir()?;
    let text = format!("data_dir = {:?}\n", folder.path().display().to_string());
    let (settings, problems) = Settings::from_text("example", &text, &Environment::empty());
    anyhow::ensure!(problems.is_empty(), "{problems:?}");
    let limits = FetcherSettings {
        poll_seconds,
        shortest_poll_seconds: poll_seconds,
        ..FetcherSettings::default()
    };
    let stop = StopSignal::new();
    let mut host = Host::open(settings, stop.clone())?;
    let fetcher = Fetcher::new(site.sources(feeds), limits, RunId::live())?;
    host.add_source(Box::new(fetcher), &[]);
    let status = host
        .statuses()
        .pop()
        .ok_or_else(|| anyhow!("no service was added"))?;
    println!(
        "{feeds} feeds at {} hosts, each asked every {poll_seconds} s",
        site.hosts.len()
    );
    println!("  time   polls  polls/s   CPU   memory");
    let measuring = std::thread::spawn(move || {
        let seen = measure(Duration::from_secs(seconds), &|| status.get(Count::Input));
        stop.request();
        seen
    });
    host.run()?;
    let lines = measuring
        .join()
        .map_err(|_| anyhow!("measuring failed"))??;
    summary(&lines, &mut site)
}

fn number(given: &[String], place: usize, usual: usize) -> anyhow::Result<usize> {
    match given.get(place) {
        Some(text) => text.parse().with_context(|| format!("{text} is no number")),
        None => Ok(usual),
    }
}

/// One line of the measurement.
struct Line {
    at: Duration,
    polls: u64,
    cpu: Duration,
    memory_kib: u64,
}

fn measure(length: Duration, polls: &dyn Fn() -> u64) -> anyhow::Result<Vec<Line>> {
    let begun = Instant::now();
    let mut lines = vec![line(begun, polls())?];
    while begun.elapsed() < length {
        std::thread::sleep(LINE_EVERY.min(length.saturating_sub(begun.elapsed())));
        let now = line(begun, polls())?;
        if let Some(before) = lines.last() {
            print_line(before, &now);
        }
        lines.push(now);
    }
    Ok(lines)
}

fn line(begun: Instant, polls: u64) -> anyhow::Result<Line> {
    Ok(Line {
        at: begun.elapsed(),
        polls,
        cpu: cpu_time()?,
        memory_kib: memory_kib("VmRSS")?,
    })
}

fn print_line(before: &Line, now: &Line) {
    let seconds = (now.at - before.at).as_secs_f64();
    println!(
        "{:>5} s {:>7} {:>8.0} {:>4.0} % {:>6} MiB",
        now.at.as_secs(),
        now.polls,
        (now.polls - before.polls) as f64 / seconds,
        (now.cpu - before.cpu).as_secs_f64() / seconds * 100.0,
        now.memory_kib / 1024,
    );
}

fn summary(lines: &[Line], site: &mut Site) -> anyhow::Result<()> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Err(anyhow!("nothing was measured"));
    };
    let seconds = (last.at - first.at).as_secs_f64();
    let cpu = (last.cpu - first.cpu).as_secs_f64();
    println!(
        "polls/s {:.0}, CPU {:.0} % of one core, {:.0} µs a poll, peak memory {} MiB",
        last.polls as f64 / seconds,
        cpu / seconds * 100.0,
        cpu / last.polls.max(1) as f64 * 1e6,
        memory_kib("VmHWM")? / 1024,
    );
    let half = lines.len() / 2;
    let mean = |part: &[Line]| {
        part.iter().map(|one| one.memory_kib).sum::<u64>() / part.len().max(1) as u64 / 1024
    };
    println!(
        "memory: {} MiB on average in the third quarter of the time, {} MiB in the last",
        mean(&lines[half..half + half.div_ceil(2)]),
        mean(&lines[half + half.div_ceil(2)..]),
    );
    println!("{}", site.told()?);
    Ok(())
}

/// CPU time of this process so far, all threads, in ticks of a hundredth of a second.
fn cpu_time() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    let fields = behind.split_whitespace().skip(11).take(2);
    let ticks: Result<Vec<u64>, _> = fields.map(str::parse).collect();
    Ok(Duration::from_millis(ticks?.iter().sum::<u64>() * 10))
}

fn memory_kib(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(value.ok_or_else(|| anyhow!("no {name}"))?.parse()?)
}

/// The process that serves the feeds.
struct Site {
    child: Child,
    told: BufReader<ChildStdout>,
    hosts: Vec<SocketAddr>,
}

impl Site {
    fn start(feeds: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &feeds.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or_else(|| anyhow!("no output"))?;
        let mut told = BufReader::new(out);
        let mut hosts = String::new();
        told.read_line(&mut hosts)?;
        let hosts: Result<Vec<SocketAddr>, _> = hosts.split_whitespace().map(str::parse).collect();
        Ok(Self {
            child,
            told,
            hosts: hosts?,
        })
    }

    fn sources(&self, feeds: usize) -> Vec<SourceConfig> {
        let source = |number: usize| {
            let host = self.hosts[number % self.hosts.len()];
            let url = format!("http://{host}/feed/{number}");
            SourceConfig {
                allow_private: true,
                fetch_page: FetchPage::Never,
                ..SourceConfig::feed(&format!("feed-{number}"), &url)
            }
        };
        (0..feeds).map(source).collect()
    }

    /// Ends the server; what it counted.
    fn told(&mut self) -> anyhow::Result<String> {
        drop(self.child.stdin.take());
        let mut line = String::new();
        self.told.read_line(&mut line)?;
        self.child.wait()?;
        Ok(line.trim_end().to_owned())
    }
}
