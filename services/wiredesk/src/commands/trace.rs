//! `wiredesk trace`: the way of a story through the pipeline.

use std::io::{self, Write as _};

use anyhow::bail;
use clap::Args;
use wiredesk_host::Exit;
use wiredesk_model::{Timestamp, Topic};

use crate::cli::Common;
use crate::paint::{self, Paint, tame};
use crate::trace::{Step, records_of, since, standing, steps, stories_at};

/// `wiredesk trace`.
#[derive(Debug, Clone, Args)]
pub struct TraceArgs {
    /// The id of a story, or the address of its page
    #[arg(value_name = "ID|URL")]
    pub story: String,
    /// Only from this time on, such as 2026-11-23T06:00:00Z; faster than everything that is kept
    #[arg(long, value_name = "TIME")]
    pub since: Option<Timestamp>,
    /// Print each step as JSON, one a line
    #[arg(long)]
    pub json: bool,
}

/// Shows each stage, time, reason and version.
pub(crate) fn trace(common: &Common, args: &TraceArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let transport = super::existing_transport(&settings)?;
    let transport = transport.as_ref();
    let start = since(args.since);
    let mut stories = vec![args.story.clone()];
    let mut found = records_of(transport, &args.story, start)?;
    if found.is_empty() && args.story.starts_with("http") {
        stories = stories_at(transport, &args.story, start)?;
        found = match stories.first() {
            Some(story) => records_of(transport, story, start)?,
            None => Vec::new(),
        };
    }
    if found.is_empty() {
        bail!(
            "nothing is kept of {}; `wiredesk tail raw --from earliest --no-follow` shows what is",
            args.story
        );
    }
    let raw_is_done = transport.backlog("cleaner", Topic::Raw)? == 0;
    let clean_is_done = transport.backlog("enricher", Topic::Clean)? == 0;
    let mut out = io::stdout().lock();
    let paint = paint::for_stdout();
    for (place, story) in stories.iter().enumerate() {
        if place > 0 {
            found = records_of(transport, story, start)?;
        }
        let steps = steps(&found, |topic| match topic {
            Topic::Raw => raw_is_done,
            _ => clean_is_done,
        });
        if !args.json {
            writeln!(out, "{}", paint.strong(&tame(story)))?;
        }
        for step in &steps {
            let line = match args.json {
                true => serde_json::to_string(step)?,
                false => line(step, paint),
            };
            writeln!(out, "{line}")?;
        }
        if let Some(standing) = standing(&found).filter(|_| !args.json) {
            writeln!(out, "now: {standing}")?;
        }
    }
    Ok(Exit::Done)
}

fn line(step: &Step, paint: Paint) -> String {
    let version = step.version.as_deref().unwrap_or("-");
    let then = match &step.then {
        Some(then) => format!("\n{:39}→ {}", "", tame(then)),
        None => String::new(),
    };
    format!(
        "{time}  {stage:<8} v{version:<4} {what}  {place}{then}",
        time = paint.faint(step.time.get(..19).unwrap_or(&step.time)),
        stage = step.stage,
        what = tame(&step.what),
        place = paint.faint(&step.place),
    )
}
