//! HTML or plain text to the blocks of the story, with every removed span and its rule.
//!
//! Owns: reading a page into lines, finding the body among them, the in-text rules, the phrases they
//! begin from, and the rules for the pages of one publisher. It never knows where an input came from or where the story goes: no I/O, no
//! clock, no settings.
//!
//! ```
//! use wiredesk_cleaning::{Hints, clean_text};
//! let text = "The wall held.\n\nAdvertisement\n\nThe tide turned at noon.";
//! let cleaned = clean_text(text, &Hints::default())?;
//! assert_eq!(cleaned.text, "The wall held.\n\nThe tide turned at noon.");
//! assert_eq!(cleaned.removed[0].rule, "advert-marker");
//! # Ok::<(), wiredesk_cleaning::CleanError>(())
//! ```

mod body;
mod clean;
mod cleaned;
mod draft;
mod error;
mod fallback;
mod figure;
mod html;
mod learned;
mod letters;
mod media;
mod phrases;
mod publisher;
mod quality;
mod rules;
mod structure;
mod text;
mod title;

pub use body::{BodyModel, LineTable, features_mark, line_table};
pub use clean::{Hints, INPUT_BYTES, RULES_VERSION, clean_html, clean_text, plain_text};
pub use cleaned::{Cleaned, PublisherNote};
pub use error::CleanError;
pub use learned::{
    BlockPrint, Decision, Decisions, Drift, Fingerprint, Learned, PageFigures, Repeat,
    SourceDecisions, SourceWindow, StoryPrint, UsualFigures, Verdict, WINDOW_STORIES,
};
pub use publisher::{PublisherRule, PublisherRules, PublisherSpec, RuleFault};
pub use rules::{Rule, rules};
