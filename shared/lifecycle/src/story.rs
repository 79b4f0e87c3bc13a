//! The state of one story, and how an arrival moves it on.

use serde::{Deserialize, Serialize};
use wiredesk_model::{Timestamp, Version};

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
    /// Every version received up to this time is held back by an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<Timestamp>,
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
            let revision = self.revisions(arrival.version);
            self.remember(arrival.version, arrival.hash.clone());
            return Verdict::Superseded { revision };
        }
        self.put_first(arrival);
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
                    None => Verdict::Withdrawn {
                        why: Withdrawal::Withheld,
                        retract: false,
                        revision: 0,
                    },
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

    /// What is held, where the newest version is usable but its embargo stands at `now`.
    pub fn held(&self, now: Timestamp) -> Option<Held> {
        let newest = self.newest.as_ref().filter(|_| self.killed.is_none())?;
        let waits = newest.status == Status::Usable
            && self.shown.is_none()
            && !self.is_held_back(newest)
            && !newest.embargo.is_open(now);
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
            && !self.is_held_back(newest)
            && newest.embargo.is_open(now);
        due.then(|| self.show(now))
    }

    /// Whether an order holds this version back.
    fn is_held_back(&self, newest: &Newest) -> bool {
        self.held_back.is_some_and(|until| newest.received <= until)
    }

    fn kill(&mut self, arrival: &Arrival) -> Verdict {
        let revision = self.revisions(arrival.version);
        if !self.is_older(arrival) {
            self.put_first(arrival);
        }
        self.killed = Some(arrival.received);
        self.shown = None;
        self.older.clear();
        Verdict::Killed { revision }
    }

    /// How often a version came before with other content.
    fn revisions(&self, version: Version) -> u32 {
        let older = self.older.iter().filter(|(known, _)| *known == version);
        let older = u32::try_from(older.count()).unwrap_or(u32::MAX);
        match &self.newest {
            // The list of older ones is bounded, the count is not.
            Some(newest) if newest.version == version => (newest.revision + 1).max(older + 1),
            _ => older,
        }
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

    /// Makes the arrival the version that decides.
    fn put_first(&mut self, arrival: &Arrival) {
        let revision = self.revisions(arrival.version);
        if let Some(newest) = self.newest.take() {
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
    }

    fn remember(&mut self, version: Version, hash: String) {
        self.older.push((version, hash));
        if self.older.len() > MAX_OLDER {
            self.older.remove(0);
        }
    }

    /// Makes what is public agree with the newest version.
    fn show(&mut self, now: Timestamp) -> Verdict {
        let Some(newest) = &self.newest else {
            return Verdict::Duplicate;
        };
        let (version, embargo, revision) = (newest.version, newest.embargo, newest.revision);
        let withdrawal = match newest.status {
            Status::Usable if self.is_held_back(newest) => Some(Withdrawal::Withheld),
            Status::Usable => None,
            Status::Withheld => Some(Withdrawal::Withheld),
            Status::Deleted => Some(Withdrawal::Deleted),
            Status::Canceled | Status::Unknown => Some(Withdrawal::UnknownStatus),
        };
        if let Some(why) = withdrawal {
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
mod tests {
    use super::*;

    const LATE: Verdict = Verdict::Superseded { revision: 0 };

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
        assert_eq!(story.arrive(&usable(1, "a"), at(10)), LATE);
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
            Verdict::Superseded { revision: 1 }
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
        assert_eq!(story.arrive(&kill, at(10)), Verdict::Killed { revision: 0 });
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
        assert_eq!(
            verdict,
            Verdict::Withdrawn {
                why,
                retract: true,
                revision: 0
            }
        );
        assert_eq!(
            story.arrive(&usable(1, "a2"), at(10)),
            Verdict::Superseded { revision: 1 }
        );
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
                retract: false,
                revision: 0
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
            revision: 0,
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
            revision: 0,
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
            revision: 0,
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
        assert_eq!(
            gone,
            Verdict::Withdrawn {
                why,
                retract: true,
                revision: 0
            }
        );
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

    #[test]
    fn a_kill_that_is_no_version_of_the_story_ends_it_all_the_same() {
        let mut story = Story::default();
        story.arrive(&usable(3, "c"), at(10));
        let kill = Order::Kill(None, at(20));
        assert_eq!(
            story.order(&kill, at(20)),
            Verdict::Killed { revision: 1 },
            "its event is another than that of version 3"
        );
        assert_eq!(story.order(&kill, at(20)), Verdict::Blocked);
        assert_eq!(story.arrive(&usable(4, "d"), at(30)), Verdict::Blocked);
        let mut unseen = Story::default();
        assert_eq!(unseen.order(&kill, at(20)), Verdict::Killed { revision: 0 });
        assert_eq!(unseen.arrive(&usable(1, "a"), at(30)), Verdict::Blocked);
    }

    #[test]
    fn a_hold_takes_back_what_came_before_it_and_frees_what_comes_later() {
        let mut story = Story::default();
        story.arrive(&usable(1, "a"), at(10));
        let why = Withdrawal::Withheld;
        let hold = Order::Hold(at(10));
        let taken_back = Verdict::Withdrawn {
            why,
            retract: true,
            revision: 0,
        };
        assert_eq!(story.order(&hold, at(11)), taken_back);
        assert_eq!(story.order(&hold, at(11)), Verdict::Duplicate);
        let kept = Verdict::Withdrawn {
            why,
            retract: false,
            revision: 0,
        };
        assert_eq!(
            story.arrive(&usable(2, "b"), at(12)),
            kept,
            "received before"
        );
        let later = Arrival {
            received: at(11),
            ..usable(3, "c")
        };
        let back = Verdict::Published {
            first: false,
            revision: 0,
        };
        assert_eq!(story.arrive(&later, at(12)), back);
        assert_eq!(story.order(&Order::Hold(at(9)), at(13)), Verdict::Duplicate);
        assert_eq!(story.shown, Some(Version(3)));
    }

    #[test]
    fn what_is_held_back_is_not_released_at_the_end_of_its_embargo() {
        let mut story = Story::default();
        story.arrive(&embargoed(1, 100), at(10));
        story.order(&Order::Hold(at(20)), at(20));
        assert_eq!(story.held(at(20)), None);
        assert_eq!(story.release(at(200)), None);
    }
}
