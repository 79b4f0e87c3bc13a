//! What a server says about coming back: RFC 9111 (Cache-Control, Expires, Age) and RFC 9110
//! (Retry-After).

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, RETRY_AFTER};
use wiredesk_formats::parse_date;
use wiredesk_model::Timestamp;

/// How long the answer holds, as far as the server says so.
pub fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let cache_control = text(headers, &CACHE_CONTROL)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut max_age = None;
    for directive in cache_control.split(',').map(str::trim) {
        if matches!(directive, "no-cache" | "no-store") {
            return None;
        }
        if let Some(seconds) = directive.strip_prefix("max-age=") {
            max_age = seconds.trim_matches('"').parse::<u64>().ok();
        }
    }
    if let Some(max_age) = max_age {
        let age = text(headers, &AGE)
            .and_then(|age| age.trim().parse::<u64>().ok())
            .unwrap_or(0);
        return Some(Duration::from_secs(max_age.saturating_sub(age)));
    }
    let expires = parse_date(text(headers, &EXPIRES)?)?;
    let sent = text(headers, &DATE).and_then(parse_date).unwrap_or(now);
    Duration::try_from(expires.duration_since(sent)).ok()
}

/// How long the server asks to wait: seconds, or until a date.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    Duration::try_from(parse_date(value)?.duration_since(now)).ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn answers_are_fresh_as_long_as_the_server_says() {
        let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let cases = [
            (
                headers(&[(CACHE_CONTROL, "public, max-age=600"), (AGE, "100")]),
                Some(500),
            ),
            (headers(&[(CACHE_CONTROL, "max-age=600, no-cache")]), None),
            (
                headers(&[(EXPIRES, "Mon, 02 Mar 2026 08:30:00 GMT")]),
                Some(1800),
            ),
            (
                headers(&[
                    (EXPIRES, "Mon, 02 Mar 2026 09:30:00 GMT"),
                    (DATE, "Mon, 02 Mar 2026 09:00:00 GMT"),
                ]),
                Some(1800),
            ),
            (headers(&[(EXPIRES, "0")]), None),
            (headers(&[]), None),
        ];
        for (headers, seconds) in cases {
            assert_eq!(
                fresh_for(&headers, now),
                seconds.map(Duration::from_secs),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn waits_come_in_seconds_or_as_a_date() {
        let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let cases = [
            ("120", Some(120)),
            ("Mon, 02 Mar 2026 08:05:00 GMT", Some(300)),
            ("Mon, 02 Mar 2026 07:00:00 GMT", None),
            ("soon", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(
                retry_after(&headers(&[(RETRY_AFTER, value)]), now),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
    }
}
