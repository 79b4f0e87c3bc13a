//! Replay: what an archive or the log still holds goes through the pipeline again.
//!
//! Owns: which items are meant ([`Selection`]), where they come from ([`Origin`]), the source
//! that writes them to the raw topic at the speed asked for, exactly once and resumable
//! ([`Replay`]), the comparison of what came out with what was published ([`Comparison`]), and what
//! of it is promoted ([`Offer`]); and the move of a whole log to another place ([`Move`]). It never
//! knows what the stages behind it make of an item, nor which transport it writes to.
//!
//! A replayed item keeps its story, its version and its times; it carries the name of the run
//! instead of `live`, in its value and in its headers, so that nobody takes it for news.
//!
//! ```
//! use serde_json::json;
//! use wiredesk_replayer::changes;
//! let found = changes(&json!({"article": {"by": "A"}}), &json!({"article": {"by": "B"}}));
//! assert_eq!(found[0].path, "article.by");
//! ```

mod comparison;
mod difference;
mod error;
mod moving;
mod order;
mod orders;
mod origin;
mod pace;
mod past;
mod promotion;
mod replay;
mod report;
mod selection;

pub use comparison::Comparison;
pub use difference::{Change, FieldChange, Summary, changes};
pub use error::ReplayError;
pub use moving::{GAP_KEY, Move, MoveError, MoveProgress};
pub use origin::{OnDamage, Origin};
pub use pace::{Pace, Speed};
pub use past::Span;
pub use promotion::Offer;
pub use replay::{Progress, Replay};
pub use selection::Selection;
