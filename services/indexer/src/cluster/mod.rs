//! The stories in a search cluster: OpenSearch or Elasticsearch.
//!
//! Owns: what a story looks like there (`document`, `template.json`), where it stands (`homes`), how
//! it is written (`bulk`), and the sink that keeps the cluster at what is current. All instances
//! share the partitions of `current`.
//!
//! Every document carries the offset of its record as its external version, and all records of a
//! story come from one partition, so an older one never takes the place of a newer, in whatever
//! order and however often they are sent. For the same reason a story that is taken back leaves a
//! marker without any text: a deleted document would forget its version. The alias leaves the
//! markers out.
//!
//! It asks nothing of the cluster but `_bulk`, `_search`, `_refresh` and index templates, which both
//! products have. It never searches for readers: they ask the cluster themselves, at the alias.

mod bulk;
mod client;
mod document;
mod error;
mod homes;
mod settings;
mod sink;

pub use error::ClusterError;
pub use settings::ClusterSettings;
pub(crate) use sink::CLUSTER_NAME;
pub use sink::cluster_sink;
