//! The listener for everything that others bring.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use wiredesk_host::{HostError, HttpServer};
use wiredesk_model::FeedId;

use super::problem::Problem;
use super::{Arrival, Brought, Doors, IntakeSettings, Reply, hub, push};
use crate::clock::Clock;
use crate::place::Event;
use crate::websub::Keys;

/// What a source answers "later" with, in seconds.
const SOON: u64 = 1;
const LATER: u64 = 10;

/// A listener for everything that others bring. Dropping it closes it.
pub(crate) struct Intake {
    server: HttpServer,
}

/// What the routes share.
#[derive(Clone)]
pub(super) struct Porter {
    pub doors: Arc<Doors>,
    pub settings: Arc<IntakeSettings>,
    pub clock: Arc<dyn Clock>,
    pub hubs: Option<Arc<Keys>>,
    events: Sender<Event>,
    places: Arc<Semaphore>,
}

impl Intake {
    /// Listens on `address`; what is brought goes to `events`.
    pub fn open(
        address: SocketAddr,
        settings: &IntakeSettings,
        doors: Arc<Doors>,
        (clock, events): (Arc<dyn Clock>, Sender<Event>),
    ) -> Result<Self, HostError> {
        let porter = Porter {
            doors,
            settings: Arc::new(settings.clone()),
            clock,
            hubs: Keys::of(settings).map(Arc::new),
            events,
            places: Arc::new(Semaphore::new(settings.requests)),
        };
        let server = HttpServer::start_for_all(address, |_| routes(porter))?;
        tracing::info!(address = %server.address(), "taking items at /v1/items");
        Ok(Self { server })
    }

    /// The address that it listens on, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

fn routes(porter: Porter) -> Router {
    Router::new()
        .route("/v1/items", post(push::push).fallback(post_only))
        .route(
            "/v1/hub/{feed}/{token}",
            get(hub::verify).post(hub::deliver),
        )
        .fallback(nothing_here)
        // The limit is the configured one, and told in our own words.
        .layer(DefaultBodyLimit::disable())
        .with_state(porter)
}

async fn nothing_here() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not found",
        "items are taken at POST /v1/items?source=NAME",
    )
}

async fn post_only() -> Response {
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method not allowed",
        "items are taken by POST only",
    );
    ([(header::ALLOW, "POST")], problem).into_response()
}

impl Porter {
    /// One of the places for requests; held while it is worked on.
    pub fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Problem::passing(
                "too many requests at once",
                "all places for requests are taken, come back in a moment (fetcher.intake.requests)",
                SOON,
            )
        })
    }

    /// The whole body, within its limit and its time.
    pub async fn body(&self, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
        let limit = self.settings.body_bytes;
        let too_large = || {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too large",
                format!(
                    "the body has more than {limit} bytes; send fewer items at once, or raise fetcher.intake.body_bytes"
                ),
            )
        };
        let declared = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|declared| declared > limit) {
            return Err(too_large());
        }
        let time = Duration::from_millis(self.settings.body_timeout_ms);
        match tokio::time::timeout(time, to_bytes(body, limit)).await {
            Ok(Ok(bytes)) => Ok(bytes.into()),
            Ok(Err(error)) if is_over_limit(&error) => Err(too_large()),
            Ok(Err(error)) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "broken body",
                format!("the body ended early: {error}"),
            )),
            Err(_) => Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "too slow",
                format!(
                    "the body was not here after {} ms",
                    self.settings.body_timeout_ms
                ),
            )),
        }
    }

    /// Hands something in, and waits until it is committed. `None` where that takes too long; the
    /// work goes on then.
    pub async fn hand_in(&self, feed: FeedId, brought: Brought) -> Result<Option<Reply>, Problem> {
        let (reply, answer) = oneshot::channel();
        let arrival = Arrival {
            feed,
            brought,
            reply,
        };
        if self.events.send(Event::Arrived(arrival)).is_err() {
            return Err(stopping());
        }
        let time = Duration::from_millis(self.settings.answer_timeout_ms);
        match tokio::time::timeout(time, answer).await {
            Ok(Ok(Reply::Elsewhere)) => Err(Problem::passing(
                "not here",
                "another instance works this source, or none does yet; try again, behind a load balancer at the next one",
                SOON,
            )),
            Ok(Ok(Reply::Holding)) => Err(Problem::passing(
                "holding back",
                "the stages behind are late or the service is stopping; nothing was taken, send it again later",
                LATER,
            )),
            Ok(Ok(reply)) => Ok(Some(reply)),
            Ok(Err(_)) => Err(Problem::passing(
                "not committed",
                "the source moved to another instance or the log was out of reach; send it again, nothing doubles",
                SOON,
            )),
            Err(_) => Ok(None),
        }
    }
}

fn stopping() -> Problem {
    Problem::passing("stopping", "the service is stopping; send it again", LATER)
}

fn is_over_limit(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|source| source.to_string().contains("length limit exceeded"))
}
