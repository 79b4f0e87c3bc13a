//! `/v1/topics/{topic}/stream`: any topic as server-sent events.
//!
//! The id of an event is the position behind it in every partition, so a client that lost the
//! connection sends it back (`Last-Event-ID`, as browsers do by themselves, or `?from=`) and misses
//! nothing. Records come at least once on this way; the key and `ce_id` tell repeats apart.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Sender, channel};
use wiredesk_model::Incoming;
use wiredesk_pipeline::TransportError;
use wiredesk_telemetry::{Metric, gauge};

use super::answers::{refuse, topic, transport_failed};
use super::state::DeskState;
use crate::envelope::Envelope;
use crate::start_at::{Opened, Positions, StartAt, open};

/// Events that wait for a slow client; behind them, reading stops until it has caught up.
const AHEAD: usize = 64;
/// How long one read waits before it looks whether the client is still there.
const READ_WAIT: Duration = Duration::from_millis(250);
/// Records of one read.
const READ_RECORDS: usize = 200;
/// Pause before a transport that is out of reach is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The query of a stream.
#[derive(Debug, Deserialize)]
pub(crate) struct StreamQuery {
    from: Option<String>,
}

/// A topic as server-sent events, from where the client asks.
pub(crate) async fn stream(
    State(state): State<DeskState>,
    Path(name): Path<String>,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Response {
    let topic = match topic(&name) {
        Ok(topic) => topic,
        Err(refusal) => return *refusal,
    };
    let start = match start_of(&headers, query.from.as_deref(), &state) {
        Ok(start) => start,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, message),
    };
    let Ok(slot) = std::sync::Arc::clone(&state.slots).try_acquire_owned() else {
        let message = format!(
            "all {} streams are open; raise http.max_streams or close one",
            state.limits.max_streams
        );
        let mut refusal = refuse(StatusCode::SERVICE_UNAVAILABLE, message);
        let after = header::HeaderValue::from_static("5");
        refusal.headers_mut().insert(header::RETRY_AFTER, after);
        return refusal;
    };
    match state
        .blocking(move |transport| open(transport, topic, &start))
        .await
    {
        Ok(opened) => events(&state, opened, slot),
        Err(error) => transport_failed(&error),
    }
}

/// Where the client wants to begin: behind the last event it saw, else as the query says, else at
/// the end.
fn start_of(headers: &HeaderMap, from: Option<&str>, state: &DeskState) -> Result<StartAt, String> {
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    if let Some(last) = last.filter(|last| !last.is_empty()) {
        return Positions::decode(last)
            .map(StartAt::Positions)
            .ok_or_else(|| format!("`{last}` is no event id of this stream"));
    }
    let start = from.map_or(Ok(StartAt::Latest), str::parse)?;
    match start {
        StartAt::Newest(count) if count > state.limits.max_records as usize => Err(format!(
            "-{count} is too far back; choose -{} at the most, a time, or earliest",
            state.limits.max_records
        )),
        start => Ok(start),
    }
}

fn events(state: &DeskState, opened: Opened, slot: OwnedSemaphorePermit) -> Response {
    let (send, mut receive) = channel::<Event>(AHEAD);
    let streams = Streams::open(slot, state);
    tokio::task::spawn_blocking(move || {
        let _open = streams;
        pump(opened, &send);
    });
    let mut closing = state.closing.clone();
    let body = async_stream::stream! {
        loop {
            tokio::select! {
                event = receive.recv() => match event {
                    Some(event) => yield Ok::<Event, Infallible>(event),
                    None => break,
                },
                () = closing.wait() => break,
            }
        }
    };
    let alive = KeepAlive::new()
        .interval(Duration::from_millis(state.limits.heartbeat_ms))
        .text("alive");
    let mut response = Sse::new(body).keep_alive(alive).into_response();
    let no = header::HeaderValue::from_static("no");
    // Proxies must pass events on as they come.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), no);
    response
}

/// Counts a stream as open for as long as it lives.
struct Streams {
    slot: Option<OwnedSemaphorePermit>,
    slots: std::sync::Arc<tokio::sync::Semaphore>,
    most: usize,
}

impl Streams {
    fn open(slot: OwnedSemaphorePermit, state: &DeskState) -> Self {
        let streams = Self {
            slot: Some(slot),
            slots: std::sync::Arc::clone(&state.slots),
            most: state.limits.max_streams as usize,
        };
        streams.show();
        streams
    }

    fn show(&self) {
        let open = self.most.saturating_sub(self.slots.available_permits());
        gauge(Metric::Streams, &[], open as f64);
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.slot = None;
        self.show();
    }
}

/// Reads until the client is gone; on a thread of its own, because transports block.
fn pump(opened: Opened, send: &Sender<Event>) {
    let Opened {
        mut reader,
        first,
        mut positions,
    } = opened;
    // The client can resume from here even if nothing comes before it is cut off.
    let hello = Event::default()
        .event("position")
        .id(positions.encode())
        .data(positions.encode());
    if send.blocking_send(hello).is_err() || !pass_on(first, &mut positions, send) {
        return;
    }
    while !send.is_closed() {
        match reader.read(READ_RECORDS, READ_WAIT) {
            Ok(records) => {
                if !pass_on(records, &mut positions, send) {
                    return;
                }
            }
            Err(error) => {
                let waits = matches!(error, TransportError::Unavailable(_));
                tracing::warn!("an event stream cannot read: {error}");
                let told = Event::default().event("trouble").data(one_line(&error));
                if send.blocking_send(told).is_err() || !waits {
                    return;
                }
                std::thread::sleep(RETRY_AFTER);
            }
        }
    }
}

/// Sends the records; whether the client is still there.
fn pass_on(records: Vec<Incoming>, positions: &mut Positions, send: &Sender<Event>) -> bool {
    for record in records {
        positions.pass(&record);
        let event = Event::default()
            .event("record")
            .id(positions.encode())
            .data(Envelope::of(&record).to_line());
        if send.blocking_send(event).is_err() {
            return false;
        }
    }
    true
}

fn one_line(error: &TransportError) -> String {
    error.to_string().replace(['\n', '\r'], " ")
}
