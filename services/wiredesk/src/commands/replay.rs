//! `wiredesk replay`: what was received before through the pipeline again.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use wiredesk_host::{Exit, Host, HostError, stop_on_signals};
use wiredesk_model::{RunId, Timestamp, Topic};
use wiredesk_pipeline::{Behind, Source, StopSignal, Transport};
use wiredesk_replayer::{OnDamage, Origin, Progress, Replay, Selection, Span, Speed};
use wiredesk_settings::Settings;
use wiredesk_telemetry::LiveLine;

use super::service::{Service, add, start_telemetry};
use crate::cli::Common;
use crate::foreign::{Foreign, Place};
use crate::progress;
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
    /// Where from: `archive`, `topic:raw` or some offsets of it (`topic:raw@0:100..200`), or a file or
    /// folder: WARC and tar files, JSON lines, feeds, wires, pages and texts, packed with gzip or not
    #[arg(value_name = "FROM", default_value = "archive")]
    pub from: From,
    /// The source that the items of a file or folder belong to [default: by its name]
    #[arg(long = "as", value_name = "ID")]
    pub as_source: Option<String>,
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
    /// Only with each of these words in title or text
    #[arg(long, value_name = "WORDS")]
    pub query: Option<String>,
    /// max, realtime, or how many times as fast as the items came in
    #[arg(long, default_value = "max")]
    pub speed: Speed,
    /// Begin anew although the same replay was done, or begun, before
    #[arg(long)]
    pub again: bool,
    /// Leave out segments of the archive that are damaged, instead of ending there
    #[arg(long)]
    pub skip_damaged: bool,
}

/// Where a replay reads from.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    /// The configured archive.
    Archive,
    /// The raw topic of the live log.
    Topic(Option<Span>),
    /// A file or folder.
    Path(PathBuf),
}

impl FromStr for From {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let of_raw = |topic: &str| match topic.split_once('@') {
            Some((name, span)) if name == Topic::Raw.name() => Ok(Self::Topic(Some(span.parse()?))),
            None if topic == Topic::Raw.name() => Ok(Self::Topic(None)),
            _ => Err(format!(
                "only the raw topic can be replayed, as topic:{}",
                Topic::Raw
            )),
        };
        match (text, text.strip_prefix("topic:")) {
            ("archive", _) => Ok(Self::Archive),
            (_, Some(topic)) => of_raw(topic),
            (path, None) => Ok(Self::Path(PathBuf::from(path))),
        }
    }
}

impl ReplayArgs {
    fn is_live(&self) -> bool {
        self.into == LIVE
    }

    fn run(&self) -> RunId {
        RunId::new(if self.is_live() { REPLAYED } else { &self.into })
    }

    fn selection(&self) -> Selection {
        let words = self.query.iter().flat_map(|query| query.split_whitespace());
        Selection {
            since: self.since,
            until: self.until,
            sources: self.source.clone(),
            stories: self.story.clone(),
            words: words.map(str::to_owned).collect(),
        }
    }

    fn on_damage(&self) -> OnDamage {
        match self.skip_damaged {
            true => OnDamage::LeaveOut,
            false => OnDamage::End,
        }
    }

    /// What to do once a replay could not go on.
    fn after_a_failure(&self) -> &'static str {
        match self.from {
            From::Archive => {
                "everything before it is replayed: mend it, or put it back from a copy, and say \
                 the same again to go on from there; --skip-damaged leaves out what is damaged"
            }
            _ => "mend it and say the same again to go on from there",
        }
    }

    /// What is replayed, with how far it is.
    fn source(
        &self,
        live: &Settings,
        target: &dyn Transport,
    ) -> anyhow::Result<(Box<dyn Source>, Arc<Progress>)> {
        let origin = match &self.from {
            From::Archive => Origin::Archive(super::archive::open(live)?, self.on_damage()),
            From::Topic(span) => Origin::Topic(super::existing_transport(live)?, *span),
            From::Path(path) => {
                if !path.exists() {
                    bail!("there is no {}", path.display());
                }
                let source = self.as_source.as_deref();
                let place = Place {
                    path,
                    source,
                    speed: self.speed,
                };
                let foreign = Foreign::new(live, &place, self.selection(), self.run())?;
                if self.again {
                    foreign.begin_anew(target)?;
                }
                let progress = foreign.progress();
                return Ok((Box::new(foreign), progress));
            }
        };
        let mut replay = Replay::new(origin, self.selection(), self.run(), self.speed)?;
        if self.again {
            replay = replay.from_the_start();
        }
        let progress = replay.progress();
        Ok((Box::new(replay), progress))
    }
}

/// Replays what is selected.
pub(crate) fn replay(common: &Common, args: &ReplayArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    start_telemetry(&settings)?;
    let target = match args.is_live() {
        true => settings.clone(),
        false => of_run(settings.clone(), &args.into),
    };
    let mut host = open_host(target)?;
    let (source, progress) = args.source(&settings, host.transport().as_ref())?;
    host.add_source(source, &BEHIND);
    if !args.is_live() {
        add(&mut host, Service::Cleaner)?;
        add(&mut host, Service::Enricher)?;
    }
    let watch = Watch {
        transport: host.transport(),
        stop: host.stop(),
        progress: Arc::clone(&progress),
        waits_for_stages: !args.is_live(),
    };
    let watching = std::thread::Builder::new()
        .name("replay-progress".to_owned())
        .spawn(move || watch.until_done())?;
    let ended = host.run();
    // It sees the signal to stop that ended the services.
    let is_through = watching.join().unwrap_or(false);
    ended?;
    if let Some(why) = progress.failure.get() {
        bail!("{why}; {}", args.after_a_failure());
    }
    let is_whole = progress.unreadable.load(Ordering::Relaxed) == 0;
    Ok(match is_through && is_whole {
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
    /// Answers whether everything is through; what ended before that goes on the next time.
    fn until_done(&self) -> bool {
        let line = LiveLine::on_stderr();
        let begun = Instant::now();
        let mut logged = Instant::now();
        let mut is_through = false;
        while !self.stop.wait(REFRESH) {
            let text = progress::line(&self.progress, begun.elapsed());
            if line.is_shown() {
                line.show(&text);
            } else if logged.elapsed() >= LOG_EVERY {
                logged = Instant::now();
                tracing::info!("{text}");
            }
            let is_done = self.progress.is_done.load(Ordering::Relaxed);
            let has_failed = self.progress.failure.get().is_some();
            if (is_done || has_failed) && self.is_through() {
                is_through = is_done;
                self.stop.request();
            }
        }
        line.clear();
        tracing::info!("{}", progress::line(&self.progress, begun.elapsed()));
        is_through
    }

    /// Whether the stages have nothing left to do.
    fn is_through(&self) -> bool {
        !self.waits_for_stages
            || BEHIND.iter().all(|stage| {
                let left = self.transport.backlog(stage.service, stage.input);
                left.is_ok_and(|records| records == 0)
            })
    }
}
