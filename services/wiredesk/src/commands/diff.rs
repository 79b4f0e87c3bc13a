//! `wiredesk diff`: what a run made of the stories, beside what was published.

use std::io::{self, BufWriter, Write as _};

use clap::Args;
use wiredesk_host::Exit;
use wiredesk_replayer::{Change, Comparison};

use crate::cli::Common;
use crate::paint::{self, Paint, one_line};
use crate::runs;

/// Characters of a value in the report.
const SHOWN: usize = 120;

/// `wiredesk diff`.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The run, as it was named for `wiredesk replay`
    #[arg(value_name = "RUN", default_value = "replay")]
    pub run: String,
    /// Print the whole comparison as JSON
    #[arg(long)]
    pub json: bool,
    /// Show so many changed stories in full
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub stories: usize,
}

/// Compares the current records of a run with those that are published.
pub(crate) fn diff(common: &Common, args: &DiffArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let found = runs::compared(&settings, &args.run)?;
    let mut out = BufWriter::new(io::stdout().lock());
    match args.json {
        true => {
            serde_json::to_writer_pretty(&mut out, &found)?;
            writeln!(out)?;
        }
        false => report(&mut out, &found, args.stories)?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn report(out: &mut impl io::Write, found: &Comparison, stories: usize) -> anyhow::Result<()> {
    let paint = paint::for_stdout();
    let summary = found.summary();
    writeln!(
        out,
        "{} the same, {} changed, {} added, {} lost",
        summary.same, summary.changed, summary.added, summary.lost
    )?;
    for (field, count) in &summary.by_field {
        writeln!(out, "  {count:>7}  {field}")?;
    }
    for story in found.added().take(stories) {
        writeln!(out, "added  {}", paint::tame(&story?))?;
    }
    for story in found.lost().take(stories) {
        writeln!(out, "lost  {}", paint::tame(&story?))?;
    }
    for change in found.changed().take(stories) {
        write_change(out, &change?, paint)?;
    }
    Ok(())
}

fn write_change(out: &mut impl io::Write, change: &Change, paint: Paint) -> io::Result<()> {
    writeln!(out, "\n{}", paint.strong(&paint::tame(&change.story)))?;
    for field in &change.fields {
        writeln!(out, "  {}", field.path)?;
        if let Some(before) = &field.before {
            writeln!(out, "    - {}", paint.bad(&one_line(before, SHOWN)))?;
        }
        if let Some(after) = &field.after {
            writeln!(out, "    + {}", paint.good(&one_line(after, SHOWN)))?;
        }
    }
    Ok(())
}
