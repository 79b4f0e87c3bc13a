//! tar: POSIX (with extended headers), GNU (with long names) and the oldest form.

use tar::{EntryType, Header, PaxExtensions};
use wiredesk_model::Timestamp;

use super::ArchivedDocument;
use super::stream::Stream;
use crate::FormatError;

const BLOCK: usize = 512;
/// Where the checksum stands in a header.
const CHECKSUM: std::ops::Range<usize> = 148..156;
/// A name, or the extended header that holds it, is no longer.
const NAME_BYTES: u64 = 64 * 1024;

/// Whether bytes begin with a header of tar.
pub fn begins(first: &[u8]) -> bool {
    first
        .first_chunk::<BLOCK>()
        .is_some_and(|block| header_of(block).is_some())
}

/// The header in a block, where its checksum says that it is one.
fn header_of(block: &[u8; BLOCK]) -> Option<&Header> {
    let header = Header::from_byte_slice(block);
    let stored = header.cksum().ok()?;
    let counts = |place: usize, byte: u8| {
        u32::from(if CHECKSUM.contains(&place) {
            b' '
        } else {
            byte
        })
    };
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(place, byte)| counts(place, *byte))
        .sum();
    (sum == stored).then_some(header)
}

/// What headers before that of a file say of it.
#[derive(Default)]
struct Extended {
    path: Option<String>,
    date: Option<Timestamp>,
}

/// The files of a tar archive.
pub struct TarReader<'r> {
    stream: Stream<'r>,
    ended: bool,
    /// Entries so far that hold no document.
    pub passed_over: u64,
}

impl<'r> TarReader<'r> {
    pub(super) fn of(stream: Stream<'r>) -> Self {
        Self {
            stream,
            ended: false,
            passed_over: 0,
        }
    }

    /// Reads up to the next file; the outer error ends the archive.
    fn file(&mut self) -> Result<Option<Result<ArchivedDocument, FormatError>>, FormatError> {
        let mut extended = Extended::default();
        let mut block = [0; BLOCK];
        loop {
            let inside = "the header of an entry";
            // Two empty blocks end an archive; many end without them.
            if !self.stream.block(&mut block, inside)? || block == [0; BLOCK] {
                return Ok(None);
            }
            self.stream.place += 1;
            let header = header_of(&block)
                .ok_or_else(|| self.stream.damaged("tar", "a header with a wrong checksum"))?;
            let size = header
                .entry_size()
                .map_err(|_| self.stream.damaged("tar", "a size that is no number"))?;
            let own = String::from_utf8_lossy(&header.path_bytes()).into_owned();
            match header.entry_type() {
                EntryType::GNULongName => {
                    let name = self.name_bytes(size, &own)?;
                    let name = String::from_utf8_lossy(&name);
                    extended.path = Some(name.trim_end_matches('\0').to_owned());
                }
                EntryType::XHeader => extend(&mut extended, &self.name_bytes(size, &own)?),
                EntryType::Regular | EntryType::Continuous if !own.ends_with('/') => {
                    let date = header.mtime().ok().and_then(|seconds| {
                        Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
                    });
                    let name = extended.path.take().unwrap_or(own);
                    let bytes = self.stream.document(size, &name)?;
                    self.stream.skip(padding(size), &name)?;
                    return Ok(Some(bytes.map(|bytes| ArchivedDocument {
                        place: self.stream.place,
                        name,
                        date: extended.date.or(date).map(|date| date.to_string()),
                        bytes,
                        ..ArchivedDocument::default()
                    })));
                }
                _ => {
                    // A link, a folder, a device: whatever was said of it goes with it.
                    extended = Extended::default();
                    self.passed_over += 1;
                    self.stream.skip(size, &own)?;
                    self.stream.skip(padding(size), &own)?;
                }
            }
        }
    }

    /// The content of an entry that only names the next one.
    fn name_bytes(&mut self, size: u64, inside: &str) -> Result<Vec<u8>, FormatError> {
        if size > NAME_BYTES {
            return Err(self.stream.damaged("tar", "a name that is too long"));
        }
        let bytes = self.stream.document(size, inside)??;
        self.stream.skip(padding(size), inside)?;
        Ok(bytes)
    }
}

/// Bytes between the end of a file and the next header.
fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

fn extend(extended: &mut Extended, bytes: &[u8]) {
    for pair in PaxExtensions::new(bytes).flatten() {
        let value = String::from_utf8_lossy(pair.value_bytes());
        match pair.key_bytes() {
            b"path" => extended.path = Some(value.into_owned()),
            b"mtime" => {
                let seconds = value.split('.').next().and_then(|whole| whole.parse().ok());
                extended.date = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
            }
            _ => {}
        }
    }
}

impl Iterator for TarReader<'_> {
    type Item = Result<ArchivedDocument, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.file();
        self.ended = !matches!(found, Ok(Some(_)));
        found
            .transpose()
            .map(|found| found.and_then(|document| document))
    }
}
