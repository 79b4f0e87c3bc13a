//! Why a runner ended by itself.

use crate::TransportError;

/// Why a runner ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another instance took over.
    #[error("{service} stops, {detail}; nothing was lost, the other instance goes on")]
    Fenced {
        /// The service.
        service: &'static str,
        /// What the transport said.
        detail: String,
    },
    /// Too many dead letters.
    #[error(
        "{service} stops as unhealthy: {detail}; look at the dead topic, mend the cause and start \
         again (the batch under way was not committed)"
    )]
    Storm {
        /// The service.
        service: &'static str,
        /// Which limit broke.
        detail: String,
    },
    /// The stage or source asked to stop.
    #[error("{service} stops: {detail}")]
    Stopped {
        /// The service.
        service: &'static str,
        /// What is wrong and what to do.
        detail: String,
    },
    /// The transport cannot go on.
    #[error("{service} stops: {source}")]
    Transport {
        /// The service.
        service: &'static str,
        /// What the transport said.
        source: TransportError,
    },
}
