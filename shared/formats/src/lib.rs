//! Bytes to feed items: one folder a source format.
//!
//! Owns: how a document is told apart by its content ([`FORMATS`]), how its bytes become text
//! ([`decode_text`]), and how each format maps to the one item model ([`parse()`],
//! [`parse_document`]). Real feeds are broken in many ways, so the XML reader under RSS and Atom
//! never gives up half way: it repairs what it can and keeps the rest. WARC and tar files are taken
//! apart into the documents inside ([`archive`]). Input is hostile, so each step works within
//! [`Limits`] and none of them recurses.
//!
//! It must never know where the bytes came from or where the items go: no I/O, no clock.
//!
//! ```
//! use wiredesk_formats::{Hints, parse};
//! let feed = parse(b"<rss><channel><item><title>Bridge opens</title>", &Hints::default())?;
//! assert_eq!(feed.items[0].title.as_deref(), Some("Bridge opens"));
//! # Ok::<(), wiredesk_formats::FormatError>(())
//! ```

pub mod archive;
mod atom;
mod base64;
mod bytes;
mod charset;
mod date;
mod detect;
mod document;
mod error;
mod extra;
mod filter;
mod json_feed;
mod limits;
mod links;
mod list;
mod media;
mod page_feeds;
mod parse;
mod person;
mod rss;
mod sitemap;
mod wire;
mod wishes;
mod xml;

pub use bytes::inflate_if_gzip;
pub use charset::{Decoded, Hints, decode_text};
pub use date::{parse_date, to_rfc3339};
pub use detect::{Detected, detect};
pub use error::FormatError;
pub use filter::{AnswerItem, ParseAnswer, ParseRequest, answer, parse_request};
pub use limits::Limits;
pub use links::Base;
pub use list::{FORMATS, Format, Kind, formats_table};
pub use page_feeds::{PageFeed, page_feeds};
pub use parse::{parse, parse_document, parse_within};
pub use wire::{Dialect, EmptyEmbargo, Habits, flat_facts};
