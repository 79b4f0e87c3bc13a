//! The stage: a clean story in, its article record and what it changes out.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wiredesk_enrichment::{EnrichSettings, enrich};
use wiredesk_lifecycle::{Advisory, Arrival, Bounds, Card, Promoted, Register, Standing, Verdict};
use wiredesk_model::{
    ArticleRecord, CleanStory, FilterReason, Incoming, OrderedBy, Outgoing, ReasonCode, StoryOrder,
    Timestamp, Topic,
};
use wiredesk_pipeline::{KeyedStage, Outcome};
use wiredesk_settings::{Problem, Settings};

use crate::advisories;
use crate::arrival::{arrival, asked_by, is_story};
use crate::dead::{given_up, guarded};
use crate::events::{forgotten_record, memory_record};
use crate::memory::{PartitionMemory, Said, StoryMemory};
use crate::orders::{carry_out, refuse};
use crate::power::Owners;
use crate::promote::promoted;
use crate::relations::{card_of, chain_of, note_changes, said};
use crate::resemblance::{self, is_let_out};
use crate::settings::EnricherSettings;
use crate::shelf::ShelfSettings;
use crate::version::fall_due;

/// Stories that are written at once because they are due or ordered; the next turn takes more.
const DUE_AT_ONCE: usize = 500;

/// The enrichment stage. It enriches each version by itself, and decides by what it remembers of
/// the story whether that version is shown, kept as superseded, held, or taken back.
#[derive(Debug, Clone, Default)]
pub struct EnricherStage {
    pub(crate) settings: EnrichSettings,
    /// Who may take back whose stories.
    owners: Owners,
    /// How long a story is remembered that is over; `None` for good.
    remembered: Option<Duration>,
    /// Whether stories stay whose time is over.
    keeps_expired: bool,
    /// The stories of the last days, over all partitions.
    register: Arc<Mutex<Register>>,
    /// Where stories are remembered that are not in use.
    shelf: ShelfSettings,
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
    pub(crate) story: String,
    pub(crate) arrival: Arrival,
    pub(crate) record: ArticleRecord,
    /// What the record was made of.
    pub(crate) clean: CleanStory,
    pub(crate) card: Card,
    said: Said,
    advisory: Option<Advisory>,
    /// Where a run made it anew, to stand for what was published.
    pub(crate) promoted: Option<Promoted>,
    /// Whether an operator lets it go out although it has the text of what was killed.
    pub(crate) is_let_out: bool,
}

impl EnricherStage {
    /// A stage with these settings.
    pub fn new(settings: EnrichSettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// The stage that the configuration asks for, with what outgrows memory in the data folder.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn configured(settings: &Settings) -> Result<Self, Vec<Problem>> {
        match EnricherSettings::read(settings) {
            (own, problems) if problems.is_empty() => {
                let folder = settings.scratch_folder();
                Ok(Self::default().ruled(&own).keeping(folder))
            }
            (_, problems) => Err(problems),
        }
    }

    /// The same, by the rules of `[enricher]`.
    #[must_use]
    pub fn ruled(mut self, settings: &EnricherSettings) -> Self {
        self.owners = Owners::of(&settings.owners);
        self.remembered = settings.remembered();
        self.keeps_expired = !settings.expire;
        self
    }

    /// The same, with what is remembered of stories that are not in use on disk, in `folder`.
    #[must_use]
    pub fn keeping(mut self, folder: PathBuf) -> Self {
        self.shelf.folder = Some(folder);
        self
    }

    fn candidate(&self, story: CleanStory) -> Candidate {
        let record = enrich(&story, &self.settings);
        let arrival = arrival(&story);
        let expires = arrival.expires.filter(|_| !self.keeps_expired);
        Candidate {
            story: story.story.to_string(),
            arrival: Arrival { expires, ..arrival },
            card: card_of(&story),
            said: said(&story, &record),
            advisory: asked_by(&story),
            promoted: None,
            is_let_out: false,
            record,
            clean: story,
        }
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn blank(&self) -> PartitionMemory {
        PartitionMemory::new(self.shelf.clone())
    }

    fn remember(&self, record: Incoming, memory: &mut PartitionMemory) {
        memory.remember(record);
    }

    fn draft(&self, record: &Incoming) -> Draft {
        let Some(value) = &record.value else {
            return Draft::Decided(Outcome::Filtered(FilterReason::Tombstone));
        };
        match serde_json::from_slice::<CleanStory>(value) {
            Ok(story) if !is_story(&story) => {
                Draft::Decided(Outcome::Filtered(FilterReason::NotAStory))
            }
            Ok(story) => match promoted(record) {
                Ok(promoted) => Draft::Version(Box::new(Candidate {
                    promoted,
                    is_let_out: is_let_out(&record.headers),
                    ..self.candidate(story)
                })),
                Err(detail) => self.spoiled(ReasonCode::Undecodable, detail),
            },
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
            Err(detail) => return Outcome::Stop { detail },
        };
        if candidate.advisory.is_some() {
            memory.forget_ahead(&story);
        }
        let advisory = candidate.advisory.as_ref().filter(|one| !one.is_story);
        let outcome = match advisory {
            Some(advisory) => {
                let is_known = known.story.newest.is_some();
                let register = self.register();
                Ok(advisories::decide(
                    advisory,
                    &candidate.clean,
                    is_known,
                    &register,
                ))
            }
            None => {
                let outcome = self.version(*candidate, &mut known, now);
                self.tell(&story, &known);
                outcome
            }
        };
        memory.put(story, known);
        outcome.unwrap_or_else(unwritable)
    }

    fn due(&self, memory: &mut PartitionMemory, now: Timestamp) -> Vec<Outgoing> {
        let mut outputs = Vec::new();
        if memory.stopped().is_some() {
            return outputs;
        }
        for order in memory.take_orders(DUE_AT_ONCE) {
            outputs.extend(match order.by {
                OrderedBy::Ahead => self.follow_ahead(order, memory),
                _ => self.follow(&order, memory, now),
            });
        }
        for order in memory.take_ahead(now) {
            outputs.extend(self.follow_ahead(order, memory));
        }
        for story in memory.due(now, DUE_AT_ONCE) {
            let mut known = match memory.take(&story) {
                Ok(known) => known,
                Err(detail) => {
                    memory.stop(detail);
                    return outputs;
                }
            };
            let fallen_due = guarded(&mut known, |known| fall_due(&story, known, now));
            let fallen_due = fallen_due
                .unwrap_or_else(|said| given_up(&story, &mut known, (ReasonCode::Panicked, &said)));
            // A record that was read as JSON can be written as JSON.
            outputs.extend(fallen_due.unwrap_or_default());
            self.tell(&story, &known);
            memory.put(story, known);
        }
        outputs.extend(self.forget_over(memory, now));
        outputs
    }

    fn refused(&self, key: &str, memory: &mut PartitionMemory, detail: &str) -> Vec<Outgoing> {
        let Ok(mut known) = memory.take(key) else {
            return Vec::new();
        };
        let outputs = given_up(key, &mut known, (ReasonCode::OverLimit, detail));
        self.tell(key, &known);
        memory.put(key.to_owned(), known);
        // What was read as JSON can be written as JSON.
        outputs.unwrap_or_default()
    }

    fn orders(&self) -> Option<Topic> {
        Some(Topic::Orders)
    }

    fn news(&self) -> Option<(Topic, Duration)> {
        Some((Topic::StoryState, Bounds::default().window))
    }

    fn learn(&self, news: &Incoming) {
        let known = news.value.as_deref().map(serde_json::from_slice);
        match known {
            Some(Ok(known)) => self.tell(&news.key, &known),
            // Whoever decides about the story says what is wrong with its memory.
            Some(Err(_)) => {}
            None => self.register().remove(&news.key),
        }
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
    /// What becomes of a version, and of what it asks for about others.
    fn version(
        &self,
        mut candidate: Candidate,
        known: &mut StoryMemory,
        now: Timestamp,
    ) -> Result<Outcome, serde_json::Error> {
        if let Some((code, detail)) = self.objection(&candidate, known, now) {
            return Ok(Outcome::SetAside {
                code,
                detail,
                outputs: Vec::new(),
            });
        }
        let verdict = match &candidate.promoted {
            Some(promoted) => known.story.promote(&candidate.arrival, promoted, now),
            None => known.story.arrive(&candidate.arrival, now),
        };
        let asked = candidate.advisory.take();
        let asked = match asked {
            Some(advisory) => advisories::beside(&advisory, &candidate.clean, &self.register())?,
            None => Vec::new(),
        };
        known
            .source
            .get_or_insert_with(|| candidate.clean.source.clone());
        if !matches!(verdict, Verdict::Duplicate | Verdict::Blocked) {
            known.decided = Some(now);
        }
        self.renumber(verdict, &mut candidate, known);
        self.relate(verdict, &mut candidate, known);
        Ok(match self.outcome(verdict, candidate, known, now)? {
            Outcome::Forward(outputs) => Outcome::Forward([outputs, asked].concat()),
            Outcome::Held(outputs) => Outcome::Held([outputs, asked].concat()),
            other => other,
        })
    }

    /// Why a person has to look at a version before anything is made of it.
    fn objection(
        &self,
        candidate: &Candidate,
        known: &StoryMemory,
        now: Timestamp,
    ) -> Option<(ReasonCode, String)> {
        let (source, arrival) = (&candidate.clean.source, &candidate.arrival);
        if let Some(detail) = self.owners.objection(source, arrival, known, now) {
            return Some((ReasonCode::NotOwner, detail));
        }
        let ground = (&*self.register(), &self.owners);
        let detail = resemblance::objection(candidate, known, ground)?;
        Some((ReasonCode::ResemblesKilled, detail))
    }

    /// Gives a version the number that it has among all of its story, where its feed counted and
    /// others were there before.
    fn renumber(&self, verdict: Verdict, candidate: &mut Candidate, known: &StoryMemory) {
        let number = known.story.number_of(&candidate.arrival, verdict);
        if number != candidate.clean.version {
            candidate.clean.version = number;
            candidate.record = enrich(&candidate.clean, &self.settings);
            candidate.said = said(&candidate.clean, &candidate.record);
        }
    }

    /// Notes on the record how it stands to the version before it and to other stories, and
    /// remembers what the next version will be compared with.
    fn relate(&self, verdict: Verdict, candidate: &mut Candidate, known: &mut StoryMemory) {
        let is_newest = matches!(
            verdict,
            Verdict::Published { .. } | Verdict::Held { .. } | Verdict::Withdrawn { .. }
        );
        let is_told = matches!(
            verdict,
            Verdict::Published { .. } | Verdict::Held { .. } | Verdict::Superseded { .. }
        );
        let (story, record) = (&candidate.story, &mut candidate.record);
        let mut card = candidate.card.clone();
        if is_told && card.sketch.is_some() {
            let near = self.register().near(story, &card);
            record.wire.chain = chain_of(story, &card.source, known, &near);
        }
        if is_newest {
            let chain = record.wire.chain.as_ref().map(|chain| chain.id.clone());
            card.chain = chain.filter(|chain| chain.as_str() != story);
            if is_told {
                note_changes(record, &candidate.said, known.said.as_ref());
                known.said = Some(candidate.said.clone());
            }
            known.card = Some(card);
        }
    }

    /// Tells the register where a story stands.
    fn tell(&self, story: &str, known: &StoryMemory) {
        let Some(card) = &known.card else {
            return self.register().remove(story);
        };
        let standing = match &known.story {
            story if story.killed.is_some() => Standing::Killed,
            story if story.shown.is_some() => Standing::Public,
            _ => Standing::Hidden,
        };
        self.register().put(story, card.clone(), standing);
    }

    /// Lets go of stories that have long been over.
    fn forget_over(&self, memory: &mut PartitionMemory, now: Timestamp) -> Vec<Outgoing> {
        let mut outputs = Vec::new();
        let Some((time, before)) = self
            .remembered
            .and_then(|time| Some((time, now.checked_sub(time).ok()?)))
        else {
            return outputs;
        };
        for story in memory.take_over(now, time) {
            let known = match memory.take(&story) {
                Ok(known) => known,
                Err(detail) => {
                    memory.stop(detail);
                    return outputs;
                }
            };
            if known.over_since().is_none_or(|since| since >= before) {
                memory.put(story, known);
                continue;
            }
            memory.forget(&story);
            self.register().remove(&story);
            outputs.push(forgotten_record(&story, &known));
        }
        outputs
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
                let carried_out = guarded(&mut known, |known| {
                    carry_out(order, known, now, (&self.settings, &self.owners))
                });
                let outputs = carried_out.unwrap_or_else(|said| {
                    refuse(order, &mut known, (ReasonCode::Panicked, &said))
                });
                self.tell(story, &known);
                memory.put(story.to_owned(), known);
                outputs.unwrap_or_default()
            }
            Err(detail) => {
                memory.stop(detail);
                Vec::new()
            }
        }
    }
}

impl EnricherStage {
    /// Has an advisory overtake what waits before it, where the story that it means is known beyond
    /// doubt. When its turn comes it is looked at again, with all that came before it.
    fn follow_ahead(&self, order: StoryOrder, memory: &mut PartitionMemory) -> Vec<Outgoing> {
        let own = order.story.as_str().to_owned();
        let mut known = match memory.take(&own) {
            Ok(known) => known,
            Err(detail) => {
                memory.stop(detail);
                return Vec::new();
            }
        };
        // Orders are read again after every start.
        let is_done = known.advised.is_some_and(|at| at >= order.at);
        let orders = match is_done {
            true => Some(Vec::new()),
            false => advisories::ahead(&order, &self.register()),
        };
        let outputs = match orders {
            Some(orders) if !orders.is_empty() => {
                known.advised = Some(order.at);
                let records = orders.iter().map(StoryOrder::record);
                let origin = (&order.source, &order.run);
                let memory = memory_record(&own, &known, origin);
                records.chain([memory]).collect::<Result<_, _>>()
            }
            Some(_) => Ok(Vec::new()),
            None => {
                memory.wait_ahead(order);
                Ok(Vec::new())
            }
        };
        memory.put(own, known);
        // What was read as JSON can be written as JSON.
        outputs.unwrap_or_default()
    }
}

pub(crate) fn unwritable(error: serde_json::Error) -> Outcome {
    Outcome::Stop {
        detail: format!("a record could not be written as JSON: {error}"),
    }
}

#[cfg(test)]
mod ahead_tests;
#[cfg(test)]
mod expiry_tests;
#[cfg(test)]
mod memory_tests;
#[cfg(test)]
mod power_tests;
#[cfg(test)]
mod promote_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod relation_tests;
#[cfg(test)]
mod resemblance_tests;
#[cfg(test)]
mod tests;
