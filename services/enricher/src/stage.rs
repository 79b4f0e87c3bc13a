//! The stage: a clean story in, its article record and what it changes out.

use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_lifecycle::{Arrival, Verdict, Withdrawal};
use wiredesk_model::{
    ArticleRecord, ChangeClass, CleanStory, FilterReason, Headers, Incoming, Outgoing, PubStatus,
    ReasonCode, StoryOrder, Timestamp, Topic, WireStatus, header,
};
use wiredesk_pipeline::{KeyedStage, Outcome};

use crate::arrival::{arrival, is_story};
use crate::events::{Event, EventType, memory_record};
use crate::memory::{PartitionMemory, StoryMemory};
use crate::orders::carry_out;

/// Stories that are written at once because they are due or ordered; the next turn takes more.
const DUE_AT_ONCE: usize = 500;

/// The enrichment stage. It enriches each version by itself, and decides by what it remembers of
/// the story whether that version is shown, kept as superseded, held, or taken back.
#[derive(Debug, Clone, Default)]
pub struct EnricherStage {
    settings: EnrichSettings,
}

/// A record before it is decided about.
pub enum Draft {
    /// Nothing is left to decide.
    Decided(Outcome),
    /// A version of a story.
    Version(Box<Candidate>),
}

/// An enriched version of a story.
pub struct Candidate {
    story: String,
    arrival: Arrival,
    record: ArticleRecord,
    /// What the record was made of.
    clean: CleanStory,
}

impl EnricherStage {
    /// A stage with these settings.
    pub fn new(settings: EnrichSettings) -> Self {
        Self { settings }
    }

    fn candidate(&self, story: CleanStory) -> Candidate {
        Candidate {
            story: story.story.to_string(),
            arrival: arrival(&story),
            record: enrich(&story, &self.settings),
            clean: story,
        }
    }

    /// The record without any of its text, for a version that is not to be shown.
    fn blank(&self, mut story: CleanStory) -> ArticleRecord {
        story.item.wire.get_or_insert_default().status = WireStatus::Withheld;
        enrich(&story, &self.settings)
    }
}

impl KeyedStage for EnricherStage {
    type Draft = Draft;
    type Memory = PartitionMemory;

    fn name(&self) -> &'static str {
        "enricher"
    }

    fn input(&self) -> Topic {
        Topic::Clean
    }

    fn memory(&self) -> Option<Topic> {
        Some(Topic::StoryState)
    }

    fn recall(&self, state: Vec<Incoming>) -> PartitionMemory {
        PartitionMemory::recall(state)
    }

    fn draft(&self, record: &Incoming) -> Draft {
        let Some(value) = &record.value else {
            return Draft::Decided(Outcome::Filtered(FilterReason::Tombstone));
        };
        match serde_json::from_slice::<CleanStory>(value) {
            Ok(story) if !is_story(&story) => {
                Draft::Decided(Outcome::Filtered(FilterReason::NotAStory))
            }
            Ok(story) => Draft::Version(Box::new(self.candidate(story))),
            Err(error) => Draft::Decided(Outcome::Dead {
                code: ReasonCode::Undecodable,
                detail: format!("the value is no clean story: {error}"),
            }),
        }
    }

    fn spoiled(&self, code: ReasonCode, detail: String) -> Draft {
        Draft::Decided(Outcome::Dead { code, detail })
    }

    fn decide(&self, draft: Draft, memory: &mut PartitionMemory, now: Timestamp) -> Outcome {
        let candidate = match draft {
            Draft::Decided(outcome) => return outcome,
            Draft::Version(candidate) => candidate,
        };
        if let Some(detail) = memory.stopped() {
            return Outcome::Stop { detail };
        }
        let story = candidate.story.clone();
        let mut known = match memory.take(&story) {
            Ok(known) => known,
            Err(error) => {
                let detail = unreadable(&story, &error);
                return Outcome::Stop { detail };
            }
        };
        let verdict = known.story.arrive(&candidate.arrival, now);
        known.source = Some(candidate.clean.source.clone());
        let outcome = self.outcome(verdict, *candidate, &mut known);
        memory.put(story, known);
        outcome.unwrap_or_else(|error| unwritable(&error))
    }

    fn due(&self, memory: &mut PartitionMemory, now: Timestamp) -> Vec<Outgoing> {
        let mut outputs = Vec::new();
        for order in memory.take_orders(DUE_AT_ONCE) {
            outputs.extend(self.follow(&order, memory, now));
        }
        for story in memory.take_due(now, DUE_AT_ONCE) {
            let Ok(mut known) = memory.take(&story) else {
                continue;
            };
            let released = known.story.release(now).is_some();
            if let Some(record) = known.waiting.take_if(|_| released) {
                // A record that was read as JSON can be written as JSON.
                outputs.extend(release(&story, &record, &known, now).unwrap_or_default());
            }
            memory.put(story, known);
        }
        outputs
    }

    fn refused(&self, key: &str, memory: &mut PartitionMemory, detail: &str) -> Vec<Outgoing> {
        let Ok(mut known) = memory.take(key) else {
            return Vec::new();
        };
        let outputs = given_up(key, &mut known, detail);
        memory.put(key.to_owned(), known);
        // What was read as JSON can be written as JSON.
        outputs.unwrap_or_default()
    }

    fn orders(&self) -> Option<Topic> {
        Some(Topic::Orders)
    }

    fn order(&self, order: &Incoming, memory: &mut PartitionMemory) {
        let value = order.value.as_deref().unwrap_or_default();
        match serde_json::from_slice::<StoryOrder>(value) {
            Ok(order) => memory.push_order(order),
            Err(error) => tracing::error!(
                partition = order.at.partition,
                offset = order.offset,
                story = order.key,
                "an order cannot be read and is not followed: {error}"
            ),
        }
    }
}

impl EnricherStage {
    /// What a verdict means for the topics. Whatever is decided is remembered in the same batch.
    fn outcome(
        &self,
        verdict: Verdict,
        candidate: Candidate,
        known: &mut StoryMemory,
    ) -> Result<Outcome, serde_json::Error> {
        let Candidate {
            story,
            arrival,
            mut record,
            clean,
        } = candidate;
        let event_type = match verdict {
            Verdict::Duplicate => return Ok(Outcome::Filtered(FilterReason::Duplicate)),
            Verdict::Blocked => return Ok(Outcome::Filtered(FilterReason::Killed)),
            Verdict::Held {
                retract, revision, ..
            } => {
                record.wire.revision = revision;
                known.waiting = Some(Box::new(record));
                let blank = retract.then(|| {
                    let mut blank = self.blank(clean);
                    blank.wire.revision = revision;
                    blank
                });
                return hold(&story, blank.as_ref(), known, arrival.received);
            }
            Verdict::Superseded { revision } => {
                record.wire.superseded = true;
                record.wire.revision = revision;
                EventType::Updated
            }
            Verdict::Published { first, revision } => {
                known.waiting = None;
                record.wire.revision = revision;
                if first {
                    record.wire.change = ChangeClass::Created;
                }
                event_type(first, record.wire.change)
            }
            Verdict::Withdrawn { why, revision, .. } => {
                known.waiting = None;
                if record.article.pub_status == PubStatus::Usable {
                    record = self.blank(clean);
                }
                record.wire.revision = revision;
                match why {
                    Withdrawal::Deleted => EventType::Deleted,
                    Withdrawal::Withheld | Withdrawal::UnknownStatus => EventType::Withheld,
                }
            }
            Verdict::Killed { revision } => {
                known.waiting = None;
                record.wire.revision = revision;
                EventType::Canceled
            }
        };
        let event = Event {
            story: &story,
            event_type,
            record: &record,
            at: arrival.received,
        };
        let mut outputs = event.outputs()?;
        let origin = (&record.wire.source, &record.wire.run);
        outputs.push(memory_record(&story, known, origin)?);
        Ok(Outcome::Forward(outputs))
    }

    /// Does what an order asks for, unless it was done before.
    fn follow(
        &self,
        order: &StoryOrder,
        memory: &mut PartitionMemory,
        now: Timestamp,
    ) -> Vec<Outgoing> {
        let story = order.story.as_str();
        match memory.take(story) {
            Ok(mut known) => {
                let outputs = carry_out(order, &mut known, now, &self.settings);
                memory.put(story.to_owned(), known);
                outputs.unwrap_or_default()
            }
            Err(error) => {
                memory.stop(unreadable(story, &error));
                Vec::new()
            }
        }
    }
}

/// What is remembered of a story cannot be read: guessing could publish what was killed.
fn unreadable(story: &str, error: &str) -> String {
    format!(
        "what is remembered of story {story} cannot be read ({error}); it was written by a newer \
         build, so run that one"
    )
}

/// A held version goes nowhere but into the memory; what was public is taken back.
fn hold(
    story: &str,
    blank: Option<&ArticleRecord>,
    known: &StoryMemory,
    at: Timestamp,
) -> Result<Outcome, serde_json::Error> {
    let mut outputs = Vec::new();
    if let Some(record) = blank {
        let event_type = EventType::Embargoed;
        outputs = Event {
            story,
            event_type,
            record,
            at,
        }
        .outputs()?;
    }
    if let Some(waiting) = &known.waiting {
        let origin = (&waiting.wire.source, &waiting.wire.run);
        outputs.push(memory_record(story, known, origin)?);
    }
    Ok(Outcome::Held(outputs))
}

/// The event, the current record and the memory of a version whose time has come.
fn release(
    story: &str,
    record: &ArticleRecord,
    known: &StoryMemory,
    now: Timestamp,
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let event_type = EventType::Released;
    let mut outputs = Event {
        story,
        event_type,
        record,
        at: now,
    }
    .outputs()?;
    let origin = (&record.wire.source, &record.wire.run);
    outputs.push(memory_record(story, known, origin)?);
    Ok(outputs)
}

/// A version whose time has come and whose record the transport refuses: it goes nowhere, and the
/// dead letter says what it was.
fn given_up(
    story: &str,
    known: &mut StoryMemory,
    detail: &str,
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let origin = known.origin();
    let note = serde_json::json!({
        "story": story,
        "version": known.story.newest.as_ref().map(|newest| newest.version),
        "source": origin.0,
    });
    known.waiting = None;
    known.story.shown = None;
    let dead = Outgoing {
        topic: Topic::Dead,
        key: story.to_owned(),
        value: Some(serde_json::to_vec(&note)?),
        headers: Headers::new()
            .with(header::RUN, origin.1.as_str())
            .with(header::DEAD_STAGE, "enricher")
            .with(header::DEAD_REASON, ReasonCode::OverLimit.as_str())
            .with(header::DEAD_DETAIL, detail)
            .with(header::DEAD_ATTEMPTS, "1")
            .with(header::DEAD_TOPIC, Topic::StoryState.name())
            .with(header::DEAD_TIME, Timestamp::now().to_string()),
    };
    let memory = memory_record(story, known, (&origin.0, &origin.1))?;
    Ok(vec![dead, memory])
}

fn event_type(first: bool, change: ChangeClass) -> EventType {
    match change {
        _ if first => EventType::Created,
        ChangeClass::Correction => EventType::Corrected,
        ChangeClass::Created | ChangeClass::Update | ChangeClass::Repeat => EventType::Updated,
    }
}

fn unwritable(error: &serde_json::Error) -> Outcome {
    Outcome::Stop {
        detail: format!("a record could not be written as JSON: {error}"),
    }
}

#[cfg(test)]
mod tests;
