//! Which archived items come, and in which order: by time over all partitions, and within a
//! partition, and so within a story, as the log had them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use wiredesk_archive::{ArchivedRaw, Manifest, Store, raw_items};
use wiredesk_model::{Timestamp, Topic};

use crate::ReplayError;

/// Which items are meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Fetched at or after this.
    pub since: Option<Timestamp>,
    /// Fetched before this.
    pub until: Option<Timestamp>,
    /// Of one of these sources; of any where it is empty.
    pub sources: Vec<String>,
    /// Of one of these stories; of any where it is empty.
    pub stories: Vec<String>,
}

impl Selection {
    fn holds(&self, archived: &ArchivedRaw) -> bool {
        let item = &archived.item;
        let named =
            |list: &[String], name: &str| list.is_empty() || list.iter().any(|one| one == name);
        self.since.is_none_or(|since| item.fetched_at >= since)
            && self.until.is_none_or(|until| item.fetched_at < until)
            && named(&self.sources, item.source.as_str())
            && named(&self.stories, item.story.as_str())
    }

    /// Whether a segment can hold anything of it.
    fn may_hold(&self, segment: &Manifest) -> bool {
        let has_story = self.stories.is_empty()
            || self
                .stories
                .iter()
                .any(|story| segment.stories.contains(story));
        // What was fetched stands in the log a moment later, never before.
        segment.records > 0 && has_story && self.since.is_none_or(|since| segment.until >= since)
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.since.map(|since| format!("fetched since {since}")));
        parts.extend(self.until.map(|until| format!("fetched before {until}")));
        if !self.sources.is_empty() {
            parts.push(format!("from {}", self.sources.join(" or ")));
        }
        if !self.stories.is_empty() {
            parts.push(format!("of story {}", self.stories.join(" or ")));
        }
        if parts.is_empty() {
            parts.push("a raw item".to_owned());
        }
        f.write_str(&parts.join(" and "))
    }
}

/// One partition of the archive: what is loaded of it, and what is still to come.
#[derive(Debug)]
struct Lane {
    segments: VecDeque<Manifest>,
    loaded: VecDeque<ArchivedRaw>,
}

/// The selected items, one after the other. Holds one segment a partition at a time.
pub(crate) struct Items {
    store: Arc<Store>,
    selection: Selection,
    lanes: BTreeMap<u32, Lane>,
    /// Records in the segments that can hold something, for the progress.
    pub most: u64,
}

impl Items {
    /// Opens the archive, behind the offsets of `done` where a run goes on.
    pub fn open(
        store: &Arc<Store>,
        selection: &Selection,
        done: &BTreeMap<u32, i64>,
    ) -> Result<Self, ReplayError> {
        let mut lanes: BTreeMap<u32, Lane> = BTreeMap::new();
        let mut most = 0;
        for segment in Manifest::all(store, Topic::Raw)? {
            let next = done.get(&segment.partition).copied().unwrap_or(i64::MIN);
            if selection.may_hold(&segment) && segment.next > next {
                most += segment.records;
                let lane = lanes.entry(segment.partition).or_insert_with(|| Lane {
                    segments: VecDeque::new(),
                    loaded: VecDeque::new(),
                });
                lane.segments.push_back(segment);
            }
        }
        Ok(Self {
            store: Arc::clone(store),
            selection: selection.clone(),
            lanes,
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
            lane.load(&self.store, &self.selection, from)?;
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

    /// Takes the next item of a partition.
    pub fn take(&mut self, partition: u32) -> Option<ArchivedRaw> {
        self.lanes.get_mut(&partition)?.loaded.pop_front()
    }
}

impl Lane {
    /// Loads segments until there is an item, leaving out those before `from`.
    fn load(&mut self, store: &Store, selection: &Selection, from: i64) -> Result<(), ReplayError> {
        while self.loaded.is_empty() {
            let Some(segment) = self.segments.front() else {
                return Ok(());
            };
            let items = raw_items(store, segment)?.into_iter();
            self.loaded = items
                .filter(|archived| archived.offset() >= from && selection.holds(archived))
                .collect();
            self.segments.pop_front();
        }
        Ok(())
    }
}
