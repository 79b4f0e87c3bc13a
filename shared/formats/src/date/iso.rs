//! ISO 8601 in the forms that feeds use: RFC 3339, W3C date and time, compact, ordinal.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Clock, digits, full_year, zone};

pub(super) fn parse(text: &str) -> Option<Timestamp> {
    // `20240302101112`: nothing but digits, as file names and databases have it.
    if matches!(text.len(), 12 | 14) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return compact_clock(&text[8..])?.on(compact_day(&text[..8])?, 0);
    }
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let date = parse_day(date)?;
    if rest.is_empty() {
        return Clock::default().on(date, 0);
    }
    let time_length = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .unwrap_or(rest.len());
    let (time, zone_text) = rest.split_at(time_length);
    let clock = match time.len() {
        _ if time.contains(':') => Clock::parse(time)?,
        4 | 6 if time.bytes().all(|byte| byte.is_ascii_digit()) => compact_clock(time)?,
        _ => return None,
    };
    let zone_text = zone_text.trim();
    let offset = if zone_text.is_empty() {
        0
    } else {
        zone::at(zone_text, date)?
    };
    clock.on(date, offset)
}

fn compact_clock(time: &str) -> Option<Clock> {
    Some(Clock {
        hour: digits(&time[..2], 2)?,
        minute: digits(&time[2..4], 2)?,
        second: if time.len() == 6 {
            digits(&time[4..], 2)?
        } else {
            0
        },
        nanosecond: 0,
    })
}

fn parse_day(text: &str) -> Option<Date> {
    if !text.is_ascii()
        || !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
    {
        return None;
    }
    // `-0312` and `-03-12` leave the century out.
    if let Some(short) = text.strip_prefix('-') {
        let short: String = short.chars().filter(|c| *c != '-').collect();
        return match short.len() {
            4 => day(digits(&short[..2], 2)?, 2, &short[2..], "1"),
            _ => None,
        };
    }
    let parts: Vec<&str> = text.split('-').collect();
    match *parts.as_slice() {
        [year, month, date] if matches!(year.len(), 2 | 4) => {
            day(digits(year, 4)?, year.len(), month, date)
        }
        [year, ordinal] if year.len() == 4 && ordinal.len() == 3 => {
            ordinal_day(digits(year, 4)?, 4, ordinal)
        }
        [year, month] if year.len() == 4 => day(digits(year, 4)?, 4, month, "1"),
        [all] => compact_day(all),
        _ => None,
    }
}

fn compact_day(all: &str) -> Option<Date> {
    match all.len() {
        4 => day(digits(all, 4)?, 4, "1", "1").filter(|date| (1900..2200).contains(&date.year())),
        5 => ordinal_day(digits(&all[..2], 2)?, 2, &all[2..]),
        6 => day(digits(&all[..2], 2)?, 2, &all[2..4], &all[4..]),
        7 => ordinal_day(digits(&all[..4], 4)?, 4, &all[4..]),
        8 => day(digits(&all[..4], 4)?, 4, &all[4..6], &all[6..]),
        _ => None,
    }
}

fn day(year: i16, year_digits: usize, month: &str, date: &str) -> Option<Date> {
    Date::new(
        full_year(year, year_digits),
        digits(month, 2)?,
        digits(date, 2)?,
    )
    .ok()
}

fn ordinal_day(year: i16, year_digits: usize, ordinal: &str) -> Option<Date> {
    let ordinal: i16 = digits(ordinal, 3)?;
    Date::new(full_year(year, year_digits), 1, 1)
        .ok()?
        .with()
        .day_of_year(ordinal)
        .build()
        .ok()
}
