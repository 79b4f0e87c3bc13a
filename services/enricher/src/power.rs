//! Who may take a story back: the source that it came from, and sources of the same owner.

use std::collections::{BTreeMap, HashMap};

use wiredesk_lifecycle::{Arrival, Status};
use wiredesk_model::{OrderedBy, SourceId, StoryOrder, Timestamp};

use crate::memory::StoryMemory;

/// Which sources are of one owner.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owners {
    by_source: HashMap<SourceId, String>,
    twice: Option<SourceId>,
}

impl Owners {
    /// From the sources of each owner.
    pub fn of(owners: &BTreeMap<String, Vec<SourceId>>) -> Self {
        let mut all = Self::default();
        for (owner, sources) in owners {
            for source in sources {
                let before = all.by_source.insert(source.clone(), owner.clone());
                if before.is_some_and(|before| before != *owner) {
                    all.twice = Some(source.clone());
                }
            }
        }
        all
    }

    /// A source with two owners, where there is one.
    pub fn twice(&self) -> Option<&SourceId> {
        self.twice.as_ref()
    }

    /// Whether one may speak for the other.
    pub fn are_one(&self, one: &SourceId, other: &SourceId) -> bool {
        let owner = self.by_source.get(one);
        one == other || (owner.is_some() && owner == self.by_source.get(other))
    }

    /// Why an arrival is not followed: it takes back a story of another owner, or it brings a story
    /// that another killed before anything of it was public. Either may be right, and a person has
    /// to say so.
    pub fn objection(
        &self,
        source: &SourceId,
        arrival: &Arrival,
        known: &StoryMemory,
        now: Timestamp,
    ) -> Option<String> {
        let owner = known.source.as_ref()?;
        if self.are_one(owner, source) {
            return None;
        }
        let was_killed_unseen = known.story.killed.is_some() && !known.story.was_public;
        let is_over = arrival.expires.is_some_and(|end| now >= end);
        let takes_back =
            arrival.status != Status::Usable || is_over || !arrival.embargo.is_open(now);
        if was_killed_unseen {
            return Some(format!(
                "source {owner} killed the story before source {source} brought it; if it had no \
                 right to, it cannot be brought back under this id"
            ));
        }
        let is_dead = known.story.killed.is_some();
        (takes_back && !is_dead).then(|| {
            format!(
                "source {source} takes back a story of source {owner}; if it may, give the order \
                 with `wiredesk order`, and name both under one owner in [enricher.owners]"
            )
        })
    }

    /// Whether an order has power over a story: people have, and sources over their own.
    pub fn allow(&self, order: &StoryOrder, known: &StoryMemory) -> bool {
        let owner = known.source.as_ref();
        order.by == OrderedBy::Operator
            || owner.is_none_or(|owner| self.are_one(owner, &order.source))
    }
}
