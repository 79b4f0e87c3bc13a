//! The delivery promise under fire: services as processes on both transports, a script of stories
//! with updates, kills and embargoes, and a plan of what breaks, all drawn from one seed.
//!
//! After each run everything must be there: every version exactly once and in order, nothing early,
//! nothing of a killed story, one outcome for every input. `make test` runs a fixed short set;
//! `make chaos RUNS=500 SEED=1 TRANSPORT=embedded` as many as one likes. A failure tells its seed
//! and the command that runs it again.

#![allow(
    clippy::print_stdout,
    clippy::panic,
    reason = "a long series tells how it goes, and a wrong call of it ends it"
)]

mod archive;
mod check;
mod clock;
mod embedded;
mod kafka;
#[path = "../newsroom/mod.rs"]
mod newsroom;
mod outcomes;
mod plan;
mod poison;
mod press;
mod run;
mod scene;
mod series;
mod services;
mod state;
mod stories;
mod witness;

use plan::Ground;
use series::{BROKERS, Series};

#[test]
fn the_promise_holds_on_embedded() {
    Series::of_environment(Ground::Embedded).run();
}

#[test]
fn the_promise_holds_on_kafka() {
    // Started before the clock of the first run.
    if wiredesk_testkit::kafka::cluster_for_tests(BROKERS).is_some() {
        Series::of_environment(Ground::Kafka).run();
    }
}
