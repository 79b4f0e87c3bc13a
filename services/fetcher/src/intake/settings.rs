//! `[fetcher.intake]`: where others bring items, and within which limits.

use std::net::SocketAddr;

use serde::Deserialize;
use url::Url;
use wiredesk_settings::Secret;

/// Least length of a secret, in characters: shorter ones can be guessed.
pub(crate) const SECRET_CHARS: usize = 16;

/// Where others bring items, and within which limits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntakeSettings {
    /// Address and port to listen on; empty opens none.
    pub address: String,
    /// The same as the world sees it, `https://wire.example`; hubs deliver there. Empty asks no hub.
    pub public_url: String,
    /// What the callbacks and keys of hubs are made from; the same on every instance.
    pub hub_secret: Secret,
    /// Bytes of one request.
    pub body_bytes: usize,
    /// Requests worked on at the same time; more are asked to come back.
    pub requests: usize,
    /// Time for the body of a request.
    pub body_timeout_ms: u64,
    /// Time that a sender waits for its items to be committed.
    pub answer_timeout_ms: u64,
    /// How far the time of a signature may be from ours.
    pub window_seconds: u64,
    /// Time that hubs are asked to deliver for, before the subscription is renewed.
    pub lease_seconds: u64,
    /// Seconds between two polls of a feed whose hub delivers.
    pub backup_poll_seconds: u64,
}

impl Default for IntakeSettings {
    fn default() -> Self {
        Self {
            address: String::new(),
            public_url: String::new(),
            hub_secret: Secret::default(),
            body_bytes: 16 * 1024 * 1024,
            requests: 32,
            body_timeout_ms: 30_000,
            answer_timeout_ms: 30_000,
            window_seconds: 300,
            lease_seconds: 864_000,
            backup_poll_seconds: 21_600,
        }
    }
}

impl IntakeSettings {
    /// Every key, for the test that holds the shown file.
    pub const KEYS: [&'static str; 10] = [
        "address",
        "public_url",
        "hub_secret",
        "body_bytes",
        "requests",
        "body_timeout_ms",
        "answer_timeout_ms",
        "window_seconds",
        "lease_seconds",
        "backup_poll_seconds",
    ];

    /// The address to listen on, where there is one.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        self.address.parse().ok()
    }

    /// Whether hubs are asked to deliver.
    pub fn asks_hubs(&self) -> bool {
        !self.public_url.is_empty() && !self.address.is_empty()
    }

    /// Everything that is wrong with the values, each with the key it stands under. No I/O.
    pub fn validate(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if !self.address.is_empty() && self.socket_address().is_none() {
            problems.push((
                "intake.address",
                format!(
                    "`{}` is no address with a port; write 127.0.0.1:8081 or 0.0.0.0:8081",
                    self.address
                ),
            ));
        }
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if !self.public_url.is_empty() {
            if !Url::parse(&self.public_url).is_ok_and(|url| is_web(&url)) {
                problems.push((
                    "intake.public_url",
                    format!(
                        "public_url {:?} must be of the form https://wire.example",
                        self.public_url
                    ),
                ));
            }
            if self.hub_secret.reveal().len() < SECRET_CHARS {
                problems.push((
                    "intake.hub_secret",
                    format!(
                        "hub_secret needs at least {SECRET_CHARS} characters where public_url is set; make one with: openssl rand -hex 32"
                    ),
                ));
            }
        }
        let at_least_one = [
            ("intake.body_bytes", self.body_bytes as u64),
            ("intake.requests", self.requests as u64),
            ("intake.body_timeout_ms", self.body_timeout_ms),
            ("intake.answer_timeout_ms", self.answer_timeout_ms),
            ("intake.window_seconds", self.window_seconds),
            ("intake.lease_seconds", self.lease_seconds),
            ("intake.backup_poll_seconds", self.backup_poll_seconds),
        ];
        for (key, value) in at_least_one {
            if value == 0 {
                problems.push((key, format!("{key} is 0, it must be at least 1")));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_told_and_no_secret_with_it() {
        assert!(IntakeSettings::default().validate().is_empty());
        let wrong = IntakeSettings {
            address: "everywhere".to_owned(),
            public_url: "wire.example".to_owned(),
            hub_secret: Secret::new("short"),
            requests: 0,
            ..IntakeSettings::default()
        };
        let problems = wrong.validate();
        let keys: Vec<&str> = problems.iter().map(|(key, _)| *key).collect();
        assert_eq!(
            keys,
            [
                "intake.address",
                "intake.public_url",
                "intake.hub_secret",
                "intake.requests"
            ]
        );
        assert!(!format!("{problems:?} {wrong:?}").contains("short"));
    }
}
