//! News wires: the formats that agencies send, as one lenient reader each.
//!
//! No reader knows an agency. What one agency does differently is data ([`Habits`]). What a
//! reader has no field for is kept ([`wiredesk_model::Extra`]), and the whole text of the
//! body goes into the item's content, as HTML.

mod advisory_words;
pub(crate) mod anpa1312;
mod body;
mod dates;
mod draft;
mod el;
mod flat;
mod habits;
pub(crate) mod iptc7901;
mod lines;
mod media_topics;
pub(crate) mod newsml1;
pub(crate) mod newsml_g2;
pub(crate) mod ninjs;
pub(crate) mod nitf;
mod status;
mod text_identity;
mod text_wire;

pub use flat::flat_facts;
pub use habits::{Dialect, EmptyEmbargo, Habits};
