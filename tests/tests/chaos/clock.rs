//! A wall clock that can be set off, for the processes of one run.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::scene::{Mending, let_pass};

/// The shift of one machine's clock.
#[derive(Clone)]
pub struct ShiftedClock {
    file: PathBuf,
    shim: PathBuf,
}

impl ShiftedClock {
    /// A clock that is right, for now; its files are made in `folder`.
    pub fn new(folder: &Path) -> Self {
        let clock = Self {
            file: folder.join("clock-shift"),
            shim: compile(folder),
        };
        File::create(&clock.file).expect("a new file");
        clock.set(0).expect("a file of ours can be written");
        clock
    }

    /// The clock is ahead by so many seconds from now on.
    fn set(&self, seconds: i64) -> std::io::Result<()> {
        let file = File::options().write(true).open(&self.file);
        file.and_then(|file| file.write_all_at(&seconds.to_ne_bytes(), 0))
    }

    /// Sets it off by so many seconds, for a while.
    pub fn set_off(self, seconds: i64, time: Duration) -> Mending {
        thread::spawn(move || {
            let wrong = |error: std::io::Error| format!("the clock cannot be set: {error}");
            self.set(seconds).map_err(wrong)?;
            let_pass(time);
            self.set(0).map_err(wrong)
        })
    }

    /// Makes `command` go by this clock.
    pub fn wind(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.shim)
            .env("WIREDESK_CLOCK_SHIFT", &self.file);
    }
}

/// Compiles what is preloaded.
fn compile(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chaos/clock_shift.c");
    let path = folder.join("clock_shift.so");
    let output = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .args([&path, &source])
        .output()
        .expect("cc runs: it builds SQLite and librdkafka too");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cc: {said}");
    path
}
