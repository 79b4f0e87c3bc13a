//! Feeds that a hub delivers (WebSub, W3C Recommendation of 2018).
//!
//! Owns: which hub a feed names ([`advertised()`]), the addresses and keys that a hub is given
//! ([`Keys`]), and what is asked of it when ([`keep_up`]). A hub is never trusted alone: the feed
//! is polled at its usual rate until the hub has delivered something, at a slow one while it does,
//! and at the usual one again as soon as a poll finds news that the hub kept back.

mod advertised;
mod keys;
mod subscription;

pub(crate) use advertised::{Advertised, advertised};
pub(crate) use keys::{Keys, is_signed};
pub(crate) use subscription::{delivered, denied, keep_up, longest_grant, tell, verified};
