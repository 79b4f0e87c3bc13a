//! Which archive a file is, judged by its first bytes.

use std::borrow::Cow;
use std::io::{BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::stream::Stream;
use super::{ArchivedDocument, LinesReader, TarReader, WarcReader, lines, tape, warc};
use crate::bytes::GZIP_MAGIC;
use crate::{FormatError, Limits};

/// So many bytes of the beginning tell an archive, packed or not.
pub const SNIFFED_BYTES: usize = 4096;

/// The archives that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    /// WARC (ISO 28500).
    Warc,
    /// tar: POSIX, GNU and the oldest.
    Tar,
}

/// Which archive a file begins as, packed with gzip or not; `None` where it is none.
///
/// ```
/// use wiredesk_formats::archive::{ArchiveKind, kind_of};
/// assert_eq!(kind_of(b"WARC/1.0\r\n"), Some(ArchiveKind::Warc));
/// assert_eq!(kind_of(b"<rss>"), None);
/// ```
pub fn kind_of(first: &[u8]) -> Option<ArchiveKind> {
    unpacked_kind(&unpacked_begin(first))
}

fn unpacked_begin(first: &[u8]) -> Cow<'_, [u8]> {
    if !first.starts_with(&GZIP_MAGIC) {
        return Cow::Borrowed(first);
    }
    let mut begin = Vec::new();
    // The packed beginning ends somewhere; what it gave up to there is enough.
    let _ = MultiGzDecoder::new(first)
        .take(SNIFFED_BYTES as u64)
        .read_to_end(&mut begin);
    Cow::Owned(begin)
}

fn unpacked_kind(first: &[u8]) -> Option<ArchiveKind> {
    if warc::begins(first) {
        Some(ArchiveKind::Warc)
    } else if tape::begins(first) {
        Some(ArchiveKind::Tar)
    } else {
        None
    }
}

/// The documents of an archive, in its order.
pub enum Archive<'r> {
    /// Those of a WARC file.
    Warc(WarcReader<'r>),
    /// Those of a tar file.
    Tar(TarReader<'r>),
    /// Those of JSON lines.
    Lines(LinesReader<'r>),
}

impl<'r> Archive<'r> {
    /// Opens a WARC or tar file or JSON lines, packed with gzip or not, told by the content. What
    /// begins as JSON is taken for lines of it: whether it is one document, its name must tell.
    ///
    /// # Errors
    /// `NotAnArchive` where it is none of them, `Unreadable` where the reader fails.
    pub fn open(mut from: impl Read + Send + 'r, limits: &Limits) -> Result<Self, FormatError> {
        let mut first = Vec::new();
        let sniffed = from.by_ref().take(SNIFFED_BYTES as u64);
        if let Err(error) = { sniffed }.read_to_end(&mut first) {
            return Err(FormatError::Unreadable {
                entry: 0,
                detail: error.to_string(),
            });
        }
        let is_packed = first.starts_with(&GZIP_MAGIC);
        let begin = unpacked_begin(&first);
        let kind = unpacked_kind(&begin);
        if kind.is_none() && !lines::begins(&begin) {
            return Err(FormatError::NotAnArchive);
        }
        let whole = BufReader::new(Cursor::new(first).chain(from));
        let stream = if is_packed {
            Stream::new(BufReader::new(MultiGzDecoder::new(whole)), limits)
        } else {
            Stream::new(whole, limits)
        };
        Ok(match kind {
            Some(ArchiveKind::Warc) => Self::Warc(WarcReader::of(stream, limits)),
            Some(ArchiveKind::Tar) => Self::Tar(TarReader::of(stream)),
            None => Self::Lines(LinesReader::of(stream)),
        })
    }

    /// Entries so far that hold no document: requests, folders, links and the like.
    pub fn passed_over(&self) -> u64 {
        match self {
            Self::Warc(reader) => reader.passed_over,
            Self::Tar(reader) => reader.passed_over,
            Self::Lines(_) => 0,
        }
    }
}

impl Iterator for Archive<'_> {
    type Item = Result<ArchivedDocument, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Warc(reader) => reader.next(),
            Self::Tar(reader) => reader.next(),
            Self::Lines(reader) => reader.next(),
        }
    }
}
