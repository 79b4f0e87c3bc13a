//! The records that tell subscribers what became of a story.

use wiredesk_model::{
    ARTICLE_SCHEMA, ArticleRecord, Headers, Outgoing, RunId, SourceId, Timestamp, Topic, header,
};

use crate::memory::StoryMemory;

/// What happened, in the words of `ce_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventType {
    Created,
    Updated,
    Corrected,
    Withheld,
    /// Withheld because of an embargo; told apart in the event's id, not in its type.
    Embargoed,
    /// Withheld by an order; told apart in the event's id, not in its type.
    HeldBack,
    Canceled,
    Released,
    Deleted,
    /// Its time is over.
    Expired,
}

impl EventType {
    fn as_str(self) -> &'static str {
        match self {
            EventType::Created => "article.created",
            EventType::Updated => "article.updated",
            EventType::Corrected => "article.corrected",
            EventType::Withheld | EventType::Embargoed | EventType::HeldBack => "article.withheld",
            EventType::Canceled => "article.canceled",
            EventType::Released => "article.released",
            EventType::Deleted => "article.deleted",
            EventType::Expired => "article.expired",
        }
    }

    /// Whether the story is taken back.
    fn retracts(self) -> bool {
        matches!(
            self,
            EventType::Withheld
                | EventType::Embargoed
                | EventType::HeldBack
                | EventType::Canceled
                | EventType::Deleted
                | EventType::Expired
        )
    }
}

/// One event about a story.
pub(crate) struct Event<'a> {
    pub story: &'a str,
    pub event_type: EventType,
    pub record: &'a ArticleRecord,
    pub at: Timestamp,
}

impl Event<'_> {
    /// The event on `enriched`, and what it makes of `current`: the record, or a tombstone where
    /// the story is taken back. A superseded version leaves `current` alone.
    pub fn outputs(&self) -> Result<Vec<Outgoing>, serde_json::Error> {
        let value = serde_json::to_vec(self.record)?;
        let outgoing = |topic: Topic, value: Option<Vec<u8>>| Outgoing {
            topic,
            key: self.story.to_owned(),
            value,
            headers: self.headers(),
        };
        let mut outputs = vec![outgoing(Topic::Enriched, Some(value.clone()))];
        if !self.record.wire.superseded {
            let current = (!self.event_type.retracts()).then_some(value);
            outputs.push(outgoing(Topic::Current, current));
        }
        Ok(outputs)
    }

    /// CloudEvents 1.0, Kafka binding, binary mode.
    fn headers(&self) -> Headers {
        let wire = &self.record.wire;
        Headers::new()
            .with(header::CE_SPECVERSION, "1.0")
            .with(header::CE_ID, self.id())
            .with(header::CE_SOURCE, wire.source.as_str())
            .with(header::CE_TYPE, self.event_type.as_str())
            .with(header::CE_SUBJECT, self.story)
            .with(header::CE_TIME, self.at.to_string())
            .with(header::CE_DATASCHEMA, ARTICLE_SCHEMA)
            .with(header::CONTENT_TYPE, "application/json")
            .with(header::RUN, wire.run.as_str())
    }

    /// `story@version`, with the revision behind a dot where the version came with other content.
    /// A version that was taken back by an embargo, an order or the end of its time has an event of
    /// its own for that, which says so.
    fn id(&self) -> String {
        let (article, revision) = (&self.record.article, self.record.wire.revision);
        let mut id = format!("{}@{}", self.story, article.version);
        if revision > 0 {
            id.push_str(&format!(".{revision}"));
        }
        match self.event_type {
            EventType::Embargoed => id.push_str("/embargo"),
            EventType::HeldBack => id.push_str("/hold"),
            EventType::Expired => id.push_str("/expired"),
            _ => {}
        }
        id
    }
}

/// The record that lets go of what was remembered of a story.
pub(crate) fn forgotten_record(story: &str, memory: &StoryMemory) -> Outgoing {
    let (source, run) = memory.origin();
    Outgoing {
        topic: Topic::StoryState,
        key: story.to_owned(),
        value: None,
        headers: Headers::new()
            .with(header::CE_SOURCE, source.as_str())
            .with(header::RUN, run.as_str()),
    }
}

/// The record that remembers a story.
pub(crate) fn memory_record(
    story: &str,
    memory: &StoryMemory,
    origin: (&SourceId, &RunId),
) -> Result<Outgoing, serde_json::Error> {
    Ok(Outgoing {
        topic: Topic::StoryState,
        key: story.to_owned(),
        value: Some(serde_json::to_vec(memory)?),
        headers: Headers::new()
            .with(header::CE_SOURCE, origin.0.as_str())
            .with(header::CONTENT_TYPE, "application/json")
            .with(header::RUN, origin.1.as_str()),
    })
}
