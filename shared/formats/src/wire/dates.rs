//! Dates on wires: those of feeds, and local times in the agency's own zone.

use jiff::tz::TimeZone;

use super::habits::{Habits, zone_named};
use crate::date::parse_date;

/// Reads a date as RFC 3339 in UTC. A local time is in the source's zone, or else in UTC.
pub fn read_date(text: &str, habits: &Habits) -> Option<String> {
    let text = text.trim();
    let read = parse_date(text)?;
    let zone = habits.default_zone.as_deref().filter(|_| !names_zone(text));
    let Some(zone) = zone.and_then(zone_named) else {
        return Some(read.to_string());
    };
    let local = read.to_zoned(TimeZone::UTC).datetime();
    Some(local.to_zoned(zone).ok()?.timestamp().to_string())
}

/// Whether a date says which zone it is in.
fn names_zone(text: &str) -> bool {
    if text.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return true;
    }
    let Some(time) = text.find([':', 'T']).map(|at| &text[at..]) else {
        return false;
    };
    let Some(sign) = time.rfind(['+', '-']) else {
        return false;
    };
    time[sign + 1..]
        .chars()
        .all(|c| c.is_ascii_digit() || c == ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_read_in_the_source_zone() {
        let habits = Habits {
            default_zone: Some("Europe/Helsinki".to_owned()),
            ..Habits::default()
        };
        let cases = [
            ("2024-07-01T10:00:00", "2024-07-01T07:00:00Z"),
            ("20240101T100000", "2024-01-01T08:00:00Z"),
            ("2024-07-01T10:00:00+01:00", "2024-07-01T09:00:00Z"),
            ("20240701T100000+0100", "2024-07-01T09:00:00Z"),
            ("20240701T100000Z", "2024-07-01T10:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                read_date(text, &habits).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        assert_eq!(
            read_date("2024-07-01T10:00:00", &Habits::default()).as_deref(),
            Some("2024-07-01T10:00:00Z")
        );
        assert_eq!(read_date("soon", &habits), None);
    }
}
