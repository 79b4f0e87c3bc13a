//! Where a run takes place: the log under the services, and what can be broken there.

use std::path::Path;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wiredesk_pipeline::Transport;

use crate::newsroom::Newsroom;
use crate::plan::Fault;
use crate::poison::PAGE_BYTES;

/// Folder of the archive, within that of the data.
pub const ARCHIVE: &str = "archive";

/// A fault of the scene under way; it has mended itself when this ends.
pub type Mending = JoinHandle<Result<(), String>>;

/// The log that services run on, as a run needs it.
pub trait Scene {
    /// The scratch folder and configuration of the run.
    fn newsroom(&self) -> &Newsroom;

    /// Topics and readers beside the services, undisturbed.
    fn open(&self) -> Result<Box<dyn Transport>, String>;

    /// What every process is started with.
    fn prepare(&self, command: &mut Command);

    /// Breaks something for a while.
    fn break_for_a_while(&self, fault: Fault) -> Option<Mending>;

    /// Whether a service may end by itself with this code after `faults`, to be started again.
    fn may_end(&self, code: Option<i32>, faults: &[Fault]) -> bool;

    /// What is too large in the end.
    fn outgrown(&self) -> Vec<String>;

    /// What another reader than ours has to say against the run.
    fn witness(&self, seen: &crate::check::Seen) -> Vec<String>;
}

/// The tables that every configuration has.
pub fn config(data: &Path, prefix: &str, batch_records: usize, transport: &str) -> String {
    format!(
        "data_dir = \"{}\"\n[topics]\nprefix = \"{prefix}\"\n[topics.partitions]\nraw = 4\n\
         clean = 4\nenriched = 4\ncurrent = 4\ndead = 1\nfeed-state = 4\n\
         [http]\naddress = \"127.0.0.1:0\"\n\
         [runner]\nthreads = 1\nbatch_records = {batch_records}\nbackoff_limit_ms = 500\n\
         drain_limit_ms = 5000\n\
         [fetcher]\nhost_pause_ms = 1\nfirst_retry_seconds = 1\nlast_retry_seconds = 1\n\
         read_timeout_ms = 1000\ntotal_timeout_ms = 2000\nlongest_wait_seconds = 1\n\
         folder_settle_ms = 1\npage_bytes = {PAGE_BYTES}\n\
         [archive]\nenabled = true\nlocation = \"{ARCHIVE}\"\nclose_seconds = 1\n{transport}",
        data.display()
    )
}

/// Waits for a moment of the plan.
pub fn wait_until(moment: Instant) {
    std::thread::sleep(moment.saturating_duration_since(Instant::now()));
}

/// Waits for a part of the plan to go by.
pub fn let_pass(time: Duration) {
    wait_until(Instant::now() + time);
}
