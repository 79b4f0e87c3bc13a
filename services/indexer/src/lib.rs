//! The indexer: what is current, so that it can be searched.
//!
//! Owns: the search index on this machine ([`Search`], [`rebuild()`]), the sink that keeps it at what
//! is current ([`add_to`]), and how it is asked ([`Ask`]); and the sink that keeps a search cluster
//! there, OpenSearch or Elasticsearch ([`cluster_sink`]). One document a story: a later version
//! takes the place of the one before, and a story that is killed, withdrawn or held back is gone
//! with the next commit. The index can always be made anew from the log.
//!
//! It never decides what is current: that is the enricher's, and stands in the topic it reads.
//!
//! ```
//! use wiredesk_indexer::{Ask, Sort};
//! let ask = Ask {
//!     languages: vec!["en".to_owned()],
//!     ..Ask::text("\"harbour wall\" -storm")
//! };
//! assert_eq!(ask.order(), Sort::Relevance);
//! ```

mod ask;
mod cluster;
mod document;
mod error;
mod fields;
mod marks;
mod query;
mod reading;
mod rebuild;
mod search;
mod service;
mod settings;
mod sink;
mod stems;
mod store;
mod syntax;
mod words;
mod writer;

pub use ask::{Ask, MAX_LIMIT, MAX_OFFSET, Sort, time_of};
pub use cluster::{ClusterError, ClusterSettings, cluster_sink};
pub use document::Shown;
pub use error::IndexError;
pub use marks::Piece;
pub use rebuild::rebuild;
pub use search::{FacetValue, Found, Hit, Same, Search};
pub use service::{add_enabled, add_to, index_sink, settings_of};
pub use settings::SearchSettings;
