//! Reading a topic outside every group.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use wiredesk_model::{Incoming, Position, Topic, TopicPartition};
use wiredesk_pipeline::{Reader, Start, TransportError};

use crate::error::Failure;
use crate::fetch::{self, Budget, Which};
use crate::store::Store;
use crate::watch::Watch;

/// Where a reader stands in one partition.
#[derive(Debug)]
struct Place {
    at: TopicPartition,
    partition_id: i64,
    next_offset: i64,
}

/// Reads one topic with a connection of its own.
pub(crate) struct EmbeddedReader {
    store: Arc<Store>,
    connection: Connection,
    watch: Watch,
    places: Vec<Place>,
    which: Which,
    /// Partitions take turns at being read first.
    turn: usize,
}

impl EmbeddedReader {
    /// Reads from `start` in every partition.
    pub(crate) fn open(
        store: &Arc<Store>,
        topic: Topic,
        start: Start,
    ) -> Result<Self, TransportError> {
        Self::with(store, topic, |connection, _, partition_id| {
            Ok(match start {
                Start::Earliest => 0,
                Start::Latest => fetch::bounds(connection, partition_id)?.1,
                Start::Time(time_ms) => fetch::offset_for_time(connection, partition_id, time_ms)?,
                Start::Last(count) => fetch::offset_of_last(connection, partition_id, count)?,
            })
        })
    }

    /// Reads from the given positions, elsewhere from the earliest.
    pub(crate) fn open_at(
        store: &Arc<Store>,
        topic: Topic,
        positions: &[Position],
    ) -> Result<Self, TransportError> {
        Self::with(store, topic, |_, at, _| {
            let given = positions.iter().find(|position| position.at == at);
            Ok(given.map_or(0, |position| position.next_offset))
        })
    }

    fn with(
        store: &Arc<Store>,
        topic: Topic,
        begin: impl Fn(&Connection, TopicPartition, i64) -> Result<i64, Failure>,
    ) -> Result<Self, TransportError> {
        let connection = store.connect()?;
        let find = || -> Result<Vec<Place>, Failure> {
            let topic = store.topic(&connection, topic)?;
            let place = |(at, partition_id)| {
                Ok(Place {
                    at,
                    partition_id,
                    next_offset: begin(&connection, at, partition_id)?,
                })
            };
            topic.places().map(place).collect()
        };
        let places = find().map_err(|failure| store.explain("opening a reader", failure))?;
        Ok(Self::of(store, connection, (Which::All, places)))
    }

    /// Reads the newest record of each key of one partition.
    pub(crate) fn open_state(
        store: &Arc<Store>,
        at: TopicPartition,
    ) -> Result<Self, TransportError> {
        let connection = store.connect()?;
        let find = || -> Result<i64, Failure> {
            let topic = store.topic(&connection, at.topic)?;
            if !topic.is_compacted() {
                let refused = format!("topic {} is not compacted: it keeps no state", topic.name);
                return Err(TransportError::Invalid(refused).into());
            }
            store.partition_id(&connection, at)
        };
        let partition_id = find().map_err(|failure| store.explain("reading a state", failure))?;
        let place = Place {
            at,
            partition_id,
            next_offset: 0,
        };
        Ok(Self::of(store, connection, (Which::Newest, vec![place])))
    }

    fn of(
        store: &Arc<Store>,
        connection: Connection,
        (which, places): (Which, Vec<Place>),
    ) -> Self {
        Self {
            store: Arc::clone(store),
            connection,
            watch: Watch::default(),
            places,
            which,
            turn: 0,
        }
    }

    fn fetch(&mut self, max: usize) -> Result<Vec<Incoming>, Failure> {
        let mut budget = Budget {
            records: max,
            bytes: self.store.settings.max_poll_bytes,
        };
        let mut records = Vec::new();
        let count = self.places.len();
        self.turn += 1;
        for step in 0..count {
            let place = &mut self.places[(self.turn + step) % count];
            let whose = (place.at, place.partition_id);
            let found = fetch::fetch(
                &self.connection,
                whose,
                (self.which, place.next_offset),
                &mut budget,
            )?;
            if let Some(last) = found.last() {
                place.next_offset = last.offset + 1;
            }
            records.extend(found);
        }
        Ok(records)
    }
}

impl Reader for EmbeddedReader {
    fn read(&mut self, max: usize, wait: Duration) -> Result<Vec<Incoming>, TransportError> {
        let until = Instant::now() + wait;
        let store = Arc::clone(&self.store);
        loop {
            let seen = store.signal.seen();
            let records = self
                .fetch(max)
                .map_err(|failure| store.explain("reading", failure))?;
            if !records.is_empty() || Instant::now() >= until {
                return Ok(records);
            }
            self.watch
                .wait(&store, &self.connection, (seen, until))
                .map_err(|error| store.explain("waiting for records", error))?;
        }
    }

    fn positions(&self) -> Vec<Position> {
        let position = |place: &Place| Position {
            at: place.at,
            next_offset: place.next_offset,
        };
        self.places.iter().map(position).collect()
    }

    fn at_end(&mut self) -> Result<bool, TransportError> {
        for place in &self.places {
            let more = fetch::has_more(&self.connection, place.partition_id, place.next_offset)
                .map_err(|error| self.store.explain("asking for the end", error))?;
            if more {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
