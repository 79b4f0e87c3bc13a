//! In which order archived items come: by time over all partitions, and within a partition, and so
//! within a story, as the log had them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use wiredesk_archive::{ArchiveError, ArchivedRaw, Manifest, Store, raw_items};
use wiredesk_model::Topic;

use crate::origin::OnDamage;
use crate::{ReplayError, Selection};

/// One partition of the archive: what is loaded of it, and what is still to come.
#[derive(Debug)]
struct Lane {
    segments: VecDeque<Manifest>,
    loaded: VecDeque<ArchivedRaw>,
    /// Records in the segments that were loaded.
    looked: u64,
}

/// The selected items of an archive, one after the other. Holds one segment a partition at a time.
pub(crate) struct ArchiveItems {
    store: Arc<Store>,
    on_damage: OnDamage,
    selection: Selection,
    lanes: BTreeMap<u32, Lane>,
    /// Segments that were left out because they are damaged.
    pub left_out: u64,
    /// Records in the segments that can hold something, for the progress.
    pub most: u64,
}

impl ArchiveItems {
    /// Opens the archive, behind the offsets of `done` where a run goes on.
    pub fn open(
        store: &Arc<Store>,
        on_damage: OnDamage,
        selection: &Selection,
        done: &BTreeMap<u32, i64>,
    ) -> Result<Self, ReplayError> {
        let mut lanes: BTreeMap<u32, Lane> = BTreeMap::new();
        let (mut most, mut left_out) = (0, 0);
        for segment in Manifest::each(store, Topic::Raw)? {
            let segment = match segment {
                Err(error) => {
                    left_out += pass_over(error, on_damage)?;
                    continue;
                }
                Ok(segment) => segment,
            };
            let next = done.get(&segment.partition).copied().unwrap_or(i64::MIN);
            if selection.may_hold(&segment) && segment.next > next {
                most += segment.records;
                let lane = lanes.entry(segment.partition).or_insert_with(|| Lane {
                    segments: VecDeque::new(),
                    loaded: VecDeque::new(),
                    looked: 0,
                });
                lane.segments.push_back(segment);
            }
        }
        Ok(Self {
            store: Arc::clone(store),
            on_damage,
            selection: selection.clone(),
            lanes,
            left_out,
            most,
        })
    }

    /// The next item without taking it, with its partition; `None` at the end.
    pub fn peek(
        &mut self,
        done: &BTreeMap<u32, i64>,
    ) -> Result<Option<(u32, &ArchivedRaw)>, ReplayError> {
        for (partition, lane) in &mut self.lanes {
            let from = done.get(partition).copied().unwrap_or(i64::MIN);
            while let Err(error) = lane.load(&self.store, &self.selection, from) {
                self.left_out += pass_over(error, self.on_damage)?;
                lane.segments.pop_front();
            }
        }
        let first = |lane: &Lane| lane.loaded.front().map(|item| item.item.fetched_at);
        let next = self
            .lanes
            .iter()
            .filter_map(|(partition, lane)| Some((first(lane)?, *partition)))
            .min();
        Ok(next.and_then(|(_, partition)| {
            let lane = self.lanes.get(&partition)?;
            Some((partition, lane.loaded.front()?))
        }))
    }

    /// Records that were looked at, for the progress.
    pub fn seen(&self) -> u64 {
        let lanes = self.lanes.values();
        lanes
            .map(|lane| lane.looked.saturating_sub(lane.loaded.len() as u64))
            .sum()
    }

    /// Takes the next item of a partition.
    pub fn take(&mut self, partition: u32) -> Option<ArchivedRaw> {
        self.lanes.get_mut(&partition)?.loaded.pop_front()
    }
}

/// Counts a segment as left out where that is wanted of one that is damaged.
pub(crate) fn pass_over(error: ArchiveError, on_damage: OnDamage) -> Result<u64, ArchiveError> {
    match (&error, on_damage) {
        (ArchiveError::Damaged { .. }, OnDamage::LeaveOut) => {
            tracing::error!("left out: {error}");
            Ok(1)
        }
        _ => Err(error),
    }
}

impl Lane {
    /// Loads segments until there is an item, leaving out those before `from`.
    fn load(
        &mut self,
        store: &Store,
        selection: &Selection,
        from: i64,
    ) -> Result<(), ArchiveError> {
        while self.loaded.is_empty() {
            let Some(segment) = self.segments.front() else {
                return Ok(());
            };
            let items = raw_items(store, segment)?.into_iter();
            self.loaded = items
                .filter(|archived| archived.offset() >= from && selection.holds(&archived.item))
                .collect();
            self.looked += segment.records;
            self.segments.pop_front();
        }
        Ok(())
    }
}
