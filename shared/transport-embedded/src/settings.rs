//! Where the store lies and the limits that it works within.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wiredesk_model::TopicNames;
use wiredesk_pipeline::TransportError;

const HOUR_MS: u64 = 60 * 60 * 1000;
const MIB: usize = 1024 * 1024;

/// Settings of an embedded transport; every number has a unit and a default.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
    /// The SQLite file; made where it is missing, its folder is not.
    pub path: PathBuf,
    /// Physical names of topics and groups.
    pub names: TopicNames,
    /// How long a member may go without polling before the others take its partitions.
    pub session_timeout: Duration,
    /// How often a waiting poll or read looks for what other processes wrote.
    pub poll_interval: Duration,
    /// How long to wait for another writer of the file before giving up as unavailable.
    pub busy_timeout: Duration,
    /// Largest record accepted: key, value and headers together.
    pub max_record_bytes: usize,
    /// Most bytes that one poll or read returns (a single larger record still comes alone).
    pub max_poll_bytes: usize,
    /// Largest size of the file; writing beyond it fails as on a full disk. `None`: the disk.
    pub max_file_bytes: Option<u64>,
    /// How long a superseded record of a compacted topic stays, for readers close behind.
    pub compaction_lag_ms: u64,
    /// How long a tombstone stays, for readers to see it.
    pub tombstone_retention_ms: u64,
    /// How often members and writers see to retention and compaction by the way; `None`: only
    /// [`crate::EmbeddedTransport::maintain`] does.
    pub maintain_every: Option<Duration>,
    /// Records that one step of retention and compaction removes at the most.
    pub maintain_records: u32,
    /// The wall clock that records are stamped with.
    pub clock: Clock,
    /// For tests: called at each step of a commit, and may end the process there.
    #[doc(hidden)]
    pub fault: Option<Fault>,
}

impl EmbeddedSettings {
    /// The defaults, for the file at `path`.
    pub fn at(path: impl Into<PathBuf>, names: TopicNames) -> Self {
        Self {
            path: path.into(),
            names,
            session_timeout: Duration::from_secs(10),
            poll_interval: Duration::from_millis(25),
            busy_timeout: Duration::from_secs(10),
            max_record_bytes: 16 * MIB,
            max_poll_bytes: 8 * MIB,
            max_file_bytes: None,
            compaction_lag_ms: 60_000,
            tombstone_retention_ms: 24 * HOUR_MS,
            maintain_every: Some(Duration::from_secs(5)),
            maintain_records: 1_000,
            clock: Clock::system(),
            fault: None,
        }
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<(), TransportError> {
        let refused = if self.session_timeout < Duration::from_millis(20) {
            Some("session_timeout is below 20 ms: members would lose their partitions at once")
        } else if self.poll_interval.is_zero() {
            Some("poll_interval is 0: waiting would burn a core")
        } else if self.max_record_bytes == 0 || self.max_poll_bytes == 0 {
            Some("max_record_bytes and max_poll_bytes must be above 0")
        } else if self.maintain_records == 0 {
            Some("maintain_records is 0: nothing would ever be removed")
        } else {
            None
        };
        refused.map_or(Ok(()), |why| {
            Err(TransportError::Invalid(format!(
                "embedded transport: {why}"
            )))
        })
    }
}

/// A wall clock in milliseconds since 1970 UTC; tests bring their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self::of(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_millis() as i64)
        })
    }

    /// A clock that `now_ms` drives.
    pub fn of(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// The time now.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The steps of a commit, in order.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Nothing has been done yet.
    BeforeBegin,
    /// The write transaction is open.
    AfterBegin,
    /// The positions are moved, nothing is written.
    AfterPositions,
    /// The first half of the outputs is written.
    AmidOutputs,
    /// Everything is written, nothing committed.
    BeforeCommit,
    /// Everything is committed, nobody has been told.
    AfterCommit,
}

impl CrashPoint {
    /// Every step, in order.
    pub const ALL: [CrashPoint; 6] = [
        CrashPoint::BeforeBegin,
        CrashPoint::AfterBegin,
        CrashPoint::AfterPositions,
        CrashPoint::AmidOutputs,
        CrashPoint::BeforeCommit,
        CrashPoint::AfterCommit,
    ];
}

/// A test's hook into the steps of a commit.
#[doc(hidden)]
pub type Fault = wiredesk_pipeline::Fault<CrashPoint>;
