//! Why a process could not run, or ended by itself.

use std::net::SocketAddr;

use wiredesk_pipeline::{RunError, TransportError};
use wiredesk_settings::{Problem, SettingsError};
use wiredesk_telemetry::LogError;

use crate::exit::Exit;

/// Why a process could not run, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The configuration cannot be used.
    #[error("the configuration cannot be used:\n{0}")]
    Settings(#[from] SettingsError),
    /// The log cannot be set up as configured.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The transport could not be opened.
    #[error("cannot open the {kind} transport: {source}")]
    Transport {
        /// `embedded` or `kafka`.
        kind: &'static str,
        /// Why.
        source: TransportError,
    },
    /// The address is taken or not ours.
    #[error(
        "cannot listen on {address}: {source}; choose another with http.address in the \
         configuration or WIREDESK_HTTP_ADDRESS (port 0 takes a free one)"
    )]
    Listen {
        /// What was configured.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The operating system refused something that every process may have.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A service ended by itself.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A service ended in a way that it should not have; a defect of ours.
    #[error("{service} ended by a defect: {detail}")]
    Defect {
        /// The service.
        service: &'static str,
        /// What it said.
        detail: String,
    },
    /// A service could not be set up.
    #[error("{service} cannot start: {detail}")]
    Setup {
        /// The service.
        service: &'static str,
        /// What is wrong and what to do.
        detail: String,
        /// What the program ends with: [`Exit::Usage`] where the configuration is at fault.
        exit: Exit,
    },
    /// Services did not finish in time after the signal to stop.
    #[error("gave up waiting for {services} after {limit_ms} ms; what was under way is read again")]
    Drain {
        /// Their names.
        services: String,
        /// How long was waited.
        limit_ms: u64,
    },
}

impl HostError {
    /// Problems that a service found with its own part of the configuration.
    pub fn problems(problems: Vec<Problem>) -> Self {
        Self::Settings(SettingsError::Problems(problems))
    }
}
