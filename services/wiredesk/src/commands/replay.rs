//! `wiredesk replay`: archived items through the pipeline again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use wiredesk_host::{Exit, Host, HostError, stop_on_signals};
use wiredesk_model::{RunId, Timestamp, Topic};
use wiredesk_pipeline::{Behind, StopSignal, Transport};
use wiredesk_replayer::{Progress, Replay, Selection, Speed};
use wiredesk_settings::Settings;
use wiredesk_telemetry::LiveLine;

use super::service::{Service, add, start_telemetry};
use crate::cli::Common;
use crate::runs::{of_run, run_name};

/// The run that goes into the live topics.
const LIVE: &str = "live";
/// Name of the run of items that go into the live topics; they are no news.
const REPLAYED: &str = "replayed";
/// Stages that a replay must not run away from.
const BEHIND: [Behind; 2] = [
    Behind {
        service: "cleaner",
        input: Topic::Raw,
    },
    Behind {
        service: "enricher",
        input: Topic::Clean,
    },
];
/// A replay holds back while the stages have more than this to do: live news go first.
pub(super) const ROOM_FOR_NEWS: u64 = 2_000;
const REFRESH: Duration = Duration::from_millis(500);
const LOG_EVERY: Duration = Duration::from_secs(10);

/// `wiredesk replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// Where to: a run of this name with topics of its own, or `live`
    #[arg(long, value_name = "RUN", default_value = "replay", value_parser = run_name)]
    pub into: String,
    /// Only what was fetched at or after this time, such as 2026-11-23T06:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Timestamp>,
    /// Only what was fetched before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    /// Only from this source; may be given more than once
    #[arg(long, value_name = "ID")]
    pub source: Vec<String>,
    /// Only this story; may be given more than once
    #[arg(long, value_name = "STORY")]
    pub story: Vec<String>,
    /// max, realtime, or how many times as fast as the items came in
    #[arg(long, default_value = "max")]
    pub speed: Speed,
    /// Begin anew although the same replay was done, or begun, before
    #[arg(long)]
    pub again: bool,
}

/// Replays what is selected.
pub(crate) fn replay(common: &Common, args: &ReplayArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    start_telemetry(&settings)?;
    let store = super::archive::open(&settings)?;
    let is_live = args.into == LIVE;
    let run = RunId::new(if is_live { REPLAYED } else { &args.into });
    let selection = Selection {
        since: args.since,
        until: args.until,
        sources: args.source.clone(),
        stories: args.story.clone(),
    };
    let mut replay = Replay::new(store, selection, run, args.speed)?;
    if args.again {
        replay = replay.from_the_start();
    }
    let progress = replay.progress();
    let target = if is_live {
        settings
    } else {
        of_run(settings, &args.into)
    };
    let mut host = open_host(target)?;
    host.add_source(Box::new(replay), &BEHIND);
    if !is_live {
        add(&mut host, Service::Cleaner)?;
        add(&mut host, Service::Enricher)?;
    }
    let watch = Watch {
        transport: host.transport(),
        stop: host.stop(),
        progress: Arc::clone(&progress),
        waits_for_stages: !is_live,
    };
    let watching = std::thread::Builder::new()
        .name("replay-progress".to_owned())
        .spawn(move || watch.until_done())?;
    let ended = host.run();
    // It sees the signal to stop that ended the services.
    let _ = watching.join();
    ended?;
    Ok(match progress.is_done.load(Ordering::Relaxed) {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn open_host(mut settings: Settings) -> anyhow::Result<Host> {
    settings.runner.lag_limit_records = settings.runner.lag_limit_records.min(ROOM_FOR_NEWS);
    let specs = settings.topics.specs();
    let host = Host::open(settings, stop_on_signals()?)?;
    host.transport()
        .create_topics(&specs)
        .map_err(|source| HostError::Transport {
            kind: host.transport().kind(),
            source,
        })?;
    Ok(host)
}

/// Shows how far a replay is, and stops the services once everything is through.
struct Watch {
    transport: Arc<dyn Transport>,
    stop: StopSignal,
    progress: Arc<Progress>,
    waits_for_stages: bool,
}

impl Watch {
    fn until_done(&self) {
        let line = LiveLine::on_stderr();
        let begun = Instant::now();
        let mut logged = Instant::now();
        while !self.stop.wait(REFRESH) {
            let text = self.text(begun.elapsed());
            if line.is_shown() {
                line.show(&text);
            } else if logged.elapsed() >= LOG_EVERY {
                logged = Instant::now();
                tracing::info!("{text}");
            }
            if self.progress.is_done.load(Ordering::Relaxed) && self.is_through() {
                self.stop.request();
            }
        }
        line.clear();
        tracing::info!("{}", self.text(begun.elapsed()));
    }

    /// Whether the stages have nothing left to do.
    fn is_through(&self) -> bool {
        !self.waits_for_stages
            || BEHIND.iter().all(|stage| {
                let left = self.transport.backlog(stage.service, stage.input);
                left.is_ok_and(|records| records == 0)
            })
    }

    fn text(&self, elapsed: Duration) -> String {
        let written = self.progress.written.load(Ordering::Relaxed);
        let most = self.progress.most.load(Ordering::Relaxed);
        let rate = written as f64 / elapsed.as_secs_f64().max(0.001);
        let mut text = format!("replayed {written} of at most {most} items, {rate:.0} a second");
        if self.progress.is_done.load(Ordering::Relaxed) {
            text.push_str(", all written");
        } else if rate > 0.0 {
            let left = most.saturating_sub(written) as f64 / rate;
            text.push_str(&format!(", about {left:.0} s left"));
        }
        text
    }
}
