//! Servers written in Java, for tests: their class paths from Maven Central, copied once into the
//! target folder, and what can go wrong with them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Why a server for tests could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A program is missing on this machine.
    #[error("{program} is missing: install it with `{install}`")]
    Missing {
        /// The program.
        program: &'static str,
        /// The command that installs it.
        install: &'static str,
    },
    /// A program failed.
    #[error("{what} failed: {output}")]
    Program {
        /// What was being done.
        what: String,
        /// The end of what it printed.
        output: String,
    },
    /// A server was not ready in time.
    #[error("{server} was not ready within {} s; the end of its log: {log}", limit.as_secs())]
    NotReady {
        /// Which one.
        server: String,
        /// How long it was waited for.
        limit: Duration,
        /// The end of its log.
        log: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: std::io::Error,
    },
}

/// The class path of a server, in a folder of its own.
#[derive(Debug, Clone)]
pub(crate) struct Jars {
    folder: PathBuf,
}

impl Jars {
    /// The jars named in `tests/NAME/pom.xml`, downloaded to `target/NAME` where they are not there
    /// yet. `prepare` makes what else is needed, once: other processes wait for it.
    pub fn get(
        name: &str,
        server: &str,
        prepare: impl FnOnce(&Self) -> Result<(), ServerError>,
    ) -> Result<Self, ServerError> {
        require("java", "apt-get install openjdk-17-jre-headless")?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let pom = root.join("tests").join(name).join("pom.xml");
        let wanted = fs::read_to_string(&pom).map_err(file_error(&pom))?;
        let folder = target(&root).join(name);
        fs::create_dir_all(&folder).map_err(file_error(&folder))?;

        // Several test processes may come here at once; the first one downloads.
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(file_error(&lock_path))?;
        lock.lock().map_err(file_error(&lock_path))?;
        let stamp = folder.join("stamp.pom.xml");
        let jars = Self { folder };
        if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
            jars.download(&pom, server)?;
            fs::write(&stamp, wanted).map_err(file_error(&stamp))?;
        }
        prepare(&jars)?;
        Ok(jars)
    }

    /// What is copied or made once stands here.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// As `java -cp` takes it.
    pub fn class_path(&self) -> String {
        format!("{}/*", self.folder.join("jars").display())
    }

    fn download(&self, pom: &Path, server: &str) -> Result<(), ServerError> {
        require("mvn", "apt-get install maven")?;
        eprintln!("fetching {server} from Maven Central, once");
        let jars = self.folder.join("jars");
        for old in [&jars, &self.folder.join("formatted")] {
            if old.exists() {
                fs::remove_dir_all(old).map_err(file_error(old))?;
            }
        }
        let output = Command::new("mvn")
            .args(["-q", "-B", "-f"])
            .arg(pom)
            .arg("dependency:copy-dependencies")
            .arg(format!("-DoutputDirectory={}", jars.display()))
            .stdin(Stdio::null())
            .output()
            .map_err(file_error(Path::new("mvn")))?;
        succeeded(&format!("fetch {server} from Maven Central"), &output)
    }
}

/// The target folder of the workspace.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

pub(crate) fn require(program: &'static str, install: &'static str) -> Result<(), ServerError> {
    let found = Command::new(program)
        .arg("-version")
        .stdin(Stdio::null())
        .output();
    match found {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(ServerError::Missing { program, install }),
    }
}

pub(crate) fn succeeded(what: &str, output: &Output) -> Result<(), ServerError> {
    if output.status.success() {
        return Ok(());
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(ServerError::Program {
        what: what.to_owned(),
        output: last_lines(&text, 20),
    })
}

pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A file error with its path.
pub(crate) fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> ServerError {
    let path = path.to_owned();
    move |error| ServerError::File { path, error }
}
