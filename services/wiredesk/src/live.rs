//! What the all-in-one process shows of itself: a line at the foot of the terminal, or a log line
//! now and then where there is no terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wiredesk_model::{ArticleRecord, Topic};
use wiredesk_pipeline::{Count, Phase, Start, Status, StopSignal, Transport};
use wiredesk_telemetry::LiveLine;

use crate::marked::headline;
use crate::paint::one_line;

/// How often the line is written anew.
const REFRESH: Duration = Duration::from_millis(250);
/// How often a log line tells the same where there is no terminal.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// Pause before the records are opened again.
const REOPEN_AFTER: Duration = Duration::from_secs(2);
/// Characters of the newest headline on the line.
const HEADLINE: usize = 40;

/// What a subscriber in this process has seen.
#[derive(Debug, Default)]
struct Seen {
    removed_spans: AtomicU64,
    newest: std::sync::Mutex<String>,
}

/// Shows progress until the signal to stop.
pub(crate) struct Live {
    threads: Vec<JoinHandle<()>>,
}

impl Live {
    /// Begins to show the services behind `statuses`.
    pub(crate) fn start(
        transport: Arc<dyn Transport>,
        statuses: Vec<Arc<Status>>,
        stop: StopSignal,
    ) -> Self {
        let seen = Arc::new(Seen::default());
        let watching = (Arc::clone(&seen), stop.clone());
        let watch = std::thread::Builder::new()
            .name("live-records".to_owned())
            .spawn(move || watch(transport.as_ref(), &watching.0, &watching.1));
        let show = std::thread::Builder::new()
            .name("live-line".to_owned())
            .spawn(move || show(&statuses, &seen, &stop));
        // Without these threads everything works but the line.
        Self {
            threads: [watch, show].into_iter().flatten().collect(),
        }
    }

    /// Waits for the last line.
    pub(crate) fn finish(self) {
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

/// Reads what is published, like any subscriber, and counts what was removed.
fn watch(transport: &dyn Transport, seen: &Seen, stop: &StopSignal) {
    while !stop.is_requested() {
        if let Ok(mut reader) = transport.reader(Topic::Enriched, Start::Latest) {
            while !stop.is_requested() {
                let Ok(records) = reader.read(200, REFRESH) else {
                    break;
                };
                for value in records.iter().filter_map(|record| record.value.as_ref()) {
                    if let Ok(record) = serde_json::from_slice::<ArticleRecord>(value) {
                        note(seen, &record);
                    }
                }
            }
        }
        stop.wait(REOPEN_AFTER);
    }
}

fn note(seen: &Seen, record: &ArticleRecord) {
    let spans = record.wire.removed.len() as u64;
    seen.removed_spans.fetch_add(spans, Ordering::Relaxed);
    if let Ok(mut newest) = seen.newest.lock() {
        *newest = one_line(headline(record), HEADLINE);
    }
}

fn show(statuses: &[Arc<Status>], seen: &Seen, stop: &StopSignal) {
    let line = LiveLine::on_stderr();
    let mut logged = Instant::now();
    let mut before = String::new();
    while !stop.wait(REFRESH) {
        let text = summary(statuses, seen);
        if line.is_shown() {
            line.show(&format!("{}  {}", text, newest(seen)));
        } else if logged.elapsed() >= LOG_EVERY && text != before {
            logged = Instant::now();
            tracing::info!("{text}");
            before = text;
        }
    }
    line.clear();
    tracing::info!("{}", summary(statuses, seen));
}

fn newest(seen: &Seen) -> String {
    seen.newest
        .lock()
        .map(|text| text.clone())
        .unwrap_or_default()
}

fn summary(statuses: &[Arc<Status>], seen: &Seen) -> String {
    let count = |name: &str, count| {
        let status = statuses.iter().find(|status| status.name() == name);
        status.map_or(0, |status| status.get(count))
    };
    let lag = count("cleaner", Count::Lag) + count("enricher", Count::Lag);
    let dead: u64 = statuses.iter().map(|status| status.get(Count::Dead)).sum();
    let mut text = format!(
        "fetched {}  cleaned {}  published {}  removed spans {}  behind {lag}",
        // Each poll writes its cursor beside the items.
        count("fetcher", Count::Output).saturating_sub(count("fetcher", Count::Input)),
        count("cleaner", Count::Forwarded),
        count("enricher", Count::Forwarded),
        seen.removed_spans.load(Ordering::Relaxed),
    );
    if dead > 0 {
        text.push_str(&format!("  dead {dead}"));
    }
    for status in statuses {
        if let Phase::Waiting(why) = status.phase() {
            text.push_str(&format!(
                "  {} waits: {}",
                status.name(),
                one_line(&why, HEADLINE)
            ));
        }
    }
    text
}
