//! Where a replay reads from.

use std::collections::BTreeMap;
use std::sync::Arc;

use wiredesk_archive::{ArchivedRaw, Store};
use wiredesk_model::StoryOrder;
use wiredesk_pipeline::Transport;

use crate::order::ArchiveItems;
use crate::orders;
use crate::past::{PastItems, Span};
use crate::{ReplayError, Selection};

/// What a replay does where a file of the archive is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDamage {
    /// It ends there, and goes on from there once the file is mended.
    #[default]
    End,
    /// It tells which segment is damaged and leaves it out.
    LeaveOut,
}

/// Where a replay reads from.
#[derive(Clone)]
pub enum Origin {
    /// An archive of ours.
    Archive(Arc<Store>, OnDamage),
    /// The raw topic of a log, whole or within offsets of one partition.
    Topic(Arc<dyn Transport>, Option<Span>),
}

impl Origin {
    /// The items selected, behind the offsets of `done`.
    pub(crate) fn items(
        &self,
        selection: &Selection,
        done: &BTreeMap<u32, i64>,
    ) -> Result<Items, ReplayError> {
        Ok(match self {
            Self::Archive(store, on_damage) => {
                Items::Archive(ArchiveItems::open(store, *on_damage, selection, done)?)
            }
            Self::Topic(log, span) => {
                Items::Past(PastItems::open(log.as_ref(), *span, selection, done)?)
            }
        })
    }

    /// What people at the desk ordered about stories that may be among them.
    pub(crate) fn orders(&self, selection: &Selection) -> Result<Vec<StoryOrder>, ReplayError> {
        match self {
            Self::Archive(store, on_damage) => orders::of_archive(store, *on_damage, selection),
            Self::Topic(log, _) => orders::of_log(log.as_ref(), selection),
        }
    }

    /// What of it is selected, in words: where it differs a run begins anew.
    pub(crate) fn said(&self, selection: &Selection) -> String {
        match self {
            Self::Archive(..) => selection.to_string(),
            Self::Topic(..) => format!("{selection} in {self}"),
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Archive(store, _) => write!(f, "the archive {}", store.location()),
            Self::Topic(_, None) => f.write_str("the raw topic"),
            Self::Topic(_, Some(span)) => write!(f, "the raw topic at {span}"),
        }
    }
}

/// The selected items, one after the other.
pub(crate) enum Items {
    /// Of an archive.
    Archive(ArchiveItems),
    /// Of a topic.
    Past(PastItems),
}

impl Items {
    /// Records there are to look at, at the most.
    pub fn most(&self) -> u64 {
        match self {
            Self::Archive(items) => items.most,
            Self::Past(items) => items.most,
        }
    }

    /// Those of them that were looked at.
    pub fn seen(&self) -> u64 {
        match self {
            Self::Archive(items) => items.seen(),
            Self::Past(items) => items.seen(),
        }
    }

    /// Segments that were left out because they are damaged.
    pub fn left_out(&self) -> u64 {
        match self {
            Self::Archive(items) => items.left_out,
            Self::Past(_) => 0,
        }
    }

    /// The next item without taking it, with its partition; `None` at the end.
    pub fn peek(
        &mut self,
        done: &BTreeMap<u32, i64>,
    ) -> Result<Option<(u32, &ArchivedRaw)>, ReplayError> {
        match self {
            Self::Archive(items) => items.peek(done),
            Self::Past(items) => items.peek(),
        }
    }

    /// Takes the next item of a partition.
    pub fn take(&mut self, partition: u32) -> Option<ArchivedRaw> {
        match self {
            Self::Archive(items) => items.take(partition),
            Self::Past(items) => items.take(),
        }
    }
}
