//! Changed sources, taken in while the fetcher runs: all of them, or none where one is wrong.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use wiredesk_host::{Host, HostError, on_hangup};
use wiredesk_pipeline::StopSignal;
use wiredesk_settings::{Environment, Problem, Settings};
use wiredesk_telemetry::{Metric, count};

use crate::fetcher::Renewal;
use crate::{Configured, FetcherSettings};

/// How often a SIGHUP is looked for.
const STEP: Duration = Duration::from_millis(500);

/// A file with the facts that change where it does.
type Seen = Vec<(PathBuf, Option<(u64, SystemTime)>)>;

/// Watches the files that sources were read from, and hands what changes to a fetcher.
pub(crate) struct Watch {
    file: PathBuf,
    settings: FetcherSettings,
    environment: Environment,
    renewal: Renewal,
}

impl Watch {
    pub fn new(file: &Path, settings: FetcherSettings, renewal: Renewal) -> Self {
        Self {
            file: file.to_owned(),
            settings,
            environment: Environment::of_process(),
            renewal,
        }
    }

    /// Watches until the host is asked to stop, on a thread of its own.
    ///
    /// # Errors
    /// Where the thread or the signal handler cannot be set up.
    pub fn start(self, host: &Host) -> Result<(), HostError> {
        let asked = on_hangup(host.stop())?;
        let stop = host.stop();
        let thread = std::thread::Builder::new().name("sources".to_owned());
        let spawned = thread.spawn(move || self.watch(&stop, || asked.take()));
        spawned.map(drop).map_err(|source| HostError::System {
            what: "start the thread that watches the sources",
            source,
        })
    }

    fn watch(&self, stop: &StopSignal, is_asked: impl Fn() -> bool) {
        let mut known = self.look();
        let mut before = known.clone();
        let every = Duration::from_secs(self.settings.watch_sources_seconds);
        let mut waited = Duration::ZERO;
        while !stop.wait(STEP) {
            waited += STEP;
            let is_asked = is_asked();
            if !is_asked && (every.is_zero() || waited < every) {
                continue;
            }
            waited = Duration::ZERO;
            let now = self.look();
            // A file that is still being written is looked at again first.
            if is_asked || (now != known && now == before) {
                known.clone_from(&now);
                self.take_in();
            }
            before = now;
        }
    }

    fn look(&self) -> Seen {
        let files = Settings::files_of(&self.file, &self.environment);
        let facts = |path: &Path| {
            let facts = std::fs::metadata(path).ok()?;
            Some((facts.len(), facts.modified().ok()?))
        };
        files
            .into_iter()
            .map(|path| {
                let facts = facts(&path);
                (path, facts)
            })
            .collect()
    }

    /// Reads the configuration again, and hands its sources on where nothing is wrong with it.
    pub fn take_in(&self) {
        let read = Settings::inspect(Some(&self.file), &self.environment);
        let (settings, mut problems) = match read {
            Ok(read) => read,
            Err(error) => return self.refuse(&[error.to_string()]),
        };
        let (configured, more) = Configured::read(&settings);
        problems.extend(more);
        if !problems.is_empty() {
            let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
            return self.refuse(&problems);
        }
        if configured.settings != self.settings {
            tracing::warn!("[fetcher] has changed; only a restart takes that in");
        }
        count(Metric::SourceReloads, &["taken"], 1);
        self.renewal.replace(configured.sources);
    }

    fn refuse(&self, problems: &[String]) {
        count(Metric::SourceReloads, &["refused"], 1);
        tracing::error!(
            "the changed configuration cannot be used, the sources stay as they were:\n{}",
            problems.join("\n")
        );
    }
}

#[cfg(test)]
mod tests {
    use wiredesk_testkit::wait::wait_for;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    struct Scene {
        folder: tempfile::TempDir,
        renewal: Renewal,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir(folder.path().join("sources")).unwrap();
            std::fs::write(folder.path().join("wiredesk.toml"), "").unwrap();
            let scene = Self {
                folder,
                renewal: Renewal::default(),
            };
            scene.write("a.toml", &["one"]);
            scene
        }

        fn write(&self, name: &str, ids: &[&str]) {
            let source =
                |id: &&str| format!("[[source]]\nid = \"{id}\"\nurl = \"https://{id}.example/\"\n");
            let text: String = ids.iter().map(source).collect();
            std::fs::write(self.folder.path().join("sources").join(name), text).unwrap();
        }

        fn watch(&self) -> Watch {
            let settings = FetcherSettings {
                watch_sources_seconds: 1,
                ..FetcherSettings::default()
            };
            let file = self.folder.path().join("wiredesk.toml");
            Watch::new(&file, settings, self.renewal.clone())
        }

        fn taken(&self) -> Option<Vec<String>> {
            let sources = self.renewal.take()?;
            Some(sources.into_iter().map(|source| source.id).collect())
        }
    }

    #[test]
    fn all_sources_are_taken_in_or_none() {
        let scene = Scene::new();
        let watch = scene.watch();
        watch.take_in();
        assert_eq!(scene.taken(), Some(vec!["one".to_owned()]));
        scene.write("b.toml", &["two", "one", "t h r e e"]);
        watch.take_in();
        assert_eq!(scene.taken(), None, "one stands twice, and one has no name");
        scene.write("b.toml", &["two"]);
        watch.take_in();
        assert_eq!(
            scene.taken(),
            Some(vec!["one".to_owned(), "two".to_owned()])
        );
        std::fs::remove_file(scene.folder.path().join("wiredesk.toml")).unwrap();
        watch.take_in();
        assert_eq!(scene.taken(), None, "the file cannot be read");
    }

    #[test]
    fn changes_are_seen_by_themselves_and_on_demand() {
        let scene = Scene::new();
        let stop = StopSignal::new();
        let asked = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
        let (watch, stopped, asks) = (scene.watch(), stop.clone(), asked.clone());
        let take = move || asks.swap(false, std::sync::atomic::Ordering::AcqRel);
        let thread = std::thread::spawn(move || watch.watch(&stopped, take));
        let first = wait_for("what was asked for", LIMIT, || scene.taken());
        assert_eq!(first, ["one"]);
        scene.write("b.toml", &["two"]);
        let second = wait_for("a new file", LIMIT, || scene.taken());
        assert_eq!(second, ["one", "two"]);
        std::fs::remove_file(scene.folder.path().join("sources/a.toml")).unwrap();
        let third = wait_for("a file that is gone", LIMIT, || scene.taken());
        assert_eq!(third, ["two"]);
        stop.request();
        thread.join().unwrap();
    }
}
