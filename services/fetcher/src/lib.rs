//! Takes items in from feeds, folders, buckets and whoever pushes them; the cursor moves with them.
//!
//! Owns: what a source is ([`SourceConfig`]), when it is due, how it is asked (conditionally,
//! within every limit, never into a private network), who an item is ([`Identity`]), and what of
//! a poll is new. [`Fetcher`] is the [`wiredesk_pipeline::Source`] that the runner drives: the
//! items of a poll and the cursor behind them are one [`wiredesk_pipeline::Production`], so they
//! become visible together or not at all, and instances share the feeds by the partitions of the
//! cursors' topic. What others bring by themselves, senders and hubs, is taken in by the same step
//! and answered once it is committed. It must never know what a story says: cleaning comes later.
//!
//! ```no_run
//! use wiredesk_fetcher::{FetcherSettings, SourceConfig, probe};
//! let source = SourceConfig::feed("harbour-post", "https://harbourpost.example/feed.xml");
//! let report = probe(&source, &FetcherSettings::default())?;
//! println!("{} items as {}", report.items, report.format);
//! # Ok::<(), wiredesk_fetcher::FetchError>(())
//! ```

mod access;
mod address;
mod bucket;
mod changes;
mod claims;
mod client;
mod clock;
mod configured;
mod copies;
mod cursor;
mod deletions;
mod discover;
mod error;
mod events;
mod fetcher;
mod folder;
mod freshness;
mod gather;
mod hosts;
mod http;
mod identity;
mod inspect;
mod intake;
mod maker;
mod objects;
mod once;
mod opml;
mod pages;
mod permission;
mod place;
mod poll;
mod reading;
mod records;
mod redirects;
mod report;
mod resolver;
mod rhythm;
mod robots;
mod schedule;
mod settings;
mod source_config;
mod source_file;
mod trust;
mod watch;
mod websub;
mod wishes;

pub use access::Auth;
pub use bucket::Bucket;
pub use clock::{Clock, Jitter, SystemClock};
pub use configured::{Configured, STAGES_BEHIND};
pub use discover::{Discovery, FoundBy, FoundFeed, discover};
pub use error::FetchError;
pub use fetcher::{Fetcher, Renewal};
pub use identity::{Identity, item_hash};
pub use inspect::{Inspection, inspect};
pub use intake::IntakeSettings;
pub use once::{Fetched, ProbeReport, collect_once, fetch_once, probe};
pub use opml::{Outline, read_opml, write_opml};
pub use settings::FetcherSettings;
pub use source_config::{
    AfterTaking, FetchPage, IdentityPart, SourceConfig, SourceKind, read_sources,
};
pub use source_file::{NewSource, SourceFile, id_for};
