//! `/runs` and `/v1/runs/{run}`: what today's code makes of stories, beside what is published.

use std::convert::Infallible;
use std::io::{self, BufWriter, Write};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinError;
use wiredesk_pipeline::TransportError;
use wiredesk_replayer::{Change, Comparison, FieldChange, ReplayError};
use wiredesk_settings::Settings;

use super::answers::refuse;
use super::html::{page, query};
use super::state::DeskState;
use crate::escape::escape;
use crate::runs::{self, RunsError};

/// Changed stories on the page; the JSON has all.
const SHOWN: usize = 100;
/// Added and lost stories on the page, of each.
const NAMED: usize = 50;

/// Bytes of JSON that are sent in one piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for a slow client.
const AHEAD: usize = 4;

/// The comparison as JSON, which is sent while it is written.
pub(crate) async fn run_json(State(state): State<DeskState>, Path(run): Path<String>) -> Response {
    let found = match blocking(&state, move |settings| runs::compared(settings, &run)).await {
        Ok(found) => found,
        Err(error) => return refuse(status_of(&error), error.to_string()),
    };
    let (send, mut receive) = channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut out = BufWriter::with_capacity(PIECE, Pieces(send));
        let written = serde_json::to_writer(&mut out, &found).map_err(io::Error::from);
        if let Err(error) = written.and_then(|()| out.flush()) {
            tracing::info!("a comparison was not sent to its end: {error}");
        }
    });
    let body = async_stream::stream! {
        while let Some(piece) = receive.recv().await {
            yield Ok::<Vec<u8>, Infallible>(piece);
        }
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, Body::from_stream(body)).into_response()
}

/// Writes to a client, from a thread that may wait for it.
struct Pieces(Sender<Vec<u8>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(bytes.to_vec());
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The runs there are.
pub(crate) async fn runs_page(State(state): State<DeskState>) -> Response {
    let names = match blocking(&state, runs::names).await {
        Ok(names) => names,
        Err(error) => return trouble("Runs", &error),
    };
    let rows: String = names
        .iter()
        .map(|run| format!("<li><a href=\"/runs/{0}\">{0}</a></li>\n", escape(run)))
        .collect();
    let list = match rows.is_empty() {
        true => "<p>There is none yet.</p>".to_owned(),
        false => format!("<ul class=\"runs\">\n{rows}</ul>"),
    };
    let body = format!(
        "<main id=\"main\">\n<h1>Runs</h1>\n\
         <p>A replay into a run shows what today's code and rules make of archived stories: \
         <code>wiredesk replay --into may</code>. \
         <code>wiredesk runs promote may</code> publishes what differs, \
         <code>wiredesk runs drop may</code> deletes the run.</p>\n{list}</main>"
    );
    page(StatusCode::OK, "Wiredesk: runs", &body)
}

/// One run, compared.
pub(crate) async fn run_page(State(state): State<DeskState>, Path(run): Path<String>) -> Response {
    let title = format!("Run {run}");
    let compared = move |settings: &Settings| Ok(report(&run, &runs::compared(settings, &run)?)?);
    let report = match blocking(&state, compared).await {
        Ok(report) => report,
        Err(error) => return trouble(&title, &error),
    };
    let body = format!(
        "<main id=\"main\">\n<h1>{}</h1>\n{report}</main>",
        escape(&title)
    );
    page(StatusCode::OK, &format!("Wiredesk: {title}"), &body)
}

/// Runs `read` where it may block.
async fn blocking<T: Send + 'static>(
    state: &DeskState,
    read: impl FnOnce(&Settings) -> Result<T, RunsError> + Send + 'static,
) -> Result<T, RunsError> {
    let settings = state.settings.clone();
    let work = tokio::task::spawn_blocking(move || read(&settings));
    work.await.unwrap_or_else(|error| Err(defect(&error)))
}

fn defect(error: &JoinError) -> RunsError {
    let detail = format!("the work ended by a defect: {error}");
    RunsError::Log(TransportError::Fatal(detail))
}

fn trouble(title: &str, error: &RunsError) -> Response {
    let body = format!(
        "<main id=\"main\">\n<h1>{}</h1>\n<p class=\"trouble\">{}</p></main>",
        escape(title),
        escape(&error.to_string())
    );
    page(status_of(error), &format!("Wiredesk: {title}"), &body)
}

fn status_of(error: &RunsError) -> StatusCode {
    match error {
        RunsError::Missing(_) => StatusCode::NOT_FOUND,
        RunsError::Log(TransportError::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn report(run: &str, found: &Comparison) -> Result<String, ReplayError> {
    let summary = found.summary();
    let fields: String = summary
        .by_field
        .iter()
        .map(|(field, count)| {
            format!(
                "<tr><td>{}</td><td class=\"number\">{count}</td></tr>\n",
                escape(field)
            )
        })
        .collect();
    let table = match fields.is_empty() {
        true => String::new(),
        false => format!(
            "<table class=\"records\"><thead><tr><th scope=\"col\">Field that differs</th>\
             <th scope=\"col\" class=\"number\">Stories</th></tr></thead>\n<tbody>{fields}</tbody></table>\n"
        ),
    };
    let shown = found.changed().take(SHOWN);
    let changed: String = shown
        .map(|each| Ok(change(&each?)))
        .collect::<Result<_, ReplayError>>()?;
    Ok(format!(
        "<p><strong>{same}</strong> the same, <strong>{changes}</strong> changed, \
         <strong>{added}</strong> added, <strong>{lost}</strong> lost. \
         <a href=\"/v1/runs/{run}\">All of it as JSON</a></p>\n{table}{}{}{changed}{more}",
        named("Added", summary.added, found.added())?,
        named("Lost", summary.lost, found.lost())?,
        same = summary.same,
        changes = summary.changed,
        added = summary.added,
        lost = summary.lost,
        run = query(run),
        more = and_more(summary.changed, SHOWN),
    ))
}

fn named(
    title: &str,
    count: u64,
    stories: impl Iterator<Item = Result<String, ReplayError>>,
) -> Result<String, ReplayError> {
    if count == 0 {
        return Ok(String::new());
    }
    let rows: String = stories
        .take(NAMED)
        .map(|story| Ok(format!("<li>{}</li>\n", escape(&story?))))
        .collect::<Result<_, ReplayError>>()?;
    let more = and_more(count, NAMED);
    Ok(format!("<h2>{title}</h2>\n<ul>\n{rows}</ul>\n{more}"))
}

fn and_more(count: u64, shown: usize) -> String {
    match count.checked_sub(shown as u64) {
        None | Some(0) => String::new(),
        Some(more) => format!("<p>And {more} more.</p>\n"),
    }
}

fn change(change: &Change) -> String {
    let fields: String = change.fields.iter().map(field).collect();
    format!(
        "<section class=\"change-of\"><h2><a href=\"/story?id={}\">{}</a></h2>\n<dl>\n{fields}</dl></section>\n",
        query(&change.story),
        escape(&change.story),
    )
}

fn field(field: &FieldChange) -> String {
    let side = |tag: &str, text: &Option<String>| match text {
        Some(text) => format!("<dd><{tag}>{}</{tag}></dd>", escape(text)),
        None => String::new(),
    };
    format!(
        "<dt>{}</dt>{}{}\n",
        escape(&field.path),
        side("del", &field.before),
        side("ins", &field.after)
    )
}
