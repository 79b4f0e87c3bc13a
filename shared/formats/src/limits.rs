//! The numbers that hostile documents run into.

use crate::FormatError;

/// Limits of one document; past any of them the document is refused, never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document, inflated and decoded.
    pub document_bytes: usize,
    /// Items in it.
    pub items: usize,
    /// Elements of markup in it.
    pub elements: usize,
    /// Elements open inside each other.
    pub depth: usize,
    /// How many times its packed size a packed document may grow to (beyond the first MiB).
    pub inflate_ratio: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 16 * 1024 * 1024,
            items: 20_000,
            elements: 1_000_000,
            depth: 256,
            inflate_ratio: 200,
        }
    }
}

impl Limits {
    pub(crate) fn check_items(&self, found: usize) -> Result<(), FormatError> {
        over("items", self.items, found)
    }

    pub(crate) fn check_elements(&self, found: usize) -> Result<(), FormatError> {
        over("elements", self.elements, found)
    }

    pub(crate) fn check_depth(&self, found: usize) -> Result<(), FormatError> {
        over("elements inside each other", self.depth, found)
    }

    pub(crate) fn check_bytes(&self, found: usize) -> Result<(), FormatError> {
        over("bytes in the document", self.document_bytes, found)
    }
}

fn over(what: &'static str, limit: usize, found: usize) -> Result<(), FormatError> {
    if found <= limit {
        return Ok(());
    }
    Err(FormatError::OverLimit {
        what,
        limit: limit as u64,
        found: found as u64,
    })
}
