//! The archiver as a service of a process.

use wiredesk_archive::{ArchiveError, sinks};
use wiredesk_host::{Exit, Host, HostError};
use wiredesk_settings::Settings;

use crate::ArchiveSettings;

/// Whether the all-in-one process archives too.
///
/// # Errors
/// Where the archiver's part of the configuration is wrong.
pub fn is_enabled(settings: &Settings) -> Result<bool, HostError> {
    match ArchiveSettings::read(settings) {
        (archive, problems) if problems.is_empty() => Ok(archive.enabled),
        (_, problems) => Err(HostError::problems(problems)),
    }
}

/// Puts the archiver into `host`.
///
/// # Errors
/// Where its part of the configuration is wrong, or the place for the files cannot be used.
pub fn add_to(host: &mut Host) -> Result<(), HostError> {
    let (settings, problems) = ArchiveSettings::read(host.settings());
    if !problems.is_empty() {
        return Err(HostError::problems(problems));
    }
    let store = settings.open(&host.settings().data_dir);
    let store = store.map_err(|error| HostError::Setup {
        service: "archiver",
        exit: match &error {
            ArchiveError::Unavailable { .. } => Exit::Unavailable,
            _ => Exit::Usage,
        },
        detail: error.to_string(),
    })?;
    for sink in sinks(&store, &settings.closing(), settings.policy()) {
        host.add_sink(sink);
    }
    Ok(())
}
