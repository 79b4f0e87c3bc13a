//! Which of two versions outranks the other, and what was here before.
//!
//! Where the source numbers its versions, its numbers decide, in whatever order they come. Where it
//! does not, each feed counts what it sees, and the same story may come by two feeds, or by one
//! that lost its count: then the later to be received decides. One feed that counts on is believed
//! before the clock.

use std::cmp::Ordering;

use wiredesk_model::Version;

use crate::{Arrival, Forgotten, Newest, Status, Story, Verdict};

impl Story {
    /// Whether versions of the story are ranked by when they were received. Once they are, they
    /// stay so: numbers given by us and by a source do not compare.
    pub(crate) fn goes_by_receipt(&self, arrival: &Arrival) -> bool {
        let newest = self.newest.as_ref();
        arrival.counted_by.is_some() || newest.is_some_and(|newest| newest.counted.is_some())
    }

    /// The number that an arrival gets which outranks the newest version.
    pub(crate) fn number(&self, arrival: &Arrival) -> Version {
        match &self.newest {
            Some(newest) if self.goes_by_receipt(arrival) => {
                arrival.version.max(newest.version.next())
            }
            _ => arrival.version,
        }
    }

    /// The number of an arrival that the newest version outranks: its own, and never a higher one
    /// than that of the newest, which subscribers would take for newer.
    pub(crate) fn late_number(&self, arrival: &Arrival) -> Version {
        match &self.newest {
            Some(newest) if self.goes_by_receipt(arrival) => arrival.version.min(newest.version),
            _ => arrival.version,
        }
    }

    /// The number of an arrival that was decided about: its own, where its source gives one.
    pub fn number_of(&self, arrival: &Arrival, verdict: Verdict) -> Version {
        let newest = self.newest.as_ref().map(|newest| newest.version);
        match verdict {
            Verdict::Published { .. } | Verdict::Held { .. } | Verdict::Withdrawn { .. } => {
                newest.unwrap_or(arrival.version)
            }
            Verdict::Superseded { .. } => self.late_number(arrival),
            Verdict::Duplicate | Verdict::Noted | Verdict::Killed { .. } | Verdict::Blocked => {
                arrival.version
            }
        }
    }

    /// Whether it is the version that decides, once more.
    pub(crate) fn is_newest(&self, arrival: &Arrival) -> bool {
        let by_receipt = self.goes_by_receipt(arrival);
        self.newest.as_ref().is_some_and(|newest| {
            newest.hash == arrival.hash
                && newest.status == arrival.status
                && newest.embargo == arrival.embargo
                && (by_receipt || newest.version == arrival.version)
        })
    }

    /// Whether the same version with the same content was here before.
    pub(crate) fn is_known(&self, arrival: &Arrival) -> bool {
        let Some(newest) = &self.newest else {
            return false;
        };
        let by_receipt = self.goes_by_receipt(arrival);
        // What a feed sees first may be what another showed before its correction, and brings that
        // back no more; what a feed changes back to what it was is news.
        let is_sighting = arrival.version == Version::FIRST && newest.status == Status::Usable;
        let is_stale = is_sighting || arrival.received <= newest.received;
        let mut older = self.older.iter().filter(|older| older.hash == arrival.hash);
        self.is_newest(arrival)
            || older.any(|older| match by_receipt {
                true => is_stale || older.received == Some(arrival.received),
                false => older.version == arrival.version,
            })
    }

    /// Whether the arrival may be one of the versions that are no longer remembered one by one: it
    /// cannot be told from a repeat, and would go out a second time under its name.
    pub(crate) fn is_forgotten(&self, arrival: &Arrival) -> bool {
        let is_among = |those: Forgotten| {
            let is_earlier = |received| arrival.received <= received;
            arrival.version <= those.up_to || those.received.is_some_and(is_earlier)
        };
        let newest = self.newest.as_ref();
        let is_late = newest.is_some_and(|newest| arrival.received < newest.received);
        self.forgotten.is_some_and(is_among) && (is_late || self.is_older(arrival))
    }

    /// Whether the newest version outranks the arrival: by version, then by the provider's time
    /// where both have one. What ties in both is a revision: the later one to come wins.
    pub(crate) fn is_older(&self, arrival: &Arrival) -> bool {
        self.newest.as_ref().is_some_and(|newest| {
            if self.goes_by_receipt(arrival) {
                return is_before(arrival, newest);
            }
            arrival.version < newest.version
                || (arrival.version == newest.version
                    && by_created(arrival, newest) == Some(Ordering::Less))
        })
    }
}

/// How the two stand by the provider's time, where both have one.
fn by_created(arrival: &Arrival, newest: &Newest) -> Option<Ordering> {
    Some(arrival.created?.cmp(&newest.created?))
}

/// Whether the arrival stands before the newest version, where receipt decides.
fn is_before(arrival: &Arrival, newest: &Newest) -> bool {
    let counted = newest.counted.as_ref();
    let is_same_count = counted.is_some_and(|count| count.feed == arrival.counted_by);
    let number = counted.map_or(newest.version, |count| count.version);
    let by_number = arrival.version.cmp(&number);
    match by_number {
        Ordering::Greater if is_same_count => return false,
        Ordering::Less if is_same_count && arrival.counted_by.is_none() => return true,
        _ => {}
    }
    let by_created = by_created(arrival, newest).filter(|order| order.is_ne());
    let by_receipt = by_created.unwrap_or_else(|| arrival.received.cmp(&newest.received));
    let by_all = match is_same_count {
        true => by_receipt.then(by_number),
        false => by_receipt,
    };
    by_all.is_lt()
}
