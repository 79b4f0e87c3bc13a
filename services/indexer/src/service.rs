//! The indexer as a service of a process.

use std::path::Path;
use std::sync::Arc;

use wiredesk_host::{Exit, Host, HostError};
use wiredesk_pipeline::{Sink, Transport};
use wiredesk_settings::Settings;

use crate::cluster::{CLUSTER_NAME, ClusterError, cluster_sink};
use crate::sink::{IndexSink, NAME};
use crate::{IndexError, SearchSettings};

/// The indexer's part of the configuration.
///
/// # Errors
/// Where something is wrong with it.
pub fn settings_of(settings: &Settings) -> Result<SearchSettings, HostError> {
    match SearchSettings::read(settings) {
        (search, problems) if problems.is_empty() => Ok(search),
        (_, problems) => Err(HostError::problems(problems)),
    }
}

/// Puts the indexer into `host`: what keeps the search cluster, where one is configured, and what
/// keeps the index on this machine, unless there is a cluster and the index is switched off.
///
/// # Errors
/// Where its part of the configuration is wrong, or the index cannot be used.
pub fn add_to(host: &mut Host) -> Result<(), HostError> {
    let settings = settings_of(host.settings())?;
    add_cluster(host, &settings)?;
    if settings.enabled || !settings.cluster.is_enabled() {
        let open = opener(host, settings);
        host.add_sink(open().map_err(setup)?);
    }
    Ok(())
}

/// Puts what is switched on into `host`, as [`add_to`]. Where another process writes to the index it
/// takes over once that one has ended.
///
/// # Errors
/// As [`add_to`].
pub fn add_enabled(host: &mut Host) -> Result<(), HostError> {
    let settings = settings_of(host.settings())?;
    add_cluster(host, &settings)?;
    match settings.enabled {
        true => add_where_free(host, settings),
        false => Ok(()),
    }
}

fn add_cluster(host: &mut Host, settings: &SearchSettings) -> Result<(), HostError> {
    if settings.cluster.is_enabled() {
        let sink = cluster_sink(host.transport(), &settings.cluster);
        host.add_sink(sink.map_err(cluster_setup)?);
    }
    Ok(())
}

fn add_where_free(host: &mut Host, settings: SearchSettings) -> Result<(), HostError> {
    let open = opener(host, settings);
    match open() {
        Ok(sink) => host.add_sink(sink),
        Err(IndexError::Busy(_)) => {
            tracing::info!("another process keeps the search index; to be taken over when it ends");
            host.add_sink_once_free(NAME, move || match open() {
                Ok(sink) => {
                    tracing::info!("keeping the search index from now on");
                    Ok(Some(sink))
                }
                Err(IndexError::Busy(_)) => Ok(None),
                Err(error) if error.is_of_disk() => Ok(None),
                Err(error) => Err(error.to_string()),
            });
        }
        Err(error) => return Err(setup(error)),
    }
    Ok(())
}

/// The sink that keeps the index at `place`, for whoever runs it.
///
/// # Errors
/// Where the index cannot be used.
pub fn index_sink(
    transport: Arc<dyn Transport>,
    settings: &SearchSettings,
    place: &Path,
) -> Result<Box<dyn Sink>, IndexError> {
    Ok(Box::new(IndexSink::open_index(transport, settings, place)?))
}

/// Opens the index of `host`, as often as it is called.
fn opener(
    host: &Host,
    settings: SearchSettings,
) -> impl Fn() -> Result<Box<dyn Sink>, IndexError> + use<> {
    let place = settings.place(&host.settings().data_dir);
    let transport = host.transport();
    move || index_sink(Arc::clone(&transport), &settings, &place)
}

fn cluster_setup(error: ClusterError) -> HostError {
    HostError::Setup {
        service: CLUSTER_NAME,
        detail: error.to_string(),
        exit: Exit::Usage,
    }
}

fn setup(error: IndexError) -> HostError {
    HostError::Setup {
        service: NAME,
        detail: error.to_string(),
        exit: match &error {
            IndexError::Log(source) => Exit::of_transport(source),
            _ if error.is_of_disk() => Exit::Failed,
            _ => Exit::Usage,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::PathBuf;

    use super::*;

    /// A supervisor starts a service again after 1, and leaves it after 2.
    #[test]
    fn a_full_disk_at_the_start_is_no_fault_of_the_configuration() {
        let ended = |kind: io::ErrorKind| {
            let path = PathBuf::from("data/index");
            let source = io::Error::from(kind);
            setup(IndexError::Disk { path, source })
        };
        let full = ended(io::ErrorKind::StorageFull);
        assert_eq!(Exit::of_error(&full), Exit::Failed);
        assert!(full.to_string().contains("free space"), "{full}");
        let barred = ended(io::ErrorKind::PermissionDenied);
        assert_eq!(Exit::of_error(&barred), Exit::Usage);
    }
}
