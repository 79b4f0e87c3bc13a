//! What runners report to the metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use wiredesk_model::{Outgoing, ReasonCode, Topic, header};
use wiredesk_telemetry::{Metric, count, gauge, observe};

use crate::settle::Tally;
use crate::{GroupEvent, Phase, Stored};

/// A committed batch of a stage; `took` is the time from its first record to its commit.
pub(crate) fn batch(stage: &'static str, tally: &Tally, took: Duration, commit: Duration) {
    count(Metric::Records, &[stage, "forwarded"], tally.forwarded);
    count(Metric::Records, &[stage, "held"], tally.held);
    for (reason, records) in &tally.filtered {
        count(Metric::Records, &[stage, "filtered"], *records);
        count(Metric::Filtered, &[stage, reason], *records);
    }
    for (reason, records) in &tally.dead {
        count(Metric::Records, &[stage, "dead"], *records);
        count(Metric::Dead, &[stage, reason], *records);
    }
    observe(Metric::BatchSeconds, &[stage], took.as_secs_f64());
    observe(Metric::CommitSeconds, &[stage], commit.as_secs_f64());
}

/// What a sink stored, once it is committed.
pub(crate) fn stored(service: &'static str, stored: &Stored, commit: Duration) {
    count(Metric::Records, &[service, "forwarded"], stored.records);
    for (reason, records) in &stored.filtered {
        count(Metric::Records, &[service, "filtered"], *records);
        count(Metric::Filtered, &[service, reason.as_str()], *records);
    }
    for (_, code, _) in &stored.dead {
        count(Metric::Records, &[service, "dead"], 1);
        count(Metric::Dead, &[service, code.as_str()], 1);
    }
    observe(Metric::CommitSeconds, &[service], commit.as_secs_f64());
}

/// Inputs that were put off.
pub(crate) fn retries(stage: &'static str, retried: u64) {
    count(Metric::Retries, &[stage], retried);
}

/// A committed batch of a source.
pub(crate) fn source_batch(service: &'static str, written: &Written, commit: Duration) {
    outputs(service, written);
    observe(Metric::CommitSeconds, &[service], commit.as_secs_f64());
}

/// What a batch writes, to be counted once it is committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    topics: BTreeMap<Topic, u64>,
    /// Dead letters that no input became: notes of the stage itself, by reason. Those of inputs
    /// are counted with the outcome of the input.
    notes: BTreeMap<&'static str, u64>,
}

impl Written {
    pub fn of(outputs: &[Outgoing]) -> Self {
        let mut written = Self::default();
        for output in outputs {
            *written.topics.entry(output.topic).or_default() += 1;
            let said = |name| output.headers.get(name);
            let is_note = output.topic == Topic::Dead && said(header::DEAD_OFFSET).is_none();
            let reason = said(header::DEAD_REASON).filter(|_| is_note);
            if let Some(reason) = reason.and_then(ReasonCode::from_code) {
                *written.notes.entry(reason.as_str()).or_default() += 1;
            }
        }
        written
    }
}

/// Records written, by topic, and what notes among them are about.
pub(crate) fn outputs(stage: &'static str, written: &Written) {
    for (topic, records) in &written.topics {
        count(Metric::Outputs, &[stage, topic.name()], *records);
    }
    for (reason, records) in &written.notes {
        count(Metric::Dead, &[stage, reason], *records);
    }
}

/// How a commit ended: `committed`, `superseded`, `unavailable`, `refused` or `failed`.
pub(crate) fn commit_result(stage: &'static str, result: &'static str) {
    count(Metric::Batches, &[stage, result], 1);
}

/// A group event.
pub(crate) fn group_event(stage: &'static str, event: &GroupEvent) {
    let kind = match event {
        GroupEvent::Assigned(_) => "assigned",
        GroupEvent::Revoking(_) => "revoking",
        GroupEvent::Lost(_) => "lost",
    };
    count(Metric::GroupEvents, &[stage, kind], 1);
}

/// Lag and partitions held.
pub(crate) fn standing(stage: &'static str, lag: u64, partitions: usize) {
    gauge(Metric::Lag, &[stage], lag as f64);
    gauge(Metric::Partitions, &[stage], partitions as f64);
}

/// What waits ahead of the batch under way.
pub(crate) fn pending(stage: &'static str, records: usize, bytes: usize) {
    gauge(Metric::PendingRecords, &[stage], records as f64);
    gauge(Metric::PendingBytes, &[stage], bytes as f64);
}

/// The phase of a runner, and how long its transport has been out of reach.
pub(crate) fn phase(stage: &'static str, phase: &Phase, unavailable: Duration) {
    let running = matches!(phase, Phase::Running);
    gauge(Metric::Running, &[stage], if running { 1.0 } else { 0.0 });
    gauge(
        Metric::UnavailableSeconds,
        &[stage],
        unavailable.as_secs_f64(),
    );
}
