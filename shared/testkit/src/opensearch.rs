//! A real OpenSearch for tests, from Maven Central, on loopback only.
//!
//! Needs `java` (17 or newer, with its compiler) and, for the first download, `mvn`. The node does
//! not outlive the process that started it: it ends when its input does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tempfile::TempDir;

use crate::server::{Jars, ServerError, file_error, last_lines, require};
use crate::skip::skipped;
use crate::wait::wait_for;

/// Longest wait for the node: its first start compiles and sets up a folder.
const READY_LIMIT: Duration = Duration::from_secs(120);
/// What stands before the HTTP address in its log.
const ADDRESS: &str = "HttpServerTransport] publish_address {";

/// A running node.
#[derive(Debug)]
pub struct OpenSearch {
    folder: TempDir,
    jars: Jars,
    address: String,
    process: Child,
}

impl OpenSearch {
    /// Starts a node with nothing in it.
    ///
    /// # Errors
    /// Where a program is missing, the download fails, or the node does not start.
    pub fn start() -> Result<Self, ServerError> {
        // The node's few lines of Java are compiled as they start.
        require("javac", "apt-get install openjdk-17-jdk-headless")?;
        let jars = Jars::get("opensearch-dist", "OpenSearch", |_| Ok(()))?;
        let folder = TempDir::with_prefix("opensearch-").map_err(file_error(Path::new("tmp")))?;
        let process = launch(&jars, folder.path(), "0")?;
        let mut node = Self {
            folder,
            jars,
            address: String::new(),
            process,
        };
        node.address = node.ready()?;
        Ok(node)
    }

    /// The node that the tests of this process share while any of them runs; otherwise as
    /// [`OpenSearch::for_tests`].
    ///
    /// # Panics
    /// As there.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<OpenSearch>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let node = shared
            .upgrade()
            .or_else(|| Self::for_tests().map(Arc::new))?;
        *shared = Arc::downgrade(&node);
        Some(node)
    }

    /// A node for a test alone; `None`, and a clear line, where a program is missing on this machine.
    ///
    /// # Panics
    /// Where it could not be started, or nothing may be skipped.
    pub fn for_tests() -> Option<Self> {
        match Self::start() {
            Ok(node) => Some(node),
            Err(error @ ServerError::Missing { .. }) => {
                skipped("a suite on a real OpenSearch", &error.to_string());
                None
            }
            #[expect(clippy::panic, reason = "a test cannot go on, and the text says why")]
            Err(error) => panic!("{error}"),
        }
    }

    /// Its address: `http://127.0.0.1:40213`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Kills it; its data and its address stay.
    ///
    /// # Errors
    /// Where it cannot be killed.
    pub fn kill(&mut self) -> Result<(), ServerError> {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        ended.map(drop).map_err(file_error(Path::new("java")))
    }

    /// Starts it again, at the same address and with the same data.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start_again(&mut self) -> Result<(), ServerError> {
        let port = self.address.rsplit(':').next().unwrap_or_default();
        self.process = launch(&self.jars, self.folder.path(), port)?;
        self.ready().map(drop)
    }

    /// Waits until it serves clients; its address.
    fn ready(&mut self) -> Result<String, ServerError> {
        wait_for("OpenSearch to start", READY_LIMIT, || {
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            let is_started = log.lines().any(|line| line.ends_with("] started"));
            if let (true, Some(address)) = (is_started, address(&log)) {
                return Some(Ok(address));
            }
            let is_gone = matches!(self.process.try_wait(), Ok(Some(_)));
            is_gone.then(|| {
                Err(ServerError::NotReady {
                    server: "OpenSearch".to_owned(),
                    limit: READY_LIMIT,
                    log: last_lines(&log, 20),
                })
            })
        })
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("node.log")
    }
}

impl Drop for OpenSearch {
    fn drop(&mut self) {
        // The folder goes with us, so what it writes on its way out counts for nothing.
        self.kill().ok();
    }
}

fn launch(jars: &Jars, folder: &Path, port: &str) -> Result<Child, ServerError> {
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/opensearch-dist/Node.java");
    let log_path = folder.join("node.log");
    let log = File::create(&log_path).map_err(file_error(&log_path))?;
    let errors = log.try_clone().map_err(file_error(&log_path))?;
    Command::new("java")
        .args([
            "-Xms128m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
        ])
        .args(["-cp", &jars.class_path()])
        .arg(source)
        .arg(folder.join("node"))
        .arg(port)
        .stdin(Stdio::piped())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(file_error(Path::new("java")))
}

fn address(log: &str) -> Option<String> {
    let (_, behind) = log.split_once(ADDRESS)?;
    behind
        .split_once('}')
        .map(|(address, _)| address.to_owned())
}
