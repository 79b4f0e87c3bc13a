//! The web desk, the event streams and the record endpoints.
//!
//! Owns: what a browser sees at `/`, and `/v1`, where subscribers without a Kafka client read any
//! topic. Everything is read from the log like by any other subscriber; nothing is kept here.
//! Story text is hostile: it is escaped wherever it is shown, and the page allows no script but
//! its own.

mod answers;
mod assets;
mod feeds;
mod front;
mod html;
mod openapi;
mod records;
mod runs;
mod search;
mod state;
mod status;
mod story;
mod stream;

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use wiredesk_host::health_routes;

pub use state::DeskState;

/// Everything that the process serves.
pub fn routes(state: DeskState) -> Router {
    let health = health_routes(state.health.clone());
    Router::new()
        .route("/", get(front::front_page))
        .route("/story", get(story::story_page))
        .route("/assets/desk.css", get(assets::style))
        .route("/assets/desk.js", get(assets::script))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/search", get(search::search_page))
        .route("/v1/search", get(search::search_json))
        .route("/v1/openapi.json", get(openapi::openapi))
        .route("/feeds", get(feeds::feeds_page))
        .route("/v1/feeds", get(feeds::feeds_json))
        .route("/runs", get(runs::runs_page))
        .route("/runs/{run}", get(runs::run_page))
        .route("/v1/runs/{run}", get(runs::run_json))
        .route("/v1/status", get(status::status))
        .route("/v1/topics/{topic}/stream", get(stream::stream))
        .route("/v1/topics/{topic}/records", get(records::newest))
        .route(
            "/v1/topics/{topic}/records/{partition}/{offset}",
            get(records::one),
        )
        .fallback(answers::not_found)
        .with_state(state)
        .merge(health)
        .layer(from_fn(guard_headers))
}

/// No script, style or frame but our own, and no guessing of types.
async fn guard_headers(request: axum::extract::Request, next: Next) -> Response {
    const GUARDS: [(HeaderName, &str); 4] = [
        (
            axum::http::header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        (axum::http::header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (axum::http::header::REFERRER_POLICY, "no-referrer"),
        (axum::http::header::X_FRAME_OPTIONS, "DENY"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in GUARDS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
