//! `/metrics`, `/healthz` and `/readyz`.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use wiredesk_pipeline::{Phase, Status, StatusSnapshot};
use wiredesk_telemetry::MetricsHandle;

/// What the health endpoints look at.
#[derive(Clone)]
pub struct HealthView {
    /// The services of this process.
    pub services: Vec<Arc<Status>>,
    /// The metrics of this process.
    pub metrics: MetricsHandle,
}

/// The answer of `/readyz` and `/healthz`.
#[derive(Debug, Serialize)]
struct Health {
    ok: bool,
    services: Vec<StatusSnapshot>,
}

impl HealthView {
    /// Every service as it stands.
    pub fn snapshots(&self) -> Vec<StatusSnapshot> {
        self.services
            .iter()
            .map(|status| status.snapshot())
            .collect()
    }

    fn answer(&self, right: impl Fn(&Phase) -> bool) -> Response {
        let services = self.snapshots();
        let ok = services.iter().all(|service| right(&service.phase));
        let status = if ok {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        (status, Json(Health { ok, services })).into_response()
    }
}

/// The routes of the health endpoints.
///
/// `/healthz` is well while no service has failed: a process that waits for its broker must not be
/// restarted. `/readyz` is well while every service runs.
pub fn health_routes(view: HealthView) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(live))
        .route("/readyz", get(ready))
        .with_state(view)
}

async fn metrics(State(view): State<HealthView>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], view.metrics.render()).into_response()
}

async fn live(State(view): State<HealthView>) -> Response {
    view.answer(|phase| !matches!(phase, Phase::Failed(_)))
}

async fn ready(State(view): State<HealthView>) -> Response {
    view.answer(|phase| matches!(phase, Phase::Running))
}
