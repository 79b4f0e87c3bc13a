//! The log: text for people, JSON for machines, to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::live_line::AboveLiveLine;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One line of text, in colour on a terminal.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// How a line looks.
    pub format: LogFormat,
    /// Least level, or a filter such as `info,wiredesk_fetcher=debug`. The environment variable
    /// `RUST_LOG` wins over it.
    pub level: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter says something that is no filter.
    #[error(
        "log level {filter:?} is not a filter: {reason}; use error, warn, info, debug, trace, or module=level parts with commas between"
    )]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another log was set up before in this process.
    #[error("the log was set up twice")]
    Twice(#[from] TryInitError),
}

/// Sets up the log of this process, on standard error.
///
/// # Errors
/// Where the filter cannot be read, or a log was set up before.
pub fn init_logs(settings: &LogSettings) -> Result<(), LogError> {
    let filter = filter(settings)?;
    let registry = tracing_subscriber::registry().with(filter);
    match settings.format {
        LogFormat::Text => {
            let layer = tracing_subscriber::fmt::layer()
                .with_writer(AboveLiveLine::default)
                .with_ansi(
                    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
                )
                .with_target(false);
            registry.with(layer).try_init()?;
        }
        LogFormat::Json => {
            let layer = tracing_subscriber::fmt::layer()
                .json()
                .flatten_event(true)
                .with_writer(AboveLiveLine::default);
            registry.with(layer).try_init()?;
        }
    }
    Ok(())
}

fn filter(settings: &LogSettings) -> Result<EnvFilter, LogError> {
    let text = std::env::var("RUST_LOG")
        .ok()
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| settings.level.clone());
    text.parse().map_err(|error| LogError::Filter {
        filter: text.clone(),
        reason: format!("{error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_refused_with_its_text() {
        let settings = LogSettings {
            level: "info,wiredesk_fetcher=loud".to_owned(),
            ..LogSettings::default()
        };
        if std::env::var_os("RUST_LOG").is_none() {
            let error = filter(&settings).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains("wiredesk_fetcher=loud"), "{error}");
        }
        assert!(filter(&LogSettings::default()).is_ok());
    }
}
