//! What is to be done about an arrival.

use wiredesk_model::Timestamp;

/// Why something is taken back, or kept from being shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Withdrawal {
    /// The provider withholds it.
    Withheld,
    /// The source took it down.
    Deleted,
    /// Its status is a word that is not known.
    UnknownStatus,
    /// Its time is over; a later version brings it back.
    Expired,
}

/// What is to be done about an arrival. Every arrival gets exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is what subscribers see from now on.
    Published {
        /// Whether nothing of the story was public before.
        first: bool,
        /// 0 for a new version; else how often this version came with other content.
        revision: u32,
    },
    /// An older version that came late: kept, marked, never shown as the newest.
    Superseded {
        /// As above.
        revision: u32,
    },
    /// The same thing again.
    Duplicate,
    /// An order that is remembered for what may still come, and changes nothing of what stands.
    Noted,
    /// It waits, and nothing of it is public; what was public of the story is taken back.
    Held {
        /// When it is due; `None` waits for a later version.
        until: Option<Timestamp>,
        /// Whether something public has to be taken back.
        retract: bool,
        /// As above.
        revision: u32,
    },
    /// It must not be shown; what was public of the story is taken back.
    Withdrawn {
        /// Why.
        why: Withdrawal,
        /// Whether something public has to be taken back.
        retract: bool,
        /// As above.
        revision: u32,
    },
    /// The story is dead from now on. Everything of it is taken back, everywhere, even where
    /// nothing was public: a sink may hold what an earlier run published.
    Killed {
        /// As above.
        revision: u32,
    },
    /// The story was killed before: nothing of this arrival goes anywhere.
    Blocked,
}
