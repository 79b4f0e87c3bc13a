//! The demo wire: three invented newspapers, served as feeds from inside the process.
//!
//! Owns: the sample stories under `demo/`, the clutter around them, and a small feed server on a
//! port of its own. New stories come every few seconds, and some are updated or corrected a little
//! later. What is on the wire follows from the clock alone, so a second start goes on where the
//! first one stopped. The pipeline knows nothing of it: it polls these feeds like any others.

mod body;
mod clutter;
mod documents;
mod paper;
#[cfg(test)]
mod sample_tests;
mod server;
mod story;
mod timeline;

pub use paper::{PAPERS, Shape};
pub use server::DemoWire;
