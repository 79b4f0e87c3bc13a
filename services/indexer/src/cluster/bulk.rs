//! `_bulk`: many documents in one request, and what became of each.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wiredesk_model::{Incoming, ReasonCode};

use super::ClusterError;
use super::client::{Cluster, is_passing, reason};
use super::document::{document, document_id, marker};
use crate::document::made_of;

/// Largest request, in bytes; clusters take 100 MB unless told otherwise.
const MAX_REQUEST: usize = 10 * 1024 * 1024;

/// A document on its way.
pub(crate) struct Change {
    pub record: Incoming,
    /// Two lines: what is done, and the document.
    lines: Vec<u8>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stands there.
    Written,
    /// What stands there is as new or newer.
    Older,
    /// The cluster does not take it, with why.
    Refused(ReasonCode, String),
}

impl Change {
    /// What a record on `current` changes, to be written to `index`.
    pub fn of(
        record: Incoming,
        index: String,
    ) -> Result<Self, Box<(Incoming, ReasonCode, String)>> {
        let made = match &record.value {
            None => Ok(marker(&record)),
            Some(value) => made_of(value, |article| document(article, &record)),
        };
        let made = match made {
            Ok(document) => document,
            Err((code, detail)) => return Err(Box::new((record, code, detail))),
        };
        let head = json!({ "index": {
            "_index": index,
            "_id": document_id(&record.key),
            "version": record.offset + 1,
            "version_type": "external",
        }});
        let lines = format!("{head}\n{made}\n").into_bytes();
        Ok(Self { record, lines })
    }
}

/// Writes `changes` in their order; what became of each, in the same order.
pub(crate) fn write(cluster: &Cluster, changes: &[Change]) -> Result<Vec<Fate>, ClusterError> {
    let mut fates = Vec::with_capacity(changes.len());
    let mut rest = changes;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(fitting(rest));
        fates.extend(send(cluster, now)?);
        rest = later;
    }
    Ok(fates)
}

/// How many of the first changes go into one request; at least one.
fn fitting(changes: &[Change]) -> usize {
    let mut bytes = 0;
    let count = changes.iter().take_while(|change| {
        bytes += change.lines.len();
        bytes <= MAX_REQUEST
    });
    count.count().max(1)
}

/// Sends one request, in halves where the cluster finds it too large.
fn send(cluster: &Cluster, changes: &[Change]) -> Result<Vec<Fate>, ClusterError> {
    let body: Vec<u8> = changes
        .iter()
        .flat_map(|one| one.lines.iter().copied())
        .collect();
    let answer = cluster.call(Method::POST, "_bulk", body)?;
    if answer.status == StatusCode::PAYLOAD_TOO_LARGE {
        return match changes {
            [_] => Ok(vec![Fate::Refused(
                ReasonCode::OverLimit,
                "the search cluster finds it too large".to_owned(),
            )]),
            _ => {
                let (first, second) = changes.split_at(changes.len() / 2);
                let mut fates = send(cluster, first)?;
                fates.extend(send(cluster, second)?);
                Ok(fates)
            }
        };
    }
    if !answer.status.is_success() {
        return Err(cluster.refusal(&answer));
    }
    let items = answer.body.get("items").and_then(Value::as_array);
    match items {
        Some(items) if items.len() == changes.len() => {
            items.iter().map(|item| fate(cluster, item)).collect()
        }
        _ => {
            Err(cluster.unavailable("its answer does not tell what became of each item".to_owned()))
        }
    }
}

fn fate(cluster: &Cluster, item: &Value) -> Result<Fate, ClusterError> {
    let item = item.get("index").unwrap_or(item);
    let status = item
        .get("status")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    match u16::try_from(status).unwrap_or_default() {
        200..=299 => Ok(Fate::Written),
        409 => Ok(Fate::Older),
        // Rights and blocks of an index hold for every story, and are no fault of this one.
        status @ (401 | 403 | 404) => Err(ClusterError::Refused {
            url: cluster.url().to_owned(),
            detail: format!("{status}: {}", reason(item)),
        }),
        status if status == 0 || is_passing(status) => {
            Err(cluster.unavailable(format!("{status}: {}", reason(item))))
        }
        status => Ok(Fate::Refused(
            ReasonCode::Refused,
            format!("the search cluster refuses it: {status}: {}", reason(item)),
        )),
    }
}
