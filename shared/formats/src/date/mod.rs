//! Dates as feeds send them: RFC 822 and RFC 3339, and everything people write instead.
//!
//! A date that cannot be read is no date; none is ever invented. A missing time is midnight, a
//! missing zone is UTC.

mod iso;
mod names;
mod words;
mod zone;

use jiff::Timestamp;
use jiff::civil;
use jiff::fmt::rfc2822::DateTimeParser;

/// Longer texts are not dates.
const MAX_BYTES: usize = 120;

static MAIL_DATE: DateTimeParser = DateTimeParser::new();

/// Reads a date.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    if !text.is_ascii() {
        return read(&with_usual_digits(text));
    }
    read(text)
}

fn read(text: &str) -> Option<Timestamp> {
    mail_date(text)
        .or_else(|| iso::parse(text))
        .or_else(|| unix_seconds(text))
        .or_else(|| words::parse(text))
}

/// The same with the digits and the minus that machines read, in place of those of other scripts.
fn with_usual_digits(text: &str) -> String {
    let zeros = ['٠', '۰', '０', '०'];
    let usual = |c: char| {
        let digit = |zero: &char| (c as u32).checked_sub(*zero as u32).filter(|n| *n < 10);
        let digit = zeros.iter().find_map(digit);
        match digit.and_then(|digit| char::from_digit(digit, 10)) {
            Some(digit) => digit,
            None if matches!(c, '\u{2212}' | '\u{2010}' | '\u{2011}') => '-',
            None => c,
        }
    };
    text.chars().map(usual).collect()
}

/// Reads a date and writes it as RFC 3339 in UTC.
pub fn to_rfc3339(text: &str) -> Option<String> {
    parse_date(text).map(|date| date.to_string())
}

/// What nearly all of RSS has: RFC 2822 as it should be. Other zones than these are names that the
/// standard takes for UTC and feeds mean.
fn mail_date(text: &str) -> Option<Timestamp> {
    let is_offset = |zone: &str| zone.starts_with(['+', '-']) && zone.len() == 5;
    let (_, zone) = text.rsplit_once(' ')?;
    let is_sure = zone == "GMT" || is_offset(zone);
    is_sure
        .then(|| MAIL_DATE.parse_timestamp(text).ok())
        .flatten()
}

/// Seconds or milliseconds since 1970; parts of a second are left out.
fn unix_seconds(text: &str) -> Option<Timestamp> {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let text = match text.split_once('.') {
        Some((whole, part)) if is_number(part) && whole.len() >= 9 => whole,
        _ => text,
    };
    let number: i64 = text.parse().ok()?;
    match text.len() {
        9..=10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

/// A year of two digits belongs to the hundred years around 2020 (RFC 2822 draws the line at 50).
fn full_year(year: i16, digits: usize) -> i16 {
    match (digits, year) {
        (3.., _) => year,
        (_, 0..=69) => 2000 + year,
        _ => 1900 + year,
    }
}

/// Hour, minute, second and nanosecond as written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
}

impl Clock {
    /// `12:30`, `12:30:59.25`; leap seconds, also two of them, become the second before.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let hour = digits(parts.next()?, 2)?;
        let minute = digits(parts.next()?, 2)?;
        let (second, nanosecond) = match parts.next() {
            None => (0, 0),
            Some(second) => {
                let (whole, fraction) = second.split_once(['.', ',']).unwrap_or((second, ""));
                (digits(whole, 2)?, nanoseconds(fraction)?)
            }
        };
        if parts.next().is_some() || second > 61 {
            return None;
        }
        Some(Self {
            hour,
            minute,
            second: second.min(59),
            nanosecond,
        })
    }

    /// The time of a twelve-hour clock.
    fn with_half(self, after_noon: bool) -> Option<Self> {
        let hour = match (self.hour, after_noon) {
            (12, false) => 0,
            (1..=11, true) => self.hour + 12,
            (0..=23, _) => self.hour,
            _ => return None,
        };
        Some(Self { hour, ..self })
    }

    fn on(self, date: civil::Date, offset_seconds: i32) -> Option<Timestamp> {
        let time = civil::Time::new(self.hour, self.minute, self.second, self.nanosecond).ok()?;
        let offset = jiff::tz::Offset::from_seconds(offset_seconds).ok()?;
        offset.to_timestamp(date.to_datetime(time)).ok()
    }
}

/// A number of one to `most` digits and nothing else.
fn digits<T: std::str::FromStr>(text: &str, most: usize) -> Option<T> {
    let is_number =
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty() {
        return Some(0);
    }
    let kept: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    digits(&kept, 9)
}

#[cfg(test)]
mod tests;
