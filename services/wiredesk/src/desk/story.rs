//! `/story`: one story with what was taken out of it, and where it came from.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use wiredesk_model::{ArticleRecord, Incoming, Removal, Topic, TopicPartition, partition_for};
use wiredesk_pipeline::{Transport, TransportError, read_on};

use super::html::{outside_link, page};
use super::records::record_at;
use super::state::DeskState;
use crate::envelope::time_text;
use crate::escape::escape;
use crate::marked::{Piece, headline, pieces, plain_body};

/// Spans of one box that are shown at once.
const SPANS_SHOWN: usize = 4;

/// The query of a story: its id, and where a record of it stands (`partition:offset` of enriched).
#[derive(Debug, Deserialize)]
pub(crate) struct StoryQuery {
    id: Option<String>,
    at: Option<String>,
}

/// One story: the record at the given place, or the newest of the id.
pub(crate) async fn story_page(
    State(state): State<DeskState>,
    Query(query): Query<StoryQuery>,
) -> Response {
    let found = state
        .blocking(move |transport| find(transport, &query))
        .await;
    match found {
        Ok(Some(record)) => shown(&record),
        Ok(None) => trouble(
            StatusCode::NOT_FOUND,
            "There is no record of this story, or it is past its retention.",
        ),
        Err(error) => trouble(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

fn find(transport: &dyn Transport, query: &StoryQuery) -> Result<Option<Incoming>, TransportError> {
    let place = query.at.as_deref().and_then(|at| {
        let (partition, offset) = at.split_once(':')?;
        Some((partition.parse().ok()?, offset.parse().ok()?))
    });
    if let Some((partition, offset)) = place {
        let at = TopicPartition::new(Topic::Enriched, partition);
        let record = record_at(transport, at, offset)?;
        let wanted = query.id.as_ref();
        if let Some(record) = record.filter(|one| wanted.is_none_or(|id| *id == one.key)) {
            return Ok(Some(record));
        }
    }
    let Some(id) = &query.id else {
        return Ok(None);
    };
    let partition = partition_for(id, transport.partitions(Topic::Current)?);
    let mut current = transport.state(TopicPartition::new(Topic::Current, partition))?;
    let mut newest = None;
    while let Some(records) = read_on(&mut *current)? {
        let mut of_story = records.into_iter().filter(|record| record.key == *id);
        newest = of_story.next_back().or(newest);
    }
    Ok(newest.filter(|record| record.value.is_some()))
}

fn shown(record: &Incoming) -> Response {
    let value = record.value.as_deref().unwrap_or_default();
    match serde_json::from_slice::<ArticleRecord>(value) {
        Ok(article) => {
            let title = format!("{} – Wiredesk", headline(&article));
            page(StatusCode::OK, &title, &body(record, &article))
        }
        Err(error) => trouble(
            StatusCode::INTERNAL_SERVER_ERROR,
            &format!("The record cannot be read: {error}"),
        ),
    }
}

fn trouble(status: StatusCode, message: &str) -> Response {
    let body = format!(
        "<main id=\"main\"><h1>No story</h1><p class=\"trouble\">{}</p><p><a href=\"/\">Newest records</a></p></main>",
        escape(message)
    );
    page(status, "No story – Wiredesk", &body)
}

fn body(record: &Incoming, article: &ArticleRecord) -> String {
    let language = escape(article.article.language.as_deref().unwrap_or(""));
    let removed = &article.wire.removed;
    let text: String = pieces(plain_body(article), removed)
        .iter()
        .map(piece)
        .collect();
    let byline = article
        .article
        .by
        .as_deref()
        .map_or_else(String::new, |by| {
            format!("<p class=\"byline\">{}</p>", escape(by))
        });
    let toggle = if removed.is_empty() {
        "<p class=\"toggle\">Nothing was removed.</p>".to_owned()
    } else {
        format!(
            "<p class=\"toggle\"><label><input type=\"checkbox\" id=\"show-removed\" checked> Show the {} removed \
             {}</label></p>",
            removed.len(),
            if removed.len() == 1 { "span" } else { "spans" },
        )
    };
    format!(
        "<main id=\"main\" class=\"story\"><article><h1 lang=\"{language}\">{title}</h1>{byline}{toggle}\n\
         <div class=\"text\" id=\"text\" lang=\"{language}\">{text}</div></article>\n\
         <aside aria-label=\"Facts\"><h2>Facts</h2><dl>{facts}</dl></aside></main>",
        title = escape(headline(article)),
        facts = facts(record, article),
    )
}

fn piece(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Kept(text) => format!("<p>{}</p>\n", lines(text)),
        Piece::Removed(group) => removed_box(group),
    }
}

/// Spans that went by one rule, one under the other; of many, the first ones and the rest on demand.
fn removed_box(group: &[&Removal]) -> String {
    let rule = group.first().map_or("", |removal| removal.rule.as_str());
    let spans: Vec<String> = group
        .iter()
        .map(|removal| {
            format!(
                "<del title=\"{}{}\">{}</del>",
                escape(&removal.reason),
                place_of(removal),
                lines(&removal.text)
            )
        })
        .collect();
    let (shown, more) = spans.split_at(spans.len().min(SPANS_SHOWN));
    let more = if more.is_empty() {
        String::new()
    } else {
        format!(
            "<details><summary>{} more</summary>{}</details>",
            more.len(),
            more.concat()
        )
    };
    format!(
        "<div class=\"gone\"><span class=\"rule\">{}</span>{}{more}</div>\n",
        escape(rule),
        shown.concat()
    )
}

/// Where a span stands in what was received.
fn place_of(removal: &Removal) -> String {
    match (removal.start, removal.end) {
        (Some(start), Some(end)) => format!(" (bytes {start} to {end} of the input)"),
        _ => String::new(),
    }
}

fn lines(text: &str) -> String {
    escape(text.trim()).replace('\n', "<br>")
}

fn facts(record: &Incoming, article: &ArticleRecord) -> String {
    let wire = &article.wire;
    let mut facts = String::new();
    let mut fact = |name: &str, html: String| {
        if !html.is_empty() {
            facts.push_str(&format!("<dt>{name}</dt><dd>{html}</dd>"));
        }
    };
    let text = |value: &str| escape(value);
    let maybe = |value: &Option<String>| value.as_deref().map_or_else(String::new, escape);
    fact("Story", format!("<code>{}</code>", escape(&record.key)));
    fact(
        "Version",
        format!(
            "{} ({})",
            text(&article.article.version),
            word(&wire.change)
        ),
    );
    fact("Source", text(wire.source.as_str()));
    fact(
        "Page",
        wire.url.as_deref().map_or_else(String::new, outside_link),
    );
    fact(
        "Published",
        format!(
            "{} <small>{}</small>",
            text(&wire.published.value),
            text(&wire.published.from)
        ),
    );
    fact(
        "Updated",
        format!(
            "{} <small>{}</small>",
            text(&wire.updated.value),
            text(&wire.updated.from)
        ),
    );
    fact("Fetched", text(&wire.fetched_at.to_string()));
    fact("Written", text(&time_text(record.timestamp_ms)));
    fact("Language declared", maybe(&wire.language.declared));
    fact("Language detected", maybe(&wire.language.detected));
    fact("Dateline", maybe(&wire.dateline));
    fact("Agency", maybe(&wire.agency));
    fact("Words", wire.words.to_string());
    fact("Body from", text(&wire.body_from));
    let credits: Vec<String> = wire
        .credits
        .iter()
        .map(|credit| text(&credit.text))
        .collect();
    fact("Credits", credits.join("<br>"));
    let flags: Vec<String> = wire.quality.iter().map(word).collect();
    fact("Quality", flags.join(", "));
    let share = |share: Option<f64>| share.map_or_else(String::new, |share| format!("{share:.2}"));
    fact("Confidence", share(wire.page.confidence));
    fact("Agrees with page data", share(wire.page.body_agreement));
    fact("Page rule", maybe(&wire.page.publisher_rule));
    fact("Section", maybe(&wire.page.section));
    fact("Identity from", text(&wire.identity));
    fact(
        "Content hash",
        format!("<code>{}</code>", text(&wire.hash.text)),
    );
    fact("Cleaning rules", text(&wire.rules_version));
    fact("As received", record_link(&wire.raw_ref));
    let own = format!("enriched/{}/{}", record.at.partition, record.offset);
    fact("This record", record_link(&own));
    facts
}

/// A link to the record behind `topic/partition/offset`.
fn record_link(reference: &str) -> String {
    let parts: Vec<&str> = reference.split('/').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [topic, partition, offset]
            if Topic::from_name(topic).is_some() && digits(partition) && digits(offset) =>
        {
            format!("<a href=\"/v1/topics/{topic}/records/{partition}/{offset}\">{reference}</a>")
        }
        _ => escape(reference),
    }
}

/// A closed word of the model as it stands in JSON.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => escape(&word),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_to_records_become_links() {
        assert!(record_link("raw/3/42").starts_with("<a href=\"/v1/topics/raw/records/3/42\""));
        for other in [
            "raw/3",
            "raw/3/x",
            "cooked/1/2",
            "raw/1/2\"onclick=x",
            "<b>/1/2",
        ] {
            assert!(!record_link(other).contains('<'), "{other}");
        }
    }
}
