//! A record of any topic as one line for people.

use wiredesk_model::{
    ArticleRecord, ChangeClass, CleanStory, FeedState, Incoming, RawItem, SourceEvent, StoryOrder,
    Topic, header,
};

use wiredesk_cleaner::SeenStory;
use wiredesk_enricher::StoryMemory;

use crate::envelope::time_text;
use crate::marked::headline;
use crate::paint::{Paint, one_line};

/// Characters of a headline at the most.
const HEADLINE: usize = 100;

/// The record as one line.
pub(crate) fn line(record: &Incoming, paint: Paint) -> String {
    let time = time_text(record.timestamp_ms);
    let clock = time.get(11..19).unwrap_or(&time);
    let said = match &record.value {
        None if record.at.topic != Topic::Dead => format!(
            "{} {}",
            paint.bad("withdrawn"),
            one_line(&record.key, HEADLINE)
        ),
        None => dead(record, paint),
        Some(value) => match record.at.topic {
            Topic::Enriched | Topic::Current => article(value, paint),
            Topic::Clean => clean(value, paint),
            Topic::Raw => raw(value, paint),
            Topic::FeedState => feed(value, paint),
            Topic::StoryState => story(record, value),
            Topic::CleanerState => seen(value),
            Topic::Events => event(value, paint),
            Topic::Orders => order(value, paint),
            Topic::Dead => Some(dead(record, paint)),
        }
        .unwrap_or_else(|| paint.bad("a record that this build cannot read")),
    };
    format!("{} {said}", paint.faint(clock))
}

/// Only what does not tell the story: it may be under embargo.
fn story(record: &Incoming, value: &[u8]) -> Option<String> {
    let memory: StoryMemory = serde_json::from_slice(value).ok()?;
    Some(format!(
        "{:<40} {}",
        one_line(&record.key, 40),
        memory.standing()
    ))
}

fn order(value: &[u8], paint: Paint) -> Option<String> {
    let order: StoryOrder = serde_json::from_slice(value).ok()?;
    Some(format!(
        "{source:<18} {action} {story}",
        source = one_line(order.source.as_str(), 18),
        action = paint.bad(order.action.as_str()),
        story = one_line(order.story.as_str(), HEADLINE),
    ))
}

fn seen(value: &[u8]) -> Option<String> {
    let seen: SeenStory = serde_json::from_slice(value).ok()?;
    Some(format!(
        "{source:<18} {blocks:>5} blocks remembered",
        source = one_line(seen.source.as_str(), 18),
        blocks = seen.print.blocks.len(),
    ))
}

fn event(value: &[u8], paint: Paint) -> Option<String> {
    let event: SourceEvent = serde_json::from_slice(value).ok()?;
    Some(format!(
        "{source:<18} {kind} {detail}",
        source = one_line(event.source.as_str(), 18),
        kind = paint.warn(event.kind.as_str()),
        detail = one_line(&event.detail, HEADLINE),
    ))
}

fn article(value: &[u8], paint: Paint) -> Option<String> {
    let record: ArticleRecord = serde_json::from_slice(value).ok()?;
    let wire = &record.wire;
    let change = match wire.change {
        ChangeClass::Created => String::new(),
        ChangeClass::Update => paint.warn("update "),
        ChangeClass::Correction => paint.bad("correction "),
        ChangeClass::Repeat => paint.faint("repeat "),
    };
    let language = record.article.language.as_deref().unwrap_or("?");
    Some(format!(
        "{source:<18} {language:<5} {words:>5} words {removed:>3} removed  {change}{title}",
        source = one_line(wire.source.as_str(), 18),
        words = wire.words,
        removed = wire.removed.len(),
        title = paint.strong(&one_line(headline(&record), HEADLINE)),
    ))
}

fn clean(value: &[u8], paint: Paint) -> Option<String> {
    let story: CleanStory = serde_json::from_slice(value).ok()?;
    Some(format!(
        "{source:<18} {blocks:>3} blocks {removed:>3} removed, body from {from}  {title}",
        source = one_line(story.source.as_str(), 18),
        blocks = story.blocks.len(),
        removed = story.removed.len(),
        from = story.body_from,
        title = paint.strong(&one_line(&story.title, HEADLINE)),
    ))
}

fn raw(value: &[u8], paint: Paint) -> Option<String> {
    let item: RawItem = serde_json::from_slice(value).ok()?;
    let page = match (&item.page, &item.page_error) {
        (Some(_), _) => "with its page",
        (None, Some(_)) => "page missing",
        (None, None) => "",
    };
    let title = item.item.title.as_deref().unwrap_or(item.story.as_str());
    Some(format!(
        "{source:<18} v{version:<3} {page:<13}  {title}",
        source = one_line(item.source.as_str(), 18),
        version = item.version,
        title = paint.strong(&one_line(title, HEADLINE)),
    ))
}

fn feed(value: &[u8], paint: Paint) -> Option<String> {
    let state: FeedState = serde_json::from_slice(value).ok()?;
    let health = match (&state.health.last_error, state.health.failures_in_a_row) {
        (Some(error), failures) if failures > 0 => paint.bad(&format!(
            "failing, {failures} in a row: {}",
            one_line(error, HEADLINE)
        )),
        _ => paint.good("well"),
    };
    Some(format!(
        "{feed:<18} {polls:>5} polls, {seen:>4} items known, next {next:.0}  {health}",
        feed = one_line(state.feed.as_str(), 18),
        polls = state.polls,
        seen = state.seen.len(),
        next = state.next_poll,
    ))
}

fn dead(record: &Incoming, paint: Paint) -> String {
    let said = |name| record.headers.get(name).unwrap_or("?");
    if let Some(settled) = record.headers.get(header::SETTLES) {
        return format!("{settled} settled: {}", said(header::SETTLED_AS));
    }
    format!(
        "{} {} {}  {}",
        said(header::DEAD_STAGE),
        paint.bad(said(header::DEAD_REASON)),
        one_line(&record.key, 60),
        one_line(said(header::DEAD_DETAIL), HEADLINE),
    )
}
