//! `[search]` of the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use wiredesk_settings::{Problem, Settings};

/// `[search]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SearchSettings {
    /// Whether `wiredesk run` indexes too.
    pub enabled: bool,
    /// Folder of the index, relative to the data folder.
    pub folder: PathBuf,
    /// Changes are to be found after so long.
    pub commit_ms: u64,
    /// Memory for what is not on disk yet, in bytes.
    pub memory_bytes: u64,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            folder: "index".into(),
            commit_ms: 1_000,
            memory_bytes: 64 * 1024 * 1024,
        }
    }
}

impl SearchSettings {
    /// Reads the section, and everything that is wrong with it.
    pub fn read(settings: &Settings) -> (Self, Vec<Problem>) {
        let (read, mut problems) = settings.search.read::<Self>();
        let read = read.unwrap_or_default();
        let mut wrong = |key: &str, text: String| {
            problems.push(settings.search.problem_at(key, &text));
        };
        if read.folder.as_os_str().is_empty() {
            wrong("folder", "`folder` is empty; name a folder".to_owned());
        }
        let ranges = [
            ("commit_ms", read.commit_ms, 50, 60_000),
            ("memory_bytes", read.memory_bytes, 32 << 20, 2 << 30),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                wrong(key, format!("`{key}` is {value}; choose {least} to {most}"));
            }
        }
        (read, problems)
    }

    /// The folder of the index.
    pub fn place(&self, data_dir: &Path) -> PathBuf {
        data_dir.join(&self.folder)
    }

    pub(crate) fn memory(&self) -> usize {
        usize::try_from(self.memory_bytes).unwrap_or(usize::MAX)
    }

    pub(crate) fn commit_every(&self) -> Duration {
        Duration::from_millis(self.commit_ms)
    }
}
