//! Answers that say what went wrong (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What went wrong, for the sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which kind, in a word or two.
    title: &'static str,
    /// The status code.
    status: u16,
    /// What it is in this case, and what to do.
    detail: String,
    /// Seconds after which another try can help.
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem that trying again does not help.
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            title,
            status: status.as_u16(),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// What it counts as: `refused` where the sender is at fault, `later` where it is not.
    pub fn outcome(&self) -> &'static str {
        match self.status {
            401 => "unsigned",
            500.. => "later",
            _ => "refused",
        }
    }

    /// A problem of the moment.
    pub fn passing(title: &'static str, detail: &str, retry_after: u64) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, title, detail)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
