//! `wiredesk fetcher`, `cleaner` and `enricher`: one service in this process.

use std::sync::Arc;

use wiredesk_fetcher::Configured;
use wiredesk_host::{Exit, Host, HostError, HttpServer, stop_on_signals};
use wiredesk_settings::Settings;
use wiredesk_telemetry::{Metric, gauge, init_logs, init_metrics};

use crate::cli::Common;
use crate::desk::{DeskState, routes};

/// A service of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Polls feeds and folders.
    Fetcher,
    /// Cleans stories.
    Cleaner,
    /// Enriches stories.
    Enricher,
    /// Archives what comes in and what is published.
    Archiver,
    /// Keeps the search index at what is current.
    Indexer,
}

/// Runs one service until it is asked to stop.
pub(crate) fn run(common: &Common, service: Service) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    start_telemetry(&settings)?;
    let mut host = Host::open(settings, stop_on_signals()?)?;
    add(&mut host, service)?;
    let server = listen(&host, None)?;
    if let Some(server) = &server {
        tracing::info!(
            "health, metrics and streams at http://{}/",
            server.address()
        );
    }
    host.run()?;
    Ok(Exit::Done)
}

/// Sets up the log and the metrics.
pub(crate) fn start_telemetry(settings: &Settings) -> Result<(), HostError> {
    init_logs(&wiredesk_host::log_settings(&settings.log))?;
    init_metrics();
    gauge(Metric::Build, &[env!("CARGO_PKG_VERSION")], 1.0);
    Ok(())
}

/// Puts a service into `host`.
pub(crate) fn add(host: &mut Host, service: Service) -> Result<(), HostError> {
    match service {
        Service::Cleaner => {
            let stage = wiredesk_cleaner::CleanerStage::configured(host.settings())
                .map_err(HostError::problems)?;
            host.add_keyed_stage(Arc::new(stage));
        }
        Service::Enricher => {
            let stage = wiredesk_enricher::EnricherStage::configured(host.settings())
                .map_err(HostError::problems)?;
            host.add_keyed_stage(Arc::new(stage));
        }
        Service::Archiver => return wiredesk_archiver::add_to(host),
        Service::Indexer => return wiredesk_indexer::add_to(host),
        Service::Fetcher => {
            let (configured, problems) = Configured::read(host.settings());
            if !problems.is_empty() {
                return Err(HostError::problems(problems));
            }
            return configured.add_to(host);
        }
    }
    Ok(())
}

/// Opens the configured address for the services of `host`, with another port where one is given.
pub(crate) fn listen(host: &Host, port: Option<u16>) -> Result<Option<HttpServer>, HostError> {
    let Some(mut address) = host.settings().http.socket_address() else {
        return Ok(None);
    };
    if let Some(port) = port {
        address.set_port(port);
    }
    HttpServer::start(address, |closing| routes(DeskState::of(host, closing))).map(Some)
}
