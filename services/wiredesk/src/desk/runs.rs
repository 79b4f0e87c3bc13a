//! `/runs` and `/v1/runs/{run}`: what today's code makes of stories, beside what is published.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::task::JoinError;
use wiredesk_pipeline::TransportError;
use wiredesk_replayer::{Change, Difference, FieldChange};

use super::answers::refuse;
use super::html::{page, query};
use super::state::DeskState;
use crate::escape::escape;
use crate::runs::{self, RunsError};

/// Changed stories on the page; the JSON has all.
const SHOWN: usize = 100;
/// Added and lost stories on the page, of each.
const NAMED: usize = 50;

/// The comparison as JSON.
pub(crate) async fn run_json(State(state): State<DeskState>, Path(run): Path<String>) -> Response {
    match compared(&state, run).await {
        Ok(found) => Json(found).into_response(),
        Err(error) => refuse(status_of(&error), error.to_string()),
    }
}

/// The runs there are.
pub(crate) async fn runs_page(State(state): State<DeskState>) -> Response {
    let settings = state.settings.clone();
    let listed = tokio::task::spawn_blocking(move || runs::names(&settings)).await;
    let names = match listed.unwrap_or_else(|error| Err(defect(&error))) {
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
    let report = match compared(&state, run.clone()).await {
        Ok(found) => report(&run, &found),
        Err(error) => return trouble(&title, &error),
    };
    let body = format!(
        "<main id=\"main\">\n<h1>{}</h1>\n{report}</main>",
        escape(&title)
    );
    page(StatusCode::OK, &format!("Wiredesk: {title}"), &body)
}

async fn compared(state: &DeskState, run: String) -> Result<Difference, RunsError> {
    let settings = state.settings.clone();
    let work = tokio::task::spawn_blocking(move || runs::difference(&settings, &run));
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

fn report(run: &str, found: &Difference) -> String {
    let fields: String = found
        .by_field()
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
    let changed: String = found.changed.iter().take(SHOWN).map(change).collect();
    format!(
        "<p><strong>{same}</strong> the same, <strong>{changes}</strong> changed, \
         <strong>{added}</strong> added, <strong>{lost}</strong> lost. \
         <a href=\"/v1/runs/{run}\">All of it as JSON</a></p>\n{table}{}{}{changed}{more}",
        named("Added", &found.added),
        named("Lost", &found.lost),
        same = found.same,
        changes = found.changed.len(),
        added = found.added.len(),
        lost = found.lost.len(),
        run = query(run),
        more = and_more(found.changed.len(), SHOWN),
    )
}

fn named(title: &str, stories: &[String]) -> String {
    if stories.is_empty() {
        return String::new();
    }
    let rows: String = stories
        .iter()
        .take(NAMED)
        .map(|story| format!("<li>{}</li>\n", escape(story)))
        .collect();
    let more = and_more(stories.len(), NAMED);
    format!("<h2>{title}</h2>\n<ul>\n{rows}</ul>\n{more}")
}

fn and_more(count: usize, shown: usize) -> String {
    match count.checked_sub(shown) {
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
