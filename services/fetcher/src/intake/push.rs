//! `POST /v1/items?source=NAME`: a signed document, taken in before it is answered.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wiredesk_formats::FormatError;
use wiredesk_model::content_hash;
use wiredesk_telemetry::{Metric, count};

use super::problem::Problem;
use super::server::Porter;
use super::signature::Signed;
use super::{Brought, Document, Reply};
use crate::{FetchError, SourceConfig, SourceKind};

/// Seconds after which a sender that was not answered in time asks again.
const AGAIN: u64 = 5;

/// What the address says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// The source.
    source: Option<String>,
    /// Name of the story, for a document that is one and names none.
    id: Option<String>,
}

pub(super) async fn push(
    State(porter): State<Porter>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answered = taken(&porter, asked, &headers, body).await;
    let outcome = match &answered {
        Ok(_) => "taken",
        Err(problem) => problem.outcome(),
    };
    count(Metric::Pushes, &[outcome], 1);
    answered.unwrap_or_else(Problem::into_response)
}

async fn taken(
    porter: &Porter,
    asked: Asked,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let _place = porter.place()?;
    let source = asked.source.ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "no source",
            "name the source in the address: /v1/items?source=NAME",
        )
    })?;
    let source = porter
        .doors
        .at(&source)
        .filter(|source| source.kind == SourceKind::Push)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "unknown source",
                format!("no source of kind \"push\" is called {source:?}"),
            )
        })?;
    // Headers first: whoever cannot sign need not be listened to.
    let signed = signed_parts(headers)?;
    let bytes = porter.body(headers, body).await?;
    check(porter, &source, signed, &bytes)?;
    let message = content_hash(&[signed.id.as_bytes(), b"\0", &bytes].concat());
    let document = Document {
        content_type: text(headers, header::CONTENT_TYPE.as_str()).map(str::to_owned),
        name: asked.id,
        bytes,
    };
    let brought = Brought::Pushed { message, document };
    match porter.hand_in(source.feed_id(), brought).await? {
        Some(Reply::Taken(receipt)) => Ok(Json(receipt).into_response()),
        Some(Reply::Refused(error)) => Err(refused(&error)),
        _ => Err(Problem::passing(
            "not committed yet",
            "the items were read, and are not known to be committed after the time for an answer; send them again, nothing doubles",
            AGAIN,
        )),
    }
}

fn signed_parts(headers: &HeaderMap) -> Result<Signed<'_>, Problem> {
    let part =
        |name| text(headers, name).ok_or_else(|| unsigned(format!("the header {name} is missing")));
    Ok(Signed {
        id: part("webhook-id")?,
        timestamp: part("webhook-timestamp")?,
        signatures: part("webhook-signature")?,
    })
}

fn check(
    porter: &Porter,
    source: &SourceConfig,
    signed: Signed<'_>,
    bytes: &[u8],
) -> Result<(), Problem> {
    let window = Duration::from_secs(porter.settings.window_seconds);
    signed
        .check(bytes, &source.secrets, (porter.clock.now(), window))
        .map_err(|fault| {
            tracing::warn!(feed = %source.id, "a push was refused: {fault}");
            unsigned(fault.to_string())
        })
}

fn unsigned(detail: String) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "not signed", detail)
}

fn refused(error: &FetchError) -> Problem {
    let status = match error {
        FetchError::Unreadable {
            error: FormatError::OverLimit { .. },
            ..
        }
        | FetchError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, "cannot be read", error.to_string())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
