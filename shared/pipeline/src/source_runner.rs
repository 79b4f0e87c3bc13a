//! The loop that drives a source: hold partitions of its state topic, let it work outside, and
//! commit each finished piece with its new state.
//!
//! A commit carries the position of the partition's own state topic. That costs nothing and fences:
//! the transport refuses it where the partition has moved to another instance, and a new holder's
//! snapshot waits for the batches of the former one. So no place is worked by two at once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, Position, Topic, TopicPartition};

use crate::group::{Committed, Group, Run};
use crate::observe::Written;
use crate::{
    Batch, Count, GroupEvent, Phase, Production, RunError, Source, TransportError, observe,
};

/// Longest wait for finished work before the group is polled again.
const WORK_WAIT: Duration = Duration::from_millis(100);
/// How often the backlog of the stages behind is asked for.
const BACKLOG_EVERY: Duration = Duration::from_secs(2);
/// The backlog is asked for earlier where so much of the limit was written since.
const BACKLOG_SHARE: u64 = 4;
/// Records of the state topic taken in one poll.
const POLL_RECORDS: usize = 500;

/// A stage behind a source: the source holds back while its backlog is over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// The service, whose group's positions count.
    pub service: &'static str,
    /// The topic that it reads.
    pub input: Topic,
}

/// Runs a source until asked to stop. Blocks: give it a thread of its own.
///
/// # Errors
/// Where it ended by itself: fenced, refused for good, or a transport that cannot go on. The
/// status shows the same.
pub fn run_source(source: Box<dyn Source>, behind: &[Behind], run: Run) -> Result<(), RunError> {
    let status = Arc::clone(&run.status);
    let ended = SourceRunner::join(source, behind, run).and_then(|runner| match runner {
        Some(mut runner) => runner.drive(),
        None => Ok(()),
    });
    status.set_phase(match &ended {
        Ok(()) => Phase::Stopped,
        Err(error) => Phase::Failed(error.to_string()),
    });
    ended
}

/// A partition held.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Behind the newest state record taken in.
    next_offset: i64,
    /// Its state must be read before its places can be worked.
    loaded: bool,
}

struct SourceRunner {
    source: Box<dyn Source>,
    group: Group,
    behind: Vec<Behind>,
    held: BTreeMap<TopicPartition, Held>,
    backlog_due: Instant,
    /// Records written since the backlog was asked for.
    written_since: u64,
    holding: bool,
}

impl SourceRunner {
    fn join(
        source: Box<dyn Source>,
        behind: &[Behind],
        run: Run,
    ) -> Result<Option<Self>, RunError> {
        let Some(group) = Group::join((source.name(), source.name()), source.state_topic(), run)?
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            source,
            group,
            behind: behind.to_vec(),
            held: BTreeMap::new(),
            backlog_due: Instant::now(),
            written_since: 0,
            holding: false,
        }))
    }

    fn drive(&mut self) -> Result<(), RunError> {
        while !self.group.run.stop.is_requested() {
            self.take_in(Duration::ZERO)?;
            self.load_new()?;
            self.search()?;
            self.heed_backlog();
            let productions = self.source.produce(WORK_WAIT);
            self.write(productions)?;
            // Its input is its own state: how much of that is unread says nothing.
            self.group.show_standing(self.held.len(), false);
        }
        self.drain()
    }

    /// Lets what is under way come in and commits it, within the drain limit.
    fn drain(&mut self) -> Result<(), RunError> {
        self.group.run.status.set_phase(Phase::Draining);
        self.source.hold(true);
        let end = Instant::now() + self.group.run.settings.drain_limit;
        while !self.source.is_idle() && Instant::now() < end {
            self.take_in(Duration::ZERO)?;
            let productions = self.source.produce(WORK_WAIT);
            self.write(productions)?;
        }
        let productions = self.source.produce(Duration::ZERO);
        self.write(productions)
    }

    /// Polls the group, answers its events, and shows the source what was written to its topic.
    fn take_in(&mut self, wait: Duration) -> Result<(), RunError> {
        let polled = self.group.poll(POLL_RECORDS, wait)?;
        for event in polled.events {
            self.answer(event)?;
        }
        for record in polled.records {
            self.observe(record);
        }
        Ok(())
    }

    fn observe(&mut self, record: Incoming) {
        let Some(held) = self.held.get_mut(&record.at) else {
            return;
        };
        // What stands before the end of the snapshot is part of it already.
        if held.loaded && record.offset >= held.next_offset {
            held.next_offset = record.offset + 1;
            self.source.observed(record);
        }
    }

    fn answer(&mut self, event: GroupEvent) -> Result<(), RunError> {
        observe::group_event(self.group.service, &event);
        match event {
            GroupEvent::Assigned(partitions) => {
                tracing::info!(
                    service = self.group.service,
                    partitions = partitions.len(),
                    "partitions assigned"
                );
                for at in partitions {
                    self.held.insert(
                        at,
                        Held {
                            next_offset: 0,
                            loaded: false,
                        },
                    );
                }
            }
            GroupEvent::Revoking(partitions) => {
                let productions = self.source.produce(Duration::ZERO);
                self.write(productions)?;
                self.let_go(&partitions);
                self.group.release(&partitions)?;
            }
            GroupEvent::Lost(partitions) => {
                self.let_go(&partitions);
                self.group.forget(&partitions);
            }
        }
        Ok(())
    }

    fn let_go(&mut self, partitions: &[TopicPartition]) {
        for at in partitions {
            if self.held.remove(at).is_some() {
                self.source.revoked(*at);
            }
        }
    }

    /// Reads the state of partitions that are new, or whose work became void.
    fn load_new(&mut self) -> Result<(), RunError> {
        let new: Vec<_> = self
            .held
            .iter()
            .filter(|(_, held)| !held.loaded)
            .map(|(at, _)| *at)
            .collect();
        for at in new {
            let transport = Arc::clone(&self.group.run.transport);
            let read = transport
                .partitions(at.topic)
                .and_then(|count| transport.snapshot(at).map(|state| (count, state)));
            match read {
                Ok((count, state)) => {
                    let end = state.last().map_or(0, |record| record.offset + 1);
                    self.held.insert(
                        at,
                        Held {
                            next_offset: end,
                            loaded: true,
                        },
                    );
                    self.source.assigned(at, count, state);
                }
                Err(error) => return self.group.bear(error),
            }
        }
        Ok(())
    }

    /// Tells the source which cursors there are, where it asks for that.
    fn search(&mut self) -> Result<(), RunError> {
        if !self.held.values().all(|held| held.loaded) || !self.source.seeks() {
            return Ok(());
        }
        match self.keys_of_state() {
            Ok(keys) => {
                self.source.searched(&keys);
                Ok(())
            }
            Err(error) => self.group.bear(error),
        }
    }

    /// The keys of the whole state topic. Partitions of others are read before our own: what one
    /// of them hands over meanwhile is found behind it.
    fn keys_of_state(&self) -> Result<HashSet<String>, TransportError> {
        let (transport, topic) = (&self.group.run.transport, self.source.state_topic());
        let all =
            (0..transport.partitions(topic)?).map(|number| TopicPartition::new(topic, number));
        let (own, others): (Vec<_>, Vec<_>) = all.partition(|at| self.held.contains_key(at));
        let mut keys = HashSet::new();
        for at in others.into_iter().chain(own) {
            keys.extend(transport.snapshot(at)?.into_iter().map(|record| record.key));
        }
        Ok(keys)
    }

    /// Back-pressure over the whole pipeline: nothing new is fetched while the stages behind are
    /// too far back.
    fn heed_backlog(&mut self) {
        let limit = self.group.run.settings.lag_limit;
        let is_due =
            self.backlog_due <= Instant::now() || self.written_since > limit / BACKLOG_SHARE;
        if !is_due || self.behind.is_empty() {
            return;
        }
        self.backlog_due = Instant::now() + BACKLOG_EVERY;
        self.written_since = 0;
        let late: Result<Vec<u64>, TransportError> = self
            .behind
            .iter()
            .map(|stage| self.group.run.transport.backlog(stage.service, stage.input))
            .collect();
        let late = match late {
            Ok(late) => late,
            Err(error) => {
                tracing::debug!(service = self.group.service, %error, "backlog not known");
                return;
            }
        };
        let most = late.into_iter().max().unwrap_or_default();
        let hold = if self.holding {
            most > limit / 2
        } else {
            most > limit
        };
        if hold != self.holding {
            let service = self.group.service;
            match hold {
                true => tracing::warn!(
                    service,
                    backlog = most,
                    limit,
                    "stages behind are late, holding back"
                ),
                false => tracing::info!(
                    service,
                    backlog = most,
                    "stages behind have caught up, going on"
                ),
            }
            self.holding = hold;
            self.source.hold(hold);
        }
    }

    /// Commits productions together; where the transport refuses, one by one.
    fn write(&mut self, productions: Vec<Production>) -> Result<(), RunError> {
        let live: Vec<_> = productions
            .into_iter()
            .filter(|one| self.is_held(one.at))
            .collect();
        if live.is_empty() {
            return Ok(());
        }
        if let Some(detail) = self.try_commit(&live)? {
            tracing::warn!(
                service = self.group.service,
                "a batch was refused, going one by one: {detail}"
            );
            for production in live {
                self.write_alone(production)?;
            }
        }
        Ok(())
    }

    fn write_alone(&mut self, mut production: Production) -> Result<(), RunError> {
        let service = self.group.service;
        while self.is_held(production.at) {
            let Some(detail) = self.try_commit(std::slice::from_ref(&production))? else {
                return Ok(());
            };
            // More than one of its records may be over a limit: the source goes on to make it
            // smaller until it has nothing left to give way.
            production = match self.source.refused(production, &detail) {
                Some(instead) => instead,
                None => return Err(RunError::Stopped { service, detail }),
            };
        }
        Ok(())
    }

    /// Commits; answers what the transport said where it refused for good. Where nothing was
    /// written for any other reason, the state of these partitions is read anew.
    fn try_commit(&mut self, productions: &[Production]) -> Result<Option<String>, RunError> {
        let batch = self.batch_of(productions);
        let outputs = batch.outputs.len() as u64;
        let started = Instant::now();
        let written = Written::of(&batch.outputs);
        match self.group.commit(batch)? {
            Committed::Yes => {
                let status = &self.group.run.status;
                status.add(Count::Input, productions.len() as u64);
                status.add(Count::Forwarded, productions.len() as u64);
                status.add(Count::Output, outputs);
                self.written_since += outputs;
                observe::source_batch(self.group.service, &written, started.elapsed());
                Ok(None)
            }
            Committed::Refused(detail) => Ok(Some(detail)),
            Committed::No => {
                for production in productions {
                    if let Some(held) = self.held.get_mut(&production.at) {
                        held.loaded = false;
                    }
                }
                Ok(None)
            }
        }
    }

    fn batch_of(&self, productions: &[Production]) -> Batch {
        let mut positions = BTreeMap::new();
        let mut outputs = Vec::new();
        for production in productions {
            let at = production.at;
            let next_offset = self.held.get(&at).map_or(0, |held| held.next_offset);
            positions.insert(at, Position { at, next_offset });
            outputs.extend(production.outputs.iter().cloned());
        }
        Batch {
            outputs,
            positions: positions.into_values().collect(),
        }
    }

    fn is_held(&self, at: TopicPartition) -> bool {
        self.held.get(&at).is_some_and(|held| held.loaded)
    }
}
