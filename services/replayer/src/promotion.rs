//! What is promoted of a run: the stories that it made anew, to stand for what was published.
//!
//! Nothing is published here. Each story goes to the enricher, as the clean story that the run made
//! with a note of what it replaces, and the enricher decides by what it remembers: it alone writes
//! what is current.

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wiredesk_model::{CleanStory, Incoming, Outgoing, Promotion, Topic, Version};

use crate::ReplayError;
use crate::comparison::Comparison;

/// What a run has to offer.
#[derive(Debug)]
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
    /// With what is still to be found among the clean stories of the run, by raw record.
    comparison: Comparison,
    left: u64,
}

/// A story as it is published.
#[derive(Debug, Serialize, Deserialize)]
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
            raw_ref: raw_ref(record).to_owned(),
        }
    }
}

impl Offer {
    /// What a run that was compared has to offer.
    ///
    /// # Errors
    /// Where the scratch file of the comparison cannot be used.
    pub fn of(comparison: Comparison) -> Result<Self, ReplayError> {
        let summary = comparison.summary();
        let mut offer = Self {
            same: summary.same,
            added: summary.added,
            changed: 0,
            outranked: 0,
            lost: summary.lost,
            left: 0,
            comparison,
        };
        for raw_ref in offer.comparison.added_of() {
            offer.want(&raw_ref?, None)?;
        }
        for pair in offer.comparison.pairs() {
            let pair = pair?;
            if pair.fields.is_empty() {
                continue;
            }
            if version(&pair.published) > version(&pair.made) {
                offer.outranked += 1;
                continue;
            }
            offer.changed += 1;
            offer.want(raw_ref(&pair.made), Some(&Published::of(&pair.published)))?;
        }
        offer.left = offer.changed + offer.added;
        Ok(offer)
    }

    fn want(&self, raw_ref: &str, published: Option<&Published>) -> Result<(), ReplayError> {
        let published = published.map(|published| serde_json::json!(published).to_string());
        self.comparison
            .scratch
            .prepare_cached("INSERT OR REPLACE INTO wanted VALUES (?1, ?2)")?
            .execute(params![raw_ref, published])?;
        Ok(())
    }

    /// Stories that were not found yet.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// A clean story of the run as the enricher is to get it, where it is among those wanted.
    ///
    /// # Errors
    /// Where the scratch file of the comparison cannot be used.
    pub fn take(&mut self, record: &Incoming) -> Result<Option<Outgoing>, ReplayError> {
        let story = record.value.as_deref().map(serde_json::from_slice);
        let Some(Ok::<CleanStory, _>(mut story)) = story else {
            return Ok(None);
        };
        let wanted: Option<Option<String>> = self
            .comparison
            .scratch
            .prepare_cached("DELETE FROM wanted WHERE raw_ref = ?1 RETURNING published")?
            .query_row([&story.raw_ref], |row| row.get(0))
            .optional()?;
        let Some(published) = wanted else {
            return Ok(None);
        };
        self.left = self.left.saturating_sub(1);
        let published: Option<Published> =
            published.and_then(|published| serde_json::from_str(&published).ok());
        // The raw record of a run goes with the run; where the same is in the live log, it is named.
        if let Some(published) = published
            .as_ref()
            .filter(|published| published.raw_hash == story.raw_hash)
        {
            story.raw_ref.clone_from(&published.raw_ref);
        }
        let replaces = published.map(|published| (published.version, published.revision));
        Ok(Some(Outgoing {
            topic: Topic::Clean,
            key: record.key.clone(),
            value: serde_json::to_vec(&story).ok(),
            headers: Promotion { replaces }.note_in(record.headers.clone()),
        }))
    }
}

/// The raw record that a record was made of.
pub(crate) fn raw_ref(record: &Value) -> &str {
    text(record, "/wire/raw_ref")
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
