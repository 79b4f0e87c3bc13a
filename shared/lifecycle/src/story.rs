//! The state of one story, and how an arrival moves it on.

use serde::{Deserialize, Serialize};
use wiredesk_model::{FeedId, Timestamp, Version};

use crate::older::{Forgotten, Older};
use crate::{Arrival, Embargo, Order, Status, Verdict, Withdrawal};

/// Most superseded versions whose hashes are remembered, to tell a repeat from a late version.
const MAX_OLDER: usize = 32;

/// The version that decides: the highest one that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    /// Its version.
    pub version: Version,
    /// When the provider made it, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Whether it may be published.
    pub status: Status,
    /// Until when it must not be public.
    pub embargo: Embargo,
    /// From when it must not be public any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Whether it was taken back because its time was over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
    /// Hash of its content.
    pub hash: String,
    /// How often this version came with other content.
    pub revision: u32,
    /// When it was received.
    pub received: Timestamp,
    /// What it was called where it came in, where versions of the story are counted by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Count>,
    /// The making of it that was promoted last, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted: Option<String>,
}

/// The number under which a version came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The feed that counted it; `None` where the source itself did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<FeedId>,
    /// Its number there.
    pub version: Version,
}

/// Everything that has to be remembered of a story to decide about what arrives next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Story {
    /// The version that decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Newest>,
    /// What subscribers see; `None` where nothing is public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Version>,
    /// Whether anything of it was ever public.
    #[serde(default)]
    pub was_public: bool,
    /// When it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub killed: Option<Timestamp>,
    /// Every version received up to this time is held back by an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<Timestamp>,
    /// Older versions, in the order that they were put aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<Older>,
    /// What is left of those that are no longer among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Forgotten>,
}

impl Story {
    /// Takes an arrival in. `now` decides about embargoes and expiry only; a late `received` loses nothing.
    pub fn arrive(&mut self, arrival: &Arrival, now: Timestamp) -> Verdict {
        if self.killed.is_some() {
            return Verdict::Blocked;
        }
        if arrival.status == Status::Canceled {
            return self.kill(arrival);
        }
        if self.is_known(arrival) || self.is_forgotten(arrival) {
            return Verdict::Duplicate;
        }
        if self.is_older(arrival) {
            let version = self.late_number(arrival);
            let revision = self.revisions(version);
            let received = self.goes_by_receipt(arrival).then_some(arrival.received);
            self.remember(version, arrival.hash.clone(), received);
            return Verdict::Superseded { revision };
        }
        self.put_first(arrival, self.number(arrival));
        self.show(now)
    }

    /// Takes an order in. The same order again, or one that changes nothing, is a duplicate.
    pub fn order(&mut self, order: &Order, now: Timestamp) -> Verdict {
        if self.killed.is_some() {
            return Verdict::Blocked;
        }
        match order {
            Order::Kill(Some(version), _) => self.kill(version),
            Order::Kill(None, at) => {
                let arrival = self.killed_version(*at);
                self.kill(&arrival)
            }
            Order::Hold(at) if self.held_back.is_some_and(|since| since >= *at) => {
                Verdict::Duplicate
            }
            Order::Hold(at) => {
                self.held_back = Some(*at);
                let stands = self.newest.as_ref().filter(|newest| newest.received <= *at);
                match stands {
                    Some(_) => self.show(now),
                    // What came later is free, and what comes is decided when it comes.
                    None => Verdict::Noted,
                }
            }
        }
    }

    /// The version that a kill without one stands for: the newest, once more.
    fn killed_version(&self, at: Timestamp) -> Arrival {
        let newest = self.newest.as_ref();
        Arrival {
            created: newest.and_then(|newest| newest.created),
            status: Status::Canceled,
            ..Arrival::usable(
                newest.map_or(Version::FIRST, |newest| newest.version),
                "",
                at,
            )
        }
    }

    /// Whether an order holds this version back.
    pub(crate) fn is_held_back(&self, newest: &Newest) -> bool {
        self.held_back.is_some_and(|until| newest.received <= until)
    }

    fn kill(&mut self, arrival: &Arrival) -> Verdict {
        let revision = self.revisions(arrival.version);
        if !self.is_older(arrival) {
            self.put_first(arrival, arrival.version);
        }
        self.killed = Some(arrival.received);
        self.shown = None;
        self.older.clear();
        Verdict::Killed { revision }
    }

    /// How often a version came before with other content.
    fn revisions(&self, version: Version) -> u32 {
        let listed = self.older.iter().filter(|older| older.version == version);
        let listed = u32::try_from(listed.count()).unwrap_or(u32::MAX);
        // How many of those forgotten were this version is not known; no more than all of them.
        let forgotten = self.forgotten.filter(|those| version <= those.up_to);
        let before = listed.saturating_add(forgotten.map_or(0, |those| those.count));
        match &self.newest {
            Some(newest) if newest.version == version => (newest.revision + 1).max(before + 1),
            _ => before,
        }
    }

    /// Makes the arrival the version that decides, under this number.
    fn put_first(&mut self, arrival: &Arrival, version: Version) {
        let revision = self.revisions(version);
        let counted = self.goes_by_receipt(arrival).then(|| Count {
            feed: arrival.counted_by.clone(),
            version: arrival.version,
        });
        if let Some(newest) = self.newest.take() {
            let received = counted.is_some().then_some(newest.received);
            self.remember(newest.version, newest.hash, received);
        }
        self.newest = Some(Newest {
            version,
            created: arrival.created,
            status: arrival.status,
            embargo: arrival.embargo,
            expires: arrival.expires,
            expired: false,
            hash: arrival.hash.clone(),
            revision,
            received: arrival.received,
            counted,
            promoted: None,
        });
    }

    pub(crate) fn remember(&mut self, version: Version, hash: String, received: Option<Timestamp>) {
        self.older.push(Older {
            version,
            hash,
            received,
        });
        if self.older.len() > MAX_OLDER {
            let oldest = self.older.remove(0);
            self.forgotten = Some(Forgotten::with(self.forgotten, &oldest));
        }
    }

    /// Makes what is public agree with the newest version.
    pub(crate) fn show(&mut self, now: Timestamp) -> Verdict {
        let Some(newest) = &self.newest else {
            return Verdict::Duplicate;
        };
        let (version, embargo, revision) = (newest.version, newest.embargo, newest.revision);
        let withdrawal = match newest.status {
            Status::Usable if self.is_held_back(newest) => Some(Withdrawal::Withheld),
            Status::Usable if newest.is_over(now) => Some(Withdrawal::Expired),
            Status::Usable => None,
            Status::Withheld => Some(Withdrawal::Withheld),
            Status::Deleted => Some(Withdrawal::Deleted),
            Status::Canceled | Status::Unknown => Some(Withdrawal::UnknownStatus),
        };
        if let Some(why) = withdrawal {
            if let Some(newest) = self.newest.as_mut() {
                newest.expired = why == Withdrawal::Expired;
            }
            return Verdict::Withdrawn {
                why,
                retract: self.shown.take().is_some(),
                revision,
            };
        }
        if !embargo.is_open(now) {
            let until = match embargo {
                Embargo::Until(time) => Some(time),
                Embargo::Absent | Embargo::Unknown => None,
            };
            return Verdict::Held {
                until,
                retract: self.shown.take().is_some(),
                revision,
            };
        }
        let first = !self.was_public;
        self.shown = Some(version);
        self.was_public = true;
        Verdict::Published { first, revision }
    }
}

#[cfg(test)]
mod tests;
