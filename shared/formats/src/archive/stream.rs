//! The bytes of an archive: read piece by piece, each piece within a limit.

use std::io::{self, BufRead, Read};

use crate::{FormatError, Limits};

/// A line of a head ends within so many bytes.
const LINE_BYTES: usize = 64 * 1024;
/// A head has no more lines.
const HEAD_LINES: usize = 1024;

/// What is left of an archive to read.
pub struct Stream<'r> {
    from: Box<dyn BufRead + Send + 'r>,
    /// Entries that were begun.
    pub place: u64,
    most_bytes: usize,
}

impl<'r> Stream<'r> {
    pub fn new(from: impl BufRead + Send + 'r, limits: &Limits) -> Self {
        Self {
            from: Box::new(from),
            place: 0,
            most_bytes: limits.document_bytes,
        }
    }

    /// The error for an archive that ends inside its current entry.
    pub fn cut_off(&self, inside: &str) -> FormatError {
        FormatError::CutOff {
            entry: self.place,
            inside: inside.to_owned(),
        }
    }

    /// The error for what is no archive any more.
    pub fn damaged(&self, format: &'static str, what: &str) -> FormatError {
        FormatError::Damaged {
            format,
            detail: format!("{what} in entry {}", self.place),
        }
    }

    fn failed(&self, error: &io::Error, inside: &str) -> FormatError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.cut_off(inside),
            // The kinds that flate2 gives for packing that is none.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                self.damaged("gzip", &error.to_string())
            }
            _ => FormatError::Unreadable {
                entry: self.place,
                detail: error.to_string(),
            },
        }
    }

    /// Fills `block`; the answer is whether there was anything at all.
    pub fn block(&mut self, block: &mut [u8], inside: &str) -> Result<bool, FormatError> {
        let mut filled = 0;
        while filled < block.len() {
            match self.from.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(self.cut_off(inside)),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error, inside)),
            }
        }
        Ok(true)
    }

    /// The next line of a file whose lines are its entries, within the limit of a document; none at
    /// the end. The inner error is of that line alone.
    pub fn long_line(
        &mut self,
        inside: &str,
    ) -> Result<Option<Result<Vec<u8>, FormatError>>, FormatError> {
        let mut line = Vec::new();
        let most = self.most_bytes as u64;
        let mut limited = self.from.by_ref().take(most + 1);
        if let Err(error) = limited.read_until(b'\n', &mut line) {
            return Err(self.failed(&error, inside));
        }
        if line.is_empty() {
            return Ok(None);
        }
        self.place += 1;
        if line.len() <= self.most_bytes || line.ends_with(b"\n") {
            return Ok(Some(Ok(line)));
        }
        let mut found = line.len() as u64;
        // The rest of it goes by unread.
        while !line.ends_with(b"\n") {
            line.clear();
            let mut limited = self.from.by_ref().take(LINE_BYTES as u64);
            if let Err(error) = limited.read_until(b'\n', &mut line) {
                return Err(self.failed(&error, inside));
            }
            if line.is_empty() {
                break;
            }
            found += line.len() as u64;
        }
        Ok(Some(Err(FormatError::OverLimit {
            what: "bytes in one line",
            limit: most,
            found,
        })))
    }

    /// The next line with its end; none at the end of the archive.
    pub fn line(&mut self, inside: &str) -> Result<Option<Vec<u8>>, FormatError> {
        let mut line = Vec::new();
        let mut limited = self.from.by_ref().take(LINE_BYTES as u64);
        if let Err(error) = limited.read_until(b'\n', &mut line) {
            return Err(self.failed(&error, inside));
        }
        if line.len() == LINE_BYTES {
            return Err(FormatError::OverLimit {
                what: "bytes in a line of a head",
                limit: LINE_BYTES as u64,
                found: line.len() as u64,
            });
        }
        Ok((!line.is_empty()).then_some(line))
    }

    /// The lines up to an empty one.
    pub fn head(&mut self, inside: &str) -> Result<Vec<u8>, FormatError> {
        let mut head = Vec::new();
        for _ in 0..HEAD_LINES {
            let line = self.line(inside)?.ok_or_else(|| self.cut_off(inside))?;
            if line.trim_ascii().is_empty() {
                return Ok(head);
            }
            head.extend_from_slice(&line);
        }
        Err(FormatError::OverLimit {
            what: "lines in a head",
            limit: HEAD_LINES as u64,
            found: HEAD_LINES as u64 + 1,
        })
    }

    /// The next bytes as one document; where they pass the limit they are skipped, and the inner
    /// error says so.
    pub fn document(
        &mut self,
        length: u64,
        inside: &str,
    ) -> Result<Result<Vec<u8>, FormatError>, FormatError> {
        if length > self.most_bytes as u64 {
            self.skip(length, inside)?;
            return Ok(Err(FormatError::OverLimit {
                what: "bytes in a document of the archive",
                limit: self.most_bytes as u64,
                found: length,
            }));
        }
        // Grows with what is there: the length is a claim.
        let mut bytes = Vec::new();
        let mut limited = self.from.by_ref().take(length);
        if let Err(error) = limited.read_to_end(&mut bytes) {
            return Err(self.failed(&error, inside));
        }
        if (bytes.len() as u64) < length {
            return Err(self.cut_off(inside));
        }
        Ok(Ok(bytes))
    }

    /// Passes over bytes.
    pub fn skip(&mut self, length: u64, inside: &str) -> Result<(), FormatError> {
        let mut limited = self.from.by_ref().take(length);
        match io::copy(&mut limited, &mut io::sink()) {
            Ok(skipped) if skipped < length => Err(self.cut_off(inside)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(&error, inside)),
        }
    }
}

/// Named fields below the first line of a head, as HTTP and WARC write them; a line that begins
/// with white space goes on with the one before it.
pub fn fields(head: &[u8]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8_lossy(head).lines().skip(1) {
        let goes_on = line.starts_with([' ', '\t']);
        match (line.split_once(':'), fields.last_mut()) {
            (_, Some((_, value))) if goes_on => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (Some((name, value)), _) => {
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            _ => {}
        }
    }
    fields
}
