//! What can be wrong with a document.

/// Why a document gave no feed, by what a caller does about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Nothing in it.
    #[error("the document is empty")]
    Empty,
    /// Something else than a feed, such as an error page.
    #[error("neither a feed nor a wire: the document is {looks_like}")]
    NotAFeed {
        /// What it is instead, in words.
        looks_like: String,
    },
    /// A limit was passed; nothing of the document is used.
    #[error("over the limit: {found} {what}, and {limit} are allowed")]
    OverLimit {
        /// What was counted, with its unit.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
        /// How much was found before the reader stopped.
        found: u64,
    },
    /// Of a known format, but damaged beyond repair.
    #[error("damaged {format} document: {detail}")]
    Damaged {
        /// The format.
        format: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// Neither a WARC nor a tar file.
    #[error("neither a WARC nor a tar archive: it begins as neither of them")]
    NotAnArchive,
    /// An archive that ends before it should; what came before is whole.
    #[error(
        "the archive ends inside {inside} (entry {entry}): fetch it again; the entries before it are whole"
    )]
    CutOff {
        /// Which entry, counted from 1.
        entry: u64,
        /// What the entry is.
        inside: String,
    },
    /// The reader of an archive failed.
    #[error("cannot read on in the archive behind entry {entry}: {detail}")]
    Unreadable {
        /// The last entry that was begun.
        entry: u64,
        /// What the reader said.
        detail: String,
    },
}
