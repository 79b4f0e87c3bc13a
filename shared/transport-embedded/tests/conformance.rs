//! The battery that every transport passes, on the embedded one; with it a worker process that
//! the battery kills, at every step of a commit and at any moment.

use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use wiredesk_model::TopicNames;
use wiredesk_pipeline::Transport;
use wiredesk_testkit::conformance::{self, Bench, Limits};
use wiredesk_transport_embedded::{CrashPoint, EmbeddedSettings, EmbeddedTransport, Fault};

const RECORD_BYTES: usize = 1_000_000;
const WORKER_PATH: &str = "WIREDESK_TEST_WORKER_PATH";
const WORKER_NAME: &str = "WIREDESK_TEST_WORKER_NAME";
const WORKER_CRASH: &str = "WIREDESK_TEST_WORKER_CRASH";

struct EmbeddedBench {
    folder: TempDir,
}

fn settings(path: impl Into<std::path::PathBuf>) -> EmbeddedSettings {
    EmbeddedSettings {
        session_timeout: Duration::from_millis(600),
        poll_interval: Duration::from_millis(5),
        max_record_bytes: RECORD_BYTES,
        ..EmbeddedSettings::at(path, TopicNames::with_prefix("battery"))
    }
}

impl EmbeddedBench {
    fn open_embedded(&self) -> EmbeddedTransport {
        let path = self.folder.path().join("wire.db");
        EmbeddedTransport::open(settings(path)).expect("the store opens")
    }
}

impl Bench for EmbeddedBench {
    fn open(&self) -> Box<dyn Transport> {
        Box::new(self.open_embedded())
    }

    fn limits(&self) -> Limits {
        Limits {
            event: Duration::from_secs(20),
            session: Duration::from_secs(30),
            quiet: Duration::from_millis(60),
            gaps: 0,
            record_bytes: Some(RECORD_BYTES),
        }
    }

    fn compact(&self) -> bool {
        let transport = self.open_embedded();
        let now_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("the clock is past 1970")
            .as_millis() as i64;
        let in_two_days = now_ms + 2 * 24 * 3_600_000;
        while transport.maintain(in_two_days).expect("compacting").more {}
        true
    }

    fn crash_points(&self) -> Vec<String> {
        CrashPoint::ALL
            .iter()
            .map(|point| format!("{point:?}"))
            .collect()
    }

    fn worker(&self, instance: &str, crash_at: Option<&str>) -> Option<Command> {
        let mut command = Command::new(env::current_exe().expect("this test has a path"));
        command
            .args(["--exact", "worker_process", "--nocapture", "--quiet"])
            .env(WORKER_PATH, self.folder.path().join("wire.db"))
            .env(WORKER_NAME, instance)
            .env(WORKER_CRASH, crash_at.unwrap_or_default());
        Some(command)
    }
}

fn make(_namespace: &str) -> Option<EmbeddedBench> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    Some(EmbeddedBench { folder })
}

wiredesk_testkit::conformance_suite!(make);

/// Not a test of its own: the process that the battery starts and kills.
#[test]
fn worker_process() {
    let Some(path) = env::var_os(WORKER_PATH) else {
        return;
    };
    let name = env::var(WORKER_NAME).expect("a worker has a name");
    let crash_at = env::var(WORKER_CRASH).unwrap_or_default();
    let armed = AtomicBool::new(false);
    let fault = Fault::of(move |point| {
        // Only commits pass the first step; joining and heartbeats pass some of the others too.
        if point == CrashPoint::BeforeBegin {
            armed.store(true, Ordering::SeqCst);
        }
        if armed.load(Ordering::SeqCst) && format!("{point:?}") == crash_at {
            std::process::abort();
        }
    });
    let settings = EmbeddedSettings {
        fault: Some(fault),
        ..settings(path)
    };
    let transport = EmbeddedTransport::open(settings).expect("the store opens");
    conformance::run_worker(&transport, &name);
}
