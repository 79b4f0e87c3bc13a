//! A forgiving XML reader: text in, a flat tree of elements out.
//!
//! It takes what real feeds send: bare `&` and `<`, unclosed and mismatched tags, undeclared
//! entities and prefixes, a CDATA section without end, text before the root, an end cut off.
//! It never recurses and never resolves anything outside the document; entities that a document
//! declares itself are used only where they stand for plain text, so they cannot multiply.

mod attributes;
mod builder;
mod entities;
mod named;
mod namespace;
mod text;
mod tree;
mod walk;

pub use attributes::Attributes;
pub use entities::decode_into;
pub use namespace::Ns;
pub use tree::{NodeId, Tree};
pub use walk::Piece;
