//! `[archive]` of the configuration.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use wiredesk_archive::{ArchiveError, Closing, OnKill, Policy, Store};
use wiredesk_settings::{Problem, Secret, Settings};

/// `[archive]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct ArchiveSettings {
    /// Whether `wiredesk run` archives too.
    pub enabled: bool,
    /// Where the archive is: a folder, relative to the data folder, or the URL of an object store.
    pub location: String,
    /// Options of the object store.
    pub options: BTreeMap<String, Secret>,
    /// Files are closed once this much waits, in bytes of records.
    pub close_bytes: u64,
    /// Files are closed once a record has waited so long.
    pub close_seconds: u64,
    /// What becomes of a killed story.
    pub on_kill: OnKill,
    /// Days that a segment stays after its newest record; 0 is for good.
    pub keep_days: u32,
}

const DAY_SECONDS: u64 = 24 * 60 * 60;

impl Default for ArchiveSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            location: "archive".to_owned(),
            options: BTreeMap::new(),
            close_bytes: 64 * 1024 * 1024,
            close_seconds: 300,
            on_kill: OnKill::Keep,
            keep_days: 0,
        }
    }
}

impl ArchiveSettings {
    /// Reads the section, and everything that is wrong with it.
    pub fn read(settings: &Settings) -> (Self, Vec<Problem>) {
        let (read, mut problems) = settings.archive.read::<Self>();
        let read = read.unwrap_or_default();
        let ranges = [
            ("close_bytes", read.close_bytes, 1024, 1 << 32),
            ("close_seconds", read.close_seconds, 1, 86_400),
            ("keep_days", u64::from(read.keep_days), 0, 36_500),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                let text = format!("`{key}` is {value}; choose {least} to {most}");
                problems.push(settings.archive.problem_at(key, &text));
            }
        }
        (read, problems)
    }

    /// Opens the archive; a folder is made where it is missing.
    ///
    /// # Errors
    /// Where the location or an option is not understood.
    pub fn open(&self, data_dir: &Path) -> Result<Arc<Store>, ArchiveError> {
        let location = match self.location.contains("://") {
            true => self.location.clone(),
            false => data_dir.join(&self.location).display().to_string(),
        };
        let options: Vec<(String, String)> = self
            .options
            .iter()
            .map(|(key, value)| (key.to_lowercase(), value.reveal().to_owned()))
            .collect();
        Store::open(&location, &options).map(Arc::new)
    }

    /// How long segments stay; for good where it is not given.
    pub fn keep(&self) -> Option<Duration> {
        let days = u64::from(self.keep_days);
        (days > 0).then(|| Duration::from_secs(days * DAY_SECONDS))
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy {
            on_kill: self.on_kill,
            keep: self.keep(),
        }
    }

    pub(crate) fn closing(&self) -> Closing {
        Closing {
            bytes: usize::try_from(self.close_bytes).unwrap_or(usize::MAX),
            age: Duration::from_secs(self.close_seconds),
        }
    }
}
