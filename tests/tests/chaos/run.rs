//! One run: the script is told, things break, everything is mended, and then all must be there.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, InstanceId, Outgoing, Topic, header};
use wiredesk_pipeline::{Reader, Start, Transport, Writer};
use wiredesk_testkit::web::Answer;

use crate::archive::Archive;
use crate::check::{self, Seen, raw_version};
use crate::newsroom::Newsroom;
use crate::outcomes::Decided;
use crate::plan::{BadAnswer, Fault, Ground, Plan, Stage};
use crate::poison;
use crate::press::Press;
use crate::scene::{ARCHIVE, Mending, Scene};
use crate::services::Slot;
use crate::stories::Via;

/// Longest time from the last fault to the last event.
const LIMIT: Duration = Duration::from_secs(180);

/// Time for the last outcomes to be counted.
const COUNT_LIMIT: Duration = Duration::from_secs(15);

/// Tries to create the topics of a run.
const TOPIC_TRIES: usize = 5;

/// What a run measured.
pub struct Measured {
    /// Records on the raw topic.
    pub raw: usize,
    /// Events that subscribers saw.
    pub events: usize,
    /// Whether outcomes were compared with inputs: no process took its counts with it.
    pub is_counted: bool,
    /// Seconds from the start to each part of the end.
    pub milestones: BTreeMap<&'static str, f32>,
}

/// Runs a plan to its end; an error says everything that does not hold.
pub fn run(plan: &Plan, scene: &dyn Scene) -> Result<Measured, String> {
    let transport = scene.open()?;
    let mut run = Run::begin(plan, scene, transport.as_ref())?;
    run.drive()?;
    let mut wrong: Vec<String> = run.slots.iter().filter_map(Slot::outgrown).collect();
    // A process that ended took its counts with it.
    let is_counted = run.slots.iter().all(Slot::has_all_counts);
    if is_counted {
        wrong.extend(run.miscounted());
    }
    run.slots.iter_mut().for_each(Slot::ask_to_stop);
    wrong.extend(run.slots.iter_mut().filter_map(|slot| slot.stopped().err()));
    let seen = Seen::read(transport.as_ref())?;
    wrong.extend(check::violations(plan, &seen));
    wrong.extend(run.archive.violations(&seen));
    if plan.ground == Ground::Embedded {
        let backlog = transport.backlog("cleaner", Topic::Raw);
        let backlog = backlog.map_err(|error| error.to_string())?;
        wrong.extend(check::wrong_position(backlog, &seen));
    }
    wrong.extend(scene.outgrown());
    wrong.extend(scene.witness(&seen));
    wrong.extend(panics(scene));
    if wrong.is_empty() {
        return Ok(Measured {
            raw: seen.of(Topic::Raw).len(),
            events: seen.of(Topic::Enriched).len(),
            is_counted,
            milestones: run.milestones,
        });
    }
    Err(wrong.join("\n"))
}

struct Run<'a> {
    plan: &'a Plan,
    scene: &'a dyn Scene,
    press: Press,
    slots: Vec<Slot>,
    mendings: Vec<Mending>,
    /// Faults begun so far, in the order of the plan.
    begun: Vec<Fault>,
    raw: Box<dyn Reader>,
    clean: Box<dyn Reader>,
    /// Records seen on the inputs of the stages.
    inputs: Decided,
    enriched: Box<dyn Reader>,
    dead: Box<dyn Reader>,
    archive: Archive,
    poison: Box<dyn Writer>,
    /// Poisoned records that could not be written yet.
    owed: Vec<Outgoing>,
    /// Ids of events that must still come.
    awaited: HashSet<String>,
    dead_letters: usize,
    milestones: BTreeMap<&'static str, f32>,
    started: Instant,
}

impl<'a> Run<'a> {
    fn begin(
        plan: &'a Plan,
        scene: &'a dyn Scene,
        transport: &dyn Transport,
    ) -> Result<Self, String> {
        let newsroom = scene.newsroom();
        make_topics(newsroom)?;
        let press = Press::new(plan.stories.clone(), newsroom.folder("documents"));
        newsroom.write_sources(&press.sources());
        let told = |error: wiredesk_pipeline::TransportError| error.to_string();
        let reader = |topic| transport.reader(topic, Start::Earliest).map_err(told);
        let events = plan.stories.iter().flat_map(|story| story.events());
        let required = events.filter(|event| event.required);
        let slots = (1..).zip(plan.services()).map(|(number, service)| {
            let name = plan.is_named.then(|| format!("instance-{number}"));
            Slot::new(service, format!("{service}-{number}"), name)
        });
        Ok(Self {
            plan,
            scene,
            slots: slots.collect(),
            mendings: Vec::new(),
            begun: Vec::new(),
            raw: reader(Topic::Raw)?,
            clean: reader(Topic::Clean)?,
            inputs: Decided::default(),
            enriched: reader(Topic::Enriched)?,
            dead: reader(Topic::Dead)?,
            archive: Archive::at(&newsroom.path().join("data").join(ARCHIVE))?,
            poison: transport
                .writer(&InstanceId::from("poisoner"))
                .map_err(told)?,
            owed: Vec::new(),
            awaited: required.map(|event| event.id).collect(),
            dead_letters: 0,
            milestones: BTreeMap::new(),
            press,
            started: Instant::now(),
        })
    }

    /// Goes on until everything has been seen and everything is mended.
    fn drive(&mut self) -> Result<(), String> {
        while !self.is_done() {
            self.press.send(self.started.elapsed());
            self.break_what_is_due();
            for slot in &mut self.slots {
                slot.look_after(self.scene, &self.begun)?;
            }
            self.mend()?;
            self.write_owed();
            self.look();
            if self.started.elapsed() > LIMIT {
                return Err(self.in_vain());
            }
        }
        Ok(())
    }

    /// Whether all is there; notes when each part of it came to be.
    fn is_done(&mut self) -> bool {
        let letters = self.plan.letters().len();
        let ground = self.plan.ground;
        let is_mended = self.begun.len() == self.plan.faults.len() && self.mendings.is_empty();
        let parts = [
            ("mended", is_mended),
            (
                "settled",
                self.slots.iter().all(|slot| slot.is_settled(ground)),
            ),
            ("fetched", self.press.is_done()),
            ("published", self.awaited.is_empty()),
            ("dead", self.owed.is_empty() && self.dead_letters >= letters),
            ("archived", self.archive.is_complete()),
        ];
        for (part, is_done) in parts {
            if is_done {
                let since = self.started.elapsed().as_secs_f32();
                self.milestones.entry(part).or_insert(since);
            } else {
                self.milestones.remove(part);
            }
        }
        parts.iter().all(|(_, is_done)| *is_done)
    }

    fn in_vain(&self) -> String {
        let mut awaited: Vec<_> = self.awaited.iter().take(10).collect();
        awaited.sort();
        let missing: Vec<_> = self.press.missing().into_iter().take(10).collect();
        let unsettled = self.slots.iter();
        let unsettled = unsettled
            .filter(|slot| !slot.is_settled(self.plan.ground))
            .count();
        format!(
            "not done after {} s: {} events missing ({awaited:?}), not fetched: {missing:?}, \
             {} records not archived, {} dead letters, {unsettled} processes not settled, {} faults not mended",
            LIMIT.as_secs(),
            self.awaited.len(),
            self.archive.owed(),
            self.dead_letters,
            self.mendings.len()
        )
    }

    /// What is wrong with the counted outcomes: in the end they are as many as there are records on
    /// the input.
    fn miscounted(&mut self) -> Option<String> {
        let begun = Instant::now();
        loop {
            self.look();
            let all: Option<Vec<Decided>> = self.slots.iter().map(Slot::decided).collect();
            let counted = all.map(|all| all.into_iter().fold(Decided::default(), Decided::and));
            if counted == Some(self.inputs) {
                return None;
            }
            if begun.elapsed() > COUNT_LIMIT {
                let inputs = self.inputs;
                return Some(format!("{counted:?} outcomes for {inputs:?} inputs"));
            }
        }
    }

    fn break_what_is_due(&mut self) {
        let since = self.started.elapsed();
        while let Some((at, fault)) = self.plan.faults.get(self.begun.len()).copied() {
            if at > since {
                return;
            }
            self.break_now(fault);
            self.begun.push(fault);
        }
    }

    fn break_now(&mut self, fault: Fault) {
        match fault {
            Fault::Kill(slot, _) | Fault::Stop(slot, _) | Fault::Pause(slot, _) => {
                self.slots[slot].suffer(fault, self.scene);
            }
            Fault::Twin(slot) => self.slots[slot].suffer(fault, self.scene),
            Fault::Guest(slot, time) => {
                let services = self.plan.services();
                let label = format!("guest-{}", self.slots.len());
                let leaves = Instant::now() + time;
                self.slots.push(Slot::guest(services[slot], label, leaves));
            }
            Fault::Site(feed, bad) => {
                for via in [Via::Rss(feed), Via::Wire(feed)] {
                    self.press.answer_once(via, answer(bad));
                }
            }
            Fault::Poison(stage) => {
                let before = self.begun.iter().filter(|one| **one == fault).count();
                self.poison(stage, before);
            }
            other => self.mendings.extend(self.scene.break_for_a_while(other)),
        }
    }

    fn poison(&mut self, stage: Stage, number: usize) {
        let seed = self.plan.seed;
        if stage == Stage::Fetcher {
            let folder = self.scene.newsroom().path().join("documents");
            poison::deliver(&folder, number).expect("files in a folder of ours");
        } else {
            self.owed.push(poison::record(seed, stage, number));
        }
    }

    /// Takes leave of faults that have mended themselves.
    fn mend(&mut self) -> Result<(), String> {
        let (done, under_way) = self.mendings.drain(..).partition(|one| one.is_finished());
        self.mendings = under_way;
        let done: Vec<Mending> = done;
        done.into_iter().try_for_each(|mending| {
            mending
                .join()
                .map_err(|_| "a fault could not be mended".to_owned())?
        })
    }

    fn write_owed(&mut self) {
        // On a full disk or without brokers it is tried again.
        self.owed
            .retain(|record| self.poison.write(vec![record.clone()]).is_err());
    }

    /// Looks at what the topics have to tell.
    fn look(&mut self) {
        self.inputs.enricher += news(self.clean.as_mut()).len() as u64;
        for record in news(self.raw.as_mut()) {
            self.inputs.cleaner += 1;
            self.archive.owe(&record);
            if let Some(version) = raw_version(&record) {
                self.press.seen_raw(&record.key, version);
            }
        }
        for record in news(self.enriched.as_mut()) {
            self.archive.owe(&record);
            self.awaited
                .remove(record.headers.get(header::CE_ID).unwrap_or_default());
        }
        self.dead_letters += news(self.dead.as_mut()).len();
    }
}

/// Another run may have broken something just now.
fn make_topics(newsroom: &Newsroom) -> Result<(), String> {
    let mut made = Err("not tried".to_owned());
    for _ in 0..TOPIC_TRIES {
        made = newsroom.try_wiredesk(&["topics", "create"]).map(drop);
        if made.is_ok() {
            break;
        }
    }
    made.map_err(|said| format!("no topics: {said}"))
}

/// What a reader has to tell; nothing where it cannot read just now.
fn news(reader: &mut dyn Reader) -> Vec<Incoming> {
    reader
        .read(500, Duration::from_millis(5))
        .unwrap_or_default()
}

fn answer(bad: BadAnswer) -> Answer {
    let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Half a feed</title>";
    match bad {
        BadAnswer::Status(status) => Answer::status(status),
        BadAnswer::Cut => Answer::ok("application/rss+xml", feed).cut_after(30),
        BadAnswer::Garbage => Answer::ok("application/rss+xml", [0_u8, 159, 146, 150].repeat(100)),
        BadAnswer::Slow => {
            let pause = Duration::from_millis(300);
            Answer::ok("application/rss+xml", feed).late(pause)
        }
    }
}

/// Logs in which something panicked.
fn panics(scene: &dyn Scene) -> Vec<String> {
    let files = std::fs::read_dir(scene.newsroom().path());
    let mut found = Vec::new();
    for file in files.into_iter().flatten().flatten() {
        let log = std::fs::read_to_string(file.path()).unwrap_or_default();
        if let Some(line) = log.lines().find(|line| line.contains("panicked at")) {
            found.push(format!("{}: {line}", file.file_name().to_string_lossy()));
        }
    }
    found
}
