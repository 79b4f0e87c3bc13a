//! When a feed is polled next. Pure: time and chance are arguments.

use std::time::Duration;

use wiredesk_model::Timestamp;

use crate::{FetcherSettings, SourceConfig, SourceKind};

/// Seconds between two scans of a folder that names no interval of its own.
const FOLDER_SECONDS: u64 = 10;
/// Part of an interval by which polls are spread out, upward only.
const SPREAD: f64 = 0.05;
/// Part of a back-off by which tries are spread out, upward only.
const BACKOFF_SPREAD: f64 = 0.25;

/// Waits after a server said no (401, 403, 404, …): it rarely changes its mind soon.
const DENIED_FIRST_SECONDS: u64 = 60 * 60;
const DENIED_LAST_SECONDS: u64 = 24 * 60 * 60;
/// Wait before a feed that is gone for good is asked once more: moves and mistakes happen.
pub const GONE_SECONDS: u64 = 7 * 24 * 60 * 60;

/// How likely a feed is to come back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Soon: overload, network, a bad document.
    Passing,
    /// Once somebody acts: no access, not there.
    Denied,
    /// Never, says the server (410).
    Gone,
}

impl Trouble {
    /// What a status tells; `None` where no answer came.
    pub fn of_status(status: Option<u16>) -> Self {
        match status {
            Some(410) => Trouble::Gone,
            Some(401..=405 | 407 | 451) => Trouble::Denied,
            _ => Trouble::Passing,
        }
    }
}

/// A failure that decides when the next try is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Failures in a row, this one counted.
    pub in_a_row: u32,
    /// What kind it is of.
    pub trouble: Trouble,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// What the answer asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// How long the answer holds.
    pub fresh_for: Option<Duration>,
    /// The feed's own `ttl`.
    pub ttl: Option<Duration>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// The interval that the operator wants.
pub fn interval(source: &SourceConfig, settings: &FetcherSettings) -> Duration {
    let usual = match source.kind {
        SourceKind::Feed => settings.poll_seconds,
        SourceKind::Folder => FOLDER_SECONDS.min(settings.poll_seconds),
    };
    Duration::from_secs(source.poll_seconds.unwrap_or(usual))
}

/// The next poll after one that began at `started` and went well: the longest of the operator's
/// interval and what the server asks for, the latter up to a limit.
pub fn after_success(
    started: Timestamp,
    interval: Duration,
    wishes: Wishes,
    settings: &FetcherSettings,
    chance: f64,
) -> Timestamp {
    let longest = Duration::from_secs(settings.longest_wait_seconds);
    let asked = [wishes.fresh_for, wishes.ttl, wishes.retry_after]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or_default()
        .min(longest);
    later(started, spread(interval.max(asked), SPREAD, chance))
}

/// The next try after a failure at `now`: twice as long each time, and never before the server
/// wants it. A feed is never given up.
pub fn after_failure(
    now: Timestamp,
    failure: Failure,
    settings: &FetcherSettings,
    chance: f64,
) -> Timestamp {
    let (first, last) = match failure.trouble {
        Trouble::Passing => (settings.first_retry_seconds, settings.last_retry_seconds),
        Trouble::Denied => (
            settings.first_retry_seconds.max(DENIED_FIRST_SECONDS),
            settings.last_retry_seconds.max(DENIED_LAST_SECONDS),
        ),
        Trouble::Gone => (GONE_SECONDS, GONE_SECONDS),
    };
    let doublings = failure.in_a_row.saturating_sub(1).min(30);
    let wait = Duration::from_secs(first)
        .saturating_mul(1 << doublings)
        .min(Duration::from_secs(last));
    let asked = failure
        .retry_after
        .unwrap_or_default()
        .min(Duration::from_secs(settings.longest_wait_seconds));
    later(now, spread(wait, BACKOFF_SPREAD, chance).max(asked))
}

fn spread(wait: Duration, part: f64, chance: f64) -> Duration {
    wait.saturating_add(wait.mul_f64(part * chance))
}

/// `time` and `wait` added; the end of time where that is too far.
pub fn later(time: Timestamp, wait: Duration) -> Timestamp {
    time.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds_until(next: Timestamp) -> i64 {
        next.as_second()
    }

    #[test]
    fn the_longest_wish_counts_up_to_the_limit() {
        let settings = FetcherSettings::default();
        let minute = Duration::from_secs(60);
        let wish = |fresh, ttl| Wishes {
            fresh_for: Some(Duration::from_secs(fresh)),
            ttl: Some(Duration::from_secs(ttl)),
            retry_after: None,
        };
        let next = |wishes, chance| {
            seconds_until(after_success(
                Timestamp::UNIX_EPOCH,
                minute,
                wishes,
                &settings,
                chance,
            ))
        };
        assert_eq!(next(Wishes::default(), 0.0), 60);
        assert_eq!(next(wish(30, 10), 0.0), 60);
        assert_eq!(next(wish(600, 1800), 0.0), 1800);
        assert_eq!(next(wish(9_000_000, 0), 0.0), 86_400);
        assert_eq!(next(Wishes::default(), 0.999), 62);
    }

    #[test]
    fn failures_back_off_and_never_end() {
        let settings = FetcherSettings::default();
        let next = |in_a_row, trouble, retry_after| {
            let failure = Failure {
                in_a_row,
                trouble,
                retry_after,
            };
            let next = after_failure(Timestamp::UNIX_EPOCH, failure, &settings, 0.0);
            seconds_until(next)
        };
        let waits = |trouble| [1, 2, 3, 10, 1_000].map(|failures| next(failures, trouble, None));
        assert_eq!(waits(Trouble::Passing), [60, 120, 240, 21_600, 21_600]);
        assert_eq!(
            waits(Trouble::Denied),
            [3_600, 7_200, 14_400, 86_400, 86_400]
        );
        assert_eq!(waits(Trouble::Gone), [604_800; 5]);
        let asked = Some(Duration::from_secs(300));
        assert_eq!(next(1, Trouble::Passing, asked), 300);
    }

    #[test]
    fn a_status_tells_whether_waiting_helps() {
        let troubles = [None, Some(503), Some(404), Some(410)].map(Trouble::of_status);
        let expected = [
            Trouble::Passing,
            Trouble::Passing,
            Trouble::Denied,
            Trouble::Gone,
        ];
        assert_eq!(troubles, expected);
    }

    #[test]
    fn folders_are_scanned_more_often_than_feeds_are_polled() {
        let settings = FetcherSettings::default();
        assert_eq!(
            interval(&SourceConfig::folder("a", "b"), &settings).as_secs(),
            10
        );
        assert_eq!(
            interval(&SourceConfig::feed("a", "b"), &settings).as_secs(),
            900
        );
    }
}
