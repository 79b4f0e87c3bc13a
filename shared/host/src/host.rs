//! The services of one process, each on its own thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use wiredesk_model::InstanceId;
use wiredesk_pipeline::{
    Behind, KeyedStage, Phase, Run, RunError, RunnerSettings, Sink, Source, Stage, Status,
    StopSignal, Transport, caught, run_keyed_stage, run_sink, run_source, run_stage,
};
use wiredesk_settings::Settings;

use crate::{HealthView, HostError, open_transport, runner_settings};

/// Time beyond the drain limit for commits, for leaving the groups, and for closing files.
const GRACE: Duration = Duration::from_secs(10);
/// How often the signal to stop is looked at.
const WATCH: Duration = Duration::from_millis(100);
/// Pause between two tries to take over what another process holds.
const TAKE_OVER_PAUSE: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce(Run) -> Result<(), RunError> + Send>;
type Ended = (&'static str, Result<(), HostError>);

/// The services of one process, with what they share.
pub struct Host {
    settings: Settings,
    runner: RunnerSettings,
    transport: Arc<dyn Transport>,
    instance: InstanceId,
    stop: StopSignal,
    jobs: Vec<(Arc<Status>, Job)>,
}

impl Host {
    /// Opens the transport. With the embedded one, the topics are created where they are missing.
    ///
    /// # Errors
    /// Where the transport cannot be opened; a broker that is down is no error here: services
    /// wait for it.
    pub fn open(settings: Settings, stop: StopSignal) -> Result<Self, HostError> {
        let transport = open_transport(&settings)?;
        Ok(Self {
            runner: runner_settings(&settings.runner),
            instance: instance_id(&settings.instance),
            settings,
            transport,
            stop,
            jobs: Vec::new(),
        })
    }

    /// The transport that everything runs on.
    pub fn transport(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.transport)
    }

    /// The settings that it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The signal that stops it.
    pub fn stop(&self) -> StopSignal {
        self.stop.clone()
    }

    /// This instance.
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// How each service added so far is doing.
    pub fn statuses(&self) -> Vec<Arc<Status>> {
        self.jobs
            .iter()
            .map(|(status, _)| Arc::clone(status))
            .collect()
    }

    /// What the health endpoints look at.
    pub fn health(&self) -> HealthView {
        HealthView {
            services: self.statuses(),
            metrics: wiredesk_telemetry::init_metrics(),
        }
    }

    /// Adds a stage.
    pub fn add_stage(&mut self, stage: Arc<dyn Stage>) {
        let name = stage.name();
        self.add(name, move |run| run_stage(stage, run));
    }

    /// Adds a stage that has a memory.
    pub fn add_keyed_stage<S: KeyedStage>(&mut self, stage: Arc<S>) {
        let name = stage.name();
        self.add(name, move |run| run_keyed_stage(stage, run));
    }

    /// Adds a sink.
    pub fn add_sink(&mut self, sink: Box<dyn Sink>) {
        let name = sink.name();
        self.add(name, move |run| run_sink(sink, run));
    }

    /// Adds a sink whose place another process holds: `open` is asked once a second, and answers
    /// with one as soon as the place is free. An error of it ends the process.
    pub fn add_sink_once_free(
        &mut self,
        name: &'static str,
        mut open: impl FnMut() -> Result<Option<Box<dyn Sink>>, String> + Send + 'static,
    ) {
        self.add(name, move |run| {
            // Nothing is missing as long as the other process does the work.
            run.status.set_phase(Phase::Running);
            loop {
                match open() {
                    Ok(Some(sink)) => return run_sink(sink, run),
                    Ok(None) if run.stop.wait(TAKE_OVER_PAUSE) => return Ok(()),
                    Ok(None) => {}
                    Err(detail) => {
                        let service = name;
                        return Err(RunError::Stopped { service, detail });
                    }
                }
            }
        });
    }

    /// Adds a source, which holds back while the stages `behind` it are late.
    pub fn add_source(&mut self, source: Box<dyn Source>, behind: &[Behind]) {
        let name = source.name();
        let behind = behind.to_vec();
        self.add(name, move |run| run_source(source, &behind, run));
    }

    fn add(
        &mut self,
        name: &'static str,
        job: impl FnOnce(Run) -> Result<(), RunError> + Send + 'static,
    ) {
        self.jobs.push((Arc::new(Status::new(name)), Box::new(job)));
    }

    /// Runs the services until the signal to stop, or until one of them ends by itself, which
    /// stops the others. Returns once all have finished what was under way.
    ///
    /// # Errors
    /// What the first one to fail said.
    pub fn run(self) -> Result<(), HostError> {
        let limit = self.runner.drain_limit + GRACE;
        let (tell, ended) = channel();
        let mut under_way = Vec::new();
        for (status, job) in self.jobs {
            let run = Run {
                transport: Arc::clone(&self.transport),
                instance: self.instance.clone(),
                settings: self.runner.clone(),
                stop: self.stop.clone(),
                status: Arc::clone(&status),
            };
            let name = status.name();
            if let Err(source) = spawn(name, job, run, tell.clone()) {
                self.stop.request();
                let what = "start the thread of a service";
                return Err(HostError::System { what, source });
            }
            under_way.push(name);
        }
        drop(tell);
        wait_for_all(under_way, &ended, &self.stop, limit)
    }
}

/// Runs one service on a thread of its own, and tells how it ended; also where it panicked, so
/// that nobody waits for it.
fn spawn(name: &'static str, job: Job, run: Run, tell: Sender<Ended>) -> std::io::Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    let body = move || {
        let ended = match caught(move || job(run)) {
            Ok(ended) => ended.map_err(HostError::Run),
            Err(detail) => Err(HostError::Defect {
                service: name,
                detail,
            }),
        };
        // Nobody listens only where the process has given up waiting.
        let _ = tell.send((name, ended));
    };
    thread.spawn(body).map(|_| ())
}

fn wait_for_all(
    mut under_way: Vec<&'static str>,
    ended: &Receiver<Ended>,
    stop: &StopSignal,
    limit: Duration,
) -> Result<(), HostError> {
    let mut first_failure = None;
    let mut give_up_at = None;
    while !under_way.is_empty() {
        match ended.recv_timeout(WATCH) {
            Ok((name, result)) => {
                under_way.retain(|running| *running != name);
                if let Err(error) = result {
                    tracing::error!(service = name, "{error}");
                    first_failure.get_or_insert(error);
                }
                stop.request();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if stop.is_requested() {
            let at = *give_up_at.get_or_insert_with(|| Instant::now() + limit);
            if Instant::now() >= at {
                first_failure.get_or_insert(HostError::Drain {
                    services: under_way.join(", "),
                    limit_ms: limit.as_millis() as u64,
                });
                break;
            }
        }
    }
    first_failure.map_or(Ok(()), Err)
}

/// The configured name, or one of its own for each process.
fn instance_id(configured: &str) -> InstanceId {
    if configured.is_empty() {
        InstanceId::new(uuid::Uuid::new_v4().simple().to_string())
    } else {
        InstanceId::new(configured)
    }
}
