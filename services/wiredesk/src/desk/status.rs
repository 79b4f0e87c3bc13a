//! `/v1/status`: how the services of this process are doing.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wiredesk_pipeline::StatusSnapshot;

use super::state::DeskState;

/// The one source among the services.
const FETCHER: &str = "fetcher";

/// The answer.
#[derive(Debug, Serialize)]
struct Answer {
    version: &'static str,
    transport: &'static str,
    streams_open: usize,
    services: Vec<Service>,
}

#[derive(Debug, Serialize)]
struct Service {
    #[serde(flatten)]
    status: StatusSnapshot,
    /// The counts in words.
    says: String,
}

/// How the services are doing, by name, phase and counts.
pub(crate) async fn status(State(state): State<DeskState>) -> Response {
    let open = (state.limits.max_streams as usize).saturating_sub(state.slots.available_permits());
    let services = state.health.snapshots().into_iter().map(|status| Service {
        says: says(&status),
        status,
    });
    Json(Answer {
        version: env!("CARGO_PKG_VERSION"),
        transport: state.transport.kind(),
        streams_open: open,
        services: services.collect(),
    })
    .into_response()
}

/// The counts of a service in words. A source counts its polls as input, and nothing waits for it.
pub(crate) fn says(status: &StatusSnapshot) -> String {
    let StatusSnapshot {
        input,
        output,
        dead,
        lag,
        ..
    } = status;
    if status.name == FETCHER {
        format!("{input} polls, {output} records written")
    } else {
        format!("{input} in, {output} out, {dead} dead, {lag} behind")
    }
}
