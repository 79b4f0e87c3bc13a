//! A member of a group.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use wiredesk_model::{Incoming, Position, TopicPartition};
use wiredesk_pipeline::{Batch, GroupEvent, Member, Membership, Polled, TransportError};

use crate::append;
use crate::error::Failure;
use crate::fetch::{self, Budget, Which};
use crate::group::{self, Claim, Seat, Tended};
use crate::positions;
use crate::roster::Sightings;
use crate::settings::CrashPoint;
use crate::store::Store;
use crate::watch::Watch;

/// A partition that is ours.
#[derive(Debug)]
struct Held {
    claim: Claim,
    /// Offset of the next record to deliver.
    next_offset: i64,
    paused: bool,
    /// Others wait for it: nothing more is delivered, what is under way can still be committed.
    revoking: bool,
}

/// A member of a group over the partitions of its topics.
pub(crate) struct EmbeddedMember {
    store: Arc<Store>,
    connection: Connection,
    watch: Watch,
    seat: Seat,
    sightings: Sightings,
    held: BTreeMap<TopicPartition, Held>,
    places: BTreeMap<i64, TopicPartition>,
    generation: Option<i64>,
    tended_at: Option<Instant>,
    /// Partitions take turns at being read first.
    turn: usize,
    is_fenced: bool,
}

impl EmbeddedMember {
    pub(crate) fn join(
        store: &Arc<Store>,
        membership: &Membership,
    ) -> Result<Self, TransportError> {
        let connection = store.connect()?;
        let group = store.settings.names.group(&membership.service);
        let instance = membership.instance.as_str();
        let mut incarnation = store.incarnation();
        let seat = store.write("joining a group", |transaction| {
            let process = match *incarnation {
                Some(process) => process,
                None => group::next_incarnation(transaction)?,
            };
            let mut topics = Vec::new();
            for topic in &membership.inputs {
                topics.push(store.topic(transaction, *topic)?);
            }
            group::join(store, transaction, (&group, instance, process), topics)
        })?;
        *incarnation = Some(seat.incarnation);
        drop(incarnation);
        let places = seat
            .topics
            .iter()
            .flat_map(|topic| topic.places().map(|(at, id)| (id, at)).collect::<Vec<_>>())
            .collect();
        Ok(Self {
            store: Arc::clone(store),
            connection,
            watch: Watch::default(),
            seat,
            sightings: Sightings::default(),
            held: BTreeMap::new(),
            places,
            generation: None,
            tended_at: None,
            turn: 0,
            is_fenced: false,
        })
    }

    /// Whether the membership must be looked after: a heartbeat is due, or the group changed.
    fn tending_is_due(&self) -> rusqlite::Result<bool> {
        let (Some(tended_at), Some(generation)) = (self.tended_at, self.generation) else {
            return Ok(true);
        };
        if tended_at.elapsed() >= self.beat_interval() {
            return Ok(true);
        }
        Ok(group::generation(&self.connection, self.seat.group_id)? != generation)
    }

    fn beat_interval(&self) -> Duration {
        self.store.settings.session_timeout / 4
    }

    /// Looks after the membership, and says what has changed for this member.
    fn tend(&mut self) -> Result<Vec<GroupEvent>, TransportError> {
        let held: BTreeMap<i64, i64> = self
            .held
            .values()
            .map(|held| (held.claim.partition_id, held.claim.epoch))
            .collect();
        let (store, seat, sightings) = (&self.store, &self.seat, &mut self.sightings);
        let result = store
            .write_silently(|transaction| group::tend(store, transaction, seat, &held, sightings));
        let tended = result
            .map_err(|failure| self.store.explain("looking after the membership", failure))
            .inspect_err(|error| self.is_fenced |= matches!(error, TransportError::Fenced(_)))?;
        self.tended_at = Some(Instant::now());
        let events = self.apply(tended);
        if !events.is_empty() {
            self.store.signal.give();
        }
        self.store.maintain_by_the_way();
        Ok(events)
    }

    /// Takes over what the transaction has decided.
    fn apply(&mut self, tended: Tended) -> Vec<GroupEvent> {
        self.seat.token = tended.token;
        self.generation = Some(tended.generation);
        let mut events = Vec::new();
        let lost = self.places_of(tended.lost);
        if !lost.is_empty() {
            self.held.retain(|at, _| !lost.contains(at));
            events.push(GroupEvent::Lost(lost));
        }
        let mut revoking = self.places_of(tended.surplus);
        revoking.retain(|at| {
            let held = self.held.get_mut(at).filter(|held| !held.revoking);
            held.map(|held| held.revoking = true).is_some()
        });
        if !revoking.is_empty() {
            events.push(GroupEvent::Revoking(revoking));
        }
        let mut assigned = Vec::new();
        for (claim, position) in tended.taken {
            if let Some(at) = self.places.get(&claim.partition_id).copied() {
                let held = Held {
                    claim,
                    next_offset: position.unwrap_or(0),
                    paused: false,
                    revoking: false,
                };
                self.held.insert(at, held);
                assigned.push(at);
            }
        }
        if !assigned.is_empty() {
            events.push(GroupEvent::Assigned(assigned));
        }
        events
    }

    fn places_of(&self, partition_ids: Vec<i64>) -> Vec<TopicPartition> {
        partition_ids
            .iter()
            .filter_map(|id| self.places.get(id).copied())
            .collect()
    }

    /// Reads on in the partitions that deliver, each time beginning with another one.
    fn fetch(&mut self, max: usize) -> Result<Vec<Incoming>, Failure> {
        let mut budget = Budget {
            records: max,
            bytes: self.store.settings.max_poll_bytes,
        };
        let delivering: Vec<TopicPartition> = self
            .held
            .iter()
            .filter(|(_, held)| !held.paused && !held.revoking)
            .map(|(at, _)| *at)
            .collect();
        let mut records = Vec::new();
        if delivering.is_empty() {
            return Ok(records);
        }
        self.turn = (self.turn + 1) % delivering.len();
        let (later, first) = delivering.split_at(self.turn);
        for at in first.iter().chain(later) {
            let Some(held) = self.held.get_mut(at).filter(|_| !budget.is_spent()) else {
                continue;
            };
            let place = (*at, held.claim.partition_id);
            let found = fetch::fetch(
                &self.connection,
                place,
                (Which::All, held.next_offset),
                &mut budget,
            )?;
            if let Some(last) = found.last() {
                held.next_offset = last.offset + 1;
            }
            records.extend(found);
        }
        Ok(records)
    }

    /// The claims that a batch's positions rest on.
    fn claims(&self, positions: &[Position]) -> Result<Vec<(Claim, i64)>, TransportError> {
        let claim = |position: &Position| {
            let held = self.held.get(&position.at).ok_or_else(|| {
                TransportError::Superseded(format!(
                    "{} does not hold {}",
                    self.seat.instance, position.at
                ))
            })?;
            Ok((held.claim, position.next_offset))
        };
        positions.iter().map(claim).collect()
    }

    fn ours(&mut self, at: TopicPartition, doing: &str) -> Result<&mut Held, TransportError> {
        let instance = &self.seat.instance;
        self.held.get_mut(&at).ok_or_else(|| {
            TransportError::Invalid(format!("{doing} {at}: {instance} does not hold it"))
        })
    }
}

impl Member for EmbeddedMember {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Polled, TransportError> {
        let until = Instant::now() + wait;
        let store = Arc::clone(&self.store);
        let sqlite = |error: rusqlite::Error| store.explain("polling", error);
        loop {
            let seen = store.signal.seen();
            if self.is_fenced || self.tending_is_due().map_err(sqlite)? {
                let events = self.tend()?;
                if !events.is_empty() {
                    let records = Vec::new();
                    return Ok(Polled { events, records });
                }
            }
            let records = self
                .fetch(max)
                .map_err(|failure| store.explain("polling", failure))?;
            let now = Instant::now();
            if !records.is_empty() || now >= until {
                let events = Vec::new();
                return Ok(Polled { events, records });
            }
            let beat = self.tended_at.map_or(now, |at| at + self.beat_interval());
            self.watch
                .wait(&store, &self.connection, (seen, until.min(beat)))
                .map_err(sqlite)?;
        }
    }

    fn commit(&mut self, batch: Batch) -> Result<(), TransportError> {
        let store = Arc::clone(&self.store);
        append::check_sizes(&store, &batch.outputs)?;
        let positions = self.claims(&batch.positions)?;
        store.reach(CrashPoint::BeforeBegin);
        let result = store.write("committing a batch", |transaction| {
            group::commit_positions(transaction, &self.seat, &positions)?;
            store.reach(CrashPoint::AfterPositions);
            append::append(&store, transaction, &batch.outputs)
        });
        match &result {
            Ok(()) => store.maintain_by_the_way(),
            Err(TransportError::Fenced(_)) => self.is_fenced = true,
            // What has changed is told by the next poll.
            Err(_) => self.tended_at = None,
        }
        result
    }

    fn rewind(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        let committed = positions::committed(&self.connection, self.seat.group_id)
            .map_err(|error| self.store.explain("asking for positions", error))?;
        for at in partitions {
            if let Some(held) = self.held.get_mut(at) {
                let position = committed.get(&held.claim.partition_id);
                held.next_offset = position.copied().unwrap_or(0);
            }
        }
        Ok(())
    }

    fn committed(
        &mut self,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Position>, TransportError> {
        let committed = positions::committed(&self.connection, self.seat.group_id)
            .map_err(|error| self.store.explain("asking for positions", error))?;
        let mut found = Vec::with_capacity(partitions.len());
        for at in partitions {
            let partition_id = self
                .ours(*at, "asking for its position")?
                .claim
                .partition_id;
            let next_offset = committed.get(&partition_id).copied().unwrap_or_default();
            found.push(Position {
                at: *at,
                next_offset,
            });
        }
        Ok(found)
    }

    fn release(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        let claims: Vec<Claim> = partitions
            .iter()
            .filter_map(|at| self.held.get(at).map(|held| held.claim))
            .collect();
        self.store.write("releasing partitions", |transaction| {
            group::release(transaction, &self.seat, &claims)
        })?;
        self.held.retain(|at, _| !partitions.contains(at));
        Ok(())
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        for at in partitions {
            self.ours(*at, "pausing")?.paused = true;
        }
        Ok(())
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        for at in partitions {
            self.ours(*at, "resuming")?.paused = false;
        }
        Ok(())
    }

    fn lag(&mut self) -> Result<u64, TransportError> {
        let held = self.held.values().map(|held| held.claim.partition_id);
        positions::committed(&self.connection, self.seat.group_id)
            .and_then(|committed| positions::behind(&self.connection, &committed, held))
            .map_err(|error| self.store.explain("asking for the lag", error))
    }
}

impl Drop for EmbeddedMember {
    fn drop(&mut self) {
        let left = self.store.write("leaving a group", |transaction| {
            group::leave(transaction, &self.seat)
        });
        if let Err(error) = left {
            // The others take the partitions once the session has run out.
            tracing::warn!(instance = %self.seat.instance, %error, "could not leave the group");
        }
    }
}
