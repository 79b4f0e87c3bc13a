//! Items that others bring: pushes of `POST /v1/items`, and deliveries of hubs.
//!
//! Owns: the listener of its own ([`Intake`]), what it asks of a request before anything is
//! believed ([`signature`]), and what is answered. What was brought becomes an [`Arrival`], which
//! the fetcher takes in like a poll: items and cursor in one batch. The answer waits for that
//! batch, so a sender that was told "taken" need not keep anything.
//!
//! The listener is not the desk's: this one is for the world, and the desk is not.

mod arrival;
mod doors;
mod hub;
mod item_model;
mod problem;
mod push;
mod server;
mod settings;
pub(crate) mod signature;
mod take;

pub(crate) use arrival::{Arrival, Brought, Document, Receipt, Reply};
pub(crate) use doors::Doors;
pub(crate) use server::Intake;
pub use settings::IntakeSettings;
pub(crate) use settings::SECRET_CHARS;
pub(crate) use take::{Promise, take};
