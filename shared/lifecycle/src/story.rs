//! The state of one story, and how an arrival moves it on.

use serde::{Deserialize, Serialize};
use wiredesk_model::{Timestamp, Version};

use crate::{Arrival, Embargo, Status, Verdict, Withdrawal};

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
    /// Hash of its content.
    pub hash: String,
    /// How often this version came with other content.
    pub revision: u32,
    /// When it was received.
    pub received: Timestamp,
}

/// A version that waits for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The version.
    pub version: Version,
    /// When it is due; `None` waits for a later version.
    pub until: Option<Timestamp>,
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
    /// Hashes of older versions, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<(Version, String)>,
}

impl Story {
    /// Takes an arrival in. `now` decides about embargoes only; a late `received` loses nothing.
    pub fn arrive(&mut self, arrival: &Arrival, now: Timestamp) -> Verdict {
        if self.killed.is_some() {
            return Verdict::Blocked;
        }
        if arrival.status == Status::Canceled {
            return self.kill(arrival);
        }
        if self.is_known(arrival) {
            return Verdict::Duplicate;
        }
        if self.is_older(arrival) {
            self.remember(arrival.version, arrival.hash.clone());
            return Verdict::Superseded;
        }
        let revision = self.put_first(arrival);
        self.show(revision, now)
    }

    /// What is held, where the newest version is usable but its embargo stands at `now`.
    pub fn held(&self, now: Timestamp) -> Option<Held> {
        let newest = self.newest.as_ref().filter(|_| self.killed.is_none())?;
        let waits =
            newest.status == Status::Usable && self.shown.is_none() && !newest.embargo.is_open(now);
        let until = match newest.embargo {
            Embargo::Until(time) => Some(time),
            Embargo::Absent | Embargo::Unknown => None,
        };
        waits.then_some(Held {
            version: newest.version,
            until,
        })
    }

    /// Publishes what was held, where its time has come; `None` where nothing is due. A clock that
    /// jumps back holds it again: nothing is public before its time by the clock of the moment.
    pub fn release(&mut self, now: Timestamp) -> Option<Verdict> {
        let newest = self.newest.as_ref().filter(|_| self.killed.is_none())?;
        let embargoed = matches!(newest.embargo, Embargo::Until(_));
        let due = newest.status == Status::Usable
            && embargoed
            && self.shown.is_none()
            && newest.embargo.is_open(now);
        let revision = newest.revision;
        due.then(|| self.show(revision, now))
    }

    fn kill(&mut self, arrival: &Arrival) -> Verdict {
        if !self.is_older(arrival) {
            self.put_first(arrival);
        }
        self.killed = Some(arrival.received);
        self.shown = None;
        self.older.clear();
        Verdict::Killed
    }

    /// Whether the same version with the same content was here before.
    fn is_known(&self, arrival: &Arrival) -> bool {
        let newest = self.newest.as_ref().is_some_and(|newest| {
            newest.version == arrival.version
                && newest.hash == arrival.hash
                && newest.status == arrival.status
                && newest.embargo == arrival.embargo
        });
        let mut older = self.older.iter();
        newest || older.any(|(version, hash)| *version == arrival.version && *hash == arrival.hash)
    }

    /// Whether the newest version outranks the arrival: by version, then by the provider's time
    /// where both have one. What ties in both is a revision: the later one to come wins.
    fn is_older(&self, arrival: &Arrival) -> bool {
        self.newest.as_ref().is_some_and(|newest| {
            let by_time = match (arrival.created, newest.created) {
                (Some(arrived), Some(known)) => arrived < known,
                _ => false,
            };
            arrival.version < newest.version || (arrival.version == newest.version && by_time)
        })
    }

    /// Makes the arrival the version that decides; how often its version came with other content.
    fn put_first(&mut self, arrival: &Arrival) -> u32 {
        let before = self.newest.take();
        let revision = match &before {
            Some(newest) if newest.version == arrival.version => newest.revision + 1,
            _ => 0,
        };
        if let Some(newest) = before {
            self.remember(newest.version, newest.hash);
        }
        self.newest = Some(Newest {
            version: arrival.version,
            created: arrival.created,
            status: arrival.status,
            embargo: arrival.embargo,
            hash: arrival.hash.clone(),
            revision,
            received: arrival.received,
        });
        revision
    }

    fn remember(&mut self, version: Version, hash: String) {
        self.older.push((version, hash));
        if self.older.len() > MAX_OLDER {
            self.older.remove(0);
        }
    }

    /// Makes what is public agree with the newest version.
    fn show(&mut self, revision: u32, now: Timestamp) -> Verdict {
        let Some(newest) = &self.newest else {
            return Verdict::Duplicate;
        };
        let (version, embargo) = (newest.version, newest.embargo);
        let withdrawal = match newest.status {
            Status::Usable => None,
            Status::Withheld => Some(Withdrawal::Withheld),
            Status::Deleted => Some(Withdrawal::Deleted),
            Status::Canceled | Status::Unknown => Some(Withdrawal::UnknownStatus),
        };
        if let Some(why) = withdrawal {
            return Verdict::Withdrawn {
                why,
                retract: self.shown.take().is_some(),
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
            };
        }
        let first = !self.was_public;
        self.shown = Some(version);
        self.was_public = true;
        Verdict::Published { first, revision }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a small number of seconds")
    }

    fn usable(version: u32, hash: &str) -> Arrival {
        Arrival::usable(Version(version), hash, at(10))
    }

    fn with(version: u32, hash: &str, status: Status) -> Arrival {
        Arrival {
            status,
            ..usable(version, hash)
        }
    }

    fn embargoed(version: u32, until: i64) -> Arrival {
        let embargo = Embargo::Until(at(until));
        Arrival {
            embargo,
            ..usable(version, &format!("e{version}"))
        }
    }

    #[test]
    fn higher_versions_are_published_and_older_ones_superseded() {
        let mut story = Story::default();
        let first = Verdict::Published {
            first: true,
            revision: 0,
        };
        assert_eq!(story.arrive(&usable(2, "b"), at(10)), first);
        assert_eq!(story.arrive(&usable(1, "a"), at(10)), Verdict::Superseded);
        assert_eq!(story.arrive(&usable(1, "a"), at(10)), Verdict::Duplicate);
        let next = Verdict::Published {
            first: false,
            revision: 0,
        };
        assert_eq!(story.arrive(&usable(3, "c"), at(10)), next);
        assert_eq!(story.arrive(&usable(2, "b"), at(10)), Verdict::Duplicate);
        assert_eq!(story.shown, Some(Version(3)));
    }

    #[test]
    fn the_same_version_with_other_content_is_a_revision() {
        let mut story = Story::default();
        story.arrive(&usable(1, "a"), at(10));
        let revised = Verdict::Published {
            first: false,
            revision: 1,
        };
        assert_eq!(story.arrive(&usable(1, "b"), at(10)), revised);
        assert_eq!(story.arrive(&usable(1, "a"), at(10)), Verdict::Duplicate);
    }

    #[test]
    fn of_two_revisions_the_one_made_later_counts_whatever_comes_first() {
        let made = |hash: &str, second| Arrival {
            created: Some(at(second)),
            ..usable(1, hash)
        };
        let mut story = Story::default();
        story.arrive(&made("late", 20), at(10));
        assert_eq!(
            story.arrive(&made("early", 10), at(10)),
            Verdict::Superseded
        );
        assert_eq!(
            story.newest.map(|newest| newest.hash).as_deref(),
            Some("late")
        );
    }

    #[test]
    fn a_kill_is_final_even_for_an_older_version() {
        let mut story = Story::default();
        story.arrive(&usable(3, "c"), at(10));
        let kill = with(2, "k", Status::Canceled);
        assert_eq!(story.arrive(&kill, at(10)), Verdict::Killed);
        assert_eq!(story.shown, None);
        assert_eq!(story.arrive(&usable(9, "z"), at(10)), Verdict::Blocked);
        assert_eq!(story.arrive(&kill, at(10)), Verdict::Blocked);
        assert_eq!(story.newest.map(|newest| newest.version), Some(Version(3)));
    }

    #[test]
    fn withheld_takes_back_until_a_later_version_is_usable() {
        let mut story = Story::default();
        story.arrive(&usable(1, "a"), at(10));
        let why = Withdrawal::Withheld;
        let verdict = story.arrive(&with(2, "b", Status::Withheld), at(10));
        assert_eq!(verdict, Verdict::Withdrawn { why, retract: true });
        assert_eq!(story.arrive(&usable(1, "a2"), at(10)), Verdict::Superseded);
        assert_eq!(story.shown, None);
        let back = Verdict::Published {
            first: false,
            revision: 0,
        };
        assert_eq!(story.arrive(&usable(3, "c"), at(10)), back);
    }

    #[test]
    fn an_unknown_status_is_not_publishable() {
        let mut story = Story::default();
        let verdict = story.arrive(&with(1, "a", Status::Unknown), at(10));
        let why = Withdrawal::UnknownStatus;
        assert_eq!(
            verdict,
            Verdict::Withdrawn {
                why,
                retract: false
            }
        );
        assert!(!story.was_public);
    }

    #[test]
    fn an_embargo_holds_until_its_time_and_not_a_second_less() {
        let mut story = Story::default();
        let held = Verdict::Held {
            until: Some(at(100)),
            retract: false,
        };
        assert_eq!(story.arrive(&embargoed(1, 100), at(10)), held);
        assert_eq!(story.release(at(99)), None);
        assert_eq!(
            story.held(at(99)).and_then(|held| held.until),
            Some(at(100))
        );
        let released = Verdict::Published {
            first: true,
            revision: 0,
        };
        assert_eq!(story.release(at(100)), Some(released));
        assert_eq!(story.release(at(101)), None, "released once");
        assert_eq!(story.held(at(101)), None);
    }

    #[test]
    fn an_embargo_that_no_time_can_be_read_from_is_closed() {
        let mut story = Story::default();
        let arrival = Arrival {
            embargo: Embargo::Unknown,
            ..usable(1, "a")
        };
        let held = Verdict::Held {
            until: None,
            retract: false,
        };
        assert_eq!(story.arrive(&arrival, at(10)), held);
        assert_eq!(story.release(Timestamp::MAX), None);
        let open = Verdict::Published {
            first: true,
            revision: 0,
        };
        assert_eq!(story.arrive(&usable(2, "b"), at(10)), open);
    }

    #[test]
    fn an_embargo_on_a_later_version_takes_the_story_back() {
        let mut story = Story::default();
        story.arrive(&usable(1, "a"), at(10));
        let held = Verdict::Held {
            until: Some(at(50)),
            retract: true,
        };
        assert_eq!(story.arrive(&embargoed(2, 50), at(10)), held);
        assert_eq!(story.shown, None);
    }

    #[test]
    fn what_was_deleted_comes_back_with_a_later_version() {
        let mut story = Story::default();
        story.arrive(&usable(1, "a"), at(10));
        let why = Withdrawal::Deleted;
        let gone = story.arrive(&with(2, "d", Status::Deleted), at(10));
        assert_eq!(gone, Verdict::Withdrawn { why, retract: true });
        let back = Verdict::Published {
            first: false,
            revision: 0,
        };
        assert_eq!(story.arrive(&usable(3, "c"), at(10)), back);
    }

    #[test]
    fn what_is_remembered_of_older_versions_is_bounded() {
        let mut story = Story::default();
        for version in 1..500 {
            story.arrive(&usable(version, "x"), at(10));
        }
        assert_eq!(story.older.len(), MAX_OLDER);
    }
}
