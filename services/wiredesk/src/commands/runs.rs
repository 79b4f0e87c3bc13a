//! `wiredesk runs`: what is there of runs, and what becomes of them.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::bail;
use clap::{Args, Subcommand};
use wiredesk_host::Exit;
use wiredesk_model::{InstanceId, Outgoing, Topic};
use wiredesk_pipeline::{Transport, TransportError, Writer};
use wiredesk_replayer::Offer;

use super::replay::ROOM_FOR_NEWS;
use crate::cli::Common;
use crate::runs::{self, Finished, run_name};

/// Stories that are written in one batch.
const AT_ONCE: usize = 100;
/// Pause before the enricher is asked again how much it has to do.
const PAUSE: Duration = Duration::from_millis(200);

/// `wiredesk runs`.
#[derive(Debug, Clone, Subcommand)]
pub enum RunsCommand {
    /// List the runs there are
    List,
    /// Publish what a run made otherwise, as revisions of the stories
    Promote(PromoteArgs),
    /// Delete a run with everything that it wrote
    Drop(DropArgs),
}

/// `wiredesk runs promote`.
#[derive(Debug, Clone, Args)]
pub struct PromoteArgs {
    /// The run, as it was named for `wiredesk replay`
    #[arg(value_name = "RUN", value_parser = run_name)]
    pub run: String,
    /// Say what would be published, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `wiredesk runs drop`.
#[derive(Debug, Clone, Args)]
pub struct DropArgs {
    /// The run, as it was named for `wiredesk replay`
    #[arg(value_name = "RUN", value_parser = run_name)]
    pub run: String,
}

/// Does what the command line says.
pub(crate) fn runs(common: &Common, command: &RunsCommand) -> anyhow::Result<Exit> {
    match command {
        RunsCommand::List => list(common),
        RunsCommand::Promote(args) => promote(common, args),
        RunsCommand::Drop(args) => {
            runs::remove(&super::settings(common)?, &args.run)?;
            writeln!(io::stdout(), "run {} is deleted", args.run)?;
            Ok(Exit::Done)
        }
    }
}

fn list(common: &Common) -> anyhow::Result<Exit> {
    let names = runs::names(&super::settings(common)?)?;
    let mut out = io::stdout().lock();
    for name in &names {
        writeln!(out, "{name}")?;
    }
    if names.is_empty() {
        super::complain("no runs; `wiredesk replay --into NAME` makes one");
    }
    Ok(Exit::Done)
}

fn promote(common: &Common, args: &PromoteArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let live = super::existing_transport(&settings)?;
    let mut finished = Finished::open(&settings, live.as_ref(), &args.run)?;
    tell(&finished.offer, args.dry_run)?;
    let mut desk = Desk {
        live: live.as_ref(),
        writer: None,
        waiting: Vec::new(),
        sent: 0,
    };
    if !args.dry_run {
        let id = InstanceId::new(format!("promote-{}", args.run));
        desk.writer = Some(live.writer(&id)?);
    }
    finished.each(|story| desk.take(story))?;
    desk.write()?;
    let mut out = io::stdout().lock();
    match desk.writer {
        Some(_) => writeln!(
            out,
            "{} stories sent to the enricher, which publishes those that nothing has overtaken; \
             `wiredesk diff {}` shows what still differs",
            desk.sent, args.run
        )?,
        None => writeln!(out, "{} stories would be sent to the enricher", desk.sent)?,
    }
    match finished.offer.left() {
        0 => Ok(Exit::Done),
        left => bail!(
            "{left} stories are no longer on the clean topic of the run, which keeps them for a \
             while only; make them again with `wiredesk replay --into {} --again`",
            args.run
        ),
    }
}

fn tell(offer: &Offer, is_rehearsal: bool) -> io::Result<()> {
    let word = if is_rehearsal { "would be" } else { "are" };
    writeln!(
        io::stdout(),
        "{} changed and {} added {word} promoted; {} are the same, {} were published in a later \
         version, {} that the run did not make stay as they are",
        offer.changed,
        offer.added,
        offer.same,
        offer.outranked,
        offer.lost
    )
}

/// Stories on their way to the live enricher.
struct Desk<'t> {
    live: &'t dyn Transport,
    /// `None` where nothing is to be written.
    writer: Option<Box<dyn Writer>>,
    waiting: Vec<Outgoing>,
    sent: u64,
}

impl Desk<'_> {
    fn take(&mut self, story: Outgoing) -> Result<(), TransportError> {
        self.waiting.push(story);
        match self.waiting.len() >= AT_ONCE {
            true => self.write(),
            false => Ok(()),
        }
    }

    /// Sends what waits. Sent twice it goes out once: the enricher knows what it promoted.
    fn write(&mut self) -> Result<(), TransportError> {
        let stories = std::mem::take(&mut self.waiting);
        self.sent += stories.len() as u64;
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        // News go first.
        while self.live.backlog("enricher", Topic::Clean)? > ROOM_FOR_NEWS {
            std::thread::sleep(PAUSE);
        }
        writer.write(stories)
    }
}
