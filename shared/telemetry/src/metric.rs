//! The closed list of metrics.

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution, rendered as buckets.
    Histogram,
}

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $variant:ident = $kind:ident $name:literal [$($label:literal),*],)+) => {
        /// A metric. Labels are bounded sets (a stage, a reason), never a URL or a story.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Metric {
            $($(#[doc = $help])+ $variant,)+
        }

        impl Metric {
            /// Every metric.
            pub const ALL: &'static [Metric] = &[$(Metric::$variant,)+];

            /// Its name on `/metrics`.
            pub fn name(self) -> &'static str {
                match self { $(Metric::$variant => $name,)+ }
            }

            /// The names of its labels, in the order in which values are given.
            pub fn labels(self) -> &'static [&'static str] {
                match self { $(Metric::$variant => &[$($label),*],)+ }
            }

            /// What kind of number it is.
            pub fn kind(self) -> Kind {
                match self { $(Metric::$variant => Kind::$kind,)+ }
            }

            /// What it tells, in one sentence.
            pub fn help(self) -> &'static str {
                match self { $(Metric::$variant => concat!($($help),+).trim_ascii(),)+ }
            }
        }
    };
}

metrics! {
    /// Records taken in and decided, by outcome: forwarded, filtered, dead.
    Records = Counter "wiredesk_records_total" ["stage", "outcome"],
    /// Inputs that rightly led to no output, by reason.
    Filtered = Counter "wiredesk_filtered_total" ["stage", "reason"],
    /// Inputs that became dead letters, by reason code.
    Dead = Counter "wiredesk_dead_total" ["stage", "reason"],
    /// Times that a record was put off.
    Retries = Counter "wiredesk_retries_total" ["stage"],
    /// Records written, by topic.
    Outputs = Counter "wiredesk_outputs_total" ["stage", "topic"],
    /// Batches, by result: committed, superseded, unavailable, failed.
    Batches = Counter "wiredesk_batches_total" ["stage", "result"],
    /// Seconds from the first record of a batch to its commit.
    BatchSeconds = Histogram "wiredesk_batch_seconds" ["stage"],
    /// Seconds that the commit of a batch took.
    CommitSeconds = Histogram "wiredesk_commit_seconds" ["stage"],
    /// Seconds that the transport has been out of reach; 0 while it is there.
    UnavailableSeconds = Gauge "wiredesk_transport_unavailable_seconds" ["stage"],
    /// Records behind the committed positions.
    Lag = Gauge "wiredesk_lag_records" ["stage"],
    /// Partitions held.
    Partitions = Gauge "wiredesk_partitions" ["stage"],
    /// Records polled ahead of the batch under way.
    PendingRecords = Gauge "wiredesk_pending_records" ["stage"],
    /// Bytes polled ahead of the batch under way.
    PendingBytes = Gauge "wiredesk_pending_bytes" ["stage"],
    /// Group events, by kind: assigned, revoking, lost.
    GroupEvents = Counter "wiredesk_group_events_total" ["stage", "event"],
    /// 1 while the stage runs, 0 otherwise.
    Running = Gauge "wiredesk_running" ["stage"],
    /// Polls of feeds and folders, by outcome: changed, unchanged, failed, and the like.
    Polls = Counter "wiredesk_polls_total" ["outcome"],
    /// Seconds that a poll took.
    PollSeconds = Histogram "wiredesk_poll_seconds" [],
    /// Items found in polled feeds, by outcome: new, updated, seen.
    Items = Counter "wiredesk_items_total" ["outcome"],
    /// Pushes of items, by outcome: taken, refused, unsigned, later.
    Pushes = Counter "wiredesk_pushes_total" ["outcome"],
    /// Deliveries of hubs, by outcome: taken, refused, unsigned, later.
    HubDeliveries = Counter "wiredesk_hub_deliveries_total" ["outcome"],
    /// Linked pages fetched, by outcome.
    Pages = Counter "wiredesk_pages_total" ["outcome"],
    /// Bytes received over HTTP after decompression, by what was asked for: feed, page.
    FetchedBytes = Counter "wiredesk_fetched_bytes_total" ["kind"],
    /// Feeds whose last poll failed.
    FeedsFailing = Gauge "wiredesk_feeds_failing" [],
    /// Feeds that have been silent for much longer than their rhythm lets expect.
    FeedsQuiet = Gauge "wiredesk_feeds_quiet" [],
    /// Feeds asked for without validators, because their server said "not modified" wrongly.
    FeedsDistrusted = Gauge "wiredesk_feeds_distrusted" [],
    /// Polls that had no item in common with the one before, so that items may have been missed.
    FeedGaps = Counter "wiredesk_feed_gaps_total" [],
    /// Changed configurations, by what became of their sources: taken, refused.
    SourceReloads = Counter "wiredesk_source_reloads_total" ["outcome"],
    /// Feeds and folders worked by this instance.
    Feeds = Gauge "wiredesk_feeds" [],
    /// Spans taken out of stories, by rule.
    RemovedSpans = Counter "wiredesk_removed_spans_total" ["rule"],
    /// Stories put into the search index and taken out of it: indexed, removed.
    IndexChanges = Counter "wiredesk_index_changes_total" ["change"],
    /// What was sent to the search cluster, by what became of it: indexed, removed, older, refused.
    ClusterChanges = Counter "wiredesk_cluster_changes_total" ["change"],
    /// Seconds that a commit of the search index took.
    IndexCommitSeconds = Histogram "wiredesk_index_commit_seconds" [],
    /// Stories in the search index.
    IndexStories = Gauge "wiredesk_index_stories" [],
    /// Open event streams.
    Streams = Gauge "wiredesk_http_streams" [],
    /// Requests answered over HTTP, by status class.
    HttpRequests = Counter "wiredesk_http_requests_total" ["status"],
    /// Always 1; the version is the label.
    Build = Gauge "wiredesk_build_info" ["version"],
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_follow_the_conventions_of_prometheus() {
        let mut seen = BTreeSet::new();
        for metric in Metric::ALL {
            let name = metric.name();
            assert!(seen.insert(name), "{name} stands twice");
            assert!(name.starts_with("wiredesk_"), "{name}");
            assert_eq!(
                metric.kind() == Kind::Counter,
                name.ends_with("_total"),
                "{name}: counters, and only counters, end in _total"
            );
            assert!(metric.help().ends_with('.'), "{name}: {}", metric.help());
        }
    }
}
