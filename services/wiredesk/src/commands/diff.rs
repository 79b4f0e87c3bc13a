//! `wiredesk diff`: what a run made of the stories, beside what was published.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Duration;

use clap::Args;
use serde_json::Value;
use wiredesk_host::{Exit, open_transport};
use wiredesk_model::Topic;
use wiredesk_pipeline::{Start, Transport, TransportError};
use wiredesk_replayer::{Change, Difference, compare};

use super::replay::of_run;
use crate::cli::Common;
use crate::paint::{self, Paint, one_line};

/// Records of one read.
const AT_ONCE: usize = 500;
const WAIT: Duration = Duration::from_millis(100);
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
    let own = of_run(settings.clone(), &args.run);
    let is_there = own.embedded_file().exists() || settings.data_dir == own.data_dir;
    anyhow::ensure!(
        is_there,
        "there is no run {}; `wiredesk replay --into {}` makes it",
        args.run,
        args.run
    );
    let (live, run) = (open_transport(&settings)?, open_transport(&own)?);
    let again = newest(run.as_ref(), Topic::Current)?;
    let replayed = newest(run.as_ref(), Topic::Raw)?;
    let mut published = newest(live.as_ref(), Topic::Current)?;
    // What was not replayed is no loss.
    published.retain(|story, _| replayed.contains_key(story));
    let found = compare(&published, &again);
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

/// The newest value of each key of a topic; a tombstone takes it away.
fn newest(
    transport: &dyn Transport,
    topic: Topic,
) -> Result<BTreeMap<String, Value>, TransportError> {
    let mut reader = transport.reader(topic, Start::Earliest)?;
    let mut found = BTreeMap::new();
    loop {
        let records = reader.read(AT_ONCE, WAIT)?;
        if records.is_empty() && reader.at_end()? {
            return Ok(found);
        }
        for record in records {
            match record
                .value
                .and_then(|value| serde_json::from_slice(&value).ok())
            {
                // Of raw items only the keys are looked at.
                Some(_) if topic == Topic::Raw => found.insert(record.key, Value::Null),
                Some(value) => found.insert(record.key, value),
                None => found.remove(&record.key),
            };
        }
    }
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
