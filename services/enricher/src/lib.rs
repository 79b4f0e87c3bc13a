//! The enrichment stage: clean stories in, article records out.
//!
//! Owns: the step from the topic of clean stories to the two topics that subscribers read, with
//! the event headers, and the filter behind `wiredesk enrich`. It never knows which transport it
//! runs on; what is found in a story is the business of `wiredesk-enrichment`.
//!
//! ```
//! use wiredesk_enricher::EnricherStage;
//! use wiredesk_model::Topic;
//! use wiredesk_pipeline::Stage;
//! assert_eq!(EnricherStage::default().input(), Topic::Clean);
//! ```

mod filter;
#[cfg(test)]
mod sample;
mod stage;

pub use filter::enrich_line;
pub use stage::EnricherStage;
