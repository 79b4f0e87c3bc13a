//! `wiredesk archive`: what is in the archive, and whether it is whole.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use anyhow::bail;
use clap::{Args, Subcommand};
use wiredesk_archive::{Manifest, OnKill, Store, TOPICS};
use wiredesk_archiver::ArchiveSettings;
use wiredesk_host::{Exit, HostError};
use wiredesk_model::Timestamp;
use wiredesk_settings::Settings;

use crate::cli::Common;
use crate::paint;

/// `wiredesk archive`.
#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Show how much the archive holds of each day
    List,
    /// Check every file against its manifest
    Verify(VerifyArgs),
    /// Show offsets that are in no segment
    Gaps,
    /// Take stories out of every file
    Erase(EraseArgs),
    /// Show the kills that the archive knows of, and what became of their stories
    Kills,
    /// Remove segments that are older than so many days
    Prune(PruneArgs),
}

/// `wiredesk archive prune`.
#[derive(Debug, Clone, Args)]
pub struct PruneArgs {
    /// Days that a segment stays after its newest record [default: archive.keep_days]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,
    /// Only show how much would go
    #[arg(long)]
    pub dry_run: bool,
}

/// `wiredesk archive verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Remove files that belong to no segment; not while an archiver is writing
    #[arg(long)]
    pub remove_orphans: bool,
}

/// `wiredesk archive erase`.
#[derive(Debug, Clone, Args)]
pub struct EraseArgs {
    /// The stories, by id
    #[arg(required = true, value_name = "STORY")]
    pub stories: Vec<String>,
}

/// Does what the command says.
pub(crate) fn archive(common: &Common, command: &ArchiveCommand) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let store = open(&settings)?;
    match command {
        ArchiveCommand::List => list(&store),
        ArchiveCommand::Verify(args) => verify(&store, args),
        ArchiveCommand::Gaps => gaps(&store),
        ArchiveCommand::Erase(args) => erase(&store, args),
        ArchiveCommand::Kills => kills(&store),
        ArchiveCommand::Prune(args) => prune(&settings, &store, args),
    }
}

fn kills(store: &Store) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    let kills = wiredesk_archive::kills(store)?;
    if kills.is_empty() {
        writeln!(out, "{} knows of no kill", store.location())?;
    }
    for kill in kills {
        let what = match kill.handling {
            OnKill::Keep => "kept",
            OnKill::Restrict => "restricted",
            OnKill::Erase => "erased",
        };
        writeln!(out, "{}  {what:<10}  {}", kill.at, kill.story)?;
    }
    Ok(Exit::Done)
}

fn prune(settings: &Settings, store: &Store, args: &PruneArgs) -> anyhow::Result<Exit> {
    let (mut archive, _) = ArchiveSettings::read(settings);
    if let Some(days) = args.days {
        archive.keep_days = days;
    }
    let Some(keep) = archive.keep() else {
        bail!("archive.keep_days keeps everything for good; say how long with --days");
    };
    let before = Timestamp::now() - keep;
    let old = wiredesk_archive::older_than(store, before)?;
    let records: u64 = old.iter().map(|segment| segment.records).sum();
    if !args.dry_run {
        for segment in &old {
            wiredesk_archive::retire(store, segment)?;
        }
    }
    let verb = if args.dry_run { "would go" } else { "removed" };
    let segments = old.len();
    writeln!(
        io::stdout().lock(),
        "{segments} segments of {records} records, all from before {before}, {verb}"
    )?;
    Ok(Exit::Done)
}

/// The configured archive.
pub(crate) fn open(settings: &Settings) -> anyhow::Result<std::sync::Arc<Store>> {
    let (archive, problems) = ArchiveSettings::read(settings);
    if !problems.is_empty() {
        return Err(HostError::problems(problems).into());
    }
    Ok(archive.open(&settings.data_dir)?)
}

/// What one day holds of one topic.
#[derive(Default)]
struct Day {
    segments: u64,
    records: u64,
    bytes: u64,
}

fn list(store: &Store) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    let mut days: BTreeMap<(String, &str), Day> = BTreeMap::new();
    for topic in TOPICS {
        for segment in Manifest::all(store, topic)? {
            let day = segment.since.strftime("%Y-%m-%d").to_string();
            let sum = days.entry((day, topic.name())).or_default();
            sum.segments += 1;
            sum.records += segment.records;
            sum.bytes += segment.files.iter().map(|file| file.bytes).sum::<u64>();
        }
    }
    if days.is_empty() {
        writeln!(out, "{} holds nothing yet", store.location())?;
    }
    for ((day, topic), sum) in days {
        writeln!(
            out,
            "{day}  {topic:<9}{:>9} records {:>6} segments {:>13} bytes",
            sum.records, sum.segments, sum.bytes
        )?;
    }
    Ok(Exit::Done)
}

fn verify(store: &Store, args: &VerifyArgs) -> anyhow::Result<Exit> {
    let findings = wiredesk_archive::verify(store)?;
    let paint = paint::for_stdout();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} segments of {} records, {} files whole",
        findings.segments, findings.records, findings.whole
    )?;
    for damaged in &findings.damaged {
        writeln!(out, "{}", paint.bad(damaged))?;
    }
    if findings.unread > 0 {
        let text = "what belongs to no segment cannot be told while a manifest is damaged";
        writeln!(out, "{}", paint.warn(text))?;
    }
    for orphan in &findings.orphans {
        writeln!(
            out,
            "{}",
            paint.warn(&format!("{orphan} belongs to no segment"))
        )?;
    }
    if args.remove_orphans {
        wiredesk_archive::remove_orphans(store, &findings)?;
        writeln!(out, "{} files removed", findings.orphans.len())?;
    }
    Ok(match findings.damaged.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn gaps(store: &Store) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    let gaps = wiredesk_archive::gaps(store)?;
    for gap in &gaps {
        let missing = gap.to - gap.from;
        writeln!(out, "{}: {missing} offsets from {}", gap.at, gap.from)?;
    }
    if gaps.is_empty() {
        writeln!(
            out,
            "no offset is missing between the first segment and the last"
        )?;
    }
    Ok(Exit::Done)
}

fn erase(store: &Store, args: &EraseArgs) -> anyhow::Result<Exit> {
    let stories: Vec<&str> = args.stories.iter().map(String::as_str).collect();
    let changed = wiredesk_archive::erase(store, &stories)?;
    writeln!(io::stdout().lock(), "{changed} segments were written anew")?;
    Ok(Exit::Done)
}
