//! What may be asked of the index.

use std::time::Duration;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wiredesk_model::Timestamp;

use crate::IndexError;

/// Hits of one answer, at the most.
pub const MAX_LIMIT: usize = 200;
/// Hits that may be passed over.
pub const MAX_OFFSET: usize = 10_000;

/// In which order hits come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// What fits best first.
    Relevance,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// What is asked. Several values of one filter mean any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The query, as `docs/search.md` has its syntax; empty asks for everything.
    pub text: String,
    /// Of these sources.
    pub sources: Vec<String>,
    /// In these languages.
    pub languages: Vec<String>,
    /// On these subjects.
    pub subjects: Vec<String>,
    /// From these places.
    pub places: Vec<String>,
    /// With these people.
    pub people: Vec<String>,
    /// Of this time and later.
    pub since: Option<Timestamp>,
    /// Of before this time.
    pub until: Option<Timestamp>,
    /// The order; by relevance where there is a text, newest first where there is none.
    pub sort: Option<Sort>,
    /// Hits to answer.
    pub limit: usize,
    /// Hits to pass over.
    pub offset: usize,
    /// Whether stories that tell the same are one hit.
    pub fold: bool,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            text: String::new(),
            sources: Vec::new(),
            languages: Vec::new(),
            subjects: Vec::new(),
            places: Vec::new(),
            people: Vec::new(),
            since: None,
            until: None,
            sort: None,
            limit: 10,
            offset: 0,
            fold: true,
        }
    }
}

impl Ask {
    /// A question for `text`.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// The order that holds.
    pub fn order(&self) -> Sort {
        self.sort.unwrap_or(match self.text.trim().is_empty() {
            true => Sort::Newest,
            false => Sort::Relevance,
        })
    }

    pub(crate) fn check(&self) -> Result<(), IndexError> {
        if self.limit > MAX_LIMIT {
            let text = format!("limit is {}; choose 0 to {MAX_LIMIT}", self.limit);
            return Err(IndexError::Query(text));
        }
        if self.offset > MAX_OFFSET {
            let text = format!(
                "offset is {}; choose 0 to {MAX_OFFSET}, or a range of time",
                self.offset
            );
            return Err(IndexError::Query(text));
        }
        Ok(())
    }
}

/// Reads a time: RFC 3339, a day such as `2026-11-23` (UTC), or so long before `now`: `90m`, `12h`,
/// `7d`, `2w`.
///
/// # Errors
/// Where it is none of these.
pub fn time_of(text: &str, now: Timestamp) -> Result<Timestamp, IndexError> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Ok(day) = text.parse::<Date>() {
        let midnight = day.to_zoned(jiff::tz::TimeZone::UTC);
        if let Ok(midnight) = midnight {
            return Ok(midnight.timestamp());
        }
    }
    before(text, now).ok_or_else(|| {
        IndexError::Query(format!(
            "`{text}` is no time; write 2026-11-23, 2026-11-23T06:00:00Z, or 12h, 7d or 2w for so \
             long ago"
        ))
    })
}

fn before(text: &str, now: Timestamp) -> Option<Timestamp> {
    let unit = text.chars().last()?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let age = Duration::from_secs(number.checked_mul(seconds)?);
    now.checked_sub(age).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_write_them() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a time");
        for (text, expected) in [
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20T06:00:00+02:00", "2026-11-20T04:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("2w", "2026-11-09T12:00:00Z"),
        ] {
            let time = time_of(text, now).expect("a time").to_string();
            assert_eq!(time, expected, "{text}");
        }
        for text in [
            "",
            "x",
            "7",
            "7y",
            "99999999999999999999d",
            "ü",
            "2026-13-01",
        ] {
            assert!(time_of(text, now).is_err(), "{text}");
        }
    }
}
