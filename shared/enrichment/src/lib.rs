//! What a clean story says of itself: language, dateline, credit, counts, and its ninjs form.
//!
//! Owns: the enrichers, one file each, and the mapping to the published article record. It never
//! knows where a story came from or where the record goes, reads no clock, and keeps no state: the
//! same story gives the same record, byte for byte. What cannot be told from the story stays unset.
//!
//! ```
//! let found = wiredesk_enrichment::dateline_of("MADRID – The vote is on Sunday.");
//! assert_eq!(found.map(|dateline| dateline.place), Some("MADRID"));
//! assert_eq!(wiredesk_enrichment::normalize_tag("en_us").as_deref(), Some("en-US"));
//! ```

mod agencies;
mod agency;
mod article;
mod byline;
mod change;
mod dateline;
mod dates;
mod hash;
mod language;
mod list_markup;
mod publication;
mod record;
#[cfg(test)]
mod sample;
mod uri;
mod wire_article;
mod words;
mod xhtml;

pub use agency::agency_named;
pub use byline::{Byline, byline};
pub use change::{change_class, is_correction};
pub use dateline::{Dateline, dateline, dateline_of};
pub use dates::{StoryDates, story_dates};
pub use hash::text_hash;
pub use language::{Detection, best_language, detect_language, normalize_tag};
pub use record::{EnrichSettings, enrich};
pub use words::{count_characters, count_words};
pub use xhtml::to_xhtml;
