//! A story for the tests of this crate.

use wiredesk_model::CleanStory;

/// The first version of a small story.
pub(crate) fn story() -> CleanStory {
    let json = include_str!("../../../shared/enrichment/tests/data/clean_story.json");
    serde_json::from_str(json).expect("the sample is a clean story")
}
