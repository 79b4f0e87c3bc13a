//! The cleaning stage: raw items in, clean stories out.
//!
//! Owns: which part of a raw item carries the body, the step from [`wiredesk_model::RawItem`] to
//! [`wiredesk_model::CleanStory`], the `clean` filter, and the folder of publisher rules with their
//! saved pages. It never knows the transport, and holds
//! no cleaning rule: those are in `wiredesk-cleaning`.
//!
//! ```
//! use wiredesk_cleaner::{CleanRequest, clean_request};
//! use wiredesk_cleaning::PublisherRules;
//! let request: CleanRequest =
//!     serde_json::from_str(r#"{"id": "1", "text": "The wall held.\n\nAdvertisement"}"#)?;
//! let answer = clean_request(&request, None, &PublisherRules::default());
//! assert_eq!(answer.text.as_deref(), Some("The wall held."));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod decisions;
mod filter;
mod learn;
mod memory;
mod rule_tests;
mod rules_dir;
mod said;
mod stage;
mod story;

pub use decisions::{AcceptedLayout, DecisionFile, read_decisions, write_decisions};
pub use filter::{CleanAnswer, CleanRequest, clean_request};
pub use memory::{PartitionMemory, SeenStory};
pub use rule_tests::{RuleReport, test_rules};
pub use rules_dir::{CleanerRules, read_rules};
pub use stage::CleanerStage;
pub use story::{StoryError, clean_raw};
