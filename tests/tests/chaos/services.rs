//! The processes of a run: killed, stopped, paused, doubled, and started again.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use wiredesk_tests::binary;

use crate::newsroom::Service;
use crate::outcomes::Decided;
use crate::plan::{Fault, Ground};
use crate::scene::Scene;

/// Exit code of an instance that another one of its name took over from.
const FENCED: i32 = 5;

/// Pause before a service that ended by itself is started again.
const RESTART: Duration = Duration::from_millis(100);

/// Time within which a process may not be listening to signals yet.
const YOUNG: Duration = Duration::from_secs(3);

/// Most memory that a process may have taken.
const MAX_RESIDENT_KB: u64 = 400 << 10;

/// Longest time from SIGTERM to the end.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A place in the layout, with the process that fills it.
pub struct Slot {
    service: &'static str,
    /// Its instance name; without one each process has its own.
    name: Option<String>,
    label: String,
    starts: usize,
    started: Instant,
    process: Option<Service>,
    /// The process that a newer one of the same name is to push out.
    older: Option<Service>,
    /// When that one goes on, where it was paused as its twin came.
    older_resume_at: Option<Instant>,
    back_at: Option<Instant>,
    resume_at: Option<Instant>,
    stopping: bool,
    /// Nobody is to take its place once it has stopped.
    is_guest: bool,
}

impl Slot {
    pub fn new(service: &'static str, label: String, name: Option<String>) -> Self {
        Self {
            service,
            name,
            label,
            starts: 0,
            started: Instant::now(),
            process: None,
            older: None,
            older_resume_at: None,
            back_at: Some(Instant::now()),
            resume_at: None,
            stopping: false,
            is_guest: false,
        }
    }

    /// One that is stopped at `leaves` for good.
    pub fn guest(service: &'static str, label: String, leaves: Instant) -> Self {
        Self {
            resume_at: Some(leaves),
            is_guest: true,
            ..Self::new(service, label, None)
        }
    }

    fn start(&mut self, scene: &dyn Scene) {
        self.starts += 1;
        self.started = Instant::now();
        let mut command = Command::new(program());
        if let Some(name) = &self.name {
            command.env("WIREDESK_INSTANCE", name);
        }
        scene.prepare(&mut command);
        let log = format!("{}-{}.log", self.label, self.starts);
        let service = scene.newsroom().start_as(command, &[self.service], &log);
        self.process = Some(service);
    }

    /// Does to the process what the plan says.
    pub fn suffer(&mut self, fault: Fault, scene: &dyn Scene) {
        let Some(process) = self.process.as_mut().filter(|_| !self.stopping) else {
            return;
        };
        match fault {
            Fault::Kill(_, down) => {
                process.kill();
                self.process = None;
                self.resume_at = None;
                self.back_at = Some(Instant::now() + down);
            }
            Fault::Stop(_, down) => {
                process.signal("CONT");
                process.signal("TERM");
                self.stopping = true;
                self.resume_at = None;
                self.back_at = Some(Instant::now() + down);
            }
            Fault::Pause(_, time) => {
                process.signal("STOP");
                self.resume_at = Some(Instant::now() + time);
            }
            Fault::Twin(_) if self.older.is_none() && self.name.is_some() => {
                self.older = self.process.take();
                self.older_resume_at = self.resume_at.take();
                self.start(scene);
            }
            _ => {}
        }
    }

    /// Starts, resumes and takes leave of processes as it is time; an error where one ended that
    /// had no reason to.
    pub fn look_after(&mut self, scene: &dyn Scene, faults: &[Fault]) -> Result<(), String> {
        self.look_at_older(scene, faults)?;
        let now = Instant::now();
        let is_there = self.process.is_some();
        if self
            .resume_at
            .take_if(|at| is_there && *at <= now)
            .is_some()
        {
            self.resume();
        }
        if let Some(code) = self.process.as_mut().and_then(Service::ended) {
            self.see_off(code, scene, faults)?;
        }
        if self.process.is_none() && self.back_at.take_if(|at| *at <= now).is_some() {
            self.start(scene);
        }
        Ok(())
    }

    fn resume(&mut self) {
        let Some(process) = &mut self.process else {
            return;
        };
        if self.is_guest {
            process.signal("TERM");
            self.stopping = true;
        } else {
            process.signal("CONT");
        }
    }

    fn see_off(
        &mut self,
        code: Option<i32>,
        scene: &dyn Scene,
        faults: &[Fault],
    ) -> Result<(), String> {
        let process = self.process.take();
        if self.stopping {
            self.stopping = false;
            return match code {
                Some(0) => Ok(()),
                // Ended by the signal itself: it had not come so far as to listen to any.
                None if self.started.elapsed() < YOUNG => Ok(()),
                Some(FENCED) if self.older.is_some() => Ok(()),
                code if scene.may_end(code, faults) => Ok(()),
                code => Err(format!("{} did not stop in order: {code:?}", self.label)),
            };
        }
        if code == Some(FENCED) && self.older.is_some() {
            // Of two that are started together either may be the newer one.
            self.process = self.older.take();
            self.resume_at = self.older_resume_at.take();
            return Ok(());
        }
        if !scene.may_end(code, faults) {
            let log = process.map(|process| process.log()).unwrap_or_default();
            let label = &self.label;
            return Err(format!("{label} ended by itself: {code:?}\n{}", tail(&log)));
        }
        self.resume_at = None;
        self.back_at = (!self.is_guest).then(|| Instant::now() + RESTART);
        Ok(())
    }

    fn look_at_older(&mut self, scene: &dyn Scene, faults: &[Fault]) -> Result<(), String> {
        let Some(older) = &mut self.older else {
            return Ok(());
        };
        let is_due = self.older_resume_at.take_if(|at| *at <= Instant::now());
        if is_due.is_some() {
            older.signal("CONT");
        }
        let Some(code) = older.ended() else {
            return Ok(());
        };
        (self.older, self.older_resume_at) = (None, None);
        if code == Some(FENCED) || scene.may_end(code, faults) {
            return Ok(());
        }
        let label = &self.label;
        Err(format!(
            "{label}: the older of two of a name ended with {code:?}"
        ))
    }

    /// Whether it stands as the layout wants it, undisturbed. On Kafka the older one of two of a
    /// name learns of it by its next commit, and one that has nothing to commit stays.
    pub fn is_settled(&self, ground: Ground) -> bool {
        let is_filled = self.process.is_some() != self.is_guest;
        let is_quiet = self.resume_at.is_none() && self.back_at.is_none() && !self.stopping;
        let may_older_stay = ground == Ground::Kafka && self.older_resume_at.is_none();
        is_filled && is_quiet && (self.older.is_none() || may_older_stay)
    }

    /// Asks it to stop, and whoever of its name is still there.
    pub fn ask_to_stop(&mut self) {
        for process in [&self.process, &self.older].into_iter().flatten() {
            process.signal("TERM");
        }
    }

    /// Waits until it has stopped.
    pub fn stopped(&mut self) -> Result<(), String> {
        let older = self.older.as_mut();
        let older = older.map_or(Ok(()), |older| stopped(older, &[Some(0), Some(FENCED)]));
        let newer = self.process.as_mut();
        let newer = newer.map_or(Ok(()), |newer| stopped(newer, &[Some(0)]));
        let label = &self.label;
        older.and(newer).map_err(|why| format!("{label} {why}"))
    }

    /// Whether its process counts all that was done here: it is the first and only one.
    pub fn has_all_counts(&self) -> bool {
        self.process.is_some() && self.starts == 1
    }

    /// What its process counts; `None` where it does not answer.
    pub fn decided(&self) -> Option<Decided> {
        Decided::ask(&self.process.as_ref()?.log())
    }

    /// What is wrong with the memory that it takes.
    pub fn outgrown(&self) -> Option<String> {
        let process = self.process.as_ref()?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid())).ok()?;
        let most = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let most: u64 = most.trim().trim_end_matches(" kB").trim().parse().ok()?;
        (most > MAX_RESIDENT_KB).then(|| format!("{} took {most} kB of memory", self.label))
    }
}

/// Waits until a process has ended with one of these codes.
fn stopped(process: &mut Service, right: &[Option<i32>]) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match process.ended() {
            Some(code) if right.contains(&code) => return Ok(()),
            Some(code) => return Err(format!("stopped with {code:?}\n{}", tail(&process.log()))),
            None if begun.elapsed() > STOP_LIMIT => {
                return Err(format!("does not stop\n{}", tail(&process.log())));
            }
            None => crate::scene::let_pass(Duration::from_millis(5)),
        }
    }
}

/// The end of a log.
pub fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// `wiredesk` as it was built when the runs began, whatever is built meanwhile: held open, a file
/// stays what it was.
fn program() -> PathBuf {
    static PROGRAM: OnceLock<File> = OnceLock::new();
    let file = PROGRAM.get_or_init(|| File::open(binary("wiredesk")).expect("it was built"));
    PathBuf::from(format!(
        "/proc/{}/fd/{}",
        std::process::id(),
        file.as_raw_fd()
    ))
}
