//! `[search.cluster]` of the configuration.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use wiredesk_settings::{Problem, RawTable, Secret};

/// Longest name of an index, in bytes, with room for the month.
const MAX_NAME: usize = 200;

/// `[search.cluster]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClusterSettings {
    /// Address of OpenSearch or Elasticsearch; without one no cluster is written to.
    pub url: String,
    /// What the names of the indexes begin with, and the name of the alias.
    pub index: String,
    /// User name, where the cluster asks for one.
    pub username: String,
    /// Password of that user.
    pub password: Secret,
    /// API key, in place of user and password.
    pub api_key: Secret,
    /// PEM file of the authority that signed the cluster's certificate, where the system does not
    /// know it.
    pub ca_certificate: Option<PathBuf>,
    /// Shards of a new index.
    pub shards: u32,
    /// Copies of each shard in a new index.
    pub replicas: u32,
    /// Lifecycle policy of new indexes, on Elasticsearch; OpenSearch has policies that choose their
    /// indexes by themselves.
    pub ilm_policy: String,
    /// Longest wait for an answer, in seconds.
    pub timeout_s: u64,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            index: "wiredesk".to_owned(),
            username: String::new(),
            password: Secret::default(),
            api_key: Secret::default(),
            ca_certificate: None,
            shards: 1,
            replicas: 1,
            ilm_policy: String::new(),
            timeout_s: 30,
        }
    }
}

impl ClusterSettings {
    /// Whether a cluster is configured.
    pub fn is_enabled(&self) -> bool {
        !self.url.is_empty()
    }

    /// Adds what is wrong with the section to `problems`; `table` is `[search]`.
    pub(crate) fn check(&self, table: &RawTable, problems: &mut Vec<Problem>) {
        let mut wrong = |key: &str, text: String| {
            problems.push(table.problem_at(&format!("cluster.{key}"), &text));
        };
        if self.is_enabled()
            && let Err(detail) = self.address()
        {
            wrong("url", format!("`url` {detail}"));
        }
        if !is_index_name(&self.index) {
            wrong(
                "index",
                format!(
                    "`index` is \"{}\"; choose lower-case letters, digits, `-` and `_`, a letter first",
                    self.index
                ),
            );
        }
        if !self.username.is_empty() && !self.api_key.reveal().is_empty() {
            let text = "there are both a `username` and an `api_key`; give one of them";
            wrong("api_key", text.to_owned());
        }
        let ranges = [
            ("shards", u64::from(self.shards), 1, 1_024),
            ("replicas", u64::from(self.replicas), 0, 16),
            ("timeout_s", self.timeout_s, 1, 600),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                wrong(key, format!("`{key}` is {value}; choose {least} to {most}"));
            }
        }
    }

    /// The address, ending in a slash.
    pub(crate) fn address(&self) -> Result<Url, String> {
        let mut url = Url::parse(&self.url).map_err(|error| format!("is no address: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("must begin with http:// or https:// and name a host".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a user; give `username` and `password` instead".to_owned());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(url)
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }
}

fn is_index_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}
