//! The stage: a clean story in, its article record out.

use wiredesk_enrichment::{EnrichSettings, Publication, enrich, publication};
use wiredesk_model::{
    ARTICLE_SCHEMA, ArticleRecord, ChangeClass, CleanStory, FilterReason, Headers, Incoming,
    Outgoing, PubStatus, ReasonCode, Topic, Version, header,
};
use wiredesk_pipeline::{Outcome, Stage};

/// The enrichment stage. Pure: what it answers depends on the record alone.
#[derive(Debug, Clone, Default)]
pub struct EnricherStage {
    settings: EnrichSettings,
}

impl EnricherStage {
    /// A stage with these settings.
    pub fn new(settings: EnrichSettings) -> Self {
        Self { settings }
    }
}

impl Stage for EnricherStage {
    fn name(&self) -> &'static str {
        "enricher"
    }

    fn input(&self) -> Topic {
        Topic::Clean
    }

    fn process(&self, record: &Incoming) -> Outcome {
        let Some(value) = &record.value else {
            return Outcome::Filtered(FilterReason::Tombstone);
        };
        let story: CleanStory = match serde_json::from_slice(value) {
            Ok(story) => story,
            Err(error) => {
                return Outcome::Dead {
                    code: ReasonCode::Undecodable,
                    detail: format!("the value is no clean story: {error}"),
                };
            }
        };
        match publication(&story) {
            Publication::NotAStory => Outcome::Filtered(FilterReason::NotAStory),
            Publication::Embargoed => Outcome::Filtered(FilterReason::Embargoed),
            Publication::Publish | Publication::Withdraw => {
                let article = enrich(&story, &self.settings);
                forward(&story, &article)
            }
        }
    }
}

/// The event goes to `enriched`; `current` gets the record, or a tombstone where the story is
/// withdrawn.
fn forward(story: &CleanStory, record: &ArticleRecord) -> Outcome {
    let value = match serde_json::to_vec(record) {
        Ok(value) => value,
        Err(error) => {
            return Outcome::Stop {
                detail: format!(
                    "the record of story {} could not be written as JSON: {error}",
                    story.story
                ),
            };
        }
    };
    let is_current = record.article.pub_status == PubStatus::Usable;
    let headers = headers(story, record);
    let outgoing = |topic: Topic, value: Option<Vec<u8>>| Outgoing {
        topic,
        key: story.story.to_string(),
        value,
        headers: headers.clone(),
    };
    let current = outgoing(Topic::Current, is_current.then(|| value.clone()));
    let event = outgoing(Topic::Enriched, Some(value));
    Outcome::Forward(vec![event, current])
}

/// CloudEvents 1.0, Kafka binding, binary mode.
fn headers(story: &CleanStory, record: &ArticleRecord) -> Headers {
    Headers::new()
        .with(header::CE_SPECVERSION, "1.0")
        .with(header::CE_ID, format!("{}@{}", story.story, story.version))
        .with(header::CE_SOURCE, story.source.as_str())
        .with(header::CE_TYPE, event_type(story.version, record))
        .with(header::CE_SUBJECT, story.story.as_str())
        .with(header::CE_TIME, story.fetched_at.to_string())
        .with(header::CE_DATASCHEMA, ARTICLE_SCHEMA)
        .with(header::CONTENT_TYPE, "application/json")
        .with(header::RUN, story.run.as_str())
}

/// The event type: what happened to the story for a subscriber.
fn event_type(version: Version, record: &ArticleRecord) -> &'static str {
    match (record.article.pub_status, record.wire.change) {
        (PubStatus::Canceled, _) => "article.canceled",
        (PubStatus::Withheld, _) => "article.withheld",
        (PubStatus::Usable, _) if version <= Version::FIRST => "article.created",
        (PubStatus::Usable, ChangeClass::Correction) => "article.corrected",
        (PubStatus::Usable, _) => "article.updated",
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{Embargo, TopicPartition, WireFacts, WireStatus};

    use super::*;
    use crate::sample::story;

    fn process(story: &CleanStory) -> Outcome {
        let value = serde_json::to_vec(story).expect("a story is JSON");
        EnricherStage::default().process(&incoming(Some(value)))
    }

    fn incoming(value: Option<Vec<u8>>) -> Incoming {
        Incoming {
            at: TopicPartition::new(Topic::Clean, 0),
            offset: 7,
            timestamp_ms: 0,
            key: "tag:harbor-gazette.example,2026:story/1047".to_owned(),
            value,
            headers: Headers::new(),
        }
    }

    fn outputs(outcome: Outcome) -> Vec<Outgoing> {
        match outcome {
            Outcome::Forward(outputs) => outputs,
            other => panic!("expected outputs, got {other:?}"),
        }
    }

    #[test]
    fn a_story_goes_to_both_topics_under_its_id() {
        let outputs = outputs(process(&story()));
        let topics: Vec<Topic> = outputs.iter().map(|output| output.topic).collect();
        assert_eq!(topics, [Topic::Enriched, Topic::Current]);
        assert_eq!(outputs[0].value, outputs[1].value);
        for output in &outputs {
            assert_eq!(output.key, "tag:harbor-gazette.example,2026:story/1047");
            let headers: Vec<(&str, &str)> = output.headers.iter().collect();
            assert_eq!(
                headers,
                [
                    ("ce_specversion", "1.0"),
                    ("ce_id", "tag:harbor-gazette.example,2026:story/1047@1"),
                    ("ce_source", "harbor-gazette"),
                    ("ce_type", "article.created"),
                    ("ce_subject", "tag:harbor-gazette.example,2026:story/1047"),
                    ("ce_time", "2026-08-30T12:00:00Z"),
                    ("ce_dataschema", ARTICLE_SCHEMA),
                    ("content-type", "application/json"),
                    ("wd_run", "live"),
                ]
            );
        }
        let value = outputs[0].value.as_deref().expect("a value");
        let record: ArticleRecord = serde_json::from_slice(value).expect("a record");
        assert_eq!(record.wire.agency.as_deref(), Some("AP"));
    }

    #[test]
    fn the_type_says_what_happened() {
        let typed = |version: u32, title: &str| {
            let mut story = story();
            story.version = Version(version);
            story.title = title.to_owned();
            let outputs = outputs(process(&story));
            outputs[0].headers.get(header::CE_TYPE).map(str::to_owned)
        };
        assert_eq!(
            typed(1, "CORRECTED-Ferry").as_deref(),
            Some("article.created")
        );
        assert_eq!(
            typed(2, "CORRECTED-Ferry").as_deref(),
            Some("article.corrected")
        );
        assert_eq!(typed(2, "Ferry").as_deref(), Some("article.updated"));
        assert_eq!(typed(3, "RPT-Ferry").as_deref(), Some("article.updated"));
    }

    #[test]
    fn a_withdrawn_story_leaves_current() {
        let mut story = story();
        story.version = Version(2);
        story.item.wire = Some(Box::new(WireFacts {
            status: WireStatus::Canceled,
            ..WireFacts::default()
        }));
        let outputs = outputs(process(&story));
        assert_eq!(
            outputs[0].headers.get(header::CE_TYPE),
            Some("article.canceled")
        );
        assert!(outputs[0].value.is_some());
        assert_eq!(
            (outputs[1].topic, &outputs[1].value),
            (Topic::Current, &None)
        );
    }

    #[test]
    fn an_embargoed_story_goes_nowhere() {
        let mut story = story();
        story.item.wire = Some(Box::new(WireFacts {
            embargo: Embargo::Unknown {
                text: String::new(),
            },
            ..WireFacts::default()
        }));
        assert_eq!(process(&story), Outcome::Filtered(FilterReason::Embargoed));
    }

    #[test]
    fn what_is_no_story_is_said_to_be_none() {
        let stage = EnricherStage::default();
        for value in [&b"not json"[..], b"{}", b"[]", b"\xff", b""] {
            let outcome = stage.process(&incoming(Some(value.to_vec())));
            assert!(
                matches!(
                    &outcome,
                    Outcome::Dead {
                        code: ReasonCode::Undecodable,
                        ..
                    }
                ),
                "{outcome:?}"
            );
        }
        let tombstone = stage.process(&incoming(None));
        assert_eq!(tombstone, Outcome::Filtered(FilterReason::Tombstone));
    }
}
