//! Answers to requests that cannot be served.

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use wiredesk_model::Topic;
use wiredesk_pipeline::TransportError;
use wiredesk_settings::nearest;

/// `{"error": …}` with a status.
pub(crate) fn refuse(status: StatusCode, message: impl Into<String>) -> Response {
    (status, Json(json!({ "error": message.into() }))).into_response()
}

/// The answer where the transport failed.
pub(crate) fn transport_failed(error: &TransportError) -> Response {
    let status = match error {
        TransportError::Unavailable(_) | TransportError::Superseded(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        TransportError::Invalid(_) | TransportError::Refused(_) => StatusCode::NOT_FOUND,
        TransportError::Fenced(_) | TransportError::Fatal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refuse(status, error.to_string())
}

/// The topic of a short name.
pub(crate) fn topic(name: &str) -> Result<Topic, Box<Response>> {
    Topic::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Topic::ALL.iter().map(|topic| topic.name()).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("topics are {}", names.join(", ")),
        };
        Box::new(refuse(
            StatusCode::NOT_FOUND,
            format!("there is no topic {name}; {hint}"),
        ))
    })
}

/// Nothing lives at this address.
pub(crate) async fn not_found(uri: Uri) -> Response {
    let known = "/, /story, /search, /feeds, /runs, /v1/search, /v1/openapi.json, /v1/feeds, /v1/runs/{run}, /v1/status, /v1/topics/{topic}/records, /v1/topics/{topic}/stream, \
                 /metrics, /healthz, /readyz";
    let message = format!("nothing lives at {}; there are {known}", uri.path());
    refuse(StatusCode::NOT_FOUND, message)
}
