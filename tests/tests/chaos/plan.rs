//! What a run tells and what it breaks, drawn from its seed alone.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use wiredesk_model::Timestamp;

use crate::poison;
use crate::press::FEEDS;
use crate::stories::{Story, Via};

/// Which transport a run is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Embedded,
    Kafka,
}

/// Which processes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The whole pipeline in each process.
    AllInOne(usize),
    /// A process a service, so many instances of each.
    Apart(usize),
}

/// What is done to a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// `kill -9`; back after this time.
    Kill(usize, Duration),
    /// SIGTERM; back this time after it has ended.
    Stop(usize, Duration),
    /// SIGSTOP; goes on after this time.
    Pause(usize, Duration),
    /// A second process of the same instance name.
    Twin(usize),
    /// One more instance, which is stopped after this time: two rebalances.
    Guest(usize, Duration),
    /// The disk under the log has no room for this time.
    DiskFull(Duration),
    /// The clock of the machine is off by so many seconds for this time.
    Clock(i64, Duration),
    /// A feed's next answer is broken, in one of several ways.
    Site(usize, BadAnswer),
    /// Something that cannot be read, on this stage's input.
    Poison(Stage),
    /// A broker dies as by `kill -9`; back after this time.
    BrokerKill(usize, Duration),
    /// A broker is stopped in order, so that its leaders move; back after this time.
    BrokerStop(usize, Duration),
    /// Every connection to the brokers is cut.
    Cut,
    /// Every piece on its way to or from the brokers takes this much longer, for this time.
    Slow(Duration, Duration),
    /// Nothing passes to or from one broker for this time.
    Stall(usize, Duration),
}

impl Fault {
    /// Whether a process ends by it, and takes what it counted with it.
    fn ends_a_process(self) -> bool {
        matches!(
            self,
            Fault::Kill(..)
                | Fault::Stop(..)
                | Fault::Twin(_)
                | Fault::Guest(..)
                | Fault::DiskFull(_)
        )
    }
}

/// Who can be given something that cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// By documents in its folder.
    Fetcher,
    Cleaner,
    Enricher,
    Indexer,
    /// Of what is published; of what came in it has the cleaner's.
    Archiver,
}

impl Stage {
    const ALL: [Self; 5] = [
        Self::Fetcher,
        Self::Cleaner,
        Self::Enricher,
        Self::Indexer,
        Self::Archiver,
    ];

    /// Who writes a dead letter for what is on its input.
    pub fn tellers(self) -> &'static [&'static str] {
        match self {
            Stage::Fetcher => &[],
            Stage::Cleaner => &["cleaner", "archiver-raw"],
            Stage::Enricher => &["enricher"],
            Stage::Indexer => &["indexer"],
            Stage::Archiver => &["archiver-records"],
        }
    }
}

/// How an answer of the site is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadAnswer {
    Status(u16),
    Cut,
    Garbage,
    Slow,
}

/// Everything about a run that its seed decides.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub ground: Ground,
    pub layout: Layout,
    pub batch_records: usize,
    /// Whether instances have names that stay, or each process one of its own.
    pub is_named: bool,
    pub stories: Vec<Story>,
    /// What is broken, and when.
    pub faults: Vec<(Duration, Fault)>,
}

/// Small ones, so that many commits can be hit; each takes longer on Kafka.
fn batch_records(ground: Ground) -> [usize; 4] {
    match ground {
        Ground::Embedded => [2, 5, 20, 100],
        Ground::Kafka => [8, 20, 50, 200],
    }
}

/// How long a run is disturbed.
fn span(ground: Ground) -> Duration {
    match ground {
        Ground::Embedded => Duration::from_millis(2_200),
        Ground::Kafka => Duration::from_millis(5_000),
    }
}

/// From the start to the end of an embargo, beyond the time that is disturbed.
fn embargo(ground: Ground) -> Duration {
    span(ground) + Duration::from_millis(500)
}

/// A partition is another member's after so long without a sign of life.
pub fn session(ground: Ground) -> Duration {
    match ground {
        Ground::Embedded => Duration::from_millis(1_000),
        Ground::Kafka => Duration::from_millis(3_000),
    }
}

impl Plan {
    /// The plan of a seed, for a run that begins at `now`.
    pub fn draw(seed: u64, ground: Ground, now: Timestamp) -> Self {
        let mut random = Rng::with_seed(seed.wrapping_mul(2).wrapping_add(ground as u64));
        let layout = draw_layout(ground, &mut random);
        let mut plan = Self {
            seed,
            ground,
            layout,
            batch_records: batch_records(ground)[random.usize(..4)],
            is_named: random.bool(),
            stories: draw_stories(ground, now, &mut random),
            faults: Vec::new(),
        };
        let slots = plan.services().len();
        // Where no process ends, what they count can be compared with what came in.
        let spares_processes = random.u32(..6) == 0;
        for _ in 0..random.usize(3..=6) {
            let mut fault = draw_fault(ground, slots, &mut random);
            while spares_processes && fault.ends_a_process() {
                fault = draw_fault(ground, slots, &mut random);
            }
            plan.add(fault, &mut random);
        }
        // Poison in every stage is part of every run.
        for stage in plan.stages() {
            plan.add(Fault::Poison(stage), &mut random);
        }
        plan.faults.sort_by_key(|(at, _)| *at);
        // Only a name can be taken twice.
        plan.is_named |= plan.has(|fault| matches!(fault, Fault::Twin(_)));
        plan
    }

    fn add(&mut self, fault: Fault, random: &mut Rng) {
        let at = Duration::from_millis(random.u64(100..span(self.ground).as_millis() as u64));
        self.faults.push((at, fault));
    }

    /// The service of each process, by the command that starts it.
    pub fn services(&self) -> Vec<&'static str> {
        match self.layout {
            Layout::AllInOne(count) => vec!["run"; count],
            Layout::Apart(count) => ["fetcher", "cleaner", "enricher", "archiver"].repeat(count),
        }
    }

    /// The stages that run in its layout.
    fn stages(&self) -> Vec<Stage> {
        let has_indexer = matches!(self.layout, Layout::AllInOne(_));
        let is_there = |stage: &Stage| *stage != Stage::Indexer || has_indexer;
        Stage::ALL.into_iter().filter(is_there).collect()
    }

    /// Whether a fault of this kind is part of it.
    pub fn has(&self, is_wanted: impl Fn(&Fault) -> bool) -> bool {
        self.faults.iter().any(|(_, fault)| is_wanted(fault))
    }

    /// Whether the clock is wrong at some time.
    pub fn is_off_the_clock(&self) -> bool {
        self.has(|fault| matches!(fault, Fault::Clock(..)))
    }

    /// Dead letters that must be there in the end, each by who writes it and the record's key.
    pub fn letters(&self) -> Vec<(&'static str, String)> {
        let mut letters = Vec::new();
        for stage in Stage::ALL {
            for number in 0..self.poisons(stage) {
                let tellers = stage.tellers().iter();
                letters.extend(tellers.map(|teller| (*teller, poison::key(stage, number))));
            }
        }
        letters
    }

    /// How often a stage is given something that it cannot take.
    pub fn poisons(&self, stage: Stage) -> usize {
        let all = self.faults.iter();
        all.filter(|(_, fault)| *fault == Fault::Poison(stage))
            .count()
    }
}

fn draw_layout(ground: Ground, random: &mut Rng) -> Layout {
    match (ground, random.u32(..10)) {
        (Ground::Embedded, 0..4) => Layout::AllInOne(1),
        (Ground::Embedded, 4 | 5) => Layout::AllInOne(2),
        (Ground::Embedded, 6 | 7) | (Ground::Kafka, 0..4) => Layout::Apart(1),
        (Ground::Embedded | Ground::Kafka, _) => Layout::Apart(2),
    }
}

fn draw_stories(ground: Ground, now: Timestamp, random: &mut Rng) -> Vec<Story> {
    let until = Timestamp::from_second((now + embargo(ground)).as_second() + 1)
        .expect("a date of our time");
    let last = span(ground).as_millis() as u64 * 2 / 3;
    let count = random.usize(70..140);
    (0..count)
        .map(|number| {
            let via = match random.u32(..10) {
                0 | 1 => Via::Rss(random.usize(..FEEDS)),
                2..5 => Via::Wire(random.usize(..FEEDS)),
                _ => Via::Folder,
            };
            let mut story = Story::draw(number, via, until, random);
            // Half of them are there from the start, so that there is a backlog to break things in.
            if random.bool() && via == Via::Folder {
                story.appears = Duration::from_millis(random.u64(..last));
            }
            story
        })
        .collect()
}

fn draw_fault(ground: Ground, slots: usize, random: &mut Rng) -> Fault {
    let slot = random.usize(..slots);
    let soon = Duration::from_millis(random.u64(..500));
    let longer_than_a_session = session(ground) + Duration::from_millis(random.u64(200..700));
    let feed = random.usize(..FEEDS);
    let shared = match random.u32(..14) {
        0..4 => Some(Fault::Kill(slot, soon)),
        4 | 5 => Some(Fault::Stop(slot, soon)),
        6 => Some(Fault::Pause(slot, longer_than_a_session)),
        7 => Some(Fault::Twin(slot)),
        8 => Some(Fault::Guest(slot, soon * 2)),
        9 => {
            let ahead = random.i64(-5_400..5_400);
            Some(Fault::Clock(ahead, longer_than_a_session))
        }
        10 | 11 => Some(Fault::Site(feed, draw_answer(random))),
        _ => None,
    };
    let broker = random.usize(..3);
    shared.unwrap_or_else(|| match (ground, random.u32(..10)) {
        (Ground::Embedded, _) => Fault::DiskFull(soon),
        (Ground::Kafka, 0..3) => Fault::BrokerKill(broker, soon * 4),
        (Ground::Kafka, 3..5) => Fault::BrokerStop(broker, soon * 2),
        (Ground::Kafka, 5 | 6) => Fault::Cut,
        (Ground::Kafka, 7) => Fault::Slow(soon / 10, longer_than_a_session),
        (Ground::Kafka, _) => Fault::Stall(broker, longer_than_a_session),
    })
}

fn draw_answer(random: &mut Rng) -> BadAnswer {
    match random.u32(..5) {
        0 => BadAnswer::Status(500),
        1 => BadAnswer::Status(503),
        2 => BadAnswer::Cut,
        3 => BadAnswer::Garbage,
        _ => BadAnswer::Slow,
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: usize = self.stories.iter().map(|one| one.tellings.len()).sum();
        write!(
            f,
            "seed {} on {:?}: {:?}, named: {}, batches of {}, {} stories in {versions} versions",
            self.seed,
            self.ground,
            self.layout,
            self.is_named,
            self.batch_records,
            self.stories.len()
        )?;
        for (at, fault) in &self.faults {
            write!(f, "\n  at {:>4} ms {fault:?}", at.as_millis())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_draws_the_same_plan_and_another_seed_another() {
        let text = |seed| Plan::draw(seed, Ground::Embedded, Timestamp::UNIX_EPOCH).to_string();
        assert_eq!(text(7), text(7));
        assert_ne!(text(7), text(8));
    }

    #[test]
    fn a_hundred_seeds_break_everything_that_can_be_broken() {
        let kind = |fault: &Fault| {
            let text = format!("{fault:?}");
            text.split('(').next().unwrap_or_default().to_owned()
        };
        for (ground, expected) in [(Ground::Embedded, 9), (Ground::Kafka, 13)] {
            let plans = (0..100).map(|seed| Plan::draw(seed, ground, Timestamp::UNIX_EPOCH));
            let kinds: std::collections::BTreeSet<String> = plans
                .flat_map(|plan| plan.faults)
                .map(|(_, fault)| kind(&fault))
                .collect();
            assert_eq!(kinds.len(), expected, "{kinds:?}");
        }
    }
}
