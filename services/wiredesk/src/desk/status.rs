//! `/v1/status`: how the services of this process are doing.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wiredesk_pipeline::StatusSnapshot;

use super::state::DeskState;

/// The answer.
#[derive(Debug, Serialize)]
struct Status {
    version: &'static str,
    transport: &'static str,
    streams_open: usize,
    services: Vec<StatusSnapshot>,
}

/// How the services are doing, by name, phase and counts.
pub(crate) async fn status(State(state): State<DeskState>) -> Response {
    let open = (state.limits.max_streams as usize).saturating_sub(state.slots.available_permits());
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        transport: state.transport.kind(),
        streams_open: open,
        services: state.health.snapshots(),
    })
    .into_response()
}
