//! What can go wrong between us and the cluster.

use wiredesk_pipeline::{SinkError, TransportError};

use wiredesk_model::TopicPartition;

/// Why the cluster could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// It is not there, or has too much to do: waiting helps.
    #[error("the search cluster at {url} does not answer as it should: {detail}; trying again")]
    Unavailable {
        /// Its address.
        url: String,
        /// What it said.
        detail: String,
    },
    /// It refuses: someone must act.
    #[error(
        "the search cluster at {url} refuses: {detail}; look at `[search.cluster]` and its rights"
    )]
    Refused {
        /// Its address.
        url: String,
        /// What it said.
        detail: String,
    },
    /// What is configured cannot be used.
    #[error("`[search.cluster]` cannot be used: {0}")]
    Setup(String),
    /// It holds more than the log.
    #[error(
        "the search cluster is ahead of the log (it has {at} up to {cluster}, the log ends at {log}), \
         so it was filled from another log; choose another `index` in `[search.cluster]`, or delete \
         the indexes there, and they are filled anew from this one"
    )]
    OtherLog {
        /// Topic and partition.
        at: TopicPartition,
        /// How far the cluster has it.
        cluster: i64,
        /// Where the log ends.
        log: i64,
    },
    /// The log failed.
    #[error(transparent)]
    Log(#[from] TransportError),
}

impl ClusterError {
    /// As the runner takes it: whether waiting can help.
    pub(crate) fn for_sink(self) -> SinkError {
        match &self {
            Self::Unavailable { .. } | Self::Log(TransportError::Unavailable(_)) => {
                SinkError::Unavailable(self.to_string())
            }
            _ => SinkError::Fatal(self.to_string()),
        }
    }
}
