//! The runner, once: every stage and every source of Wiredesk is driven by this crate.
//!
//! Owns: what a transport must offer ([`Transport`], [`Member`], [`Reader`]), what a stage answers
//! ([`Outcome`]), what a place outside the log must keep to ([`Sink`]), and the loops that move input positions, outputs, dead letters and state
//! together or not at all. It never knows which transport it runs on, and nothing of articles.

mod backoff;
mod beside;
mod dead;
mod error;
mod fault;
mod group;
mod lanes;
mod memories;
mod moving;
mod observe;
mod outcome;
mod reading;
mod settings;
mod settle;
mod sink;
mod sink_desk;
mod sink_runner;
mod source;
mod source_runner;
mod stage_runner;
mod status;
mod stop;
mod storm;
mod transport;
mod work;

pub use error::RunError;
pub use fault::Fault;
pub use group::Run;
pub use moving::{Extent, LogCopy, Stock, StoppedLog};
pub use outcome::{KeyedStage, Outcome, Stage};
pub use reading::{read_on, read_to_end};
pub use settings::RunnerSettings;
pub use sink::{Flush, Sink, SinkError, Stored};
pub use sink_runner::run_sink;
pub use source::{Production, Source};
pub use source_runner::{Behind, run_source};
pub use stage_runner::{run_keyed_stage, run_stage};
pub use status::{Count, Phase, Status, StatusSnapshot};
pub use stop::StopSignal;
pub use transport::{
    Batch, GroupEvent, Member, Membership, Polled, Reader, Start, TopicDescription, TopicStatus,
    Transport, TransportError, Writer,
};
pub use work::caught;
