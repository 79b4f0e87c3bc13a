//! The pages that an example is to work on: `{"id","path"}` lines, packed or not.

use std::io::{BufRead, Read as _};

use serde_json::Value;
use wiredesk_formats::{Hints, decode_text};

/// A page and the id it was asked for by.
pub struct Page {
    pub id: Value,
    pub html: String,
}

/// The pages, one after the other.
pub fn pages(
    input: impl BufRead,
) -> impl Iterator<Item = Result<Page, Box<dyn std::error::Error>>> {
    input.lines().map(|line| {
        let mut request: Value = serde_json::from_str(&line?)?;
        let html = read(request["path"].as_str().unwrap_or_default())?;
        let id = request["id"].take();
        Ok(Page { id, html })
    })
}

/// A page as text, unpacked where it is packed, in the charset that it says.
fn read(path: &str) -> Result<String, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let mut unpacked = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
    } else {
        unpacked = bytes;
    }
    Ok(decode_text(&unpacked, &Hints::default()).text.into_owned())
}
