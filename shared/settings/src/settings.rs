//! The whole configuration: one file, the folder of sources, and the environment over them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{
    Environment, HttpSection, LogSection, Problem, RawTable, RunnerSection, SettingsError,
    TopicsSection, TransportSection, environment,
};

/// The configuration, with defaults for everything that no file says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file it was read from, where there was one.
    pub file: Option<PathBuf>,
    /// Folder of everything that is kept on this machine.
    pub data_dir: PathBuf,
    /// Name of this instance; empty gives each process its own.
    pub instance: String,
    /// Folder of `*.toml` files with `[[source]]` tables, relative to the file.
    pub sources_dir: PathBuf,
    /// Folder of `*.toml` files with publisher rules, relative to the file.
    pub rules_dir: PathBuf,
    /// `[transport]`.
    pub transport: TransportSection,
    /// `[topics]`.
    pub topics: TopicsSection,
    /// `[runner]`.
    pub runner: RunnerSection,
    /// `[fetcher]`, which the fetcher reads.
    pub fetcher: RawTable,
    /// `[enricher]`, which the enricher reads.
    pub enricher: RawTable,
    /// `[archive]`, which the archiver reads.
    pub archive: RawTable,
    /// `[search]`, which the indexer reads.
    pub search: RawTable,
    /// `[http]`.
    pub http: HttpSection,
    /// `[log]`.
    pub log: LogSection,
    /// Every `[[source]]`, which the fetcher reads.
    pub sources: Vec<RawTable>,
}

/// The keys of the file.
#[derive(Deserialize)]
#[serde(default)]
struct File {
    data_dir: PathBuf,
    instance: String,
    sources_dir: PathBuf,
    rules_dir: PathBuf,
    transport: TransportSection,
    topics: TopicsSection,
    runner: RunnerSection,
    #[serde(rename = "fetcher")]
    _fetcher: IgnoredAny,
    #[serde(rename = "enricher")]
    _enricher: IgnoredAny,
    #[serde(rename = "archive")]
    _archive: IgnoredAny,
    #[serde(rename = "search")]
    _search: IgnoredAny,
    http: HttpSection,
    log: LogSection,
}

impl Default for File {
    fn default() -> Self {
        Self {
            data_dir: ".wiredesk".into(),
            instance: String::new(),
            sources_dir: "sources".into(),
            rules_dir: "rules".into(),
            transport: TransportSection::default(),
            topics: TopicsSection::default(),
            runner: RunnerSection::default(),
            _fetcher: IgnoredAny,
            _enricher: IgnoredAny,
            _archive: IgnoredAny,
            _search: IgnoredAny,
            http: HttpSection::default(),
            log: LogSection::default(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::from_file(File::default(), &RawTable::empty(""))
    }
}

impl Settings {
    /// Where the file is looked for when none is named.
    pub const USUAL_FILES: [&'static str; 2] =
        ["config/wiredesk.toml", "/etc/wiredesk/wiredesk.toml"];

    /// Reads the settings, and everything that is wrong with them.
    ///
    /// `file` is the one named by the user; without it `WIREDESK_CONFIG` and
    /// [`Settings::USUAL_FILES`] are tried, and without any of these the defaults hold.
    ///
    /// # Errors
    /// Where a file that was named cannot be read.
    pub fn inspect(
        file: Option<&Path>,
        environment: &Environment,
    ) -> Result<(Settings, Vec<Problem>), SettingsError> {
        let Some(path) = named_file(file, environment) else {
            return Ok(Self::from_text("", "", environment));
        };
        let text = std::fs::read_to_string(&path).map_err(|source| SettingsError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let place = path.display().to_string();
        let (mut settings, mut problems) = Self::from_text(&place, &text, environment);
        let folder = beside(&path, &settings.sources_dir);
        settings.file = Some(path);
        settings.read_sources(&folder, environment, &mut problems);
        Ok((settings, problems))
    }

    /// Like [`Settings::inspect`], for a caller that needs settings without any problem.
    ///
    /// # Errors
    /// Where a file cannot be read, or with every problem of the configuration.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Settings, SettingsError> {
        match Self::inspect(file, environment)? {
            (settings, problems) if problems.is_empty() => Ok(settings),
            (_, problems) => Err(SettingsError::Problems(problems)),
        }
    }

    /// Reads the text of the file; sources in other files are left out.
    pub fn from_text(
        place: &str,
        text: &str,
        environment: &Environment,
    ) -> (Settings, Vec<Problem>) {
        let (root, mut problems) = RawTable::parse_file(place, text, environment);
        let (file, more) = root.read::<File>();
        problems.extend(more);
        let mut settings = Self::from_file(file.unwrap_or_default(), &root);
        environment::apply(&mut settings, environment, &mut problems);
        settings.validate(&root, &mut problems);
        (settings, problems)
    }

    /// Every file that the settings at `file` are read from: it, and those of its sources.
    pub fn files_of(file: &Path, environment: &Environment) -> Vec<PathBuf> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let (settings, _) = Self::from_text("", &text, environment);
        let mut files = vec![file.to_owned()];
        // Where the folder cannot be read, reading the settings will say so.
        files.extend(toml_files(&beside(file, &settings.sources_dir)).unwrap_or_default());
        files
    }

    /// The SQLite file of the embedded transport.
    pub fn embedded_file(&self) -> PathBuf {
        self.data_dir.join(&self.transport.embedded.file)
    }

    /// The folder for files without a name, of what outgrows memory.
    pub fn scratch_folder(&self) -> PathBuf {
        self.data_dir.join("memory")
    }

    /// The folder of publisher rules; none where no file says where it would be.
    pub fn rules_folder(&self) -> Option<PathBuf> {
        Some(beside(self.file.as_ref()?, &self.rules_dir))
    }

    /// The folder of sources; none where no file says where it would be.
    pub fn sources_folder(&self) -> Option<PathBuf> {
        Some(beside(self.file.as_ref()?, &self.sources_dir))
    }

    fn from_file(file: File, root: &RawTable) -> Self {
        let part = |name| root.table(name).unwrap_or_else(|| RawTable::empty(name));
        Self {
            file: None,
            data_dir: file.data_dir,
            instance: file.instance,
            sources_dir: file.sources_dir,
            rules_dir: file.rules_dir,
            transport: file.transport,
            topics: file.topics,
            runner: file.runner,
            fetcher: part("fetcher"),
            enricher: part("enricher"),
            archive: part("archive"),
            search: part("search"),
            http: file.http,
            log: file.log,
            sources: Vec::new(),
        }
    }

    fn validate(&self, root: &RawTable, problems: &mut Vec<Problem>) {
        if self.data_dir.as_os_str().is_empty() {
            problems.push(root.problem_at("data_dir", "`data_dir` is empty; name a folder"));
        }
        self.transport.validate(root, problems);
        self.topics.validate(root, problems);
        self.runner.validate(root, problems);
        self.http.validate(root, problems);
    }

    /// Adds the sources of every file of `folder`, in the order of the file names.
    fn read_sources(
        &mut self,
        folder: &Path,
        environment: &Environment,
        problems: &mut Vec<Problem>,
    ) {
        let files = match toml_files(folder) {
            Ok(files) => files,
            Err(error) => {
                let message = format!("cannot read the folder of sources: {error}");
                problems.push(Problem::of(folder.display().to_string(), message));
                return;
            }
        };
        for path in files {
            let place = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    let (root, more) = RawTable::parse_file(&place, &text, environment);
                    problems.extend(more);
                    problems.extend(root.unknown_keys(&["source"]));
                    if root.table("source").is_some() {
                        let message = "write [[source]] with two brackets, so that more can follow";
                        problems.push(root.problem_at("source", message));
                    }
                    self.sources.extend(root.tables("source"));
                }
                Err(error) => {
                    problems.push(Problem::of(place, format!("cannot read it: {error}")));
                }
            }
        }
    }
}

/// A folder that a file names, relative to the file.
fn beside(file: &Path, folder: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(folder)
}

fn named_file(file: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    file.map(Path::to_owned)
        .or_else(|| environment.variable("WIREDESK_CONFIG").map(PathBuf::from))
        .or_else(|| {
            Settings::USUAL_FILES
                .iter()
                .map(PathBuf::from)
                .find(|path| path.is_file())
        })
}

/// The `*.toml` files of `folder`, sorted; none where there is no such folder.
///
/// # Errors
/// Where the folder cannot be read.
pub fn toml_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const DEFAULTS: &str = include_str!("../../../config/wiredesk.toml");

    /// Every key of the default file, commented ones too, with its tables in front.
    pub(crate) fn default_keys() -> Vec<String> {
        let mut table = String::new();
        let mut keys = Vec::new();
        for line in uncommented(DEFAULTS).lines() {
            if let Some(name) = line.strip_prefix('[') {
                table = format!("{}.", name.trim_end_matches(']'));
            } else if let Some((key, _)) = line.split_once(" = ") {
                keys.push(format!("{table}{}", key.trim()));
            }
        }
        keys
    }

    /// The text with its `#key = value` lines switched on; comments have a blank behind the `#`.
    fn uncommented(text: &str) -> String {
        let lines: Vec<&str> = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if rest.starts_with(|first: char| !first.is_whitespace()) => rest,
                _ => line,
            })
            .collect();
        lines.join("\n")
    }

    #[test]
    fn the_file_shows_the_defaults_of_the_code() {
        let (settings, problems) =
            Settings::from_text("config/wiredesk.toml", DEFAULTS, &Environment::empty());
        assert_eq!(problems, []);
        let code = Settings::default();
        assert_eq!(settings.data_dir, code.data_dir);
        assert_eq!(settings.instance, code.instance);
        assert_eq!(settings.sources_dir, code.sources_dir);
        assert_eq!(settings.rules_dir, code.rules_dir);
        assert_eq!(settings.transport, code.transport);
        assert_eq!(settings.topics, code.topics);
        assert_eq!(settings.runner, code.runner);
        assert_eq!(settings.http, code.http);
        assert_eq!(settings.log, code.log);
    }

    #[test]
    fn the_file_shows_every_key() {
        let keys = default_keys();
        let debug = format!(
            "{:?}",
            (
                Settings::default().transport.embedded,
                Settings::default().transport.kafka,
                Settings::default().topics,
                Settings::default().runner,
                Settings::default().http,
                Settings::default().log,
            )
        );
        for field in debug
            .split([' ', '{'])
            .filter_map(|word| word.strip_suffix(':'))
        {
            let field = field.replace("feed_state", "feed-state");
            let shown = keys.iter().any(|key| {
                key.ends_with(&format!(".{field}")) || key.contains(&format!(".{field}."))
            });
            assert!(shown, "config/wiredesk.toml does not show `{field}`");
        }
        let text = uncommented(DEFAULTS)
            .replace("${env:", "${env:PATH}")
            .replace("}KAFKA", "");
        let environment = Environment::empty().with("PATH", "x");
        let (_, problems) = Settings::from_text("config/wiredesk.toml", &text, &environment);
        let unknown: Vec<_> = problems
            .iter()
            .filter(|problem| problem.message.contains("unknown key"))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_line() {
        let text = "\
data_dir = ''
[transport]
kind = 'kafak'
[topics]
prefxi = 'a'
[topics.partitions]
raw = 0
[htpp]
[http]
address = 'everywhere'
[runner]
storm_ratio = 2
threads = '4'
";
        let (_, problems) = Settings::from_text("w.toml", text, &Environment::empty());
        let mut told: Vec<String> = problems.iter().map(Problem::to_string).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "w.toml:10: `everywhere` is no address with a port; write 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080",
                "w.toml:12: `storm_ratio` is 2; choose 0 to 1",
                "w.toml:13: `threads`: expected u32, found string \"4\"",
                "w.toml:1: `data_dir` is empty; name a folder",
                "w.toml:3: `kind`: unknown value `kafak`, did you mean `kafka`?",
                "w.toml:5: unknown key `prefxi` in [topics], did you mean `prefix`?",
                "w.toml:7: 0 partitions is out of range; choose 1 to 1024",
                "w.toml:8: unknown key `htpp`, did you mean `http`?",
            ]
        );
    }

    #[test]
    fn text_that_is_no_toml_is_told_with_its_line() {
        let (_, problems) = Settings::from_text(
            "w.toml",
            "[http]\naddress = \nmax_streams = 3\n",
            &Environment::empty(),
        );
        assert_eq!(problems[0].line, Some(2), "{problems:?}");
    }

    #[test]
    fn secrets_come_from_the_environment_and_are_not_shown() {
        let text = "[transport.kafka.client]\n\"sasl.password\" = '${env:KAFKA_PASSWORD}'\n\"socket.keepalive.enable\" = true\n";
        let environment = Environment::empty().with("KAFKA_PASSWORD", "hunter2");
        let (settings, problems) = Settings::from_text("w.toml", text, &environment);
        assert_eq!(problems, []);
        let client = &settings.transport.kafka.client;
        assert_eq!(client["sasl.password"].reveal(), "hunter2");
        assert_eq!(client["socket.keepalive.enable"].reveal(), "true");
        assert!(!format!("{settings:?}").contains("hunter2"));
        let (_, problems) = Settings::from_text("w.toml", text, &Environment::empty());
        assert_eq!(
            problems[0].to_string(),
            "w.toml:2: environment variable KAFKA_PASSWORD is not set"
        );
    }

    #[test]
    fn sources_are_read_from_their_folder() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sources = folder.path().join("sources");
        std::fs::create_dir(&sources).expect("a folder");
        let main = folder.path().join("wiredesk.toml");
        std::fs::write(&main, "[topics]\nprefix = 'x'\n").expect("a file");
        std::fs::write(
            sources.join("b.toml"),
            "[[source]]\nid = 'two'\n[[source]]\nid = 'three'\n",
        )
        .expect("a file");
        std::fs::write(sources.join("a.toml"), "[[source]]\nid = 'one'\n").expect("a file");
        std::fs::write(sources.join("c.toml"), "[[sorce]]\nid = 'four'\n").expect("a file");
        let (settings, problems) =
            Settings::inspect(Some(&main), &Environment::empty()).expect("the file is there");
        let ids: Vec<String> = settings
            .sources
            .iter()
            .map(|table| {
                let (read, _) = table.read::<std::collections::BTreeMap<String, String>>();
                read.expect("a table of texts")["id"].clone()
            })
            .collect();
        assert_eq!(ids, ["one", "two", "three"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0]
                .to_string()
                .ends_with("c.toml:1: unknown key `sorce`, did you mean `source`?")
        );
    }

    #[test]
    fn a_named_file_must_be_there() {
        let error = Settings::load(Some(Path::new("/nowhere/w.toml")), &Environment::empty())
            .expect_err("there is no such file");
        assert!(
            error
                .to_string()
                .starts_with("cannot read /nowhere/w.toml: "),
            "{error}"
        );
    }
}
