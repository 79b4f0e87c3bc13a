//! Runs on the embedded transport: one file, on a disk of its own where the disk is to be full.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use wiredesk_model::TopicNames;
use wiredesk_pipeline::Transport;
use wiredesk_testkit::skip::skipped;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

use crate::check::Seen;
use crate::clock::ShiftedClock;
use crate::newsroom::Newsroom;
use crate::plan::{Fault, Ground, Plan, session};
use crate::scene::{self, Mending, Scene, let_pass};

/// Room on the small disk. SQLite's write-ahead log alone may take half of it.
const DISK_BYTES: u64 = 64 << 20;

/// Longest wait of the harness for a process that is writing.
const BUSY_LIMIT: Duration = Duration::from_millis(200);

/// Exit code of a service that its transport failed.
const FAILED: i32 = 1;

/// A run on the embedded transport.
pub struct EmbeddedScene {
    // Taken off before the folder goes.
    disk: Option<SmallDisk>,
    clock: Option<ShiftedClock>,
    ballasts: AtomicUsize,
    newsroom: Newsroom,
}

impl EmbeddedScene {
    pub fn new(plan: &Plan) -> Self {
        let session_ms = session(Ground::Embedded).as_millis();
        let transport = format!(
            "[transport]\nkind = \"embedded\"\n\
             [transport.embedded]\nsession_timeout_ms = {session_ms}\n"
        );
        let newsroom =
            Newsroom::with_config(|data| scene::config(data, "", plan.batch_records, &transport));
        let data = newsroom.folder("data");
        let has_disk = plan.has(|fault| matches!(fault, Fault::DiskFull(_)));
        let has_clock = plan.has(|fault| matches!(fault, Fault::Clock(..)));
        Self {
            disk: has_disk.then(|| SmallDisk::mount(&data)).flatten(),
            clock: has_clock.then(|| ShiftedClock::new(newsroom.path())),
            ballasts: AtomicUsize::new(0),
            newsroom,
        }
    }

    fn data(&self) -> PathBuf {
        self.newsroom.path().join("data")
    }
}

impl Scene for EmbeddedScene {
    fn newsroom(&self) -> &Newsroom {
        &self.newsroom
    }

    fn open(&self) -> Result<Box<dyn Transport>, String> {
        let path = self.data().join("wire.sqlite");
        let mut settings = EmbeddedSettings::at(path, TopicNames::default());
        // Whoever waits here for a process that is paused cannot let it go on.
        settings.busy_timeout = BUSY_LIMIT;
        let transport = EmbeddedTransport::open(settings).map_err(|error| error.to_string())?;
        Ok(Box::new(transport))
    }

    fn prepare(&self, command: &mut Command) {
        if let Some(clock) = &self.clock {
            clock.wind(command);
        }
    }

    fn break_for_a_while(&self, fault: Fault) -> Option<Mending> {
        match fault {
            Fault::DiskFull(time) => {
                let number = self.ballasts.fetch_add(1, Ordering::Relaxed);
                let ballast = self.data().join(format!("ballast-{number}"));
                self.disk.as_ref()?;
                Some(thread::spawn(move || fill(&ballast, time)))
            }
            Fault::Clock(seconds, time) => Some(self.clock.clone()?.set_off(seconds, time)),
            _ => None,
        }
    }

    fn may_end(&self, code: Option<i32>, faults: &[Fault]) -> bool {
        let was_full = faults.iter().any(|one| matches!(one, Fault::DiskFull(_)));
        was_full && code == Some(FAILED)
    }

    fn outgrown(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.data())
            .into_iter()
            .flatten()
            .flatten();
        let bytes: u64 = files
            .filter_map(|file| Some(file.metadata().ok()?.len()))
            .sum();
        let is_outgrown = bytes > DISK_BYTES;
        let text = format!("the log has grown to {bytes} bytes");
        is_outgrown.then_some(text).into_iter().collect()
    }

    fn witness(&self, _seen: &Seen) -> Vec<String> {
        Vec::new()
    }
}

/// Takes all the room there is, for a while.
fn fill(ballast: &Path, time: Duration) -> Result<(), String> {
    let mut file = File::create(ballast).map_err(|error| format!("no ballast: {error}"))?;
    let mut piece = vec![0; 64 << 10];
    while !piece.is_empty() {
        if file.write_all(&piece).is_err() {
            piece.truncate(piece.len() / 2);
        }
    }
    let_pass(time);
    drop(file);
    std::fs::remove_file(ballast).map_err(|error| format!("the ballast stays: {error}"))
}

/// A file system in memory with a size of its own.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    /// `None` where this user may not mount; the disk is never full then.
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"])
            .arg(at)
            .output();
        let done = mounted.is_ok_and(|output| output.status.success());
        if !done {
            skipped("a full disk", "this user may not mount a small one");
        }
        done.then(|| Self { at: at.to_owned() })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}
