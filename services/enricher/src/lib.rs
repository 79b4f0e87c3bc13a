//! The enrichment stage: clean stories in, article records out.
//!
//! Owns: the step from the topic of clean stories to the two topics that subscribers read, with
//! the event headers, what is remembered of each story to decide about its next version, and the
//! filter behind `wiredesk enrich`. It never knows which transport it runs on; what is found in a
//! story is the business of `wiredesk-enrichment`, and what becomes of it as versions arrive that
//! of `wiredesk-lifecycle`.
//!
//! ```
//! use wiredesk_enricher::EnricherStage;
//! use wiredesk_model::Topic;
//! use wiredesk_pipeline::KeyedStage;
//! assert_eq!(EnricherStage::default().input(), Topic::Clean);
//! ```

mod advisories;
mod arrival;
mod dead;
mod events;
mod filter;
mod memory;
mod orders;
mod power;
mod promote;
mod relations;
mod resemblance;
#[cfg(test)]
mod sample;
mod settings;
mod shelf;
mod stage;
mod version;

pub use arrival::Role;
pub use filter::enrich_line;
pub use memory::{PartitionMemory, Said, StoryMemory};
pub use settings::EnricherSettings;
pub use stage::{Candidate, Draft, EnricherStage};
