//! `wiredesk feeds test`.

use std::io::{self, Write};

use anyhow::bail;
use wiredesk_fetcher::{Inspection, SourceConfig, SourceKind, inspect, probe};
use wiredesk_host::Exit;

use super::args::TestArgs;
use crate::cli::Common;
use crate::paint::{self, Paint, tame};
use crate::standing::span;

/// Polls a feed once and tells everything about it; nothing is written anywhere.
pub(crate) fn test(common: &Common, args: &TestArgs) -> anyhow::Result<Exit> {
    let settings = super::super::settings(common)?;
    let configured = super::configured(&settings)?;
    let known = configured.sources.iter().find(|one| one.id == args.feed);
    let source = match known {
        Some(source) => source.clone(),
        None if args.feed.contains("://") => SourceConfig {
            // Whoever names an address on the command line may reach it.
            allow_private: true,
            ..SourceConfig::feed("test", &args.feed)
        },
        None => bail!(
            "{} is neither a source nor an address; `wiredesk feeds list` shows the sources",
            args.feed
        ),
    };
    let mut out = io::stdout().lock();
    match source.kind {
        SourceKind::Feed => {
            let seen = inspect(&source, &configured.settings)?;
            show(&mut out, &seen, paint::for_stdout())?;
        }
        _ => {
            let seen = probe(&source, &configured.settings)?;
            writeln!(out, "{}: {} documents", source.place(), seen.items)?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn show(out: &mut impl Write, seen: &Inspection, paint: Paint) -> io::Result<()> {
    let title = seen.title.as_deref().unwrap_or("without a title");
    writeln!(out, "{}", paint.strong(&tame(title)))?;
    for (name, text) in answer(seen)
        .into_iter()
        .chain(items(seen))
        .chain(polling(seen))
    {
        writeln!(out, "  {name:11} {}", tame(&text))?;
    }
    for warning in warnings(seen) {
        writeln!(out, "  {}     {}", paint.warn("notice"), tame(&warning))?;
    }
    Ok(())
}

fn answer(seen: &Inspection) -> Vec<(&'static str, String)> {
    let type_sent = seen.content_type.as_deref().unwrap_or("without a type");
    let mut lines = vec![
        ("answered", seen.url.clone()),
        (
            "sent",
            format!(
                "{} bytes as {type_sent}, in {} ms",
                seen.bytes,
                seen.took.as_millis()
            ),
        ),
    ];
    let validators = [("ETag", &seen.etag), ("Last-Modified", &seen.last_modified)];
    let validators: Vec<String> = validators
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)))
        .collect();
    lines.push((
        "validators",
        match (&seen.asked_again, validators.join(", ")) {
            (None, _) => "none: it is sent in whole each time".to_owned(),
            (Some(Ok(304)), both) => format!("{both}; asked again with them, it says 304"),
            (Some(Ok(status)), both) => format!("{both}; asked again with them, it says {status}"),
            (Some(Err(error)), both) => format!("{both}; asked again with them: {error}"),
        },
    ));
    lines
}

fn items(seen: &Inspection) -> Vec<(&'static str, String)> {
    let ids = seen.identity.iter();
    let ids: Vec<String> = ids
        .map(|(part, number)| format!("{number} by {part}"))
        .collect();
    let newest = seen.newest.as_deref().unwrap_or("without a date");
    let mut lines = vec![
        (
            "format",
            format!(
                "{}, language {}",
                seen.format,
                seen.language.as_deref().unwrap_or("not said")
            ),
        ),
        ("items", format!("{}, the newest {newest}", seen.items)),
        ("known by", ids.join(", ")),
        (
            "pages",
            format!("of {} items the linked page would be fetched", seen.pages),
        ),
    ];
    if let Some(number) = seen.items_a_day {
        lines.push((
            "rhythm",
            format!("about {number} new items a day, by their dates"),
        ));
    }
    lines
}

fn polling(seen: &Inspection) -> Vec<(&'static str, String)> {
    let mut wishes = Vec::new();
    if let Some(fresh) = seen.fresh_for.filter(|fresh| !fresh.is_zero()) {
        wishes.push(format!(
            "its server to wait {}",
            span(fresh.as_secs() as i64)
        ));
    }
    if let Some(minutes) = seen.wishes.ttl_minutes {
        wishes.push(format!("ttl {minutes} min"));
    }
    if let Some(seconds) = seen.wishes.update_seconds {
        wishes.push(format!("an update every {}", span(seconds as i64)));
    }
    if !seen.wishes.skip_hours.is_empty() {
        wishes.push(format!(
            "not in the hours {:?} (UTC)",
            seen.wishes.skip_hours
        ));
    }
    if !seen.wishes.skip_days.is_empty() {
        wishes.push(format!(
            "not on the days {:?} (Monday is 1)",
            seen.wishes.skip_days
        ));
    }
    let mut lines = Vec::new();
    if !wishes.is_empty() {
        lines.push(("asks for", wishes.join(", ")));
    }
    let next = span(seen.next_poll_in.as_secs() as i64);
    lines.push(("next poll", format!("after {next}")));
    lines
}

fn warnings(seen: &Inspection) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(to) = &seen.moved_to {
        warnings.push(format!(
            "it has moved for good, to {to}: put that into the sources"
        ));
    }
    if !seen.is_whole {
        warnings.push("the document is cut off".to_owned());
    }
    if matches!(seen.asked_again, Some(Ok(status)) if status != 304) {
        warnings.push("its server sends the feed again although nothing has changed".to_owned());
    }
    if seen.repeated > 0 {
        warnings.push(format!(
            "{} items repeat another one word for word",
            seen.repeated
        ));
    }
    if seen.items == 0 {
        warnings.push("there is no item in it".to_owned());
    }
    warnings
}
