//! In which index a story stands.
//!
//! Indexes are by month, so that old ones can be moved or deleted whole. A story stays in the index
//! that it came to first, whatever month its later versions are of: two documents of one story would
//! be two hits.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Method;
use serde_json::{Value, json};
use wiredesk_model::Incoming;

use super::ClusterError;
use super::client::Cluster;
use super::document::document_id;

/// Stories remembered: those that a search may not find yet.
const REMEMBERED: usize = 50_000;
/// Stories asked for at once.
const AT_ONCE: usize = 1_000;

/// Where stories stand.
pub(crate) struct Homes {
    prefix: String,
    /// By document id.
    known: HashMap<String, String>,
}

impl Homes {
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            known: HashMap::new(),
        }
    }

    /// Makes everything that was written so far findable, and forgets it.
    pub fn refresh(&mut self, cluster: &Cluster) -> Result<(), ClusterError> {
        let path = format!("{}/_refresh?{LENIENT}", self.pattern());
        cluster.ask(Method::POST, &path, Vec::new())?;
        self.known.clear();
        Ok(())
    }

    /// The index for each of `records`, in their order.
    pub fn find(
        &mut self,
        cluster: &Cluster,
        records: &[Incoming],
    ) -> Result<Vec<String>, ClusterError> {
        if self.known.len() + records.len() > REMEMBERED {
            self.refresh(cluster)?;
        }
        let ids: Vec<String> = records.iter().map(|one| document_id(&one.key)).collect();
        let mut unknown: Vec<&String> = ids
            .iter()
            .filter(|id| !self.known.contains_key(*id))
            .collect();
        unknown.sort();
        unknown.dedup();
        for part in unknown.chunks(AT_ONCE) {
            let found = self.look(cluster, part)?;
            self.known.extend(found);
        }
        let homes = ids.into_iter().zip(records).map(|(id, record)| {
            let of_month = || format!("{}-{}", self.prefix, month(record.timestamp_ms));
            self.known.entry(id).or_insert_with(of_month).clone()
        });
        Ok(homes.collect())
    }

    fn look(
        &self,
        cluster: &Cluster,
        ids: &[&String],
    ) -> Result<Vec<(String, String)>, ClusterError> {
        let query = json!({
            "size": ids.len(),
            "_source": false,
            "query": { "ids": { "values": ids } },
        });
        let answer = self.search(cluster, &query)?;
        let hits = answer.pointer("/hits/hits").and_then(Value::as_array);
        let text = |hit: &Value, key: &str| hit.get(key)?.as_str().map(str::to_owned);
        let found = hits.into_iter().flatten();
        Ok(found
            .filter_map(|hit| Some((text(hit, "_id")?, text(hit, "_index")?)))
            .collect())
    }

    /// Offset behind the newest record of a partition that was written; `None` where none was.
    pub fn newest(&self, cluster: &Cluster, partition: u32) -> Result<Option<i64>, ClusterError> {
        let query = json!({
            "size": 0,
            "query": { "term": { "log.partition": partition } },
            "aggs": { "newest": { "max": { "field": "log.offset" } } },
        });
        let answer = self.search(cluster, &query)?;
        let newest = answer.pointer("/aggregations/newest/value");
        Ok(newest
            .and_then(Value::as_f64)
            .map(|offset| offset as i64 + 1))
    }

    /// Asks every index, markers of stories that were taken back included.
    fn search(&self, cluster: &Cluster, query: &Value) -> Result<Value, ClusterError> {
        let path = format!("{}/_search?{LENIENT}", self.pattern());
        let answer = cluster.ask(Method::POST, &path, query.to_string().into_bytes())?;
        // An answer without some of the shards would send stories to a second index.
        match answer.pointer("/_shards/failed").and_then(Value::as_u64) {
            Some(0) => Ok(answer),
            _ => Err(cluster.unavailable("some of its shards do not answer".to_owned())),
        }
    }

    fn pattern(&self) -> String {
        format!("{}-*", self.prefix)
    }
}

/// There may be no index yet.
const LENIENT: &str = "ignore_unavailable=true&allow_no_indices=true";

/// The month of a time, as indexes are named by it: `2026.11`.
fn month(timestamp_ms: i64) -> String {
    let time = Timestamp::from_millisecond(timestamp_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned(TimeZone::UTC).strftime("%Y.%m").to_string()
}
