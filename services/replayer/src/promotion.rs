//! What is promoted of a run: the stories that it made anew, to stand for what was published.
//!
//! Nothing is published here. Each story goes to the enricher, as the clean story that the run made
//! with a note of what it replaces, and the enricher decides by what it remembers: it alone writes
//! what is current.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wiredesk_model::{CleanStory, Incoming, Outgoing, Promotion, Topic, Version};

use crate::{Difference, compare};

/// What a run has to offer.
#[derive(Debug, Default)]
pub struct Offer {
    /// Stories that came out the same as they are published.
    pub same: u64,
    /// Stories of which nothing is published.
    pub added: u64,
    /// Stories that came out otherwise than they are published.
    pub changed: u64,
    /// Stories that were published in a higher version since, which stays.
    pub outranked: u64,
    /// Stories that are published and that the run did not make: they stay.
    pub lost: u64,
    /// What is still to be found among the clean stories of the run, by raw record.
    wanted: BTreeMap<String, Option<Published>>,
}

/// A story as it is published.
#[derive(Debug)]
struct Published {
    version: Version,
    revision: u32,
    raw_hash: String,
    raw_ref: String,
}

impl Published {
    fn of(record: &Value) -> Self {
        Self {
            version: version(record),
            revision: number(record, "/wire/revision"),
            raw_hash: text(record, "/wire/hash/raw").to_owned(),
            raw_ref: text(record, "/wire/raw_ref").to_owned(),
        }
    }
}

impl Offer {
    /// Compares what a run made with what is published, each the newest records by story.
    pub fn of(published: &BTreeMap<String, Value>, made: &BTreeMap<String, Value>) -> Self {
        let Difference {
            same,
            added,
            lost,
            changed,
        } = compare(published, made);
        let mut offer = Self {
            same,
            lost: lost.len() as u64,
            ..Self::default()
        };
        let stories: BTreeSet<&str> = added
            .iter()
            .map(String::as_str)
            .chain(changed.iter().map(|change| change.story.as_str()))
            .collect();
        for story in stories {
            if let Some(record) = made.get(story) {
                offer.add(published.get(story), record);
            }
        }
        offer
    }

    fn add(&mut self, published: Option<&Value>, made: &Value) {
        let count = match published {
            Some(record) if version(record) > version(made) => {
                self.outranked += 1;
                return;
            }
            Some(_) => &mut self.changed,
            None => &mut self.added,
        };
        *count += 1;
        let raw_ref = text(made, "/wire/raw_ref").to_owned();
        self.wanted.insert(raw_ref, published.map(Published::of));
    }

    /// Stories that were not found yet.
    pub fn left(&self) -> u64 {
        self.wanted.len() as u64
    }

    /// A clean story of the run as the enricher is to get it, where it is among those wanted.
    pub fn take(&mut self, record: &Incoming) -> Option<Outgoing> {
        let mut story: CleanStory = serde_json::from_slice(record.value.as_deref()?).ok()?;
        let published = self.wanted.remove(&story.raw_ref)?;
        // The raw record of a run goes with the run; where the same is in the live log, it is named.
        if let Some(published) = published
            .as_ref()
            .filter(|published| published.raw_hash == story.raw_hash)
        {
            story.raw_ref.clone_from(&published.raw_ref);
        }
        let replaces = published.map(|published| (published.version, published.revision));
        Some(Outgoing {
            topic: Topic::Clean,
            key: record.key.clone(),
            value: serde_json::to_vec(&story).ok(),
            headers: Promotion { replaces }.note_in(record.headers.clone()),
        })
    }
}

fn text<'r>(record: &'r Value, place: &str) -> &'r str {
    record
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn number(record: &Value, place: &str) -> u32 {
    let number = record.pointer(place).and_then(Value::as_u64);
    number.map_or(0, |number| u32::try_from(number).unwrap_or(u32::MAX))
}

fn version(record: &Value) -> Version {
    Version(text(record, "/article/version").parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiredesk_model::{Headers, TopicPartition, header};

    use super::*;

    fn record(version: u32, text: &str, raw_ref: &str) -> Value {
        json!({
            "article": {"version": version.to_string(), "bodies": [{"value": text}]},
            "wire": {"raw_ref": raw_ref, "hash": {"raw": "h"}, "revision": 2},
        })
    }

    fn clean(story: &str, raw_ref: &str) -> Incoming {
        let value = json!({
            "story": story, "version": 3, "identity": "guid", "source": "s", "feed": "f",
            "run": "may", "fetched_at": "2026-11-23T06:00:00Z", "raw_hash": "h",
            "raw_ref": raw_ref, "item": {"title": "T"}, "title": "T", "body_from": "content",
            "blocks": [], "text": "", "removed": [], "quality": [], "rules_version": "1",
        });
        Incoming {
            at: TopicPartition::new(Topic::Clean, 0),
            offset: 0,
            timestamp_ms: 0,
            key: story.to_owned(),
            value: serde_json::to_vec(&value).ok(),
            headers: Headers::new().with(header::RUN, "may"),
        }
    }

    fn records<const N: usize>(list: [(&str, Value); N]) -> BTreeMap<String, Value> {
        list.map(|(story, record)| (story.to_owned(), record))
            .into()
    }

    #[test]
    fn what_differs_is_offered_and_what_was_published_since_is_not() {
        let published = records([
            ("same", record(1, "one", "raw/0/1")),
            ("changed", record(3, "two", "raw/0/2")),
            ("outranked", record(4, "three", "raw/0/3")),
            ("lost", record(1, "four", "raw/0/4")),
        ]);
        let made = records([
            ("same", record(1, "one", "raw/1/11")),
            ("changed", record(3, "deux", "raw/1/12")),
            ("outranked", record(3, "trois", "raw/1/13")),
            ("added", record(1, "five", "raw/1/15")),
        ]);
        let mut offer = Offer::of(&published, &made);
        let counts = (offer.same, offer.added, offer.changed);
        assert_eq!(counts, (1, 1, 1));
        assert_eq!((offer.outranked, offer.lost, offer.left()), (1, 1, 2));

        assert_eq!(
            offer.take(&clean("changed", "raw/1/9")),
            None,
            "an older one"
        );
        let taken = offer.take(&clean("changed", "raw/1/12")).expect("wanted");
        assert_eq!((taken.topic, taken.key.as_str()), (Topic::Clean, "changed"));
        assert_eq!(taken.headers.get(header::PROMOTED), Some("3.2"));
        assert_eq!(taken.headers.get(header::RUN), Some("may"));
        let story: CleanStory =
            serde_json::from_slice(taken.value.as_deref().unwrap_or_default()).expect("a story");
        assert_eq!(story.raw_ref, "raw/0/2", "as it is in the live log");
        assert_eq!(offer.take(&clean("changed", "raw/1/12")), None, "once");
        let added = offer.take(&clean("added", "raw/1/15")).expect("wanted");
        assert_eq!(added.headers.get(header::PROMOTED), Some("nothing"));
        assert_eq!(offer.left(), 0);
    }
}
