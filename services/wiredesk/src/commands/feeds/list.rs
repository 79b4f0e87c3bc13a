//! `wiredesk feeds list`.

use std::io::{self, Write};

use anyhow::bail;
use wiredesk_host::{Exit, open_transport};
use wiredesk_model::{FeedState, PollNote, Timestamp};
use wiredesk_settings::{Settings, TransportKind};

use super::args::ListArgs;
use crate::cli::Common;
use crate::paint::{self, Paint, one_line};
use crate::standing::{Standing, Verdict, ago, read_states, span, standings, until};

/// Width of what went wrong on the terminal.
const TROUBLE_WIDTH: usize = 100;

/// Shows how the feeds stand.
pub(crate) fn list(common: &Common, args: &ListArgs) -> anyhow::Result<Exit> {
    let settings = super::super::settings(common)?;
    let configured = super::configured(&settings)?;
    let mut all = standings(&configured.sources, states(&settings)?);
    if let Some(feed) = &args.feed {
        all.retain(|one| one.feed == *feed);
        if all.is_empty() {
            bail!("there is no feed {feed}; `wiredesk feeds list` shows all of them");
        }
    }
    if args.trouble {
        all.retain(|one| one.verdict <= Verdict::Quiet);
    }
    let mut out = io::stdout().lock();
    let paint = paint::for_stdout();
    let now = Timestamp::now();
    match &all[..] {
        _ if args.json => {
            for one in &all {
                writeln!(out, "{}", json(one)?)?;
            }
        }
        [one] if args.feed.is_some() => show_one(&mut out, one, now, paint)?,
        all => show_all(&mut out, all, now, paint)?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// The cursors; none before the first start.
fn states(settings: &Settings) -> anyhow::Result<std::collections::BTreeMap<String, FeedState>> {
    let is_new =
        settings.transport.kind == TransportKind::Embedded && !settings.embedded_file().exists();
    if is_new {
        return Ok(Default::default());
    }
    let transport = open_transport(settings)?;
    Ok(read_states(transport.as_ref())?)
}

/// The feed with its whole cursor, except for the items that were seen.
fn json(one: &Standing) -> anyhow::Result<String> {
    let mut value = serde_json::to_value(one)?;
    if let Some(state) = &one.state {
        let mut state = serde_json::to_value(state)?;
        if let Some(state) = state.as_object_mut() {
            let seen = state.remove("seen");
            let items = seen.and_then(|seen| Some(seen.as_object()?.len()));
            state.insert("seen_items".to_owned(), items.unwrap_or_default().into());
        }
        value["cursor"] = state;
    }
    Ok(value.to_string())
}

fn painted(verdict: Verdict, paint: Paint, width: usize) -> String {
    let word = format!("{:width$}", verdict.as_str());
    match verdict {
        Verdict::Failing | Verdict::Gone => paint.bad(&word),
        Verdict::Quiet => paint.warn(&word),
        Verdict::Well => paint.good(&word),
        Verdict::New | Verdict::Left => paint.faint(&word),
    }
}

fn show_all(
    out: &mut impl Write,
    all: &[Standing],
    now: Timestamp,
    paint: Paint,
) -> io::Result<()> {
    let width = all
        .iter()
        .map(|one| one.feed.len())
        .max()
        .unwrap_or(0)
        .max(4);
    let head = format!(
        "{:7}  {:width$}  {:>12}  {:>10}  {:>6}  {:>9}  {:>5}",
        "state", "feed", "last poll", "next", "status", "items/day", "items"
    );
    writeln!(out, "{}", paint.faint(&head))?;
    for one in all {
        let status = one
            .status()
            .map_or(String::new(), |status| status.to_string());
        writeln!(
            out,
            "{}  {:width$}  {:>12}  {:>10}  {status:>6}  {:>9.1}  {:>5}",
            painted(one.verdict, paint, 7),
            one.feed,
            ago(one.last_poll, now),
            until(one.next_poll, now),
            one.items_a_day,
            one.listed_items,
        )?;
        if let Some(trouble) = one.trouble() {
            writeln!(out, "         {}", one_line(trouble, TROUBLE_WIDTH))?;
        }
    }
    let count = |verdict| all.iter().filter(|one| one.verdict == verdict).count();
    let counts = Verdict::ALL
        .iter()
        .map(|verdict| (*verdict, count(*verdict)));
    let counts: Vec<String> = counts
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.as_str()))
        .collect();
    writeln!(out, "{} feeds: {}", all.len(), counts.join(", "))
}

fn show_one(out: &mut impl Write, one: &Standing, now: Timestamp, paint: Paint) -> io::Result<()> {
    let title = one.name.as_deref().unwrap_or(&one.feed);
    writeln!(
        out,
        "{}  {}",
        paint.strong(&paint::tame(title)),
        painted(one.verdict, paint, 0)
    )?;
    let mut line = |name: &str, text: String| writeln!(out, "  {name:14} {}", paint::tame(&text));
    line("feed", one.feed.clone())?;
    line("at", one.place.clone())?;
    let Some(state) = &one.state else {
        return line("polls", "none yet".to_owned());
    };
    for (name, text) in facts(one, state, now) {
        line(name, text)?;
    }
    writeln!(
        out,
        "  {:14} when                  outcome    status   new  updated",
        "last polls"
    )?;
    for note in state.history.iter().rev() {
        writeln!(out, "  {:14} {}", "", poll_line(note))?;
    }
    Ok(())
}

fn poll_line(note: &PollNote) -> String {
    let status = note
        .status
        .map_or(String::new(), |status| status.to_string());
    format!(
        "{:20}  {:9}  {status:>6}  {:>4}  {:>7}",
        note.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        note.outcome,
        note.new,
        note.updated
    )
}

/// What the cursor tells, by name.
fn facts(one: &Standing, state: &FeedState, now: Timestamp) -> Vec<(&'static str, String)> {
    let polls = format!("{}, the last {}", state.polls, ago(one.last_poll, now));
    let rhythm = format!(
        "{:.1} items a day, {} in the document, {} remembered, the last new one {}",
        one.items_a_day,
        one.listed_items,
        state.seen.len(),
        ago(state.rhythm.last_new, now)
    );
    let mut facts = vec![
        ("polls", polls),
        ("next poll", until(one.next_poll, now)),
        ("last success", ago(state.health.last_success, now)),
        ("rhythm", rhythm),
        ("validators", validators(state)),
    ];
    facts.extend(wishes(state).map(|wishes| ("it asks for", wishes)));
    facts.extend(troubles(state, now));
    facts
}

fn validators(state: &FeedState) -> String {
    if let Some(since) = state.trust.off_since {
        return format!("not believed since {since}");
    }
    let both = [&state.etag, &state.last_modified].into_iter().flatten();
    let both: Vec<&str> = both.map(String::as_str).collect();
    match both.is_empty() {
        true => "none".to_owned(),
        false => both.join(", "),
    }
}

fn wishes(state: &FeedState) -> Option<String> {
    let ttl = state.wishes.ttl_minutes;
    let ttl = ttl.map(|minutes| format!("ttl {minutes} min"));
    let update = state.wishes.update_seconds;
    let update = update.map(|seconds| format!("an update every {}", span(seconds as i64)));
    let wishes: Vec<String> = ttl.into_iter().chain(update).collect();
    (!wishes.is_empty()).then(|| wishes.join(", "))
}

/// What is not as it should be, by name.
fn troubles(state: &FeedState, now: Timestamp) -> impl Iterator<Item = (&'static str, String)> {
    let health = &state.health;
    let error = health.last_error.as_ref();
    let error = error.map(|error| format!("{error} ({} in a row)", health.failures_in_a_row));
    let gone = health.gone_since;
    let quiet = health.quiet_since;
    let left_alone = health.left_alone_until.filter(|until| *until > now);
    let moved = state.moved.as_ref().map(|moved| {
        let times = moved.sightings;
        match moved.is_learned {
            true => format!("to {}, and asked there now", moved.to),
            false => format!("to {}, as {times} polls in a row were told", moved.to),
        }
    });
    let gaps = health.last_gap.as_ref().map(|gap| {
        let (since, until, missed) = (gap.since, gap.until, gap.missed_items);
        format!(
            "{}, the last from {since} to {until}: about {missed} items",
            health.gaps
        )
    });
    let all = [
        ("trouble", error),
        (
            "gone",
            gone.map(|since| format!("since {since}, says its server")),
        ),
        ("quiet", quiet.map(|since| format!("since {since}"))),
        (
            "left alone",
            left_alone.map(|until| format!("until {until}, as its host asks")),
        ),
        ("moved", moved),
        ("gaps", gaps),
    ];
    let all = all.into_iter();
    all.filter_map(|(name, text)| Some((name, text?)))
}
