//! Dead letters: read, chosen, sent again, dropped.
//!
//! The dead topic is a log, so a letter stays where it is: whoever sends it again or drops it
//! writes a record behind it that settles it. Sending again and settling are one batch.

use std::collections::HashSet;
use std::time::Duration;

use serde::Deserialize;
use wiredesk_model::{Headers, Incoming, Outgoing, Position, Timestamp, Topic, header};
use wiredesk_pipeline::{Reader, Start, Transport, TransportError};

/// Records of one read.
const AT_ONCE: usize = 500;
/// How long one read waits.
const WAIT: Duration = Duration::from_millis(100);

/// Where a letter stands on the dead topic: `0:42`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    partition: u32,
    offset: i64,
}

impl Place {
    /// The place of a record.
    pub fn of(record: &Incoming) -> Self {
        Self {
            partition: record.at.partition,
            offset: record.offset,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.partition, self.offset)
    }
}

impl std::str::FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = text.split_once(':').and_then(|(partition, offset)| {
            Some(Self {
                partition: partition.parse().ok()?,
                offset: offset.parse().ok().filter(|offset| *offset >= 0)?,
            })
        });
        place.ok_or_else(|| {
            format!(
                "`{text}` is no place of a dead letter; write 0:42, as `wiredesk dead list` does"
            )
        })
    }
}

/// Which letters are wanted; whatever is not said does not matter.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// These letters.
    pub places: Vec<Place>,
    /// One of these reasons.
    pub reasons: Vec<String>,
    /// One of these stages.
    pub stages: Vec<String>,
    /// One of these sources.
    pub sources: Vec<String>,
    /// Given up at or after this time.
    pub since: Option<Timestamp>,
    /// Given up before this time.
    pub until: Option<Timestamp>,
}

impl Choice {
    /// Whether everything is chosen.
    pub fn is_everything(&self) -> bool {
        self.places.is_empty()
            && self.reasons.is_empty()
            && self.stages.is_empty()
            && self.sources.is_empty()
            && self.since.is_none()
            && self.until.is_none()
    }

    fn takes(&self, letter: &Letter) -> bool {
        let one_of = |wanted: &[String], found: Option<&str>| {
            wanted.is_empty() || found.is_some_and(|found| wanted.iter().any(|one| one == found))
        };
        let time = letter.time();
        (self.places.is_empty() || self.places.contains(&letter.place()))
            && one_of(&self.reasons, letter.said(header::DEAD_REASON))
            && one_of(&self.stages, letter.said(header::DEAD_STAGE))
            && self.since.is_none_or(|since| time >= since)
            && self.until.is_none_or(|until| time < until)
            && (self.sources.is_empty() || one_of(&self.sources, letter.source().as_deref()))
    }
}

/// A dead letter.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The record on the dead topic.
    pub record: Incoming,
}

impl Letter {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place::of(&self.record)
    }

    /// What a header says.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.record.headers.get(name)
    }

    /// When it was given up.
    pub fn time(&self) -> Timestamp {
        let said = self
            .said(header::DEAD_TIME)
            .and_then(|time| time.parse().ok());
        said.or_else(|| Timestamp::from_millisecond(self.record.timestamp_ms).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The source that it is from, where header or value say so.
    pub fn source(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Sourced {
            source: Option<String>,
        }
        if let Some(source) = self.said(header::CE_SOURCE) {
            return Some(source.to_owned());
        }
        let value = self.record.value.as_deref()?;
        serde_json::from_slice::<Sourced>(value).ok()?.source
    }

    /// The topic that it can be sent to again; `None` where the letter is a note and not the record
    /// that failed.
    fn origin(&self) -> Option<Topic> {
        self.said(header::DEAD_OFFSET)?;
        Topic::from_name(self.said(header::DEAD_TOPIC)?)
    }

    /// The record once more, with everything that its headers tell of its history, and the record
    /// that settles the letter. `None` where there is nothing to send.
    pub fn again(&self, now: Timestamp) -> Option<Vec<Outgoing>> {
        let topic = self.origin()?;
        let again = Outgoing {
            topic,
            key: self.record.key.clone(),
            value: self.record.value.clone(),
            headers: self
                .record
                .headers
                .clone()
                .with(header::RETRY_OF, self.place().to_string()),
        };
        Some(vec![again, self.settled("retry", now)])
    }

    /// The record that settles the letter without sending anything.
    pub fn dropped(&self, now: Timestamp) -> Outgoing {
        self.settled("drop", now)
    }

    fn settled(&self, how: &str, now: Timestamp) -> Outgoing {
        Outgoing {
            topic: Topic::Dead,
            key: self.record.key.clone(),
            value: None,
            headers: Headers::new()
                .with(header::SETTLES, self.place().to_string())
                .with(header::SETTLED_AS, how)
                .with(header::DEAD_TIME, now.to_string()),
        }
    }
}

/// The dead topic as it stood when it was opened. What comes later is left for the next time: a
/// stage may give up again what is being sent again, without an end.
pub struct DeadTopic<'a> {
    transport: &'a dyn Transport,
    ends: Vec<Position>,
    settled: HashSet<Place>,
}

impl<'a> DeadTopic<'a> {
    /// Reads which letters are settled.
    ///
    /// # Errors
    /// Where the topic cannot be read.
    pub fn open(transport: &'a dyn Transport) -> Result<Self, TransportError> {
        let ends = transport.reader(Topic::Dead, Start::Latest)?.positions();
        let mut topic = Self {
            transport,
            ends,
            settled: HashSet::new(),
        };
        let mut settled = HashSet::new();
        topic.scan(|record| {
            let place = record.headers.get(header::SETTLES);
            settled.extend(place.and_then(|place| place.parse::<Place>().ok()));
            Ok::<_, TransportError>(true)
        })?;
        topic.settled = settled;
        Ok(topic)
    }

    /// Hands the chosen letters to `each` in the order of the topic, until that answers `false`.
    /// Settled ones are left out.
    ///
    /// # Errors
    /// Where the topic cannot be read, or what `each` fails with.
    pub fn each<E: From<TransportError>>(
        &self,
        choice: &Choice,
        mut each: impl FnMut(Letter) -> Result<bool, E>,
    ) -> Result<(), E> {
        self.scan(|record| {
            let is_letter = record.headers.get(header::SETTLES).is_none();
            let letter = Letter { record };
            let is_open = is_letter && !self.settled.contains(&letter.place());
            Ok(!(is_open && choice.takes(&letter)) || each(letter)?)
        })
    }

    /// Hands every record of the topic to `each`, until that answers `false`.
    fn scan<E: From<TransportError>>(
        &self,
        mut each: impl FnMut(Incoming) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut reader = self.transport.reader(Topic::Dead, Start::Earliest)?;
        while !self.is_through(reader.as_ref()) {
            let records = reader.read(AT_ONCE, WAIT)?;
            if records.is_empty() && reader.at_end()? {
                break;
            }
            for record in records.into_iter().filter(|record| self.stood(record)) {
                if !each(record)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Whether a record was there when the topic was opened.
    fn stood(&self, record: &Incoming) -> bool {
        let mut ends = self.ends.iter();
        ends.any(|end| end.at == record.at && record.offset < end.next_offset)
    }

    /// Whether everything was read that was there when the topic was opened.
    fn is_through(&self, reader: &dyn Reader) -> bool {
        let reached = reader.positions();
        let is_reached = |end: &Position| {
            let mut places = reached.iter();
            places.any(|place| place.at == end.at && place.next_offset >= end.next_offset)
        };
        self.ends.iter().all(is_reached)
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_model::TopicPartition;

    use super::*;

    fn letter(value: &str, headers: Headers) -> Letter {
        Letter {
            record: Incoming {
                at: TopicPartition::new(Topic::Dead, 1),
                offset: 42,
                timestamp_ms: 5_000,
                key: "story".to_owned(),
                value: Some(value.as_bytes().to_vec()),
                headers,
            },
        }
    }

    fn failed() -> Headers {
        Headers::new()
            .with(header::RUN, "live")
            .with(header::DEAD_STAGE, "cleaner")
            .with(header::DEAD_REASON, "no-body")
            .with(header::DEAD_TOPIC, "raw")
            .with(header::DEAD_PARTITION, "1")
            .with(header::DEAD_OFFSET, "7")
            .with(header::DEAD_TIME, "2026-11-23T06:00:00Z")
    }

    #[test]
    fn a_letter_sent_again_keeps_its_history_and_is_settled_in_the_same_batch() {
        let now = "2026-11-23T07:00:00Z".parse().expect("a date");
        let again = letter("{}", failed()).again(now).expect("two records");
        let [record, settled] = again.as_slice() else {
            panic!("expected two records, got {again:?}");
        };
        assert_eq!((record.topic, record.key.as_str()), (Topic::Raw, "story"));
        assert_eq!(record.value.as_deref(), Some(b"{}".as_slice()));
        assert_eq!(record.headers.get(header::DEAD_REASON), Some("no-body"));
        assert_eq!(record.headers.get(header::RETRY_OF), Some("1:42"));
        assert_eq!(settled.topic, Topic::Dead);
        assert_eq!(settled.headers.get(header::SETTLES), Some("1:42"));
        assert_eq!(settled.headers.get(header::SETTLED_AS), Some("retry"));
    }

    #[test]
    fn a_note_cannot_be_sent_again() {
        let note = Headers::new().with(header::DEAD_TOPIC, "raw");
        assert!(letter("{}", note).again(Timestamp::UNIX_EPOCH).is_none());
    }

    fn one(word: &str) -> Vec<String> {
        vec![word.to_owned()]
    }

    fn at(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }

    fn places(text: &str) -> Vec<Place> {
        text.parse().into_iter().collect()
    }

    #[test]
    fn letters_are_chosen_by_place_reason_stage_source_and_time() {
        let letter = letter(r#"{"source":"gazette"}"#, failed());
        let takes = |change: fn(&mut Choice)| {
            let mut choice = Choice::default();
            change(&mut choice);
            choice.takes(&letter)
        };
        assert!(takes(|_| {}));
        assert!(takes(|choice| choice.reasons = one("no-body")));
        assert!(!takes(|choice| choice.reasons = one("panicked")));
        assert!(takes(|choice| choice.stages = one("cleaner")));
        assert!(!takes(|choice| choice.stages = one("enricher")));
        assert!(takes(|choice| choice.sources = one("gazette")));
        assert!(!takes(|choice| choice.sources = one("courier")));
        assert!(takes(|choice| choice.since = at("2026-11-23T06:00:00Z")));
        assert!(!takes(|choice| choice.until = at("2026-11-23T06:00:00Z")));
        assert!(takes(|choice| choice.places = places("1:42")));
        assert!(!takes(|choice| choice.places = places("1:43")));
        assert!("1".parse::<Place>().is_err() && "1:-2".parse::<Place>().is_err());
    }
}
