//! Time zones by offset, by abbreviation and by name.

use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;

/// Minutes east of Greenwich. Where an abbreviation has several meanings, the one of RFC 822 or
/// of the most feeds.
#[rustfmt::skip]
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("Z", 0), ("UT", 0), ("UTC", 0), ("GMT", 0), ("WET", 0), ("WEST", 60), ("BST", 60), ("IST", 330),
    ("MET", 60), ("MEST", 120), ("MEZ", 60), ("MESZ", 120), ("CET", 60), ("CEST", 120), ("SAST", 120),
    ("EET", 120), ("EEST", 180), ("MSK", 180), ("MSD", 240), ("TRT", 180), ("GST", 240), ("PKT", 300),
    ("ICT", 420), ("WIB", 420), ("SGT", 480), ("HKT", 480), ("AWST", 480), ("PHT", 480), ("JST", 540),
    ("KST", 540), ("ACST", 570), ("ACDT", 630), ("AEST", 600), ("AEDT", 660), ("NZST", 720), ("NZDT", 780),
    ("NST", -210), ("NDT", -150), ("AT", -240), ("AST", -240), ("ADT", -180), ("ET", -300), ("EST", -300),
    ("EDT", -240), ("CT", -360), ("CST", -360), ("CDT", -300), ("MT", -420), ("MST", -420), ("MDT", -360),
    ("PT", -480), ("PST", -480), ("PDT", -420), ("AKST", -540), ("AKDT", -480), ("HST", -600), ("ART", -180),
    ("BRT", -180), ("CLT", -240), ("COT", -300), ("A", -60), ("M", -720), ("N", 60), ("Y", 720),
];

/// Seconds east of Greenwich on that day. An unknown name counts as UTC, a broken offset is none.
pub(super) fn at(text: &str, date: Date) -> Option<i32> {
    let text = text.trim_end_matches('.');
    if text.starts_with(['+', '-']) {
        return numeric(text);
    }
    if let Some((name, offset)) = text.find(['+', '-']).map(|at| text.split_at(at))
        && matches!(
            name.to_ascii_uppercase().as_str(),
            "GMT" | "UTC" | "UT" | "Z"
        )
    {
        return numeric(offset);
    }
    let upper = text.to_ascii_uppercase();
    if let Some((_, minutes)) = ABBREVIATIONS.iter().find(|(name, _)| *name == upper) {
        return Some(minutes * 60);
    }
    if text.contains('/') {
        let zone = TimeZoneDatabase::bundled().get(text).ok()?;
        return Some(date.at(12, 0, 0, 0).to_zoned(zone).ok()?.offset().seconds());
    }
    Some(0)
}

/// Whether a word names a zone: an abbreviation in capitals, `UTC+2`, `Europe/Berlin`.
pub(super) fn is_known(text: &str) -> bool {
    let text = text.trim_end_matches('.');
    let (name, offset) = text.split_at(text.find(['+', '-']).unwrap_or(text.len()));
    let is_base = |name: &str| {
        ["GMT", "UTC", "UT"]
            .iter()
            .any(|base| name.eq_ignore_ascii_case(base))
    };
    if is_base(name) && (offset.is_empty() || numeric(offset).is_some()) {
        return true;
    }
    ABBREVIATIONS.iter().any(|(known, _)| *known == text)
        || (text.contains('/') && TimeZoneDatabase::bundled().get(text).is_ok())
}

/// `+0100`, `-01:30`, `+1`: seconds.
pub(super) fn numeric(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match text[1..].split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if text.len() > 3 => text[1..].split_at_checked(text.len() - 3)?,
        None => (&text[1..], "0"),
    };
    let hours: i32 = super::digits(hours, 2)?;
    let minutes: i32 = super::digits(minutes, 2)?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
