//! When a feed's own wishes let it be asked again: at whole periods of its updates, outside of the
//! hours and days that it skips.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use wiredesk_model::{FeedWishes, Timestamp};

/// Longest time without polls that a feed may ask for: a long weekend.
pub const LONGEST_SKIP: Duration = Duration::from_secs(4 * 24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How long to wait for the next update that the feed announces.
pub fn wait_for_update(wishes: &FeedWishes, now: Timestamp) -> Option<Duration> {
    let period = wishes.update_seconds.filter(|seconds| *seconds > 0)?;
    let since_base = wishes
        .update_base
        .and_then(|base| Duration::try_from(now.duration_since(base)).ok());
    let wait = match since_base {
        Some(since) => period - since.as_secs() % period,
        None => period,
    };
    Some(Duration::from_secs(wait))
}

/// The first time from `time` on that the feed does not ask to skip. Where it asks to skip more
/// than a long weekend, that is a mistake and `time` stands.
pub fn not_skipped(wishes: &FeedWishes, time: Timestamp) -> Timestamp {
    if wishes.skip_hours.is_empty() && wishes.skip_days.is_empty() {
        return time;
    }
    let mut at = time;
    let mut waited = Duration::ZERO;
    while is_skipped(wishes, at) {
        // On to the next full hour, and as far into it as `time` was, so that polls stay spread.
        waited += HOUR;
        match time.checked_add(waited) {
            Ok(later) if waited <= LONGEST_SKIP => at = later,
            _ => return time,
        }
    }
    at
}

fn is_skipped(wishes: &FeedWishes, at: Timestamp) -> bool {
    let local = at.to_zoned(TimeZone::UTC);
    let is_in = |set: &BTreeSet<u8>, number: i8| {
        u8::try_from(number).is_ok_and(|number| set.contains(&number))
    };
    is_in(&wishes.skip_hours, local.hour())
        || is_in(&wishes.skip_days, local.weekday().to_monday_one_offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes() -> FeedWishes {
        FeedWishes {
            ttl_minutes: Some(5),
            update_seconds: Some(1800),
            update_base: Some(at("2026-01-01T00:10:00Z")),
            skip_hours: BTreeSet::from([0, 1]),
            skip_days: BTreeSet::from([6, 7]),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn updates_come_at_whole_periods_from_their_base() {
        let mut wishes = wishes();
        let wait = wait_for_update(&wishes, at("2026-03-02T08:00:00Z"));
        assert_eq!(wait, Some(Duration::from_secs(600)));
        wishes.update_base = None;
        let wait = wait_for_update(&wishes, at("2026-03-02T08:00:00Z"));
        assert_eq!(wait, Some(Duration::from_secs(1800)));
    }

    #[test]
    fn skipped_hours_and_days_are_waited_out() {
        let wishes = wishes();
        let cases = [
            ("2026-03-02T08:20:00Z", "2026-03-02T08:20:00Z"),
            ("2026-03-03T00:20:00Z", "2026-03-03T02:20:00Z"),
            // Friday night to Monday morning.
            ("2026-03-07T00:20:00Z", "2026-03-09T02:20:00Z"),
        ];
        for (time, expected) in cases {
            assert_eq!(not_skipped(&wishes, at(time)), at(expected), "{time}");
        }
        let always = FeedWishes {
            skip_days: (1..=7).collect(),
            ..FeedWishes::default()
        };
        let time = at("2026-03-02T08:20:00Z");
        assert_eq!(not_skipped(&always, time), time);
    }
}
