//! What a feed document asks of those who poll it: `skipHours` and `skipDays` (RSS 2.0), and
//! `sy:updatePeriod`, `sy:updateFrequency`, `sy:updateBase` (RSS 1.0 syndication module).

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use wiredesk_formats::parse_date;
use wiredesk_model::{FeedWishes, Timestamp};

/// Bytes before the first item, and behind the last, that are looked at.
const LOOKED_AT_BYTES: usize = 64 * 1024;
/// Longest time without polls that a feed may ask for: a long weekend.
pub const LONGEST_SKIP: Duration = Duration::from_secs(4 * 24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The wishes in a document; only what stands outside of its items counts.
pub fn read(body: &[u8], ttl_minutes: Option<u32>) -> FeedWishes {
    let around = around_items(body);
    let numbers = inside(&around, "skipHours", "hour");
    let names = inside(&around, "skipDays", "day");
    FeedWishes {
        ttl_minutes,
        update_seconds: update_seconds(&around),
        update_base: text_of(&around, "sy:updateBase").and_then(parse_date),
        skip_hours: numbers
            .iter()
            .filter_map(|hour| hour.parse::<u8>().ok())
            // RSS 0.91 counted from 1 to 24.
            .filter(|hour| *hour <= 24)
            .map(|hour| hour % 24)
            .collect(),
        skip_days: names.iter().filter_map(|name| day_number(name)).collect(),
    }
}

fn day_number(name: &str) -> Option<u8> {
    let start = name.get(..3)?.to_ascii_lowercase();
    let index = DAYS.iter().position(|day| *day == start)?;
    u8::try_from(index + 1).ok()
}

fn update_seconds(around: &str) -> Option<u64> {
    let period = match text_of(around, "sy:updatePeriod")? {
        "hourly" => 60 * 60,
        "daily" => 24 * 60 * 60,
        "weekly" => 7 * 24 * 60 * 60,
        "monthly" => 30 * 24 * 60 * 60,
        "yearly" => 365 * 24 * 60 * 60,
        _ => return None,
    };
    let frequency: u64 = text_of(around, "sy:updateFrequency")
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    Some(period / frequency.max(1))
}

/// The document without its items.
fn around_items(body: &[u8]) -> String {
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let head = text(&body[..body.len().min(LOOKED_AT_BYTES)]);
    let head_end = ["<item>", "<item ", "<entry>", "<entry "]
        .iter()
        .filter_map(|tag| head.find(tag))
        .min()
        .unwrap_or(head.len());
    let tail = text(&body[body.len().saturating_sub(LOOKED_AT_BYTES)..]);
    let tail_start = ["</item>", "</entry>"]
        .iter()
        .filter_map(|tag| tail.rfind(tag))
        .max()
        .unwrap_or(tail.len());
    format!("{}{}", &head[..head_end], &tail[tail_start..])
}

/// Text of the first element of this name.
fn text_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let open = text.find(&format!("<{name}"))?;
    let rest = text[open..].split_once('>')?.1;
    Some(rest.split_once('<')?.0.trim())
}

/// Texts of the elements `name` inside the first element `outer`.
fn inside<'t>(text: &'t str, outer: &str, name: &str) -> Vec<&'t str> {
    let open = format!("<{outer}");
    let Some(start) = text.find(&open) else {
        return Vec::new();
    };
    let rest = &text[start..];
    let end = rest.find(&format!("</{outer}")).unwrap_or(0);
    let open = format!("<{name}>");
    let pieces = rest[..end].split(open.as_str()).skip(1);
    pieces
        .filter_map(|piece| Some(piece.split_once('<')?.0.trim()))
        .collect()
}

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

    const FEED: &str = "<rss><channel><ttl>5</ttl><sy:updatePeriod>\n hourly </sy:updatePeriod>\
        <sy:updateFrequency>2</sy:updateFrequency><sy:updateBase>2026-01-01T00:10:00Z</sy:updateBase>\
        <item><description><skipDays><day>Monday</day></skipDays></description></item>\
        <skipHours><hour>24</hour><hour>1</hour><hour>99</hour><hour>x</hour></skipHours>\
        <skipDays><day>Saturday</day><day>sunday</day></skipDays></channel></rss>";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn wishes_outside_of_items_are_read() {
        let wishes = read(FEED.as_bytes(), Some(5));
        assert_eq!(wishes.skip_hours, BTreeSet::from([0, 1]));
        assert_eq!(wishes.skip_days, BTreeSet::from([6, 7]));
        assert_eq!(
            (wishes.update_seconds, wishes.ttl_minutes),
            (Some(1800), Some(5))
        );
        assert_eq!(wishes.update_base, Some(at("2026-01-01T00:10:00Z")));
        for broken in [
            "",
            "<skipHours><hour>3",
            "<skipDays",
            "<sy:updatePeriod>often<",
        ] {
            assert_eq!(read(broken.as_bytes(), None), FeedWishes::default());
        }
    }

    #[test]
    fn updates_come_at_whole_periods_from_their_base() {
        let mut wishes = read(FEED.as_bytes(), None);
        let wait = wait_for_update(&wishes, at("2026-03-02T08:00:00Z"));
        assert_eq!(wait, Some(Duration::from_secs(600)));
        wishes.update_base = None;
        let wait = wait_for_update(&wishes, at("2026-03-02T08:00:00Z"));
        assert_eq!(wait, Some(Duration::from_secs(1800)));
    }

    #[test]
    fn skipped_hours_and_days_are_waited_out() {
        let wishes = read(FEED.as_bytes(), None);
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
