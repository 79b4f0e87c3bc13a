//! Dates in words: RFC 822, asctime, and what people type, in the languages that feeds use.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Clock, digits, full_year, names, zone};

#[derive(Default)]
struct Parts<'a> {
    month: Option<i8>,
    year: Option<i16>,
    /// Numbers of one or two digits, in order.
    small: Vec<&'a str>,
    clock: Option<Clock>,
    after_noon: Option<bool>,
    zone: Option<&'a str>,
    /// Day, month and year from one token such as `30.10.23`.
    together: Option<Date>,
    /// Month before day, where the month has no name.
    year_first: bool,
}

pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = without_comments(text);
    // Korean, Japanese and Chinese write the unit behind each number, the largest first.
    let year_first = text.contains(['년', '年']);
    let is_korean = text.chars().any(|c| ('가'..='힣').contains(&c));
    let text = text.replace(['년', '월', '일', '年', '月', '日', ',', '|'], " ");
    let text = text.replace(['時', '시', '点', '點', '分', '분'], ":");
    let text = text.replace(['秒', '초'], " ").replace(": ", ":");
    let mut parts = Parts {
        year_first,
        zone: is_korean.then_some("KST"),
        ..Parts::default()
    };
    for token in text.split_whitespace() {
        parts.take(token)?;
    }
    parts.finish()
}

/// The text without what stands in brackets: a weekday, or the zone once more, as in
/// `GMT+0000 (Coordinated Universal Time)`.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

impl<'a> Parts<'a> {
    /// Finds a place for one word; `None` where the text is no date.
    fn take(&mut self, token: &'a str) -> Option<()> {
        let word = token.trim_end_matches('.');
        if token.contains(':') && token.starts_with(|c: char| c.is_ascii_digit()) {
            return self.take_time(token);
        }
        if token.starts_with(['+', '-']) {
            self.zone = Some(zone::numeric(token).map(|_| token)?);
            return Some(());
        }
        if let Some(number) = number(word) {
            self.take_number(number);
            return Some(());
        }
        if token.starts_with(|c: char| c.is_ascii_digit()) {
            return self.take_hour(word).or_else(|| self.take_joined(token));
        }
        if let Some(after_noon) = names::half_of_day(token) {
            self.after_noon = Some(after_noon);
        } else if self.may_take_month()
            && let Some(month) = names::month(word)
        {
            self.month = Some(month);
        } else if self.zone.is_none() && zone::is_known(token) {
            self.zone = Some(token);
        }
        Some(())
    }

    /// The short name of a weekday can be that of a month too (`mar.` is Tuesday in French), so a
    /// later word wins until the year has passed.
    fn may_take_month(&self) -> bool {
        self.month.is_none() || (self.year.is_none() && self.clock.is_none())
    }

    fn take_number(&mut self, number: &'a str) {
        match number.len() {
            1 | 2 => self.small.push(number),
            4 => self.year = self.year.or_else(|| number.parse().ok()),
            _ => {}
        }
    }

    /// `12:30:59`, `3:07pm`, `10:00Z`, `10:00:00+0100`.
    fn take_time(&mut self, token: &'a str) -> Option<()> {
        let length = token
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.')))
            .unwrap_or(token.len());
        let (time, behind) = token.split_at(length);
        self.clock = Some(Clock::parse(time.trim_end_matches(['.', ':']))?);
        match names::half_of_day(behind) {
            Some(after_noon) => self.after_noon = Some(after_noon),
            None if !behind.is_empty() => self.zone = Some(behind),
            None => {}
        }
        Some(())
    }

    /// `10h30`, `10h`, and `10.30` behind a date.
    fn take_hour(&mut self, word: &str) -> Option<()> {
        let has_date = self.month.is_some() || self.together.is_some();
        let (hour, minute) = match word.split_once('h') {
            Some((hour, "")) => (hour, "00"),
            Some((hour, minute)) => (hour, minute.trim_end_matches("min")),
            None => word.split_once('.').filter(|_| has_date)?,
        };
        self.clock = Some(Clock::parse(&format!("{hour}:{minute}"))?);
        Some(())
    }

    /// `30.10.23`, `10/16/2020`, `16-Nov-2020`.
    fn take_joined(&mut self, token: &'a str) -> Option<()> {
        let separator = token.chars().find(|c| matches!(c, '.' | '/' | '-'))?;
        let pieces: Vec<&str> = token
            .split(separator)
            .filter(|piece| !piece.is_empty())
            .collect();
        let &[first, second, third] = pieces.as_slice() else {
            return None;
        };
        if let Some(month) = names::month(second.trim_end_matches('.')) {
            let year: i16 = digits(third, 4)?;
            self.together =
                Some(Date::new(full_year(year, third.len()), month, digits(first, 2)?).ok()?);
            return Some(());
        }
        let (year, month, day) = match (first.len(), separator) {
            (4, _) => (first, second, third),
            // With a slash the month comes first, unless it cannot be one.
            (_, '/') if first.parse::<u8>().is_ok_and(|month| month <= 12) => {
                (third, first, second)
            }
            _ => (third, second, first),
        };
        let full = full_year(digits(year, 4)?, year.len());
        self.together = Some(Date::new(full, digits(month, 2)?, digits(day, 2)?).ok()?);
        Some(())
    }

    fn finish(self) -> Option<Timestamp> {
        let date = self.date()?;
        let mut clock = self.clock.unwrap_or_default();
        if let Some(after_noon) = self.after_noon {
            clock = clock.with_half(after_noon)?;
        }
        let offset = match self.zone {
            Some(zone) => zone::at(zone, date)?,
            None => 0,
        };
        clock.on(date, offset)
    }

    fn date(&self) -> Option<Date> {
        if let Some(date) = self.together {
            return Some(date);
        }
        let small = |at: usize| {
            self.small
                .get(at)
                .and_then(|number| digits::<i8>(number, 2))
        };
        let (year, month, day) = match (self.year, self.month) {
            (Some(year), Some(month)) => (year, month, small(0).unwrap_or(1)),
            (Some(year), None) if self.year_first => (year, small(0)?, small(1)?),
            (Some(year), None) => match (small(0)?, small(1)?) {
                (month, day) if day > 12 => (year, month, day),
                (day, month) => (year, month, day),
            },
            (None, Some(month)) => {
                let short = *self.small.get(1)?;
                (full_year(digits(short, 2)?, 2), month, small(0)?)
            }
            (None, None) => return None,
        };
        Date::new(year, month, day).ok()
    }
}

/// A number, or one with an English ordinal ending.
fn number(word: &str) -> Option<&str> {
    let end = word
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(word.len());
    let (number, ending) = word.split_at(end);
    let is_ordinal = matches!(
        ending.to_ascii_lowercase().as_str(),
        "" | "st" | "nd" | "rd" | "th"
    );
    (is_ordinal && !number.is_empty()).then_some(number)
}
