//! Stages on threads of the test, and what they wrote.
#![allow(dead_code)] // each test binary uses its own part of it

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{Incoming, InstanceId, Topic};
use wiredesk_pipeline::{
    KeyedStage, Run, RunError, RunnerSettings, Start, Status, StatusSnapshot, StopSignal,
    Transport, run_keyed_stage,
};
use wiredesk_testkit::wait::wait_until;

pub const LIMIT: Duration = Duration::from_secs(60);

/// A stage at work.
pub struct Running {
    stop: StopSignal,
    input: Topic,
    status: Arc<Status>,
    thread: std::thread::JoinHandle<Result<(), RunError>>,
}

/// Starts a stage.
pub fn start<S: KeyedStage>(stage: S, transport: &Arc<dyn Transport>) -> Running {
    let run = Run {
        transport: Arc::clone(transport),
        instance: InstanceId::from(stage.name()),
        settings: RunnerSettings::default(),
        stop: StopSignal::new(),
        status: Arc::new(Status::new(stage.name())),
    };
    Running {
        stop: run.stop.clone(),
        input: stage.input(),
        status: Arc::clone(&run.status),
        thread: std::thread::spawn(move || run_keyed_stage(Arc::new(stage), run)),
    }
}

impl Running {
    /// Works its input off and ends; tells the counts.
    pub fn finish(self, transport: &dyn Transport) -> StatusSnapshot {
        let name = self.status.name();
        wait_until("the end of the input", LIMIT, || {
            transport
                .backlog(name, self.input)
                .is_ok_and(|left| left == 0)
        });
        self.stop.request();
        let ended = self.thread.join().expect("the runner never panics");
        ended.expect("it stops as asked");
        self.status.snapshot()
    }
}

/// Runs `wiredesk` in a folder, on the data there.
pub fn wiredesk(folder: &Path, data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wiredesk"))
        .arg("--data")
        .arg(data)
        .args(arguments)
        .current_dir(folder)
        .env_remove("WIREDESK_CONFIG")
        .output()
        .expect("it runs")
}

/// Every record of a topic.
pub fn records(transport: &dyn Transport, topic: Topic) -> Vec<Incoming> {
    let mut reader = transport
        .reader(topic, Start::Earliest)
        .expect("the topic is there");
    let mut all = Vec::new();
    loop {
        let read = reader.read(500, Duration::from_millis(20)).expect("read");
        if read.is_empty() && reader.at_end().expect("asked") {
            return all;
        }
        all.extend(read);
    }
}
