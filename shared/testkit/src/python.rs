//! What others read and write archives with: Python, with warcio, DuckDB and pyarrow, in a virtual
//! environment below the target folder that `deploy/bin/python-env` makes once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::{ServerError, file_error, succeeded};
use crate::skip::skipped;

/// How the script ends where this machine cannot have the environment.
const CANNOT: i32 = 3;

/// A Python with the packages of `tests/python/requirements.txt`.
#[derive(Debug, Clone)]
pub struct Python {
    program: PathBuf,
}

impl Python {
    /// For a test; `None`, and a clear line, where this machine cannot have it.
    ///
    /// # Panics
    /// Where it could not be made ready, or nothing may be skipped.
    pub fn for_tests() -> Option<Self> {
        let made = Command::new(root().join("deploy/bin/python-env"))
            .stdin(Stdio::null())
            .output();
        let output = made.expect("the script of the repository starts");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.code() == Some(CANNOT) {
            let what = "a suite with readers and writers of others";
            skipped(what, &said(&output.stderr));
            return None;
        }
        assert!(output.status.success(), "{}", said(&output.stderr));
        Some(Self {
            program: PathBuf::from(said(&output.stdout)),
        })
    }

    /// Runs a script of `tests/python`, and answers what it prints.
    ///
    /// # Errors
    /// Where it fails, with what it said.
    pub fn run(&self, script: &str, arguments: &[&Path]) -> Result<String, ServerError> {
        let output = Command::new(&self.program)
            .arg(root().join("tests/python").join(script))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(file_error(&self.program))?;
        succeeded(script, &output)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
