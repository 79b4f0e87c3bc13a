//! The loop that drives a stage: poll, decide on many threads, settle, commit.
//!
//! One batch is being decided while the one before it is committed. Whatever goes wrong before a
//! commit, the answer is the same: drop what is under way and read again from the committed
//! positions. Stopping and giving partitions up are one path: finish the batch under way within
//! the drain limit, commit it, let go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, Outgoing, Timestamp, TopicPartition};

use crate::beside::Beside;
use crate::group::{Committed, Group, Run};
use crate::lanes::Lanes;
use crate::memories::Memories;
use crate::observe::Written;
use crate::outcome::Plain;
use crate::settle::{Settled, Terms};
use crate::storm::StormWatch;
use crate::work::{Flight, Workers};
use crate::{Batch, Count, GroupEvent, KeyedStage, Phase, RunError, Stage, observe};

/// Longest wait for input while nothing is under way.
const IDLE_WAIT: Duration = Duration::from_millis(200);
/// How often the memory is asked for what is due by itself.
const DUE_EVERY: Duration = Duration::from_millis(250);
/// Longest wait for decisions before the group is polled again.
const FLIGHT_WAIT: Duration = Duration::from_millis(10);

/// Runs a stage until asked to stop. Blocks: give it a thread of its own.
///
/// # Errors
/// Where it ended by itself: fenced, a storm of dead letters, the stage's own wish, or a transport
/// that cannot go on. The status shows the same.
pub fn run_stage(stage: Arc<dyn Stage>, run: Run) -> Result<(), RunError> {
    run_keyed_stage(Arc::new(Plain(stage)), run)
}

/// Runs a stage that has a memory until asked to stop. Blocks: give it a thread of its own.
///
/// # Errors
/// As [`run_stage`]; also where the memory's topic has other partitions than the input.
pub fn run_keyed_stage<S: KeyedStage>(stage: Arc<S>, run: Run) -> Result<(), RunError> {
    let status = Arc::clone(&run.status);
    let ended = StageRunner::join(stage, run).and_then(|runner| match runner {
        Some(mut runner) => runner.drive(),
        None => Ok(()),
    });
    status.set_phase(match &ended {
        Ok(()) => Phase::Stopped,
        Err(error) => Phase::Failed(error.to_string()),
    });
    ended
}

struct StageRunner<S: KeyedStage> {
    stage: Arc<S>,
    group: Group,
    workers: Workers<S>,
    lanes: Lanes,
    memories: Memories<S>,
    beside: Beside<S>,
    flight: Option<Flight<S::Draft>>,
    storm: StormWatch,
    paused: bool,
    due_next: Instant,
    /// So many of the next records go one by one: one of them was refused by the transport.
    singles: usize,
}

impl<S: KeyedStage> StageRunner<S> {
    fn join(stage: Arc<S>, run: Run) -> Result<Option<Self>, RunError> {
        let service = stage.name();
        let settings = run.settings.clone();
        let workers = Workers::new(Arc::clone(&stage), settings.threads).map_err(|error| {
            RunError::Stopped {
                service,
                detail: format!("its threads could not start: {error}"),
            }
        })?;
        let Some(group) = Group::join((service, service), stage.input(), run)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            memories: Memories::new(Arc::clone(&stage)),
            beside: Beside::new(Arc::clone(&stage)),
            stage,
            group,
            workers,
            lanes: Lanes::new(settings.pending_records, settings.pending_bytes),
            flight: None,
            storm: StormWatch::new(&settings),
            paused: false,
            due_next: Instant::now(),
            singles: 0,
        }))
    }

    fn drive(&mut self) -> Result<(), RunError> {
        self.memories.check(&self.group.run)?;
        while !self.group.run.stop.is_requested() {
            self.take_in()?;
            self.recall()?;
            self.take_in_beside()?;
            self.write_due()?;
            self.launch();
            if let Some(settled) = self.land(FLIGHT_WAIT)? {
                self.launch();
                self.commit(settled)?;
            }
            self.group.show_standing(self.lanes.held().len(), true);
            observe::pending(self.group.service, self.lanes.records(), self.lanes.bytes());
        }
        self.group.run.status.set_phase(Phase::Draining);
        self.drain()
    }

    /// Polls, answers the group, and queues what came.
    fn take_in(&mut self) -> Result<(), RunError> {
        self.adjust_pause()?;
        let is_busy = self.flight.is_some() || !self.memories.cover(&self.lanes);
        let wait = if is_busy || self.lanes.is_due(Instant::now()) {
            Duration::ZERO
        } else {
            let due = self
                .lanes
                .next_due()
                .map(|due| due - Instant::now().min(due));
            due.unwrap_or(IDLE_WAIT).min(IDLE_WAIT)
        };
        let polled = self.group.poll(self.lanes.room().max(1), wait)?;
        // New partitions first, so that their records find a queue; then the records; giving up
        // last: should that fail and everything be read again, these records are void with it.
        let is_revoking = |event: &GroupEvent| matches!(event, GroupEvent::Revoking(_));
        let (revoking, others): (Vec<_>, Vec<_>) = polled.events.into_iter().partition(is_revoking);
        for event in others {
            self.answer(event)?;
        }
        for record in polled.records {
            self.lanes.push(record);
        }
        for event in revoking {
            self.answer(event)?;
        }
        Ok(())
    }

    fn answer(&mut self, event: GroupEvent) -> Result<(), RunError> {
        let service = self.group.service;
        observe::group_event(service, &event);
        match event {
            GroupEvent::Assigned(partitions) => {
                tracing::info!(service, partitions = %listed(&partitions), "partitions assigned");
                partitions.iter().for_each(|at| self.lanes.open(*at));
                partitions.iter().for_each(|at| self.memories.forget(*at));
                if self.paused && !self.group.set_paused(&partitions, true)? {
                    self.paused = false;
                }
            }
            GroupEvent::Revoking(partitions) => {
                tracing::info!(service, partitions = %listed(&partitions), "giving partitions up");
                self.drain()?;
                partitions.iter().for_each(|at| self.lanes.close(*at));
                self.group.release(&partitions)?;
            }
            GroupEvent::Lost(partitions) => {
                tracing::warn!(service, partitions = %listed(&partitions), "partitions lost");
                partitions.iter().for_each(|at| self.lanes.close(*at));
                self.group.forget(&partitions);
            }
        }
        Ok(())
    }

    /// Back-pressure: inputs are paused while more waits than the limits allow.
    fn adjust_pause(&mut self) -> Result<(), RunError> {
        let pause = if self.paused {
            !self.lanes.has_room()
        } else {
            self.lanes.is_full()
        };
        if pause != self.paused {
            // Where it could not be done it is tried again next time.
            if self.group.set_paused(&self.lanes.held(), pause)? {
                self.paused = pause;
            }
        }
        Ok(())
    }

    /// Hands the next batch to the workers, where none is under way.
    fn launch(&mut self) {
        let is_ready = self.memories.cover(&self.lanes) && self.beside.is_ready();
        if self.flight.is_some() || !is_ready {
            return;
        }
        let settings = &self.group.run.settings;
        let records = if self.singles > 0 {
            1
        } else {
            settings.batch_records
        };
        let batch = self
            .lanes
            .take(records, settings.batch_bytes, Instant::now());
        if !batch.is_empty() {
            self.singles = self.singles.saturating_sub(batch.len());
            self.flight = Some(self.workers.launch(batch));
        }
    }

    /// Takes the batch under way where it is ready within `limit`, decides and settles it.
    fn land(&mut self, limit: Duration) -> Result<Option<Settled>, RunError> {
        let Some(flight) = &self.flight else {
            return Ok(None);
        };
        let launched = Some(flight.launched);
        let drafted = match flight.wait(limit) {
            Ok(Some(drafted)) => drafted,
            Ok(None) => return Ok(None),
            Err(_) => {
                self.start_over()?;
                return Ok(None);
            }
        };
        self.flight = None;
        let live = drafted
            .into_iter()
            .filter(|one| self.lanes.is_live(&one.queued))
            .collect();
        let terms = self.terms();
        let memories = &mut self.memories;
        let decide = |record: &Incoming, draft| memories.decide(record.at, draft, terms.now);
        let mut settled = Settled::from_drafts(live, decide, terms);
        settled.launched = launched;
        self.note_retries(settled.tally.retried);
        for (records, due) in settled.put_back.drain(..) {
            self.lanes.put_back(records, Some(due));
        }
        settled.storm = Some(self.watch_storm(&settled.verdicts)?);
        Ok(Some(settled))
    }

    /// The storm watch as it stands once these verdicts are committed.
    fn watch_storm(&self, verdicts: &[bool]) -> Result<StormWatch, RunError> {
        let mut storm = self.storm.clone();
        for dead in verdicts {
            if let Some(detail) = storm.note(*dead) {
                let service = self.group.service;
                return Err(RunError::Storm { service, detail });
            }
        }
        Ok(storm)
    }

    fn commit(&mut self, settled: Settled) -> Result<(), RunError> {
        if !settled.is_empty() {
            let started = Instant::now();
            match self.group.commit(settled.batch.clone())? {
                Committed::Yes => self.count(&settled, started.elapsed()),
                Committed::No => return self.start_over(),
                Committed::Refused(detail) => return self.isolate(settled, &detail),
            }
        }
        if let Some(storm) = settled.storm {
            self.storm = storm;
        }
        match settled.stop {
            Some(detail) => Err(RunError::Stopped {
                service: self.group.service,
                detail,
            }),
            None => Ok(()),
        }
    }

    /// The transport refused the batch for good. One by one shows which input is at fault; that
    /// one becomes a dead letter.
    fn isolate(&mut self, settled: Settled, detail: &str) -> Result<(), RunError> {
        let service = self.group.service;
        let mut inputs = settled.inputs;
        if inputs.len() != 1 {
            tracing::warn!(service, "a batch was refused, going one by one: {detail}");
            self.singles = inputs.len();
            return self.start_over();
        }
        let Some(input) = inputs.pop() else {
            return Ok(());
        };
        let letter = Settled::refused(input, detail, self.terms());
        let storm = self.watch_storm(&letter.verdicts)?;
        let started = Instant::now();
        match self.group.commit(letter.batch.clone())? {
            Committed::Yes => self.count(&letter, started.elapsed()),
            Committed::No => return self.start_over(),
            Committed::Refused(again) => {
                let detail = format!("not even the dead letter of a record is taken: {again}");
                return Err(RunError::Stopped { service, detail });
            }
        }
        self.storm = storm;
        // The dead letter took the place of what was decided, and what was decided after it may
        // rest on that.
        self.start_over()
    }

    /// Everything under way is void; reads again from the committed positions.
    fn start_over(&mut self) -> Result<(), RunError> {
        self.flight = None;
        self.lanes.reset();
        let held = self.lanes.held();
        held.iter().for_each(|at| self.memories.forget(*at));
        self.group.rewind(&held)
    }

    /// Reads on in the memory of partitions that are new, or whose decisions became void.
    fn recall(&mut self) -> Result<(), RunError> {
        match self.memories.recall(&self.lanes.held(), &self.group.run) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.beside.give_orders_again();
                Ok(())
            }
            Err(error) => self.group.bear(error),
        }
    }

    /// Takes in orders and news: with every turn until all that stood there is known, later from
    /// time to time, just before what follows from them is written.
    fn take_in_beside(&mut self) -> Result<(), RunError> {
        let was_ready = self.beside.is_ready();
        if was_ready && self.due_next > Instant::now() {
            return Ok(());
        }
        let taken = self.beside.take_in(&mut self.memories, &self.group.run);
        if !was_ready && self.beside.is_ready() {
            // What was ordered while nobody was here comes before the next record.
            self.due_next = Instant::now();
        }
        taken.or_else(|error| self.group.bear(error))
    }

    /// Writes what the memory says is due by itself. Each partition's batch carries the position
    /// that stands already: it moves nothing, and is refused where the partition is lost.
    fn write_due(&mut self) -> Result<(), RunError> {
        // A batch under way holds drafts only: whatever was decided is committed by now.
        if self.due_next > Instant::now() {
            return Ok(());
        }
        self.due_next = Instant::now() + DUE_EVERY;
        let due = self.memories.due(Timestamp::now());
        let due = due.map_err(|detail| RunError::Stopped {
            service: self.group.service,
            detail: format!("what is due or ordered cannot be worked out: {detail}"),
        })?;
        for (at, outputs) in due {
            let committed = match self.commit_due(at, outputs.clone())? {
                Committed::Refused(_) => self.commit_due_one_by_one(at, &outputs)?,
                committed => committed,
            };
            if committed != Committed::Yes {
                return self.start_over();
            }
        }
        Ok(())
    }

    /// One of what was due is refused: key by key shows which, and the stage says what to write in
    /// its place.
    fn commit_due_one_by_one(
        &mut self,
        at: TopicPartition,
        outputs: &[Outgoing],
    ) -> Result<Committed, RunError> {
        let service = self.group.service;
        for of_key in outputs.chunk_by(|one, next| one.key == next.key) {
            let mut committed = self.commit_due(at, of_key.to_vec())?;
            if let (Committed::Refused(detail), Some(first)) = (&committed, of_key.first()) {
                let key = &first.key;
                tracing::error!(service, story = key, "what was due is refused: {detail}");
                let instead = self.memories.refused(at, key, detail);
                committed = self.commit_due(at, instead)?;
            }
            match committed {
                Committed::Yes => {}
                Committed::No => return Ok(Committed::No),
                Committed::Refused(detail) => return Err(RunError::Stopped { service, detail }),
            }
        }
        Ok(Committed::Yes)
    }

    fn commit_due(
        &mut self,
        at: TopicPartition,
        outputs: Vec<Outgoing>,
    ) -> Result<Committed, RunError> {
        let Some(position) = self.group.committed(at)? else {
            return Ok(Committed::No);
        };
        let (written, records) = (Written::of(&outputs), outputs.len() as u64);
        let batch = Batch {
            outputs,
            positions: vec![position],
        };
        let committed = self.group.commit(batch)?;
        if committed == Committed::Yes {
            let status = &self.group.run.status;
            status.add(Count::Output, records);
            observe::outputs(self.stage.name(), &written);
        }
        Ok(committed)
    }

    /// Finishes the batch under way, within the limit; what is not done by then is void.
    fn drain(&mut self) -> Result<(), RunError> {
        if self.flight.is_none() {
            return Ok(());
        }
        let limit = self.group.run.settings.drain_limit;
        if let Some(settled) = self.land(limit)? {
            return self.commit(settled);
        }
        if self.flight.is_none() {
            return Ok(());
        }
        tracing::warn!(
            service = self.group.service,
            limit_ms = limit.as_millis() as u64,
            "the batch under way took longer than the drain limit; it is read again"
        );
        self.start_over()
    }

    fn terms(&self) -> Terms<'static> {
        Terms {
            stage: self.stage.name(),
            max_attempts: self.group.run.settings.max_attempts.max(1),
            now: Timestamp::now(),
            instant: Instant::now(),
        }
    }

    /// Retries count when they are decided: they leave no trace in the log.
    fn note_retries(&self, retried: u64) {
        if retried > 0 {
            self.group.run.status.add(Count::Retried, retried);
            observe::retries(self.stage.name(), retried);
        }
    }

    fn count(&self, settled: &Settled, commit: Duration) {
        let status = &self.group.run.status;
        let tally = &settled.tally;
        let filtered: u64 = tally.filtered.values().sum();
        let dead: u64 = tally.dead.values().sum();
        status.add(Count::Input, tally.forwarded + tally.held + filtered + dead);
        status.add(Count::Forwarded, tally.forwarded);
        status.add(Count::Held, tally.held);
        status.add(Count::Filtered, filtered);
        status.add(Count::Dead, dead);
        status.add(Count::Output, tally.outputs);
        let took = settled
            .launched
            .map_or(commit, |launched| launched.elapsed());
        observe::batch(self.stage.name(), tally, took, commit);
        observe::outputs(self.stage.name(), &Written::of(&settled.batch.outputs));
    }
}

fn listed(partitions: &[TopicPartition]) -> String {
    partitions
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}
