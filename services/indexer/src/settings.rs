//! `[search]` of the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use wiredesk_settings::{Problem, Settings};

use crate::ClusterSettings;

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
    /// A search cluster that is kept at what is current too.
    pub cluster: ClusterSettings,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            folder: "index".into(),
            commit_ms: 1_000,
            memory_bytes: 64 * 1024 * 1024,
            cluster: ClusterSettings::default(),
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
        read.cluster.check(&settings.search, &mut problems);
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

#[cfg(test)]
mod tests {
    use wiredesk_settings::Environment;

    use super::*;

    #[test]
    fn everything_that_is_wrong_with_a_cluster_is_told_at_once() {
        let text = "[search.cluster]\nurl = \"ftp://x\"\nindex = \"Bay*\"\nusername = \"a\"\n\
                    api_key = \"b\"\nshards = 0\n";
        let (settings, problems) = Settings::from_text("w.toml", text, &Environment::empty());
        assert!(problems.is_empty(), "{problems:?}");
        let (_, problems) = SearchSettings::read(&settings);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let expected = ["http://", "Bay*", "username", "`shards` is 0"];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.contains(expected), "{told}");
        }
        assert!(told[0].contains("w.toml:2"), "it says where: {}", told[0]);
    }
}
