//! The runner, once: every stage and every source of Wiredesk is driven by this crate.
//!
//! Owns: what a transport must offer ([`Transport`], [`Member`], [`Reader`]), what a stage answers
//! ([`Outcome`]), and the loops that move input positions, outputs, dead letters and state
//! together or not at all. It never knows which transport it runs on, and nothing of articles.

mod outcome;
mod transport;

pub use outcome::{Outcome, Stage};
pub use transport::{
    Batch, GroupEvent, Membership, Member, Polled, Reader, Start, TopicDescription, TopicStatus,
    Transport, TransportError, Writer,
};
