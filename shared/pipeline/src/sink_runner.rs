//! The loop that drives a sink: poll, hand over, commit what is stored.
//!
//! Whatever goes wrong, the answer is the same: the sink forgets what it had not stored, and
//! everything is read again from the committed positions. Stopping and giving partitions up are
//! one path: store what is buffered within the drain limit, commit it, let go.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use wiredesk_model::{Timestamp, TopicPartition};

use crate::backoff::Backoff;
use crate::dead::{Cause, dead_letter};
use crate::group::{Committed, Group, Run};
use crate::lanes::Lanes;
use crate::sink_desk::{Desk, Order};
use crate::storm::StormWatch;
use crate::{Batch, Count, Flush, GroupEvent, Phase, RunError, Sink, SinkError, Stored, observe};

/// Longest wait for input while nothing is under way.
const IDLE_WAIT: Duration = Duration::from_millis(200);
/// Longest wait for the sink before the group is polled again.
const ORDER_WAIT: Duration = Duration::from_millis(10);
/// How often the sink is asked for what is due.
const FLUSH_EVERY: Duration = Duration::from_millis(250);

/// Runs a sink until asked to stop. Blocks: give it a thread of its own.
///
/// # Errors
/// Where it ended by itself: fenced, a storm of dead letters, a place that cannot be written to,
/// or a transport that cannot go on. The status shows the same.
pub fn run_sink(sink: Box<dyn Sink>, run: Run) -> Result<(), RunError> {
    let status = std::sync::Arc::clone(&run.status);
    let ended = SinkRunner::join(sink, run).and_then(|runner| match runner {
        Some(mut runner) => runner.drive(),
        None => Ok(()),
    });
    status.set_phase(match &ended {
        Ok(()) => Phase::Stopped,
        Err(error) => Phase::Failed(error.to_string()),
    });
    ended
}

struct SinkRunner {
    group: Group,
    desk: Desk,
    lanes: Lanes,
    /// Orders that go before any records: partitions opened and closed.
    orders: VecDeque<Order>,
    /// Partitions to be opened at their committed position.
    to_open: BTreeSet<TopicPartition>,
    /// Partitions about which the answer under way counts no more.
    void: BTreeSet<TopicPartition>,
    storm: StormWatch,
    backoff: Backoff,
    not_before: Option<Instant>,
    flush_next: Instant,
    paused: bool,
}

impl SinkRunner {
    fn join(sink: Box<dyn Sink>, run: Run) -> Result<Option<Self>, RunError> {
        let (service, input, group) = (sink.name(), sink.input(), sink.group());
        let settings = run.settings.clone();
        let desk = Desk::start(sink).map_err(|error| RunError::Stopped {
            service,
            detail: format!("its thread could not start: {error}"),
        })?;
        let Some(group) = Group::join((service, &group), input, run)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            group,
            desk,
            lanes: Lanes::new(settings.pending_records, settings.pending_bytes),
            orders: VecDeque::new(),
            to_open: BTreeSet::new(),
            void: BTreeSet::new(),
            storm: StormWatch::new(&settings),
            backoff: Backoff::new(settings.backoff_limit),
            not_before: None,
            flush_next: Instant::now(),
            paused: false,
        }))
    }

    fn drive(&mut self) -> Result<(), RunError> {
        while !self.group.run.stop.is_requested() {
            self.take_in()?;
            self.find_positions()?;
            self.hand_over();
            if let Some(answer) = self.desk.answer(ORDER_WAIT) {
                self.land(answer)?;
            }
            self.group.show_standing(self.lanes.held().len(), true);
            observe::pending(self.group.service, self.lanes.records(), self.lanes.bytes());
        }
        self.group.run.status.set_phase(Phase::Draining);
        self.drain()
    }

    fn take_in(&mut self) -> Result<(), RunError> {
        self.adjust_pause()?;
        let has_work = self.desk.is_busy()
            || !self.orders.is_empty()
            || !self.to_open.is_empty()
            || self.lanes.is_due(Instant::now());
        let wait = if has_work { Duration::ZERO } else { IDLE_WAIT };
        let polled = self.group.poll(self.lanes.room().max(1), wait)?;
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
                for at in &partitions {
                    self.lanes.open(*at);
                    self.to_open.insert(*at);
                }
                if self.paused && !self.group.set_paused(&partitions, true)? {
                    self.paused = false;
                }
            }
            GroupEvent::Revoking(partitions) => {
                self.drain()?;
                self.close(&partitions);
                self.group.release(&partitions)?;
            }
            GroupEvent::Lost(partitions) => {
                tracing::warn!(service, count = partitions.len(), "partitions lost");
                self.close(&partitions);
                self.group.forget(&partitions);
            }
        }
        Ok(())
    }

    fn close(&mut self, partitions: &[TopicPartition]) {
        for at in partitions {
            self.lanes.close(*at);
            self.to_open.remove(at);
            self.orders.push_back(Order::Close(*at));
        }
        if self.desk.is_busy() {
            self.void.extend(partitions);
        }
    }

    fn adjust_pause(&mut self) -> Result<(), RunError> {
        let pause = match self.paused {
            true => !self.lanes.has_room(),
            false => self.lanes.is_full(),
        };
        if pause != self.paused && self.group.set_paused(&self.lanes.held(), pause)? {
            self.paused = pause;
        }
        Ok(())
    }

    /// Asks where new partitions stand, so that the sink can look for what it has of them.
    fn find_positions(&mut self) -> Result<(), RunError> {
        while let Some(at) = self.to_open.first().copied() {
            let Some(position) = self.group.committed(at)? else {
                return Ok(());
            };
            self.to_open.remove(&at);
            self.orders.push_back(Order::Open(position));
        }
        Ok(())
    }

    /// Gives the sink its next order, where it is free.
    fn hand_over(&mut self) {
        if self.desk.is_busy() || self.not_before.is_some_and(|due| due > Instant::now()) {
            return;
        }
        self.not_before = None;
        if let Some(order) = self.orders.pop_front() {
            self.desk.order(order);
            return;
        }
        if !self.to_open.is_empty() {
            return;
        }
        let settings = &self.group.run.settings;
        let (records, bytes) = (settings.batch_records, settings.batch_bytes);
        let batch = self.lanes.take(records, bytes, Instant::now());
        if !batch.is_empty() {
            let records = batch.into_iter().map(|queued| queued.record).collect();
            self.desk.order(Order::Take(records));
        } else if self.flush_next <= Instant::now() {
            self.flush_next = Instant::now() + FLUSH_EVERY;
            self.desk.order(Order::Flush(Flush::Due));
        }
    }

    fn land(&mut self, answer: Result<Stored, SinkError>) -> Result<(), RunError> {
        let void = std::mem::take(&mut self.void);
        match answer {
            Ok(mut stored) => {
                stored
                    .positions
                    .retain(|position| !void.contains(&position.at));
                stored
                    .dead
                    .retain(|(record, ..)| !void.contains(&record.at));
                self.commit(stored)
            }
            Err(error) => self.bear(error),
        }
    }

    fn commit(&mut self, stored: Stored) -> Result<(), RunError> {
        if stored.is_empty() {
            return Ok(());
        }
        let service = self.group.service;
        let storm = self.watch_storm(&stored)?;
        let started = Instant::now();
        let outputs = stored.dead.iter().map(|(record, code, detail)| {
            let cause = Cause {
                stage: service,
                code: *code,
                detail,
                attempts: 1,
            };
            dead_letter(record, &cause, Timestamp::now())
        });
        let batch = Batch {
            outputs: outputs.collect(),
            positions: stored.positions.clone(),
        };
        match self.group.commit(batch)? {
            Committed::Yes => {
                self.storm = storm;
                self.backoff.reset();
                self.count(&stored, started.elapsed());
                Ok(())
            }
            Committed::No => self.start_over(),
            Committed::Refused(detail) => Err(RunError::Stopped {
                service,
                detail: format!("not even the dead letter of a record is taken: {detail}"),
            }),
        }
    }

    fn watch_storm(&self, stored: &Stored) -> Result<StormWatch, RunError> {
        let mut storm = self.storm.clone();
        let well = std::iter::repeat_n(false, stored.records.min(1_000) as usize);
        for dead in well.chain(stored.dead.iter().map(|_| true)) {
            if let Some(detail) = storm.note(dead) {
                let service = self.group.service;
                return Err(RunError::Storm { service, detail });
            }
        }
        Ok(storm)
    }

    /// Takes an error of the sink: what it had not stored is read again after a while.
    fn bear(&mut self, error: SinkError) -> Result<(), RunError> {
        let service = self.group.service;
        match error {
            SinkError::Fatal(detail) => Err(RunError::Stopped { service, detail }),
            SinkError::Unavailable(detail) => {
                let pause = self.backoff.step();
                tracing::warn!(
                    service,
                    pause_ms = pause.as_millis() as u64,
                    "{detail}; trying again, nothing is lost"
                );
                self.group.run.status.add(Count::Retried, 1);
                observe::retries(service, 1);
                self.not_before = Some(Instant::now() + pause);
                self.start_over()
            }
        }
    }

    /// What is not committed is void; reads again from the committed positions.
    fn start_over(&mut self) -> Result<(), RunError> {
        self.lanes.reset();
        let held = self.lanes.held();
        // What concerns partitions that are gone already must still be told.
        self.orders.retain(|order| matches!(order, Order::Close(_)));
        self.orders.extend(held.iter().map(|at| Order::Close(*at)));
        self.to_open.extend(held.iter().copied());
        self.group.rewind(&held)
    }

    /// Stores what is buffered, within the limit; what is not done by then is read again.
    fn drain(&mut self) -> Result<(), RunError> {
        let limit = Instant::now() + self.group.run.settings.drain_limit;
        let left = || limit.saturating_duration_since(Instant::now());
        if self.desk.is_busy() {
            match self.desk.answer(left()) {
                Some(answer) => self.land(answer)?,
                None => return self.give_up_draining(),
            }
        }
        // Orders that wait are of partitions of which nothing is buffered yet.
        if !self.orders.is_empty() || self.not_before.is_some() {
            return Ok(());
        }
        self.desk.order(Order::Flush(Flush::All));
        match self.desk.answer(left()) {
            Some(answer) => self.land(answer),
            None => self.give_up_draining(),
        }
    }

    fn give_up_draining(&mut self) -> Result<(), RunError> {
        let service = self.group.service;
        tracing::warn!(
            service,
            "storing took longer than the drain limit; it is read again"
        );
        self.void.extend(self.lanes.held());
        self.start_over()
    }

    fn count(&self, stored: &Stored, commit: Duration) {
        let status = &self.group.run.status;
        let filtered: u64 = stored.filtered.values().sum();
        let dead = stored.dead.len() as u64;
        status.add(Count::Input, stored.records + filtered + dead);
        status.add(Count::Forwarded, stored.records);
        status.add(Count::Filtered, filtered);
        status.add(Count::Dead, dead);
        observe::stored(self.group.service, stored, commit);
    }
}
