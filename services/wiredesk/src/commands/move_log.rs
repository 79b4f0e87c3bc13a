//! `wiredesk move`: from one machine to a cluster.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use wiredesk_host::{Exit, move_ends};
use wiredesk_replayer::{Move, MoveError, MoveProgress};
use wiredesk_settings::{Settings, TransportKind};
use wiredesk_telemetry::LiveLine;

use super::run::LOCK_FILE;
use super::service::start_telemetry;
use crate::cli::Common;

const REFRESH: Duration = Duration::from_millis(500);
const LOG_EVERY: Duration = Duration::from_secs(10);

/// What `wiredesk move --help` says.
pub(crate) const MOVE_HELP: &str = "\
Move this machine's log to the Kafka cluster, with the positions of its services.

Stop `wiredesk run` first, and configure the cluster: transport.kind = \"kafka\" and \
transport.kafka.bootstrap. Every record keeps its topic, partition, offset and time, and every \
service goes on there where it stopped here. The topics are made with the partitions that they have \
here. Nothing else may work with them until the move is through.

It can be stopped at any moment, by kill -9 too: run it again, and it compares what is there with \
the log and goes on behind it. Run it once more to have everything compared.";

/// `wiredesk move`.
#[derive(Debug, Clone, Args)]
pub struct MoveArgs {
    /// Only say what would be moved, or what stands in the way
    #[arg(long)]
    pub dry_run: bool,
}

/// Moves the log.
pub(crate) fn move_log(common: &Common, args: &MoveArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    start_telemetry(&settings)?;
    let _lock = lock(&settings)?;
    let mut ends = move_ends(&settings)?;
    let specs = settings.topics.specs();
    let prepared = Move::prepare(ends.from.as_ref(), ends.to.as_mut(), &specs)?;
    let to_write = prepared.progress().to_write;
    let mut out = io::stdout().lock();
    if args.dry_run {
        writeln!(out, "{to_write} records to write; nothing is in the way")?;
        return Ok(Exit::Done);
    }
    let mut watch = Watch::new();
    let moved = prepared.carry_out(&mut |progress| watch.tell(progress))?;
    watch.line.clear();
    writeln!(
        out,
        "{} records written, {} compared that were there, {} positions committed: everything is on \
         the cluster.\nStart the services there, and none on {} any more.",
        moved.written,
        moved.compared,
        moved.positions,
        settings.data_dir.display()
    )?;
    Ok(Exit::Done)
}

/// Keeps `wiredesk run`, and another move, off the data folder while the returned file is open.
fn lock(settings: &Settings) -> anyhow::Result<File> {
    let log = settings.embedded_file();
    if settings.transport.kind != TransportKind::Kafka {
        bail!(
            "the configuration names no cluster to move to: set transport.kind = \"kafka\" and \
             transport.kafka.bootstrap, or WIREDESK_TRANSPORT and WIREDESK_KAFKA_BOOTSTRAP"
        );
    }
    if !log.exists() {
        bail!(
            "there is no log at {}: name its folder with --data",
            log.display()
        );
    }
    take(&settings.data_dir)
}

fn take(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join(LOCK_FILE);
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(MoveError::AtWork(data_dir.display().to_string()).into()),
    }
}

/// Shows how far it is.
struct Watch {
    line: LiveLine,
    begun: Instant,
    told: Instant,
}

impl Watch {
    fn new() -> Self {
        Self {
            line: LiveLine::on_stderr(),
            begun: Instant::now(),
            told: Instant::now(),
        }
    }

    fn tell(&mut self, progress: MoveProgress) {
        let every = match self.line.is_shown() {
            true => REFRESH,
            false => LOG_EVERY,
        };
        if self.told.elapsed() < every {
            return;
        }
        self.told = Instant::now();
        let text = text(progress, self.begun.elapsed());
        match self.line.is_shown() {
            true => self.line.show(&text),
            false => tracing::info!("{text}"),
        }
    }
}

fn text(progress: MoveProgress, elapsed: Duration) -> String {
    let MoveProgress {
        written, to_write, ..
    } = progress;
    let of = progress
        .topic
        .map_or_else(String::new, |topic| format!(" {topic},"));
    if written == 0 {
        return format!("comparing{of} {} records are right", progress.compared);
    }
    let rate = written as f64 / elapsed.as_secs_f64().max(0.001);
    let left = to_write.saturating_sub(written) as f64 / rate;
    format!(
        "moving{of} {written} of {to_write} records, {rate:.0} a second, about {left:.0} s left"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiredesk_model::Topic;

    #[test]
    fn progress_tells_rate_and_time_left() {
        let mut progress = MoveProgress {
            topic: Some(Topic::Raw),
            compared: 7,
            to_write: 3_000,
            ..MoveProgress::default()
        };
        let elapsed = Duration::from_secs(10);
        assert_eq!(
            text(progress, elapsed),
            "comparing raw, 7 records are right"
        );
        progress.written = 1_000;
        assert_eq!(
            text(progress, elapsed),
            "moving raw, 1000 of 3000 records, 100 a second, about 20 s left"
        );
    }
}
