//! From settings to a running service: transport, health endpoints, signals, threads, exit codes.
//!
//! Owns: opening the configured transport ([`open_transport`]), the threads that services run on
//! ([`Host`]), the HTTP listener with `/metrics`, `/healthz` and `/readyz` ([`HttpServer`],
//! [`health_routes`]), signals ([`stop_on_signals`]), the cryptography of TLS ([`choose_tls`]),
//! what stands behind an error of others ([`innermost`]), and what the process answers to whoever
//! started it ([`Exit`]). It never knows what a service does with a record.
//!
//! ```no_run
//! use wiredesk_host::{Exit, Host};
//! use wiredesk_pipeline::StopSignal;
//! use wiredesk_settings::Settings;
//! # fn stage() -> std::sync::Arc<dyn wiredesk_pipeline::Stage> { std::process::exit(1) }
//! let mut host = Host::open(Settings::default(), StopSignal::new())?;
//! host.add_stage(stage());
//! let exit = Exit::of(&host.run());
//! # Ok::<(), wiredesk_host::HostError>(())
//! ```

mod causes;
mod error;
mod exit;
mod health;
mod host;
mod http;
mod service;
mod signals;
mod tls;
mod transport;

pub use causes::{causes, innermost};
pub use error::HostError;
pub use exit::Exit;
pub use health::{HealthView, health_routes};
pub use host::Host;
pub use http::{Closing, HttpServer};
pub use service::{log_settings, service_main};
pub use signals::{Hangup, on_hangup, stop_on_signals};
pub use tls::choose_tls;
pub use transport::{
    MoveEnds, delete_log, move_ends, names_of_topics, open_transport, reach_transport,
    runner_settings,
};
