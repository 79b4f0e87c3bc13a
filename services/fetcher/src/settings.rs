//! The section `[fetcher]` of the configuration.

use serde::Deserialize;

use crate::IntakeSettings;
use crate::address::AddressRules;

/// Limits and habits of the fetcher as a whole; each number with its unit in its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetcherSettings {
    /// A page about who fetches, shown to the servers in `User-Agent`; empty shows none.
    pub contact: String,
    /// Feeds polled at the same time.
    pub concurrent_polls: usize,
    /// Requests to one host at the same time.
    pub requests_per_host: usize,
    /// Pause between the beginnings of two requests to one host.
    pub host_pause_ms: u64,
    /// Time to connect.
    pub connect_timeout_ms: u64,
    /// Longest pause between two pieces of an answer.
    pub read_timeout_ms: u64,
    /// Time for one request with its redirects, from the first byte sent to the last received.
    pub total_timeout_ms: u64,
    /// Redirects followed for one request.
    pub redirects: usize,
    /// Bytes of a feed after decompression.
    pub feed_bytes: usize,
    /// Bytes of a linked page, and of a document in a folder, after decompression.
    pub page_bytes: usize,
    /// How many times larger an answer may become by being unpacked, beyond its first MiB.
    pub unpacked_ratio: u64,
    /// Seconds between two polls of a feed that names no interval of its own.
    pub poll_seconds: u64,
    /// Seconds between two polls at the least, where a feed brings so much that its items would
    /// come and go in between.
    pub shortest_poll_seconds: u64,
    /// Hours after which a server's "not modified" is checked by asking for the whole feed; 0 never
    /// does.
    pub trust_check_hours: u64,
    /// Seconds between two looks whether the files of sources have changed; 0 looks only after a
    /// SIGHUP.
    pub watch_sources_seconds: u64,
    /// Longest time that a server may ask a feed not to be polled, in seconds.
    pub longest_wait_seconds: u64,
    /// Wait after the first failure of a feed; it doubles with each further one.
    pub first_retry_seconds: u64,
    /// Longest wait between tries of a failing feed.
    pub last_retry_seconds: u64,
    /// A summary of fewer words is a teaser.
    pub teaser_words: usize,
    /// Tries of one linked page within a poll.
    pub page_attempts: u32,
    /// Pause between these tries.
    pub page_pause_ms: u64,
    /// Time for all linked pages of one poll; items whose page is not there by then go without.
    pub pages_timeout_ms: u64,
    /// Items remembered per feed after they left it, so that they are not taken for new.
    pub seen_items: usize,
    /// Days that they are remembered at least.
    pub seen_days: u64,
    /// Documents taken from a folder in one scan; the rest follows in the next.
    pub folder_documents: usize,
    /// Bytes of an archive in a bucket, which is copied to this machine to be read.
    pub archive_bytes: usize,
    /// A file changed less than this ago is still being written, and left for the next scan.
    pub folder_settle_ms: u64,
    /// Networks inside which feeds may be fetched although they are not public: `10.1.0.0/16`.
    pub allow_networks: Vec<String>,
    /// Where others bring items.
    pub intake: IntakeSettings,
}

impl Default for FetcherSettings {
    fn default() -> Self {
        Self {
            contact: String::new(),
            concurrent_polls: 32,
            requests_per_host: 2,
            host_pause_ms: 100,
            connect_timeout_ms: 10_000,
            read_timeout_ms: 20_000,
            total_timeout_ms: 60_000,
            redirects: 5,
            feed_bytes: 16 * 1024 * 1024,
            page_bytes: 10 * 1024 * 1024,
            unpacked_ratio: 200,
            poll_seconds: 900,
            shortest_poll_seconds: 300,
            trust_check_hours: 24,
            watch_sources_seconds: 2,
            longest_wait_seconds: 86_400,
            first_retry_seconds: 60,
            last_retry_seconds: 21_600,
            teaser_words: 80,
            page_attempts: 2,
            page_pause_ms: 500,
            pages_timeout_ms: 300_000,
            seen_items: 10_000,
            seen_days: 30,
            folder_documents: 200,
            archive_bytes: 4 * 1024 * 1024 * 1024,
            folder_settle_ms: 2_000,
            allow_networks: Vec::new(),
            intake: IntakeSettings::default(),
        }
    }
}

impl FetcherSettings {
    /// Every key, for messages about misspelt ones.
    pub const KEYS: [&'static str; 28] = [
        "contact",
        "concurrent_polls",
        "requests_per_host",
        "host_pause_ms",
        "connect_timeout_ms",
        "read_timeout_ms",
        "total_timeout_ms",
        "redirects",
        "feed_bytes",
        "page_bytes",
        "unpacked_ratio",
        "poll_seconds",
        "shortest_poll_seconds",
        "trust_check_hours",
        "watch_sources_seconds",
        "longest_wait_seconds",
        "first_retry_seconds",
        "last_retry_seconds",
        "teaser_words",
        "page_attempts",
        "page_pause_ms",
        "pages_timeout_ms",
        "seen_items",
        "seen_days",
        "folder_documents",
        "archive_bytes",
        "folder_settle_ms",
        "allow_networks",
    ];

    /// Everything that is wrong with the values, each with the key it stands under. No I/O.
    pub fn validate(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let at_least_one = [
            ("concurrent_polls", self.concurrent_polls as u64),
            ("requests_per_host", self.requests_per_host as u64),
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("read_timeout_ms", self.read_timeout_ms),
            ("total_timeout_ms", self.total_timeout_ms),
            ("feed_bytes", self.feed_bytes as u64),
            ("page_bytes", self.page_bytes as u64),
            ("unpacked_ratio", self.unpacked_ratio),
            ("poll_seconds", self.poll_seconds),
            ("shortest_poll_seconds", self.shortest_poll_seconds),
            ("first_retry_seconds", self.first_retry_seconds),
            ("page_attempts", u64::from(self.page_attempts)),
            ("folder_documents", self.folder_documents as u64),
        ];
        for (key, value) in at_least_one {
            if value == 0 {
                problems.push((key, format!("{key} is 0, it must be at least 1")));
            }
        }
        if self.last_retry_seconds < self.first_retry_seconds {
            problems.push((
                "last_retry_seconds",
                "last_retry_seconds is less than first_retry_seconds".to_owned(),
            ));
        }
        if !self.contact.is_empty() && url::Url::parse(&self.contact).is_err() {
            problems.push(("contact", format!("contact {:?} is no URL", self.contact)));
        }
        let rules = AddressRules::parse(&self.allow_networks);
        problems.extend(rules.err().map(|problem| ("allow_networks", problem)));
        problems.extend(self.intake.validate());
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_sound_and_every_problem_is_told() {
        assert!(FetcherSettings::default().validate().is_empty());
        let wrong = FetcherSettings {
            poll_seconds: 0,
            contact: "nobody".to_owned(),
            allow_networks: vec!["10.0.0.0/99".to_owned()],
            ..FetcherSettings::default()
        };
        let keys: Vec<&str> = wrong.validate().iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["poll_seconds", "contact", "allow_networks"]);
    }
}
