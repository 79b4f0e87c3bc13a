//! Sources that change while the fetcher runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use wiredesk_model::FeedId;

use super::Fetcher;
use crate::place::Place;
use crate::{SourceConfig, report};

/// Hands a fetcher that runs a new set of sources, which it takes in between two polls.
#[derive(Debug, Clone, Default)]
pub struct Renewal(Arc<Mutex<Option<Vec<SourceConfig>>>>);

impl Renewal {
    /// These are the sources from now on.
    pub fn replace(&self, sources: Vec<SourceConfig>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sources);
    }

    /// The set that waits to be taken in, which is then taken.
    pub(crate) fn take(&self) -> Option<Vec<SourceConfig>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Fetcher {
    /// The handle by which its sources are changed.
    pub fn renewal(&self) -> Renewal {
        self.renewal.clone()
    }

    /// Takes a new set of sources in, where there is one. Sources that are as they were go on
    /// undisturbed; a source that comes back finds its cursor.
    pub(super) fn renew(&mut self) {
        let Some(sources) = self.renewal.take() else {
            return;
        };
        let mut gone: HashMap<FeedId, usize> = std::mem::take(&mut self.by_feed);
        let (mut added, mut changed) = (Vec::new(), 0);
        for source in sources {
            match gone.remove(&source.feed_id()) {
                Some(index) => {
                    self.by_feed.insert(source.feed_id(), index);
                    if *self.places[index].source != source {
                        changed += 1;
                        self.replace(index, source);
                    }
                }
                None => added.push(source),
            }
        }
        let (news, losses) = (added.len(), gone.len());
        self.are_shares_stale = true;
        for index in gone.into_values() {
            self.drop_place(index);
        }
        report::overrides(&added);
        for source in added {
            self.add_place(source);
        }
        self.bring_home();
        let sources = || {
            self.by_feed
                .values()
                .map(|index| &self.places[*index].source)
        };
        self.context.doors.set(sources());
        self.context.copies.renew(sources().map(Arc::as_ref));
        tracing::info!(
            sources = self.by_feed.len(),
            added = news,
            changed,
            removed = losses,
            "the sources have changed"
        );
        self.refresh_gauges();
    }

    /// The source of a place is another one from now on; where its polling stands, it goes on.
    fn replace(&mut self, index: usize, source: SourceConfig) {
        let committed = self.places[index].committed_polls;
        self.let_go_with_cursor(index);
        self.places[index] = Place::new(source, self.now());
        self.settle_in(index);
        if self.places[index].held.is_some() {
            // What was not committed before is no more committed now.
            self.places[index].committed_polls = committed;
        }
    }

    /// The cursor stays at hand, for the source that comes back or the partition that it goes to.
    fn let_go_with_cursor(&mut self, index: usize) {
        let place = &mut self.places[index];
        let cursor = place.held.and(place.cursor.take());
        if let Some(cursor) = cursor {
            let cursor = (place.partition, Some(Arc::unwrap_or_clone(cursor)));
            self.strays.insert(place.source.feed_id(), cursor);
        }
        self.let_go(index);
    }

    /// The cursor is kept for the time that the source may come back.
    fn drop_place(&mut self, index: usize) {
        self.let_go_with_cursor(index);
        self.free.push(index);
    }

    fn add_place(&mut self, source: SourceConfig) {
        let feed = source.feed_id();
        let place = Place::new(source, self.now());
        let index = match self.free.pop() {
            Some(index) => {
                self.places[index] = place;
                index
            }
            None => {
                self.places.push(place);
                self.places.len() - 1
            }
        };
        self.settle_in(index);
        self.by_feed.insert(feed, index);
    }
}
