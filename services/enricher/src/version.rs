//! What becomes of one version: its event, the current record, and what is remembered.

use wiredesk_enrichment::enrich;
use wiredesk_lifecycle::{Verdict, Withdrawal};
use wiredesk_model::{
    ArticleRecord, ChangeClass, CleanStory, FilterReason, Outgoing, PubStatus, Timestamp,
    WireStatus,
};
use wiredesk_pipeline::Outcome;

use crate::events::{Event, EventType, memory_record};
use crate::memory::StoryMemory;
use crate::stage::{Candidate, EnricherStage};

impl EnricherStage {
    /// What a verdict means for the topics. Whatever is decided is remembered in the same batch.
    pub(crate) fn outcome(
        &self,
        verdict: Verdict,
        candidate: Candidate,
        known: &mut StoryMemory,
        now: Timestamp,
    ) -> Result<Outcome, serde_json::Error> {
        self.prepare_ending(verdict, &candidate, known);
        let Candidate {
            story,
            arrival,
            mut record,
            clean,
            promoted,
            ..
        } = candidate;
        let event_type = match verdict {
            Verdict::Duplicate | Verdict::Noted => {
                return Ok(Outcome::Filtered(FilterReason::Duplicate));
            }
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
                // What must not be public now must not be so as an older version either.
                if known.story.shown.is_none() || !arrival.embargo.is_open(now) {
                    record = self.blank(clean);
                }
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
                match promoted {
                    // What is made anew was corrected, where it was, when it came.
                    Some(_) if !first => EventType::Updated,
                    _ => event_type(first, record.wire.change),
                }
            }
            Verdict::Withdrawn { why, revision, .. } => {
                known.waiting = None;
                if record.article.pub_status == PubStatus::Usable {
                    record = self.blank(clean);
                }
                record.wire.revision = revision;
                withdrawn(why)
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

    /// Remembers what will take a version back whose time ends, and no more what would have taken
    /// back the one before it.
    fn prepare_ending(&self, verdict: Verdict, candidate: &Candidate, known: &mut StoryMemory) {
        let expires = candidate.arrival.expires;
        known.ending = match verdict {
            Verdict::Published { .. } | Verdict::Held { .. } => {
                expires.map(|_| Box::new(self.blank(candidate.clean.clone())))
            }
            Verdict::Withdrawn { .. } | Verdict::Killed { .. } => None,
            Verdict::Superseded { .. } | Verdict::Duplicate | Verdict::Noted | Verdict::Blocked => {
                return;
            }
        };
    }

    /// The record without any of its text, for a version that is not to be shown.
    fn blank(&self, mut story: CleanStory) -> ArticleRecord {
        story.item.wire.get_or_insert_default().status = WireStatus::Withheld;
        enrich(&story, &self.settings)
    }
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

/// What time alone changes: a version goes out whose embargo is over, and one is taken back whose
/// own time is.
pub(crate) fn fall_due(
    story: &str,
    known: &mut StoryMemory,
    now: Timestamp,
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let (event_type, record) = if known.ending.is_some() && known.story.expire(now).is_some() {
        known.waiting = None;
        (EventType::Expired, known.ending.take())
    } else if known.waiting.is_some() && known.story.release(now).is_some() {
        (EventType::Released, known.waiting.take())
    } else {
        return Ok(Vec::new());
    };
    match record {
        Some(record) => tell(story, event_type, *record, (known, now)),
        None => Ok(Vec::new()),
    }
}

/// The event, the current record and the memory of a version whose time has come.
fn tell(
    story: &str,
    event_type: EventType,
    mut record: ArticleRecord,
    (known, now): (&StoryMemory, Timestamp),
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let newest = known.story.newest.as_ref();
    record.wire.revision = newest.map_or(0, |newest| newest.revision);
    let event = Event {
        story,
        event_type,
        record: &record,
        at: now,
    };
    let mut outputs = event.outputs()?;
    let origin = (&record.wire.source, &record.wire.run);
    outputs.push(memory_record(story, known, origin)?);
    Ok(outputs)
}

fn withdrawn(why: Withdrawal) -> EventType {
    match why {
        Withdrawal::Deleted => EventType::Deleted,
        Withdrawal::Expired => EventType::Expired,
        Withdrawal::Withheld | Withdrawal::UnknownStatus => EventType::Withheld,
    }
}

fn event_type(first: bool, change: ChangeClass) -> EventType {
    match change {
        _ if first => EventType::Created,
        ChangeClass::Correction => EventType::Corrected,
        ChangeClass::Created | ChangeClass::Update | ChangeClass::Repeat => EventType::Updated,
    }
}
