//! Reading files that a person or a filter names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Largest file read, in bytes.
const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// The bytes of a file.
///
/// # Errors
/// Where it cannot be read, is no file, or is over the limit; the text names the file.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let told = |error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("cannot read {}: {error}", path.display()),
        )
    };
    let file = File::open(path).map_err(told)?;
    let facts = file.metadata().map_err(told)?;
    if facts.is_dir() {
        return Err(io::Error::other(format!(
            "{} is a folder, not a file",
            path.display()
        )));
    }
    let mut bytes = Vec::with_capacity(facts.len().min(FILE_BYTES) as usize);
    file.take(FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(told)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(io::Error::other(format!(
            "{} is larger than the limit of {FILE_BYTES} bytes",
            path.display()
        )));
    }
    Ok(bytes)
}
