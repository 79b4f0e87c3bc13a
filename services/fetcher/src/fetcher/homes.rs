//! Where places belong. Feeds of one domain belong to one partition, so one instance asks a host:
//! what it holds back there, it holds back for all. A feed is worked by whoever holds the partition
//! where its cursor lies. A cursor that lies elsewhere, because the address of its source changed or
//! because an older version wrote it, is brought home by its holder, in one batch: it is there or
//! here, never both. A feed that has no cursor at home is new only once no partition has one.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use wiredesk_model::{FeedId, FeedState, Incoming, Topic, TopicPartition, partition_for};
use wiredesk_pipeline::Production;

use super::{Fetcher, MAX_PRODUCTIONS};
use crate::place::cursor_of;
use crate::records;

/// Wait before cursors are looked for again that were elsewhere.
const SEEK_EVERY: Duration = Duration::from_secs(10);

impl Fetcher {
    /// The partition that a place belongs to.
    pub(super) fn home(&self, index: usize) -> u32 {
        partition_for(self.places[index].home(), self.partitions.max(1))
    }

    /// A place whose partition is ours: it goes on from its cursor where that is at hand, and is
    /// looked for otherwise.
    pub(super) fn settle_in(&mut self, index: usize) {
        let home = self.home(index);
        self.places[index].partition = home;
        if !self.partitions_held.contains(&home) {
            return;
        }
        let feed = self.places[index].source.feed_id();
        match self.strays.remove(&feed) {
            Some((partition, cursor)) if partition == home => self.take_up(index, cursor),
            stray => {
                self.strays.extend(stray.map(|stray| (feed, stray)));
                self.places[index].is_sought = true;
                self.seek_at = Some(Instant::now());
            }
        }
    }

    /// A cursor came into one of our partitions, or went from it, that nobody works there.
    pub(super) fn note_stray(&mut self, feed: FeedId, record: &Incoming) {
        let at = record.at.partition;
        let known = self.strays.get(&feed);
        if record.value.is_some() {
            if self.by_feed.contains_key(&feed) {
                // Not at once: whoever sent it may know of sources that we do not know of yet.
                self.bring_at = Some(Instant::now() + SEEK_EVERY);
            }
            self.strays.insert(feed, (at, cursor_of(record)));
        } else if known.is_some_and(|(partition, _)| *partition == at) {
            self.strays.remove(&feed);
        }
    }

    /// Nothing is known any more of what lies in a partition.
    pub(super) fn forget_strays(&mut self, at: TopicPartition) {
        self.strays
            .retain(|_, (partition, _)| *partition != at.partition);
        self.moving.retain(|production| production.at != at);
    }

    /// Has cursors brought home that we hold elsewhere.
    pub(super) fn bring_home(&mut self) {
        self.bring_at = None;
        let astray = self.strays.iter().filter_map(|(feed, (partition, _))| {
            let index = *self.by_feed.get(feed)?;
            (self.home(index) != *partition).then(|| (feed.clone(), index))
        });
        let astray: Vec<_> = astray.collect();
        for (feed, index) in astray {
            let (home, known) = (
                self.home(index),
                polls(self.places[index].cursor.as_deref()),
            );
            let Some((partition, cursor)) = self.strays.remove(&feed) else {
                continue;
            };
            let cursor = cursor.filter(|cursor| cursor.polls > known);
            self.moving.push(Production {
                at: TopicPartition::new(Topic::FeedState, partition),
                outputs: records::moved(&feed, cursor.as_ref(), (partition, home)),
            });
        }
    }

    /// An older cursor than the one that is known to be in the log came on top of it, from a
    /// holder who did not know better: ours is written again.
    pub(super) fn outlast(&mut self, index: usize, other: &FeedState) {
        let place = &self.places[index];
        let Some(cursor) = place.cursor.as_deref() else {
            return;
        };
        if other.polls < place.committed_polls {
            self.moving.push(Production {
                at: TopicPartition::new(Topic::FeedState, place.partition),
                outputs: records::kept(cursor, place.partition),
            });
        }
    }

    /// Cursors that go to where they belong, some at once.
    pub(super) fn moved(&mut self) -> Vec<Production> {
        if self.bring_at.is_some_and(|at| at <= Instant::now()) {
            self.bring_home();
        }
        let most = self.moving.len().min(MAX_PRODUCTIONS);
        self.moving.drain(..most).collect()
    }

    /// Whether it is time to look for cursors.
    pub(super) fn is_seeking(&self) -> bool {
        self.seek_at.is_some_and(|at| at <= Instant::now())
    }

    /// These are all cursors there are: places that none is of are new.
    pub(super) fn found(&mut self, keys: &HashSet<String>) {
        let sought = (0..self.places.len()).filter(|index| self.places[*index].is_sought);
        let (away, new): (Vec<usize>, Vec<usize>) =
            sought.partition(|index| keys.contains(self.places[*index].source.id.as_str()));
        for index in new {
            self.take_up(index, None);
        }
        self.seek_at = (!away.is_empty()).then(|| Instant::now() + SEEK_EVERY);
    }
}

fn polls(cursor: Option<&FeedState>) -> u64 {
    cursor.map_or(0, |cursor| cursor.polls)
}
