//! `/v1/topics/{topic}/records`: records as JSON.

use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wiredesk_model::{Incoming, Position, Topic, TopicPartition};
use wiredesk_pipeline::{Start, Transport, TransportError};

use super::answers::{refuse, topic, transport_failed};
use super::state::DeskState;
use crate::envelope::Envelope;
use crate::start_at::{StartAt, open};

/// Records of one answer unless asked otherwise.
const USUAL_LIMIT: usize = 50;
/// How long a record that is past its retention is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one read waits.
const ROUND: Duration = Duration::from_millis(100);

/// The query of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct ListQuery {
    limit: Option<usize>,
}

/// The newest records of a topic, newest first.
pub(crate) async fn newest(
    State(state): State<DeskState>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Response {
    let topic = match topic(&name) {
        Ok(topic) => topic,
        Err(refusal) => return *refusal,
    };
    let limit = query.limit.unwrap_or(USUAL_LIMIT);
    let most = state.limits.max_records as usize;
    if limit == 0 || limit > most {
        let message = format!("limit is {limit}; choose 1 to {most}");
        return refuse(StatusCode::BAD_REQUEST, message);
    }
    match newest_of(&state, topic, limit).await {
        Ok(records) => {
            let lines: Vec<String> = records
                .iter()
                .rev()
                .map(|record| Envelope::of(record).to_line())
                .collect();
            json(format!("[{}]\n", lines.join(",\n")))
        }
        Err(error) => transport_failed(&error),
    }
}

/// The newest records of a topic, oldest first.
pub(crate) async fn newest_of(
    state: &DeskState,
    topic: Topic,
    limit: usize,
) -> Result<Vec<Incoming>, TransportError> {
    state
        .blocking(move |transport| {
            open(transport, topic, &StartAt::Newest(limit)).map(|opened| opened.first)
        })
        .await
}

/// One record by its place.
pub(crate) async fn one(
    State(state): State<DeskState>,
    Path((name, partition, offset)): Path<(String, u32, i64)>,
) -> Response {
    let topic = match topic(&name) {
        Ok(topic) => topic,
        Err(refusal) => return *refusal,
    };
    let at = TopicPartition::new(topic, partition);
    match state
        .blocking(move |transport| record_at(transport, at, offset))
        .await
    {
        Ok(Some(record)) => json(Envelope::of(&record).to_line() + "\n"),
        Ok(None) => refuse(
            StatusCode::NOT_FOUND,
            format!(
                "there is no record at {name}/{partition}/{offset}; it may be past its retention"
            ),
        ),
        Err(error) => transport_failed(&error),
    }
}

/// The record at an offset, where it is (still) there.
pub(crate) fn record_at(
    transport: &dyn Transport,
    at: TopicPartition,
    offset: i64,
) -> Result<Option<Incoming>, TransportError> {
    let ends = transport.reader(at.topic, Start::Latest)?.positions();
    let Some(end) = ends.iter().find(|position| position.at == at) else {
        return Ok(None);
    };
    if offset < 0 || offset >= end.next_offset {
        return Ok(None);
    }
    // The other partitions begin at their ends, so that only this one is read.
    let positions: Vec<Position> = ends
        .iter()
        .map(|position| Position {
            at: position.at,
            next_offset: if position.at == at {
                offset
            } else {
                position.next_offset
            },
        })
        .collect();
    let mut reader = transport.reader_at(at.topic, &positions)?;
    let give_up_at = Instant::now() + PATIENCE;
    while Instant::now() < give_up_at {
        let records = reader.read(1, ROUND)?;
        if let Some(record) = records.into_iter().find(|record| record.at == at) {
            return Ok((record.offset == offset).then_some(record));
        }
    }
    Ok(None)
}

fn json(text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}
