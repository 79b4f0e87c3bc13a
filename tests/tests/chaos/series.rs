//! Many runs, several at a time, and what is told of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wiredesk_model::Timestamp;
use wiredesk_testkit::kafka::KafkaCluster;

use crate::embedded::EmbeddedScene;
use crate::kafka::KafkaScene;
use crate::plan::{Ground, Plan};
use crate::run::{self, Measured};
use crate::scene::Scene;

/// Brokers of the cluster that all runs on Kafka share.
pub const BROKERS: usize = 3;

/// Seeds of the short fixed series.
const FIXED_RUNS: u64 = 2;

/// Seeds one after the other.
pub struct Series {
    ground: Ground,
    first: u64,
    runs: u64,
    jobs: u64,
}

impl Series {
    /// The series that `CHAOS_SEED`, `CHAOS_RUNS` and `CHAOS_JOBS` name, or the short fixed one.
    pub fn of_environment(ground: Ground) -> Self {
        Self {
            ground,
            first: number("CHAOS_SEED").unwrap_or(1),
            runs: number("CHAOS_RUNS").unwrap_or(FIXED_RUNS),
            jobs: number("CHAOS_JOBS").unwrap_or(2).max(1),
        }
    }

    /// Runs them all.
    ///
    /// # Panics
    /// Where one failed.
    pub fn run(&self) {
        let next = AtomicU64::new(self.first);
        let failed: Mutex<Vec<u64>> = Mutex::default();
        let begun = Instant::now();
        thread::scope(|scope| {
            for _ in 0..self.jobs.min(self.runs) {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= self.first + self.runs {
                            return;
                        }
                        if !self.run_one(seed) {
                            failed.lock().expect("no run holds it").push(seed);
                        }
                    }
                });
            }
        });
        let failed = failed.into_inner().expect("no run holds it");
        let took = begun.elapsed().as_secs_f32();
        println!("{} runs on {:?} in {took:.0} s", self.runs, self.ground);
        assert!(
            failed.is_empty(),
            "{} of {} seeds failed: {failed:?}",
            failed.len(),
            self.runs
        );
    }

    fn run_one(&self, seed: u64) -> bool {
        let begun = Instant::now();
        let plan = Plan::draw(seed, self.ground, Timestamp::now());
        // A fault of the harness ends this run, not the others.
        let done = catch_unwind(AssertUnwindSafe(|| attempt(&plan)));
        let done = done.unwrap_or_else(|_| Err("the harness itself failed".to_owned()));
        let took = begun.elapsed();
        match &done {
            Ok(measured) => tell_success(&plan, measured, took),
            Err(why) => tell_failure(&plan, why),
        }
        done.is_ok()
    }
}

fn attempt(plan: &Plan) -> Result<Measured, String> {
    let scene: Box<dyn Scene> = match plan.ground {
        Ground::Embedded => Box::new(EmbeddedScene::new(plan)),
        Ground::Kafka => {
            let cluster = KafkaCluster::shared(BROKERS).map_err(|error| error.to_string())?;
            Box::new(KafkaScene::new(plan, cluster))
        }
    };
    let done = run::run(plan, scene.as_ref());
    if done.is_err() || std::env::var_os("CHAOS_KEEP").is_some() {
        keep_logs(plan, scene.as_ref());
    }
    done
}

fn tell_success(plan: &Plan, measured: &Measured, took: Duration) {
    println!(
        "held: seed {} on {:?} in {:.1} s: {:?}, {} faults, {} raw records, {} events{}, {:.1?}",
        plan.seed,
        plan.ground,
        took.as_secs_f32(),
        plan.layout,
        plan.faults.len(),
        measured.raw,
        measured.events,
        if measured.is_counted {
            ", outcomes counted"
        } else {
            ""
        },
        measured.milestones
    );
}

fn tell_failure(plan: &Plan, why: &str) {
    let transport = match plan.ground {
        Ground::Embedded => "embedded",
        Ground::Kafka => "kafka",
    };
    println!(
        "FAILED: {plan}\n{why}\nrun it again: make chaos TRANSPORT={transport} SEED={} RUNS=1\n",
        plan.seed
    );
}

/// Leaves the scratch folder of a run where it can be looked at.
fn keep_logs(plan: &Plan, scene: &dyn Scene) {
    let kept = std::env::temp_dir().join(format!("chaos-{:?}-{}", plan.ground, plan.seed));
    let _ = std::fs::remove_dir_all(&kept);
    let from = scene.newsroom().path();
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([from, &kept])
        .status();
    if copied.is_ok_and(|status| status.success()) {
        println!("logs and data of seed {}: {}", plan.seed, kept.display());
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")),
    )
}
