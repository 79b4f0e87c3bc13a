//! What is learned from the newest stories of a source: the blocks that repeat over them, and what
//! their pages are usually like.
//!
//! A block that stands in many stories of one source is none of theirs, whether a rule knows it or
//! not. Stories are told apart first: one that the wire sent again, under whatever id, counts once;
//! and a paragraph of background that goes with one subject belongs to the stories about it. What is
//! remembered is a window of the newest stories, so that it is bounded and forgets by itself.
//!
//! ```
//! use wiredesk_cleaning::{Decisions, SourceWindow, StoryPrint};
//! use wiredesk_model::Block;
//! let mut window = SourceWindow::default();
//! for day in ["Ferry sails again", "Bakery opens", "Choir wins prize", "Quay is closed", "Ice melts early"] {
//!     let story = Block::paragraph(format!(
//!         "{day}, and here is why that matters to those in the town who have waited for it since spring."
//!     ));
//!     let box_ = Block::paragraph("The morning letter brings the harbour to your kitchen table.");
//!     window.see(day, StoryPrint::of(day, &[story, box_]));
//! }
//! let blocks = [
//!     Block::paragraph("Nine boats left the quay at dawn for the first race of the season."),
//!     Block::paragraph("The morning letter brings the harbour to your kitchen table."),
//! ];
//! let print = StoryPrint::of("Race is on", &blocks);
//! let decisions = Decisions::default();
//! let learned = window.learned("race", &print, &decisions.for_source("harbour"));
//! assert_eq!(learned.len(), 1);
//! assert_eq!(learned[0].stories, 5);
//! ```

mod decisions;
mod drift;
mod print;
mod window;

pub use decisions::{Decision, Decisions, Verdict};
pub use drift::{Drift, PageFigures, UsualFigures};
pub use print::{BlockPrint, Fingerprint, StoryPrint};
pub use window::{Learned, Repeat, SourceDecisions, SourceWindow, WINDOW_STORIES};
