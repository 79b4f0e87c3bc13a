//! Archives as a source: the documents inside a WARC or tar file, or in JSON lines, one after the
//! other.
//!
//! An [`Archive`] reads from whatever it is handed and holds one document at a time. What cannot
//! be used (a document over a limit, an answer without a head) is an error in its place, and the
//! reading goes on; where the archive itself ends too early or is damaged, the error is the last
//! thing that comes, and everything before it stands.
//!
//! ```
//! use wiredesk_formats::{Hints, Limits, archive::Archive, parse};
//! let warc = b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: https://news.example/feed\r\n\
//!     Content-Type: text/xml\r\nContent-Length: 39\r\n\r\n<rss><channel><item><title>Bridge opens\r\n\r\n";
//! for document in Archive::open(&warc[..], &Limits::default())? {
//!     let document = document?;
//!     let feed = parse(&document.bytes, &document.hints())?;
//!     assert_eq!(document.name, "https://news.example/feed");
//!     assert_eq!(feed.items[0].title.as_deref(), Some("Bridge opens"));
//! }
//! # Ok::<(), wiredesk_formats::FormatError>(())
//! ```

mod document;
mod http;
mod lines;
mod open;
mod stream;
mod tape;
mod warc;

pub use document::ArchivedDocument;
pub use lines::LinesReader;
pub use open::{Archive, ArchiveKind, SNIFFED_BYTES, kind_of};
pub use tape::TarReader;
pub use warc::WarcReader;
