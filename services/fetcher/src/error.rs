//! Why something could not be fetched.

use std::time::Duration;

use wiredesk_formats::FormatError;
use wiredesk_model::Timestamp;

/// Why a feed, page or folder gave nothing, in words that name it and say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an address that can be fetched from.
    #[error("{url} cannot be fetched: {reason}")]
    BadAddress {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The address is inside a network that feeds may not reach.
    #[error(
        "{url} is at {address}, which is not public; set allow_private = true on the source or add the network to allow_networks"
    )]
    NotPublic {
        /// The address as given.
        url: String,
        /// Where it leads.
        address: String,
    },
    /// Redirected too often.
    #[error("{url} was redirected more than {limit} times (redirects)")]
    TooManyRedirects {
        /// The address that was asked first.
        url: String,
        /// How many are followed.
        limit: usize,
    },
    /// The server answered, but not with what was asked for.
    #[error("{url} answered with status {status}")]
    Status {
        /// The address that answered.
        url: String,
        /// The status code.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The host has asked for no requests until a time.
    #[error("{url} was not asked: its host wants to be left alone until {until}")]
    LeftAlone {
        /// The address.
        url: String,
        /// Until when.
        until: Timestamp,
        /// How long that is.
        wait: Duration,
    },
    /// Closed by the `robots.txt` of the host, or that could not be had.
    #[error(
        "{url} is closed to robots by its host's robots.txt; set ignore_robots = true on the source where its publisher allows that"
    )]
    Disallowed {
        /// The address.
        url: String,
    },
    /// No answer in time.
    #[error("{url} did not answer in time ({what})")]
    Timeout {
        /// The address.
        url: String,
        /// Which limit was passed.
        what: String,
    },
    /// More bytes than allowed; nothing of them is used.
    #[error("{url} sent more than {limit} bytes after decompression; raise {key} to take it")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: usize,
        /// The setting that holds the limit.
        key: &'static str,
    },
    /// Packed so densely that it is taken for a bomb; nothing of it is used.
    #[error(
        "{url} sent a body that grows to more than {ratio} times its size by being unpacked; raise unpacked_ratio to take it"
    )]
    TooDense {
        /// The address.
        url: String,
        /// The limit.
        ratio: u64,
    },
    /// Packed in a way that cannot be undone.
    #[error("{url} sent a body that cannot be unpacked ({encoding}): {detail}")]
    Packed {
        /// The address.
        url: String,
        /// Its `Content-Encoding`.
        encoding: String,
        /// What happened.
        detail: String,
    },
    /// The connection ended in the middle of the body; nothing of it is used.
    #[error("{url} broke off after {received_bytes} bytes: {detail}")]
    BrokeOff {
        /// The address.
        url: String,
        /// Bytes of the body that came.
        received_bytes: u64,
        /// What happened.
        detail: String,
    },
    /// No connection, or a TLS failure.
    #[error("{url} is out of reach: {detail}")]
    Unreachable {
        /// The address.
        url: String,
        /// What happened.
        detail: String,
    },
    /// What came is not what a feed or a page looks like.
    #[error("{url}: {error}")]
    Unreadable {
        /// The address or file.
        url: String,
        /// What is wrong with it.
        error: FormatError,
    },
    /// A page came instead of a feed, and it names feeds.
    #[error(
        "{url} is an HTML page, not a feed; it links to {}: put one of them into the source",
        feeds.join(" and ")
    )]
    PageWithFeeds {
        /// The address.
        url: String,
        /// The feeds that it links to.
        feeds: Vec<String>,
    },
    /// Of a media type that cannot be a page.
    #[error("{url} is {media_type}, not a page")]
    NotAPage {
        /// The address.
        url: String,
        /// The media type.
        media_type: String,
    },
    /// A folder or file could not be read.
    #[error("cannot read {path}: {detail}")]
    Folder {
        /// The folder or file.
        path: String,
        /// What happened.
        detail: String,
    },
    /// A list of feeds that is none.
    #[error("the list of feeds cannot be read as OPML: {detail}")]
    NoList {
        /// What is wrong with it.
        detail: String,
    },
    /// A file of sources that cannot be changed.
    #[error("cannot change {path}: {detail}")]
    SourceFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The poll ended without a result; a defect of ours.
    #[error("the poll of {feed} ended without a result, this is a defect; please report it")]
    Lost {
        /// The feed.
        feed: String,
    },
}

impl FetchError {
    /// Status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            FetchError::Status { status, .. } => Some(*status),
            FetchError::Unreadable { .. }
            | FetchError::PageWithFeeds { .. }
            | FetchError::NotAPage { .. }
            | FetchError::TooLarge { .. }
            | FetchError::TooDense { .. }
            | FetchError::Packed { .. }
            | FetchError::BrokeOff { .. } => Some(200),
            _ => None,
        }
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } => *retry_after,
            FetchError::LeftAlone { wait, .. } => Some(*wait),
            _ => None,
        }
    }

    /// Whether a second try at once has a chance.
    pub fn is_passing(&self) -> bool {
        match self {
            FetchError::Status {
                status,
                retry_after,
                ..
            } => *status >= 500 && retry_after.is_none(),
            FetchError::Timeout { .. }
            | FetchError::Unreachable { .. }
            | FetchError::BrokeOff { .. } => true,
            _ => false,
        }
    }
}
