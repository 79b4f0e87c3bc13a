//! When a feed is polled next. Pure: time and chance are arguments.

use std::time::Duration;

use wiredesk_model::{FeedWishes, Rhythm, Timestamp};

use crate::{FetcherSettings, SourceConfig, SourceKind, rhythm, wishes};

/// Seconds between two scans of a folder that names no interval of its own.
const FOLDER_SECONDS: u64 = 10;
/// Seconds between two scans of a bucket, which cost something.
const BUCKET_SECONDS: u64 = 60;
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

/// What the next poll of a feed that works depends on.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The interval that the operator wants.
    pub interval: Duration,
    /// Whether the operator set it for this source, and so means it.
    pub is_set: bool,
    /// How long the answer holds.
    pub fresh_for: Option<Duration>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// What the feed document asks for.
    pub wishes: &'a FeedWishes,
    /// The learned rhythm.
    pub rhythm: &'a Rhythm,
}

/// The interval that the operator wants.
pub fn interval(source: &SourceConfig, settings: &FetcherSettings) -> Duration {
    let usual = match source.kind {
        SourceKind::Feed | SourceKind::Push => settings.poll_seconds,
        SourceKind::Folder => FOLDER_SECONDS.min(settings.poll_seconds),
        SourceKind::S3 => BUCKET_SECONDS.min(settings.poll_seconds),
    };
    Duration::from_secs(source.poll_seconds.unwrap_or(usual))
}

/// The next poll after one that began at `started` and went well. The operator says how often, and
/// the document (`ttl`, `sy:*`) where the operator says nothing of this source; the learned rhythm
/// sees to it that no item comes and goes in between, and what HTTP asks for holds above all of
/// these, up to a limit.
pub fn after_success(
    started: Timestamp,
    plan: &Plan<'_>,
    settings: &FetcherSettings,
    chance: f64,
) -> Timestamp {
    let longest = Duration::from_secs(settings.longest_wait_seconds);
    let ttl = plan.wishes.ttl_minutes;
    let ttl = ttl.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    let by_document = ttl.max(wishes::wait_for_update(plan.wishes, started));
    let by_document = by_document.filter(|_| !plan.is_set);
    let mut wait = plan
        .interval
        .max(by_document.unwrap_or_default().min(longest));
    if let Some(window) = rhythm::longest_interval(plan.rhythm) {
        wait = wait.min(window.max(Duration::from_secs(settings.shortest_poll_seconds)));
    }
    let by_server = plan.fresh_for.max(plan.retry_after);
    wait = wait.max(by_server.unwrap_or_default().min(longest));
    wishes::not_skipped(plan.wishes, later(started, spread(wait, SPREAD, chance)))
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

    /// Seconds until the next poll: by interval, `max-age`, `ttl` and the listed items that are
    /// replaced at one a minute.
    fn next(interval: u64, fresh_for: u64, ttl_minutes: u32, listed_items: u64) -> i64 {
        let wishes = FeedWishes {
            ttl_minutes: Some(ttl_minutes),
            ..FeedWishes::default()
        };
        let rhythm = Rhythm {
            new_per_1000_days: 1_440_000,
            listed_items,
            ..Rhythm::default()
        };
        let plan = Plan {
            interval: Duration::from_secs(interval),
            is_set: false,
            fresh_for: Some(Duration::from_secs(fresh_for)),
            retry_after: None,
            wishes: &wishes,
            rhythm: &rhythm,
        };
        let settings = FetcherSettings::default();
        seconds_until(after_success(Timestamp::UNIX_EPOCH, &plan, &settings, 0.0))
    }

    #[test]
    fn the_longest_wish_counts_up_to_the_limit() {
        assert_eq!(next(60, 0, 0, 0), 60);
        assert_eq!(next(60, 30, 0, 0), 60);
        assert_eq!(next(60, 600, 30, 0), 1800);
        assert_eq!(next(60, 9_000_000, 0, 0), 86_400);
        assert_eq!(next(60, 0, 9_000_000, 0), 86_400);
    }

    #[test]
    fn the_window_of_the_feed_cannot_roll_over_unless_http_asks_for_it() {
        assert_eq!(next(900, 0, 0, 30), 600, "a third of thirty minutes");
        assert_eq!(next(900, 0, 60, 30), 600, "ttl is a habit of the software");
        assert_eq!(next(900, 1200, 0, 30), 1200);
        assert_eq!(next(900, 0, 0, 3), 300, "no feed is polled all the time");
        assert_eq!(next(60, 0, 0, 3), 60, "nor more rarely than it should be");
    }

    #[test]
    fn polls_are_spread_upward() {
        let wait = spread(Duration::from_secs(60), SPREAD, 0.999);
        assert_eq!(wait.as_secs(), 62);
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
