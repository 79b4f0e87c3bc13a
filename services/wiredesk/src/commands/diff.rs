//! `wiredesk diff`: what a run made of the stories, beside what was published.

use std::io::{self, Write as _};

use clap::Args;
use wiredesk_host::Exit;
use wiredesk_replayer::{Change, Difference};

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
    let found = runs::difference(&settings, &args.run)?;
    match args.json {
        true => writeln!(
            io::stdout().lock(),
            "{}",
            serde_json::to_string_pretty(&found)?
        )?,
        false => report(&found, args.stories)?,
    }
    Ok(Exit::Done)
}

fn report(found: &Difference, stories: usize) -> io::Result<()> {
    let paint = paint::for_stdout();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} the same, {} changed, {} added, {} lost",
        found.same,
        found.changed.len(),
        found.added.len(),
        found.lost.len()
    )?;
    for (field, count) in found.by_field() {
        writeln!(out, "  {count:>7}  {field}")?;
    }
    for (what, list) in [("added", &found.added), ("lost", &found.lost)] {
        for story in list.iter().take(stories) {
            writeln!(out, "{what}  {}", paint::tame(story))?;
        }
    }
    for change in found.changed.iter().take(stories) {
        write_change(&mut out, change, paint)?;
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
