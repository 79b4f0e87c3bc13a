//! `/v1/hub/{feed}/{token}`: where hubs verify and deliver (WebSub, 5.3 and 7).

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use wiredesk_model::FeedId;
use wiredesk_telemetry::{Metric, count};

use super::problem::Problem;
use super::server::Porter;
use super::{Brought, Document, Reply};
use crate::SourceKind;
use crate::websub::{Advertised, is_signed, longest_grant};

/// Longest challenge that is repeated.
const CHALLENGE_BYTES: usize = 4096;

/// What a hub asks.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    #[serde(rename = "hub.topic")]
    topic: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
    #[serde(rename = "hub.lease_seconds")]
    lease_seconds: Option<String>,
    #[serde(rename = "hub.reason")]
    reason: Option<String>,
}

/// The hub asks whether we meant it.
pub(super) async fn verify(
    State(porter): State<Porter>,
    Path((feed, token)): Path<(String, String)>,
    Query(question): Query<Question>,
) -> Response {
    let verified = verified(&porter, &feed, &token, question).await;
    verified.unwrap_or_else(Problem::into_response)
}

async fn verified(
    porter: &Porter,
    feed: &str,
    token: &str,
    question: Question,
) -> Result<Response, Problem> {
    let to = subscription(porter, feed, token)?;
    if question.topic.as_ref() != Some(&to.topic) {
        return Err(not_ours("that is not the topic of this subscription"));
    }
    match (question.mode.as_deref(), question.challenge) {
        (Some("subscribe"), Some(challenge)) if challenge.len() <= CHALLENGE_BYTES => {
            let seconds = question.lease_seconds.and_then(|text| text.parse().ok());
            let lease = longest_grant(seconds, porter.settings.lease_seconds);
            let brought = Brought::Verified { to, lease };
            porter.hand_in(FeedId::new(feed), brought).await?;
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            Ok((headers, challenge).into_response())
        }
        (Some("denied"), _) => {
            let reason = question
                .reason
                .unwrap_or_else(|| "no reason given".to_owned());
            let reason = reason.chars().take(200).collect();
            let brought = Brought::Denied { to, reason };
            porter.hand_in(FeedId::new(feed), brought).await?;
            Ok(StatusCode::OK.into_response())
        }
        // We never ask a hub to stop: a subscription that is not renewed ends by itself.
        _ => Err(not_ours("nothing of that kind was asked of this hub")),
    }
}

/// The hub delivers.
pub(super) async fn deliver(
    State(porter): State<Porter>,
    Path((feed, token)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match delivered(&porter, &feed, &token, (&headers, body)).await {
        Ok((outcome, status)) => {
            count(Metric::HubDeliveries, &[outcome], 1);
            status.into_response()
        }
        Err(problem) => {
            count(Metric::HubDeliveries, &["later"], 1);
            problem.into_response()
        }
    }
}

async fn delivered(
    porter: &Porter,
    feed: &str,
    token: &str,
    (headers, body): (&HeaderMap, Body),
) -> Result<(&'static str, StatusCode), Problem> {
    let _place = porter.place()?;
    let to = subscription(porter, feed, token)?;
    let bytes = porter.body(headers, body).await?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = porter.hubs.as_ref().map(|keys| keys.key(feed, &to));
    let signature = text("x-hub-signature").unwrap_or_default();
    if !key.is_some_and(|key| is_signed(signature, &bytes, &key)) {
        // The answer must not tell a forger anything (WebSub, 7.1).
        tracing::warn!(%feed, "a delivery that its hub has not signed was ignored");
        return Ok(("unsigned", StatusCode::ACCEPTED));
    }
    let document = Document {
        content_type: text(header::CONTENT_TYPE.as_str()).map(str::to_owned),
        name: None,
        bytes,
    };
    let brought = Brought::Delivered { document };
    Ok(match porter.hand_in(FeedId::new(feed), brought).await? {
        Some(Reply::Refused(error)) => {
            tracing::warn!(%feed, "a delivery was of no use, the next poll takes its place: {error}");
            ("refused", StatusCode::ACCEPTED)
        }
        Some(_) => ("taken", StatusCode::OK),
        // The work goes on, and what it does not bring, the next poll does.
        None => ("taken", StatusCode::ACCEPTED),
    })
}

/// The subscription that a callback was given out for.
fn subscription(porter: &Porter, feed: &str, token: &str) -> Result<Advertised, Problem> {
    let source = porter.doors.at(feed);
    let is_open = source.is_some_and(|source| source.kind == SourceKind::Feed && source.websub);
    let Some(keys) = porter.hubs.as_ref().filter(|_| is_open) else {
        return Err(not_ours("no feed of that name takes deliveries"));
    };
    match porter.doors.subscription(feed) {
        Some(to) if keys.token(feed, &to) == token => Ok(to),
        Some(_) => Err(not_ours("that subscription is over")),
        None => Err(Problem::passing(
            "not here",
            "another instance works this feed, or none does yet; try again",
            Duration::from_secs(1).as_secs(),
        )),
    }
}

fn not_ours(detail: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not found", detail)
}
