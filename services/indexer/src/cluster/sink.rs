//! The sink that keeps a search cluster at what is current.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use wiredesk_model::{FilterReason, Incoming, Position, Topic, TopicPartition};
use wiredesk_pipeline::{Flush, Sink, SinkError, Stored, Transport};
use wiredesk_telemetry::{Metric, count};

use super::bulk::{Change, Fate, write};
use super::client::Cluster;
use super::homes::Homes;
use super::{ClusterError, ClusterSettings};
use crate::reading::{ends, read_until};

/// Name of the service, and of the group that shares the partitions.
pub(crate) const CLUSTER_NAME: &str = "cluster-indexer";
/// Records written at once while catching up.
const AT_ONCE: usize = 500;
/// What the indexes are made with. Its version grows with every change.
const TEMPLATE: &str = include_str!("template.json");

/// Keeps a search cluster at what is current.
struct ClusterSink {
    transport: Arc<dyn Transport>,
    cluster: Cluster,
    settings: ClusterSettings,
    homes: Homes,
    has_template: bool,
}

/// The sink that keeps the cluster of `settings` at what is current. The cluster itself is first
/// asked when a partition is opened.
///
/// # Errors
/// Where the settings cannot be used.
pub fn cluster_sink(
    transport: Arc<dyn Transport>,
    settings: &ClusterSettings,
) -> Result<Box<dyn Sink>, ClusterError> {
    Ok(Box::new(ClusterSink {
        transport,
        cluster: Cluster::connect(settings)?,
        homes: Homes::new(&settings.index),
        settings: settings.clone(),
        has_template: false,
    }))
}

impl ClusterSink {
    /// Puts our template there, unless one of this version or a later one is: an operator's own.
    fn ensure_template(&mut self) -> Result<(), ClusterError> {
        if self.has_template {
            return Ok(());
        }
        let ours = template(&self.settings)?;
        let path = format!("_index_template/{}", self.settings.index);
        let there = self.cluster.call(Method::GET, &path, Vec::new())?;
        let is_there = there.status.is_success();
        if !is_there && there.status.as_u16() != 404 {
            return Err(self.cluster.refusal(&there));
        }
        let version = there
            .body
            .pointer("/index_templates/0/index_template/version");
        let version = version.and_then(Value::as_u64).unwrap_or_default();
        if !is_there || Some(version) < ours.get("version").and_then(Value::as_u64) {
            let body = ours.to_string().into_bytes();
            self.cluster.ask(Method::PUT, &path, body)?;
            tracing::info!("the index template {} is in place", self.settings.index);
        }
        self.has_template = true;
        Ok(())
    }

    /// Sees that the cluster has everything before `from`.
    fn stand(&mut self, from: Position) -> Result<Stored, ClusterError> {
        self.ensure_template()?;
        // Another instance may have written until now: what it wrote must be found.
        self.homes.refresh(&self.cluster)?;
        let newest = self.homes.newest(&self.cluster, from.at.partition)?;
        let ends = ends(self.transport.as_ref(), from.at.topic)?;
        let end = ends.iter().find(|end| end.at == from.at);
        let end = end.map_or(0, |end| end.next_offset);
        match newest {
            Some(cluster) if cluster > end => {
                let at = from.at;
                Err(ClusterError::OtherLog {
                    at,
                    cluster,
                    log: end,
                })
            }
            None if from.next_offset > 0 => self.catch_up(&ends, from),
            _ => Ok(Stored::default()),
        }
    }

    /// Writes everything before `until` that is still current: the indexes are new, or were deleted.
    fn catch_up(&mut self, ends: &[Position], until: Position) -> Result<Stored, ClusterError> {
        let at = until.at;
        tracing::info!(partition = %at, "the search cluster holds nothing of it: reading all of it again");
        let transport = Arc::clone(&self.transport);
        let start = Position { at, next_offset: 0 };
        let mut waiting = Vec::new();
        // One that cannot be read became a dead letter when it was read first.
        read_until(
            transport.as_ref(),
            ends,
            start,
            until.next_offset,
            |record| {
                waiting.push(record);
                if waiting.len() >= AT_ONCE {
                    self.store(std::mem::take(&mut waiting))?;
                }
                Ok::<_, ClusterError>(())
            },
        )?;
        self.store(waiting)?;
        Ok(Stored::default())
    }

    fn store(&mut self, records: Vec<Incoming>) -> Result<Stored, ClusterError> {
        let homes = self.homes.find(&self.cluster, &records)?;
        let mut stored = Stored::default();
        let mut changes = Vec::with_capacity(records.len());
        for (record, home) in records.into_iter().zip(homes) {
            stored.add(done_with(&record));
            match Change::of(record, home) {
                Ok(change) => changes.push(change),
                Err(dead) => stored.dead.push(*dead),
            }
        }
        let fates = write(&self.cluster, &changes)?;
        for (change, fate) in changes.into_iter().zip(fates) {
            stored.add(outcome(change, fate));
        }
        Ok(stored)
    }
}

fn done_with(record: &Incoming) -> Stored {
    Stored {
        positions: vec![record.next_position()],
        ..Stored::default()
    }
}

fn outcome(change: Change, fate: Fate) -> Stored {
    let mut stored = Stored::default();
    let told = match fate {
        Fate::Written => {
            stored.records = 1;
            match change.record.value {
                Some(_) => "indexed",
                None => "removed",
            }
        }
        Fate::Older => {
            stored.filtered.insert(FilterReason::Duplicate, 1);
            "older"
        }
        Fate::Refused(code, detail) => {
            stored.dead.push((change.record, code, detail));
            "refused"
        }
    };
    count(Metric::ClusterChanges, &[told], 1);
    stored
}

impl Sink for ClusterSink {
    fn name(&self) -> &'static str {
        CLUSTER_NAME
    }

    fn input(&self) -> Topic {
        Topic::Current
    }

    fn open(&mut self, from: Position) -> Result<Stored, SinkError> {
        self.stand(from).map_err(ClusterError::for_sink)
    }

    /// Everything that was taken stands in the cluster already.
    fn close(&mut self, _: TopicPartition) {}

    fn take(&mut self, records: Vec<Incoming>) -> Result<Stored, SinkError> {
        self.store(records).map_err(ClusterError::for_sink)
    }

    fn flush(&mut self, _: Flush) -> Result<Stored, SinkError> {
        Ok(Stored::default())
    }
}

/// The index template for `settings`.
fn template(settings: &ClusterSettings) -> Result<Value, ClusterError> {
    let unreadable = |error| ClusterError::Setup(format!("template.json: {error}"));
    let mut template: Value = serde_json::from_str(TEMPLATE).map_err(unreadable)?;
    let alias = template["template"]["aliases"]["wiredesk"].take();
    template["index_patterns"] = json!([format!("{}-*", settings.index)]);
    template["template"]["aliases"] = json!({ &settings.index: alias });
    let index = &mut template["template"]["settings"];
    index["number_of_shards"] = json!(settings.shards);
    index["number_of_replicas"] = json!(settings.replicas);
    if !settings.ilm_policy.is_empty() {
        index["index.lifecycle.name"] = json!(settings.ilm_policy);
    }
    Ok(template)
}
