//! Finding the body: which lines of a page tell the story.
//!
//! Two looks by small forests of trees (`model/*.txt`): the first sees a line's text, its place in
//! the markup and its neighbours; the second sees in addition what the first said of the lines
//! around. Nothing is taken or left as a subtree: each line stands for itself.

mod annex;
mod columns;
mod context;
mod features;
mod forest;
mod judge;
mod kin;
mod landmark;
mod name;
mod said;
mod scene;
mod select;
mod shape;
mod table;

pub use judge::BodyModel;
pub(crate) use select::{draft_of, draft_of_lines};
pub use table::{LineTable, features_mark, line_table};
