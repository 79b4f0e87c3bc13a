//! `[http]`: the web desk, the streams and the health endpoints.

use std::net::SocketAddr;

use serde::Deserialize;

use crate::{Problem, RawTable};

/// `[http]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct HttpSection {
    /// Address and port to listen on; port 0 takes a free one, an empty text opens none.
    pub address: String,
    /// Event streams that may be open at once.
    pub max_streams: u32,
    /// Records that one request may ask for.
    pub max_records: u32,
    /// A stream without news says that it is alive after so long.
    pub heartbeat_ms: u64,
}

impl Default for HttpSection {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:8080".to_owned(),
            max_streams: 64,
            max_records: 1_000,
            heartbeat_ms: 15_000,
        }
    }
}

impl HttpSection {
    /// The address, where one is to be opened.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        self.address.parse().ok()
    }

    pub(crate) fn validate(&self, root: &RawTable, problems: &mut Vec<Problem>) {
        if !self.address.is_empty() && self.socket_address().is_none() {
            problems.push(root.problem_at(
                "http.address",
                &format!(
                    "`{}` is no address with a port; write 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080",
                    self.address
                ),
            ));
        }
        let ranges = [
            ("max_streams", u64::from(self.max_streams), 1, 10_000),
            ("max_records", u64::from(self.max_records), 1, 100_000),
            ("heartbeat_ms", self.heartbeat_ms, 100, 600_000),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                problems.push(root.problem_at(
                    &format!("http.{key}"),
                    &format!("`{key}` is {value}; choose {least} to {most}"),
                ));
            }
        }
    }
}
