//! What every request can look at.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;
use wiredesk_host::{Closing, HealthView, Host};
use wiredesk_indexer::SearchSettings;
use wiredesk_pipeline::{Transport, TransportError};
use wiredesk_settings::{HttpSection, Settings};

use super::search::SearchPlace;

/// What every request can look at.
#[derive(Clone)]
pub struct DeskState {
    /// The log.
    pub transport: Arc<dyn Transport>,
    /// The services of this process.
    pub health: HealthView,
    /// Limits.
    pub limits: HttpSection,
    /// Tells streams that the server closes.
    pub closing: Closing,
    /// What the process was started with, for the logs of runs.
    pub(crate) settings: Arc<Settings>,
    /// The search index.
    pub(crate) search: Arc<SearchPlace>,
    /// A permit for each stream that may still be opened.
    pub slots: Arc<Semaphore>,
}

impl DeskState {
    /// The state for the services of `host`.
    pub fn of(host: &Host, closing: Closing) -> Self {
        let settings = host.settings();
        let (search, _) = SearchSettings::read(settings);
        let state = Self::new(
            host.transport(),
            host.health(),
            settings.http.clone(),
            closing,
        );
        state
            .searching(search.place(&settings.data_dir))
            .of_settings(settings.clone())
    }

    /// The same state, with the runs of `settings`.
    #[must_use]
    pub fn of_settings(self, settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            ..self
        }
    }

    /// The same state, with the search index at `place`.
    #[must_use]
    pub fn searching(self, place: PathBuf) -> Self {
        Self {
            search: Arc::new(SearchPlace::new(place)),
            ..self
        }
    }

    /// The state of its parts.
    pub fn new(
        transport: Arc<dyn Transport>,
        health: HealthView,
        limits: HttpSection,
        closing: Closing,
    ) -> Self {
        Self {
            transport,
            health,
            settings: Arc::new(Settings::default()),
            search: Arc::new(SearchPlace::new(SearchSettings::default().folder)),
            slots: Arc::new(Semaphore::new(limits.max_streams as usize)),
            limits,
            closing,
        }
    }

    /// Runs `read` where it may block.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Transport) -> Result<T, TransportError> + Send + 'static,
    ) -> Result<T, TransportError> {
        let transport = Arc::clone(&self.transport);
        match tokio::task::spawn_blocking(move || read(transport.as_ref())).await {
            Ok(result) => result,
            Err(error) => Err(TransportError::Fatal(format!(
                "the read ended by a defect: {error}"
            ))),
        }
    }
}
