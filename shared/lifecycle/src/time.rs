//! What time alone brings: the end of an embargo, and the end of what a story is good for.

use serde::{Deserialize, Serialize};
use wiredesk_model::{Timestamp, Version};

use crate::{Embargo, Newest, Status, Story, Verdict};

/// A version that waits for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The version.
    pub version: Version,
    /// When it is due; `None` waits for a later version.
    pub until: Option<Timestamp>,
}

impl Newest {
    /// Whether its time is over at `now`. What was taken back for that stays so, also where the
    /// clock is set back: subscribers were told.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.expired || self.expires.is_some_and(|end| now >= end)
    }
}

impl Story {
    /// What is held, where the newest version is usable but its embargo stands at `now`.
    pub fn held(&self, now: Timestamp) -> Option<Held> {
        let newest = self.free_to_show()?;
        let waits = self.shown.is_none() && !newest.is_over(now) && !newest.embargo.is_open(now);
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
        let newest = self.free_to_show()?;
        let embargoed = matches!(newest.embargo, Embargo::Until(_));
        let due = embargoed
            && self.shown.is_none()
            && !newest.is_over(now)
            && newest.embargo.is_open(now);
        due.then(|| self.show(now))
    }

    /// Takes back what is shown or held and whose time is over at `now`; `None` where nothing is.
    pub fn expire(&mut self, now: Timestamp) -> Option<Verdict> {
        let newest = self.free_to_show()?;
        let due = !newest.expired && newest.is_over(now);
        due.then(|| self.show(now))
    }

    /// The newest version, where nothing but time keeps it from being shown.
    fn free_to_show(&self) -> Option<&Newest> {
        let newest = self.newest.as_ref().filter(|_| self.killed.is_none())?;
        (newest.status == Status::Usable && !self.is_held_back(newest)).then_some(newest)
    }
}
