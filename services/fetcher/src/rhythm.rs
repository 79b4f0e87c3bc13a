//! How often a feed brings something new: learned from its polls, so that none of its items can
//! come and go between two of them, and so that its silence is noticed. Pure.

use std::time::Duration;

use wiredesk_model::{Item, Rhythm, Timestamp};

const DAY_SECONDS: f64 = 24.0 * 60.0 * 60.0;
/// What was measured longer ago than this weighs little: news has days and nights.
const MEASURED_SECONDS: f64 = 12.0 * 60.0 * 60.0;
/// Part of the time in which every item is replaced that may pass between two polls.
const PART_OF_WINDOW: u32 = 3;
/// Arrivals that must be known before silence means anything.
const ARRIVALS_KNOWN: u64 = 10;
/// No silence is shorter than this.
const QUIET_AT_LEAST: Duration = Duration::from_secs(6 * 60 * 60);
/// A silence is this many times as long as the longest pause known.
const QUIET_PAUSES: u32 = 3;
/// Time after which a pause counts half.
const PAUSE_HALF_SECONDS: f64 = 14.0 * DAY_SECONDS;
/// Dated items that a first rate is taken from, at the least.
const DATED_ITEMS: usize = 3;

/// What a poll found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Items in the document; `None` where it was not sent again.
    pub listed: Option<u64>,
    /// Of these, new ones.
    pub new: u64,
    /// Time between the oldest and the newest date in the document.
    pub span: Option<Duration>,
}

/// The time that the dates of a document span, where enough items have one.
pub fn span_of(items: &[Item]) -> Option<Duration> {
    let dates: Vec<Timestamp> = items
        .iter()
        .filter_map(|item| item.published.as_deref()?.parse().ok())
        .collect();
    let (oldest, newest) = (dates.iter().min()?, dates.iter().max()?);
    let span = Duration::try_from(newest.duration_since(*oldest)).ok()?;
    (dates.len() >= DATED_ITEMS && span > Duration::ZERO).then_some(span)
}

/// Takes in what a poll at `now` found.
pub fn learn(rhythm: &mut Rhythm, now: Timestamp, found: Found) {
    let listed = found.listed.unwrap_or(rhythm.listed_items);
    match rhythm.measured_at {
        Some(before) => learn_rate(rhythm, elapsed(before, now), found.new),
        None => first_rate(rhythm, listed, found.span),
    }
    if found.new > 0 {
        learn_pause(rhythm, now);
        rhythm.arrivals += u64::from(rhythm.measured_at.is_some());
        rhythm.last_new = Some(now);
    }
    rhythm.listed_items = listed;
    rhythm.measured_at = Some(now);
}

fn first_rate(rhythm: &mut Rhythm, listed: u64, span: Option<Duration>) {
    let Some(seconds) = span.map(|span| span.as_secs_f64()) else {
        return;
    };
    let between = listed.saturating_sub(1) as f64;
    rhythm.new_per_1000_days = per_1000_days(between / seconds);
    rhythm.measured_seconds = seconds.min(MEASURED_SECONDS) as u64;
}

/// A mean over time in which the last hours weigh most.
fn learn_rate(rhythm: &mut Rhythm, elapsed: Duration, new: u64) {
    let seconds = elapsed.as_secs_f64();
    if seconds < 1.0 {
        return;
    }
    let measured = rhythm.measured_seconds as f64 + seconds;
    let weight = (seconds / measured.min(MEASURED_SECONDS)).min(1.0);
    let before = rhythm.new_per_1000_days as f64;
    let seen = per_1000_days(new as f64 / seconds) as f64;
    rhythm.new_per_1000_days = (before + weight * (seen - before)).round() as u64;
    rhythm.measured_seconds = measured.min(MEASURED_SECONDS) as u64;
}

fn learn_pause(rhythm: &mut Rhythm, now: Timestamp) {
    let Some((last_new, measured)) = rhythm.last_new.zip(rhythm.measured_at) else {
        return;
    };
    let pause = elapsed(last_new, now);
    // Where nobody looked for half of the time, the pause may be ours.
    let is_ours = elapsed(measured, now) > pause / 2 && rhythm.arrivals >= ARRIVALS_KNOWN;
    let faded = 0.5_f64.powf(pause.as_secs_f64() / PAUSE_HALF_SECONDS);
    let before = (rhythm.longest_pause_seconds as f64 * faded) as u64;
    let pause = if is_ours { 0 } else { pause.as_secs() };
    rhythm.longest_pause_seconds = before.max(pause);
}

fn per_1000_days(per_second: f64) -> u64 {
    (per_second * 1000.0 * DAY_SECONDS).round() as u64
}

/// Items per second.
fn rate(rhythm: &Rhythm) -> f64 {
    rhythm.new_per_1000_days as f64 / 1000.0 / DAY_SECONDS
}

/// The longest time between two polls in which no item can come and go unseen.
pub fn longest_interval(rhythm: &Rhythm) -> Option<Duration> {
    if rhythm.new_per_1000_days == 0 || rhythm.listed_items == 0 {
        return None;
    }
    let window = rhythm.listed_items as f64 / rate(rhythm);
    Duration::try_from_secs_f64(window)
        .ok()
        .map(|window| window / PART_OF_WINDOW)
}

/// Items that are likely to have been missed in the gap before `now`, where `new` were found.
pub fn missed(rhythm: &Rhythm, now: Timestamp, new: u64) -> u64 {
    let Some(before) = rhythm.measured_at else {
        return 0;
    };
    let expected = rate(rhythm) * elapsed(before, now).as_secs_f64();
    (expected.round() as u64).saturating_sub(new)
}

/// Since when the feed is silent, where that is much longer than it has ever been.
pub fn quiet_since(rhythm: &Rhythm, now: Timestamp) -> Option<Timestamp> {
    if rhythm.arrivals < ARRIVALS_KNOWN {
        return None;
    }
    let longest = Duration::from_secs(rhythm.longest_pause_seconds);
    let limit = longest.saturating_mul(QUIET_PAUSES).max(QUIET_AT_LEAST);
    rhythm
        .last_new
        .filter(|last_new| elapsed(*last_new, now) > limit)
}

/// Time from one to the other; none where the clock was set back.
fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Duration = Duration::from_secs(900);

    /// A feed of 30 items that brings `new` of them in each quarter of an hour.
    fn steady(new: u64, quarters: u32) -> (Rhythm, Timestamp) {
        let mut rhythm = Rhythm::default();
        let mut now = Timestamp::UNIX_EPOCH;
        for number in 0..=quarters {
            now = Timestamp::UNIX_EPOCH + QUARTER * number;
            let found = Found {
                listed: Some(30),
                new: if number == 0 { 30 } else { new },
                span: None,
            };
            learn(&mut rhythm, now, found);
        }
        (rhythm, now)
    }

    #[test]
    fn a_steady_feed_is_learned_within_a_poll() {
        for quarters in [1, 10, 200] {
            let (rhythm, _) = steady(2, quarters);
            assert_eq!(rhythm.new_per_1000_days, 192_000, "after {quarters}");
            // 30 items at 8 an hour last 225 minutes.
            let longest = longest_interval(&rhythm).unwrap();
            assert_eq!(longest.as_secs() / 60, 75);
        }
        assert_eq!(longest_interval(&Rhythm::default()), None);
    }

    #[test]
    fn the_rate_follows_the_feed_within_a_day() {
        let (mut rhythm, mut now) = steady(10, 400);
        for _ in 0..96 {
            now += QUARTER;
            learn(&mut rhythm, now, Found::default());
        }
        assert!(rhythm.new_per_1000_days < 960_000 / 5, "{rhythm:?}");
        assert_eq!(rhythm.listed_items, 30, "a 304 says nothing of the window");
    }

    #[test]
    fn the_dates_of_the_first_document_give_a_first_rate() {
        let dated = |date: &str| Item {
            published: Some(date.to_owned()),
            ..Item::default()
        };
        let items = [
            dated("2026-03-02T08:00:00Z"),
            dated("2026-03-02T07:30:00Z"),
            dated("2026-03-02T07:00:00Z"),
            dated("soon"),
        ];
        assert_eq!(span_of(&items), Some(Duration::from_secs(3600)));
        assert_eq!(span_of(&items[..2]), None);
        let mut rhythm = Rhythm::default();
        let found = Found {
            listed: Some(3),
            new: 3,
            span: span_of(&items),
        };
        learn(&mut rhythm, Timestamp::UNIX_EPOCH, found);
        assert_eq!(rhythm.new_per_1000_days, 48_000);
    }

    #[test]
    fn what_a_gap_swallowed_is_estimated() {
        let (rhythm, now) = steady(2, 40);
        assert_eq!(missed(&rhythm, now + QUARTER * 40, 30), 50);
        assert_eq!(missed(&rhythm, now + QUARTER, 30), 0);
    }

    #[test]
    fn silence_is_measured_by_the_pauses_of_the_feed_itself() {
        let (rhythm, now) = steady(1, 40);
        assert_eq!(quiet_since(&rhythm, now + QUARTER * 20), None);
        assert_eq!(quiet_since(&rhythm, now + QUARTER * 28), Some(now));

        // A night of ten hours, looked at all the time, makes longer pauses usual.
        let (mut rhythm, mut now) = steady(1, 40);
        for number in 1..=40 {
            now += QUARTER;
            let new = u64::from(number == 40);
            learn(
                &mut rhythm,
                now,
                Found {
                    new,
                    ..Found::default()
                },
            );
        }
        assert_eq!(quiet_since(&rhythm, now + QUARTER * 4 * 28), None);
        assert!(quiet_since(&rhythm, now + QUARTER * 4 * 31).is_some());
        let (young, now) = steady(1, 5);
        assert_eq!(quiet_since(&young, now + QUARTER * 4000), None);
    }
}
