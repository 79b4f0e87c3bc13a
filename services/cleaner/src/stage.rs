//! The stage: one raw record in, one clean record or a dead letter out.

use std::sync::Arc;

use wiredesk_cleaning::{PublisherRules, rules};
use wiredesk_model::{
    CleanStory, FilterReason, Headers, Incoming, Outgoing, RawItem, ReasonCode, Topic, header,
};
use wiredesk_pipeline::{Outcome, Stage};
use wiredesk_telemetry::{Metric, count};

use crate::story::{StoryError, clean_raw};

/// Cleans raw items.
#[derive(Debug, Clone, Default)]
pub struct CleanerStage {
    rules: Arc<PublisherRules>,
}

impl CleanerStage {
    /// The stage with the rules for the pages of some publishers.
    pub fn new(rules: PublisherRules) -> Self {
        Self {
            rules: Arc::new(rules),
        }
    }
}

impl Stage for CleanerStage {
    fn name(&self) -> &'static str {
        "cleaner"
    }

    fn input(&self) -> Topic {
        Topic::Raw
    }

    fn process(&self, record: &Incoming) -> Outcome {
        let Some(value) = &record.value else {
            return Outcome::Filtered(FilterReason::Tombstone);
        };
        let raw: RawItem = match serde_json::from_slice(value) {
            Ok(raw) => raw,
            Err(error) => {
                return dead(
                    ReasonCode::Undecodable,
                    format!("value of key {:?} is no raw item: {error}", record.key),
                );
            }
        };
        let raw_ref = format!(
            "{}/{}/{}",
            record.at.topic, record.at.partition, record.offset
        );
        let story = match clean_raw(&raw, &raw_ref, &self.rules) {
            Ok(story) => story,
            Err(error) => {
                let code = match error {
                    StoryError::NoBody { .. } => ReasonCode::NoBody,
                    StoryError::Refused { .. } => ReasonCode::OverLimit,
                };
                return dead(code, error.to_string());
            }
        };
        count_removals(&story);
        match serde_json::to_vec(&story) {
            Ok(bytes) => Outcome::Forward(vec![Outgoing {
                topic: Topic::Clean,
                key: raw.story.as_str().to_owned(),
                value: Some(bytes),
                headers: headers(record, &raw),
            }]),
            Err(error) => Outcome::Stop {
                detail: format!("story {} cannot be written as JSON: {error}", raw.story),
            },
        }
    }
}

/// Spans taken out, by rule: what an operator watches to see a rule run wild.
fn count_removals(story: &CleanStory) {
    for removal in &story.removed {
        let known = rules().iter().find(|rule| rule.id == removal.rule);
        count(
            Metric::RemovedSpans,
            &[known.map_or("other", |rule| rule.id)],
            1,
        );
    }
}

fn dead(code: ReasonCode, detail: String) -> Outcome {
    Outcome::Dead { code, detail }
}

fn headers(record: &Incoming, raw: &RawItem) -> Headers {
    let run = record.headers.get(header::RUN).unwrap_or(raw.run.as_str());
    Headers::new()
        .with(header::CONTENT_TYPE, "application/json")
        .with(header::RUN, run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wiredesk_model::TopicPartition;

    fn record(value: Option<&str>) -> Incoming {
        Incoming {
            at: TopicPartition::new(Topic::Raw, 3),
            offset: 42,
            timestamp_ms: 0,
            key: "s1".to_owned(),
            value: value.map(|value| value.as_bytes().to_vec()),
            headers: Headers::new().with(header::RUN, "replay-1"),
        }
    }

    const RAW: &str = r#"{"story":"s1","version":1,"identity":"guid","source":"harbour","feed":"harbour/main",
        "run":"live","fetched_at":"2024-05-12T08:00:00Z","payload":{"media_type":"application/rss+xml","bytes":""},
        "hash":"h","item":{"title":"Harbour reopens","summary":"It opened on Monday."}}"#;

    #[test]
    fn a_raw_item_becomes_one_clean_record() {
        let Outcome::Forward(out) = CleanerStage::default().process(&record(Some(RAW))) else {
            panic!("not forwarded");
        };
        assert_eq!(out.len(), 1);
        assert_eq!((out[0].topic, out[0].key.as_str()), (Topic::Clean, "s1"));
        assert_eq!(out[0].headers.get(header::RUN), Some("replay-1"));
        let value = out[0].value.as_deref().expect("a value");
        let story: CleanStory = serde_json::from_slice(value).expect("a clean story");
        assert_eq!(story.raw_ref, "raw/3/42");
        assert_eq!(story.text, "It opened on Monday.");
    }

    #[test]
    fn bad_values_are_dead_letters_with_their_reason() {
        let code = |value| match CleanerStage::default().process(&record(value)) {
            Outcome::Dead { code, .. } => Some(code),
            _ => None,
        };
        assert_eq!(code(Some("{}")), Some(ReasonCode::Undecodable));
        let empty = RAW.replace(r#","summary":"It opened on Monday.""#, "");
        assert_eq!(code(Some(&empty)), Some(ReasonCode::NoBody));
        assert_eq!(
            CleanerStage::default().process(&record(None)),
            Outcome::Filtered(FilterReason::Tombstone)
        );
    }
}
