//! The stage: a clean story in, its article record and what it changes out.

use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_lifecycle::{Arrival, Embargo, Status, Verdict, Withdrawal};
use wiredesk_model::{
    ArticleRecord, ChangeClass, CleanStory, FilterReason, Incoming, Outgoing, ReasonCode,
    Timestamp, Topic, WireFacts, WireStatus,
};
use wiredesk_pipeline::{KeyedStage, Outcome};

use crate::events::{Event, EventType, memory_record};
use crate::memory::{PartitionMemory, StoryMemory};

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
    /// The same without any of its text, where it may have to be taken back for an embargo.
    blank: Option<ArticleRecord>,
}

impl EnricherStage {
    /// A stage with these settings.
    pub fn new(settings: EnrichSettings) -> Self {
        Self { settings }
    }

    fn candidate(&self, story: &CleanStory) -> Candidate {
        let arrival = arrival(story);
        let blank = (arrival.embargo != Embargo::Absent).then(|| {
            let mut withheld = story.clone();
            if let Some(facts) = &mut withheld.item.wire {
                facts.status = WireStatus::Withheld;
            }
            enrich(&withheld, &self.settings)
        });
        Candidate {
            story: story.story.to_string(),
            arrival,
            record: enrich(story, &self.settings),
            blank,
        }
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
            Ok(story) => Draft::Version(Box::new(self.candidate(&story))),
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
        let story = candidate.story.clone();
        let mut known = match memory.take(&story) {
            Ok(known) => known,
            Err(error) => {
                let detail = format!(
                    "what is remembered of story {story} cannot be read ({error}); it was \
                     written by a newer build, so run that one"
                );
                return Outcome::Stop { detail };
            }
        };
        let verdict = known.story.arrive(&candidate.arrival, now);
        let outcome = outcome(verdict, *candidate, &mut known);
        memory.put(story, known);
        outcome.unwrap_or_else(|error| unwritable(&error))
    }

    fn due(&self, memory: &mut PartitionMemory, now: Timestamp) -> Vec<Outgoing> {
        let mut outputs = Vec::new();
        for story in memory.take_due(now) {
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
}

/// What a verdict means for the topics. Whatever is decided is remembered in the same batch.
fn outcome(
    verdict: Verdict,
    candidate: Candidate,
    known: &mut StoryMemory,
) -> Result<Outcome, serde_json::Error> {
    let Candidate {
        story,
        arrival,
        mut record,
        blank,
    } = candidate;
    let event_type = match verdict {
        Verdict::Duplicate => return Ok(Outcome::Filtered(FilterReason::Duplicate)),
        Verdict::Blocked => return Ok(Outcome::Filtered(FilterReason::Killed)),
        Verdict::Held { retract, .. } => {
            known.waiting = Some(Box::new(record));
            let blank = blank.filter(|_| retract);
            return hold(&story, blank.as_ref(), known, arrival.received);
        }
        Verdict::Superseded => {
            record.wire.superseded = true;
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
        Verdict::Withdrawn { why, .. } => {
            known.waiting = None;
            match why {
                Withdrawal::Deleted => EventType::Deleted,
                Withdrawal::Withheld | Withdrawal::UnknownStatus => EventType::Withheld,
            }
        }
        Verdict::Killed => {
            known.waiting = None;
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

fn is_story(story: &CleanStory) -> bool {
    story.item.wire.as_deref().is_none_or(WireFacts::is_story)
}

/// What decides about a version. A web feed says nothing of status and embargo: usable, none.
fn arrival(story: &CleanStory) -> Arrival {
    let usable = Arrival::usable(story.version, &story.raw_hash, story.fetched_at);
    let Some(facts) = story.item.wire.as_deref() else {
        return usable;
    };
    Arrival {
        created: facts
            .version_created
            .as_deref()
            .and_then(|text| text.parse().ok()),
        status: match facts.status {
            WireStatus::Usable => Status::Usable,
            WireStatus::Withheld => Status::Withheld,
            WireStatus::Canceled => Status::Canceled,
            WireStatus::Unknown => Status::Unknown,
        },
        embargo: match &facts.embargo {
            wiredesk_model::Embargo::Absent => Embargo::Absent,
            wiredesk_model::Embargo::Until { at } => {
                at.parse().map_or(Embargo::Unknown, Embargo::Until)
            }
            wiredesk_model::Embargo::Unknown { .. } => Embargo::Unknown,
        },
        ..usable
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{Headers, TopicPartition, Version, header};

    use super::*;
    use crate::sample::story;

    const STORY: &str = "tag:harbor-gazette.example,2026:story/1047";

    struct Desk {
        stage: EnricherStage,
        memory: PartitionMemory,
        now: Timestamp,
    }

    impl Desk {
        fn new() -> Self {
            let now = "2026-08-30T12:00:00Z".parse().expect("a date");
            Self {
                stage: EnricherStage::default(),
                memory: PartitionMemory::default(),
                now,
            }
        }

        fn process(&mut self, story: &CleanStory) -> Outcome {
            let value = serde_json::to_vec(story).expect("a story is JSON");
            let draft = self.stage.draft(&incoming(Some(value)));
            self.stage.decide(draft, &mut self.memory, self.now)
        }

        fn due_at(&mut self, time: &str) -> Vec<Outgoing> {
            self.stage
                .due(&mut self.memory, time.parse().expect("a date"))
        }

        /// The memory as a new holder of the partition would read it.
        fn recall(&mut self, outputs: &[Outgoing]) {
            let states = outputs
                .iter()
                .filter(|output| output.topic == Topic::StoryState);
            let state = states.map(|output| Incoming {
                key: output.key.clone(),
                ..incoming(output.value.clone())
            });
            self.memory = self.stage.recall(state.collect());
        }
    }

    fn incoming(value: Option<Vec<u8>>) -> Incoming {
        Incoming {
            at: TopicPartition::new(Topic::Clean, 0),
            offset: 7,
            timestamp_ms: 0,
            key: STORY.to_owned(),
            value,
            headers: Headers::new(),
        }
    }

    fn version(number: u32) -> CleanStory {
        let mut story = story();
        story.version = Version(number);
        story.raw_hash = format!("hash of version {number}");
        story
    }

    fn wire(number: u32, facts: WireFacts) -> CleanStory {
        let mut story = version(number);
        story.item.wire = Some(Box::new(facts));
        story
    }

    fn with_status(number: u32, status: WireStatus) -> CleanStory {
        wire(
            number,
            WireFacts {
                status,
                ..WireFacts::default()
            },
        )
    }

    fn embargoed(number: u32, until: &str) -> CleanStory {
        let embargo = wiredesk_model::Embargo::Until {
            at: until.to_owned(),
        };
        wire(
            number,
            WireFacts {
                embargo,
                ..WireFacts::default()
            },
        )
    }

    fn outputs(outcome: Outcome) -> Vec<Outgoing> {
        match outcome {
            Outcome::Forward(outputs) | Outcome::Held(outputs) => outputs,
            other => panic!("expected outputs, got {other:?}"),
        }
    }

    fn topics(outputs: &[Outgoing]) -> Vec<Topic> {
        outputs.iter().map(|output| output.topic).collect()
    }

    fn event(outputs: &[Outgoing]) -> (&str, &str) {
        let named = |name| outputs[0].headers.get(name).unwrap_or_default();
        (named(header::CE_TYPE), named(header::CE_ID))
    }

    fn record(output: &Outgoing) -> ArticleRecord {
        let value = output.value.as_deref().expect("a value");
        serde_json::from_slice(value).expect("an article record")
    }

    #[test]
    fn a_story_goes_to_both_topics_under_its_id_and_is_remembered() {
        let outputs = outputs(Desk::new().process(&story()));
        assert_eq!(
            topics(&outputs),
            [Topic::Enriched, Topic::Current, Topic::StoryState]
        );
        assert_eq!(outputs[0].value, outputs[1].value);
        for output in &outputs {
            assert_eq!(output.key, STORY);
        }
        let headers: Vec<(&str, &str)> = outputs[0].headers.iter().collect();
        assert_eq!(
            headers,
            [
                ("ce_specversion", "1.0"),
                ("ce_id", "tag:harbor-gazette.example,2026:story/1047@1"),
                ("ce_source", "harbor-gazette"),
                ("ce_type", "article.created"),
                ("ce_subject", STORY),
                ("ce_time", "2026-08-30T12:00:00Z"),
                ("ce_dataschema", wiredesk_model::ARTICLE_SCHEMA),
                ("content-type", "application/json"),
                ("wd_run", "live"),
            ]
        );
        assert_eq!(record(&outputs[0]).wire.agency.as_deref(), Some("AP"));
    }

    #[test]
    fn the_type_says_what_happened() {
        let mut desk = Desk::new();
        let mut typed = |number: u32, title: &str| {
            let mut story = version(number);
            story.title = title.to_owned();
            event(&outputs(desk.process(&story))).0.to_owned()
        };
        assert_eq!(typed(1, "CORRECTED-Ferry"), "article.created");
        assert_eq!(typed(2, "CORRECTED-Ferry"), "article.corrected");
        assert_eq!(typed(3, "Ferry"), "article.updated");
        assert_eq!(typed(4, "RPT-Ferry"), "article.updated");
    }

    #[test]
    fn a_late_older_version_is_kept_and_leaves_current_alone() {
        let mut desk = Desk::new();
        desk.process(&version(3));
        let late = outputs(desk.process(&version(2)));
        assert_eq!(topics(&late), [Topic::Enriched, Topic::StoryState]);
        assert!(record(&late[0]).wire.superseded);
        let again = desk.process(&version(2));
        assert_eq!(again, Outcome::Filtered(FilterReason::Duplicate));
    }

    #[test]
    fn the_same_version_with_other_content_is_a_revision() {
        let mut desk = Desk::new();
        desk.process(&version(1));
        let mut other = version(1);
        other.raw_hash = "other bytes".to_owned();
        let outputs = outputs(desk.process(&other));
        assert_eq!(event(&outputs).1, format!("{STORY}@1.1"));
        assert_eq!(record(&outputs[1]).wire.revision, 1);
    }

    #[test]
    fn a_killed_story_leaves_current_for_good() {
        let mut desk = Desk::new();
        desk.process(&version(1));
        let killed = outputs(desk.process(&with_status(2, WireStatus::Canceled)));
        assert_eq!(event(&killed).0, "article.canceled");
        assert!(killed[0].value.is_some());
        assert_eq!((killed[1].topic, &killed[1].value), (Topic::Current, &None));
        desk.recall(&killed);
        let later = desk.process(&version(3));
        assert_eq!(later, Outcome::Filtered(FilterReason::Killed));
    }

    #[test]
    fn a_withheld_story_comes_back_with_a_later_usable_version() {
        let mut desk = Desk::new();
        desk.process(&version(1));
        let withheld = outputs(desk.process(&with_status(2, WireStatus::Withheld)));
        assert_eq!(event(&withheld).0, "article.withheld");
        assert_eq!(
            (withheld[1].topic, &withheld[1].value),
            (Topic::Current, &None)
        );
        let back = outputs(desk.process(&with_status(3, WireStatus::Usable)));
        assert_eq!(event(&back).0, "article.updated");
        assert!(back[1].value.is_some());
    }

    #[test]
    fn an_embargoed_story_waits_and_is_released_once_after_a_restart() {
        let mut desk = Desk::new();
        let held = desk.process(&embargoed(1, "2026-08-30T18:00:00Z"));
        assert!(matches!(held, Outcome::Held(_)), "{held:?}");
        let held = outputs(held);
        assert_eq!(topics(&held), [Topic::StoryState], "nothing public");
        desk.recall(&held);
        assert_eq!(desk.due_at("2026-08-30T17:59:59Z"), []);
        let released = desk.due_at("2026-08-30T18:00:00Z");
        assert_eq!(
            topics(&released),
            [Topic::Enriched, Topic::Current, Topic::StoryState]
        );
        assert_eq!(
            event(&released),
            ("article.released", &*format!("{STORY}@1"))
        );
        assert!(!record(&released[0]).article.bodies.is_empty());
        desk.recall(&released);
        assert_eq!(desk.due_at("2026-08-30T19:00:00Z"), [], "released once");
    }

    #[test]
    fn an_embargo_on_what_is_public_takes_it_back_without_a_word_of_it() {
        let mut desk = Desk::new();
        desk.process(&version(1));
        let held = outputs(desk.process(&embargoed(2, "2026-08-30T18:00:00Z")));
        assert_eq!(
            topics(&held),
            [Topic::Enriched, Topic::Current, Topic::StoryState]
        );
        assert_eq!(
            event(&held),
            ("article.withheld", &*format!("{STORY}@2/embargo"))
        );
        assert!(record(&held[0]).article.bodies.is_empty());
        assert_eq!(held[1].value, None);
        let released = desk.due_at("2026-08-30T18:00:00Z");
        assert_eq!(
            event(&released),
            ("article.released", &*format!("{STORY}@2"))
        );
    }

    #[test]
    fn an_embargo_without_a_time_waits_for_a_later_version() {
        let mut desk = Desk::new();
        let embargo = wiredesk_model::Embargo::Unknown {
            text: String::new(),
        };
        let held = desk.process(&wire(
            1,
            WireFacts {
                embargo,
                ..WireFacts::default()
            },
        ));
        assert_eq!(topics(&outputs(held)), [Topic::StoryState]);
        assert_eq!(desk.due_at("2999-01-01T00:00:00Z"), []);
        let open = outputs(desk.process(&version(2)));
        assert_eq!(event(&open).0, "article.created");
    }

    #[test]
    fn what_is_no_story_is_said_to_be_none() {
        let mut desk = Desk::new();
        for value in [&b"not json"[..], b"{}", b"[]", b"\xff", b""] {
            let draft = desk.stage.draft(&incoming(Some(value.to_vec())));
            let outcome = desk.stage.decide(draft, &mut desk.memory, desk.now);
            let code = ReasonCode::Undecodable;
            assert!(
                matches!(&outcome, Outcome::Dead { code: found, .. } if *found == code),
                "{outcome:?}"
            );
        }
        let draft = desk.stage.draft(&incoming(None));
        let tombstone = desk.stage.decide(draft, &mut desk.memory, desk.now);
        assert_eq!(tombstone, Outcome::Filtered(FilterReason::Tombstone));
        let kind = wiredesk_model::WireKind::Planning;
        let plan = desk.process(&wire(
            1,
            WireFacts {
                kind,
                ..WireFacts::default()
            },
        ));
        assert_eq!(plan, Outcome::Filtered(FilterReason::NotAStory));
    }

    #[test]
    fn a_memory_that_cannot_be_read_stops_the_stage_instead_of_guessing() {
        let mut desk = Desk::new();
        desk.memory = desk
            .stage
            .recall(vec![incoming(Some(b"{\"story\": 7}".to_vec()))]);
        let outcome = desk.process(&version(1));
        assert!(
            matches!(&outcome, Outcome::Stop { detail } if detail.contains(STORY)),
            "{outcome:?}"
        );
    }
}
