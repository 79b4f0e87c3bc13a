//! What becomes of a story as its versions arrive.
//!
//! Owns: the state of one story ([`Story`]) and the one function that moves it on
//! ([`Story::arrive`]), with the rules for higher, older and repeated versions, for stories that
//! are withheld, killed, embargoed or deleted. It never knows where a version came from or what it
//! says, keeps no clock, and writes nothing: time comes in as an argument, and what has to be
//! published or withdrawn comes out as a [`Verdict`]. Orders about a story ([`Story::order`]) need
//! not be a version of it and may come before, between and behind its versions: the end is the
//! same. What a story is to others stands beside it: a [`Sketch`] of its text and a [`Register`]
//! of the last days find near-duplicates and the targets of an [`Advisory`], and a [`Digest`] tells
//! one version from the next.
//!
//! The rules, and where they come from (IPTC NewsML-G2 and ninjs status, AP and Reuters practice):
//! the highest version decides what subscribers see, by the source's own numbers, or by when it was
//! received where the source gives none and our feeds count; `canceled` is final, whatever arrives later
//! or late; an embargo fails closed; an unknown status word is not publishable; a story whose time
//! is over is shown no more until a later version brings it back.
//!
//! ```
//! use wiredesk_lifecycle::{Arrival, Story, Verdict};
//! use wiredesk_model::{Timestamp, Version};
//!
//! let now = Timestamp::UNIX_EPOCH;
//! let mut story = Story::default();
//! let second = Arrival::usable(Version(2), "hash of version 2", now);
//! assert_eq!(story.arrive(&second, now), Verdict::Published { first: true, revision: 0 });
//! let late = Arrival::usable(Version(1), "hash of version 1", now);
//! assert_eq!(story.arrive(&late, now), Verdict::Superseded { revision: 0 });
//! ```

mod advisory;
mod arrival;
mod digest;
mod figures;
mod older;
mod promote;
mod rank;
mod register;
mod sketch;
mod story;
mod time;
mod verdict;

pub use advisory::{Advisory, advisory, folded, order_ahead};
pub use arrival::{Arrival, Embargo, Order, Status};
pub use digest::{Difference, Digest};
pub use figures::Figures;
pub use older::{Forgotten, Older};
pub use promote::Promoted;
pub use register::{Bounds, Card, Near, Register, Standing};
pub use sketch::Sketch;
pub use story::{Count, Newest, Story};
pub use time::Held;
pub use verdict::{Verdict, Withdrawal};
