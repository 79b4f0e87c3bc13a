//! `wiredesk dead`: records that a stage could not process.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::{Args, Subcommand};
use wiredesk_host::Exit;
use wiredesk_model::{InstanceId, ReasonCode, Timestamp, header};
use wiredesk_pipeline::{Transport, Writer};

use crate::cli::Common;
use crate::envelope::Envelope;
use crate::letters::{Choice, DeadTopic, Letter, Place};
use crate::paint::{self, Paint, one_line, tame};

/// Letters that are settled in one batch.
const AT_ONCE: usize = 100;
/// Characters of a key or of a detail in a list.
const COLUMN: usize = 60;

/// `wiredesk dead`.
#[derive(Debug, Clone, Subcommand)]
pub enum DeadCommand {
    /// List dead letters that nobody has dealt with, one a line
    List(ListArgs),
    /// Show dead letters whole: headers and value
    Show(ShowArgs),
    /// Send records to the stage that gave them up, with their history
    Retry(SettleArgs),
    /// Deal with dead letters by leaving them dead
    Drop(SettleArgs),
}

/// Which letters.
#[derive(Debug, Clone, Args)]
pub struct Chosen {
    /// Letters by their place, as `list` shows it: 0:42
    #[arg(value_name = "PLACE")]
    pub places: Vec<Place>,
    /// Only with this reason code; may be given more than once
    #[arg(long, value_name = "CODE", value_parser = reason)]
    pub reason: Vec<String>,
    /// Only from this stage; may be given more than once
    #[arg(long, value_name = "STAGE")]
    pub stage: Vec<String>,
    /// Only from this source; may be given more than once
    #[arg(long, value_name = "ID")]
    pub source: Vec<String>,
    /// Only what was given up at or after this time, such as 2026-11-23T06:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Timestamp>,
    /// Only what was given up before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    /// So many at the most, the oldest first
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `wiredesk dead list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// Print each as JSON, one a line
    #[arg(long)]
    json: bool,
}

/// `wiredesk dead show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    chosen: Chosen,
}

/// `wiredesk dead retry` and `wiredesk dead drop`.
#[derive(Debug, Clone, Args)]
pub struct SettleArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// All there are, where nothing else is said
    #[arg(long)]
    all: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// So many records a second at the most
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    per_second: u32,
}

fn reason(text: &str) -> Result<String, String> {
    if ReasonCode::from_code(text).is_some() {
        return Ok(text.to_owned());
    }
    let codes = ReasonCode::ALL.iter().map(|code| code.as_str());
    match wiredesk_settings::nearest(text, codes.clone()) {
        Some(near) => Err(format!("did you mean {near}?")),
        None => Err(format!(
            "reasons are {}",
            codes.collect::<Vec<_>>().join(", ")
        )),
    }
}

impl Chosen {
    fn choice(&self) -> Choice {
        Choice {
            places: self.places.clone(),
            reasons: self.reason.clone(),
            stages: self.stage.clone(),
            sources: self.source.clone(),
            since: self.since,
            until: self.until,
        }
    }

    fn each(
        &self,
        topic: &DeadTopic<'_>,
        mut each: impl FnMut(Letter) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut count = 0;
        if limit == 0 {
            return Ok(0);
        }
        topic.each(&self.choice(), |letter| {
            count += 1;
            each(letter).map(|()| count < limit)
        })?;
        Ok(count)
    }
}

/// Does what the command line says.
pub(crate) fn dead(common: &Common, command: &DeadCommand) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let transport = super::existing_transport(&settings)?;
    let topic = DeadTopic::open(transport.as_ref())?;
    match command {
        DeadCommand::List(args) => list(&topic, args),
        DeadCommand::Show(args) => show(&topic, args),
        DeadCommand::Retry(args) => settle(transport.as_ref(), &topic, args, Deed::Retry),
        DeadCommand::Drop(args) => settle(transport.as_ref(), &topic, args, Deed::Drop),
    }
}

fn list(topic: &DeadTopic<'_>, args: &ListArgs) -> anyhow::Result<Exit> {
    let paint = paint::for_stdout();
    let mut out = io::stdout().lock();
    let count = args.chosen.each(topic, |letter| {
        let line = match args.json {
            true => Envelope::of(&letter.record).to_line(),
            false => line(&letter, paint),
        };
        Ok(writeln!(out, "{line}")?)
    })?;
    out.flush()?;
    if count == 0 {
        super::complain("no dead letters");
    }
    Ok(Exit::Done)
}

fn line(letter: &Letter, paint: Paint) -> String {
    let said = |name| letter.said(name).unwrap_or("?");
    let times = letter.said(header::RETRY_OF).map_or("", |_| " again");
    format!(
        "{place:>8}  {time:.0}  {stage:<8} {reason:<14} {source:<18} {key}  {detail}",
        place = letter.place().to_string(),
        time = letter.time(),
        stage = said(header::DEAD_STAGE),
        reason = paint.bad(&format!("{}{times}", said(header::DEAD_REASON))),
        source = one_line(letter.source().as_deref().unwrap_or("?"), 18),
        key = one_line(&letter.record.key, COLUMN),
        detail = one_line(said(header::DEAD_DETAIL), 2 * COLUMN),
    )
}

fn show(topic: &DeadTopic<'_>, args: &ShowArgs) -> anyhow::Result<Exit> {
    let paint = paint::for_stdout();
    let mut out = io::stdout().lock();
    let count = args.chosen.each(topic, |letter| {
        writeln!(
            out,
            "{}",
            paint.strong(&format!("dead letter {}", letter.place()))
        )?;
        writeln!(out, "key: {}", tame(&letter.record.key))?;
        for (name, value) in letter.record.headers.iter() {
            writeln!(out, "{}: {}", paint.faint(name), tame(value))?;
        }
        let value = letter.record.value.as_deref().unwrap_or_default();
        let text = match serde_json::from_slice::<serde_json::Value>(value) {
            Ok(json) => serde_json::to_string_pretty(&json)?,
            Err(_) => String::from_utf8_lossy(value).into_owned(),
        };
        Ok(writeln!(out, "\n{}\n", tame(&text))?)
    })?;
    out.flush()?;
    if count == 0 {
        bail!("there is no such dead letter; `wiredesk dead list` shows those there are");
    }
    Ok(Exit::Done)
}

/// What is done to a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Retry,
    Drop,
}

fn settle(
    transport: &dyn Transport,
    topic: &DeadTopic<'_>,
    args: &SettleArgs,
    deed: Deed,
) -> anyhow::Result<Exit> {
    if args.chosen.choice().is_everything() && !args.all {
        bail!("say which: places, --reason, --stage, --source, --since or --until, or --all");
    }
    let id = format!("desk-{}", uuid::Uuid::new_v4().simple());
    let mut work = Work {
        writer: (!args.dry_run)
            .then(|| transport.writer(&InstanceId::new(id)))
            .transpose()?,
        deed,
        waiting: Vec::new(),
        pace: Pace::new(args.per_second),
        done: 0,
        left: 0,
    };
    args.chosen.each(topic, |letter| work.take(letter))?;
    work.write()?;
    let word = match (deed, args.dry_run) {
        (Deed::Retry, false) => "sent again",
        (Deed::Retry, true) => "would be sent again",
        (Deed::Drop, false) => "dropped",
        (Deed::Drop, true) => "would be dropped",
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{} {word}", work.done)?;
    if work.left > 0 {
        writeln!(
            out,
            "{} are notes and not the records that failed; `show` tells more, `drop` settles them",
            work.left
        )?;
    }
    Ok(Exit::Done)
}

/// Letters being settled.
struct Work {
    writer: Option<Box<dyn Writer>>,
    deed: Deed,
    waiting: Vec<Letter>,
    pace: Pace,
    done: usize,
    left: usize,
}

impl Work {
    fn take(&mut self, letter: Letter) -> anyhow::Result<()> {
        if self.deed == Deed::Retry && letter.again(Timestamp::UNIX_EPOCH).is_none() {
            self.left += 1;
            return Ok(());
        }
        self.done += 1;
        self.waiting.push(letter);
        if self.waiting.len() >= self.pace.at_once() {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let letters = std::mem::take(&mut self.waiting);
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let now = Timestamp::now();
        let records = letters.iter().flat_map(|letter| match self.deed {
            Deed::Retry => letter.again(now).unwrap_or_default(),
            Deed::Drop => vec![letter.dropped(now)],
        });
        self.pace.wait(letters.len());
        Ok(writer.write(records.collect())?)
    }
}

/// Keeps within so many records a second.
struct Pace {
    per_second: u32,
    begun: Instant,
    passed: u64,
}

impl Pace {
    fn new(per_second: u32) -> Self {
        Self {
            per_second,
            begun: Instant::now(),
            passed: 0,
        }
    }

    /// Records of one batch: no more than a second's worth.
    fn at_once(&self) -> usize {
        AT_ONCE.min(self.per_second as usize)
    }

    /// Waits until what passed before these is within the limit.
    fn wait(&mut self, records: usize) {
        let due = Duration::from_secs_f64(self.passed as f64 / f64::from(self.per_second));
        std::thread::sleep(due.saturating_sub(self.begun.elapsed()));
        self.passed += records as u64;
    }
}
