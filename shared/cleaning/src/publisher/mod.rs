//! Publisher rules: what one publisher's pages need beyond what finds the body on any page.
//!
//! A rule is data (`config/rules/*.toml`): the hosts and paths it holds for, and selectors for the
//! body, for what is to be dropped from it, and for title, byline and date. Its selectors run while
//! the page is read; what they hit are ranges of the page, and the lines within those ranges are the
//! body. The in-text rules follow as on any page.

mod address;
mod apply;
mod hits;
mod rule;
mod selector;

pub(crate) use apply::{Ruled, name_dropped, ruled};
pub use rule::{PublisherRule, PublisherRules, PublisherSpec, RuleFault};

/// Id in removals of what a publisher rule dropped.
pub(crate) const DROPPED: &str = "publisher";
