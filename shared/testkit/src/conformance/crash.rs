//! A process that dies leaves whole batches behind, and the next one goes on from there.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, Topic};
use wiredesk_pipeline::{Start, Transport};

use crate::wait::wait_until;

use super::bench::Bench;
use super::hand::Hand;
use super::records::{
    numbered, numbered_run, ok, once_and_in_order, prepared, read_all, read_exactly, text, write,
};

const KEYS: usize = 12;
const EACH: usize = 25;
const INPUTS: usize = KEYS * EACH;

/// What the battery's worker process does: copies raw records to the clean topic, with a line on
/// the dead topic for every batch, in small batches; until it is killed, or its standard input
/// closes because the test that started it is gone.
pub fn run_worker(transport: &dyn Transport, instance: &str) {
    thread::spawn(|| {
        let mut rest = Vec::new();
        let _ = std::io::stdin().read_to_end(&mut rest);
        std::process::exit(0);
    });
    let mut hand = Hand::join(transport, instance);
    let mut batches = 0;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(120) {
        let records = hand.poll_patiently(10);
        if records.is_empty() {
            continue;
        }
        batches += 1;
        let mut outputs = super::records::copies(&records);
        outputs.push(numbered(Topic::Dead, instance, batches));
        ok(
            hand.commit(outputs, &records),
            "committing in the worker process",
        );
    }
}

/// A worker process that is killed when the property ends, however it ends.
struct Worker(Child);

impl Worker {
    #[track_caller]
    fn start(mut command: Command) -> Worker {
        let child = command.stdin(Stdio::piped()).spawn();
        Worker(child.expect("the worker process starts"))
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Wherever in a commit the process dies, the batch is there with its positions, or neither is.
pub fn crash_at_every_step_is_all_or_nothing(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 4);
    write(&*transport, numbered_run(Topic::Raw, KEYS, 1..=EACH));
    let (mut died_before, mut died_after) = (0, 0);
    let points = bench.crash_points();
    if points.is_empty() {
        return;
    }
    for point in points {
        let Some(command) = bench.worker("crashing", Some(&point)) else {
            return;
        };
        let copied = read_all(bench, Topic::Clean).len();
        let mut worker = Worker::start(command);
        wait_until(
            &format!("the worker's death at {point}"),
            limits.session,
            || matches!(worker.0.try_wait(), Ok(Some(_))),
        );
        let now_copied = copies_and_positions_agree(bench, &point);
        if now_copied > copied {
            died_after += 1;
        } else {
            died_before += 1;
        }
    }
    assert!(
        died_before > 0 && died_after > 0,
        "the crash points lie on both sides of the commit: {died_before} before, {died_after} after"
    );
    finish_copying(bench);
}

/// Killed at any moment, the worker has done whole batches, and another finishes the rest.
pub fn killed_worker_loses_and_doubles_nothing(bench: &dyn Bench) {
    let transport = prepared(bench, 4);
    write(&*transport, numbered_run(Topic::Raw, KEYS, 1..=EACH));
    let mut seen = 0;
    for round in 0..3 {
        let Some(command) = bench.worker(&format!("killed-{round}"), None) else {
            return;
        };
        let mut worker = Worker::start(command);
        let mut reader = ok(
            transport.reader(Topic::Clean, Start::Earliest),
            "opening a reader",
        );
        let mut copied = 0;
        wait_until(
            &format!("copies beyond the {seen} of the round before"),
            bench.limits().session,
            || {
                copied += ok(reader.read(1_000, Duration::from_millis(1)), "reading").len();
                copied > seen
            },
        );
        worker.kill();
        seen = copies_and_positions_agree(bench, &format!("kill {round}"));
        if seen == INPUTS {
            break;
        }
    }
    finish_copying(bench);
}

/// Finishes the copying in this process, and checks that every record was copied once.
#[track_caller]
fn finish_copying(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = bench.open();
    let mut hand = Hand::join(&*transport, "finisher");
    let begun = Instant::now();
    while read_all(bench, Topic::Clean).len() < INPUTS {
        for _ in 0..20 {
            hand.copy(50);
        }
        assert!(
            begun.elapsed() < limits.session + limits.event,
            "the finisher has not copied the rest"
        );
    }
    let copied = read_exactly(bench, Topic::Clean, INPUTS);
    once_and_in_order(&copied, KEYS, EACH);
}

/// Checks that the records without a copy are as many as lie behind the group's positions. Returns
/// the number of copies.
#[track_caller]
fn copies_and_positions_agree(bench: &dyn Bench, after: &str) -> usize {
    let transport = bench.open();
    let copied = read_all(bench, Topic::Clean);
    let all = read_all(bench, Topic::Raw);
    let backlog = ok(
        transport.backlog(super::hand::SERVICE, Topic::Raw),
        "asking for the backlog",
    );
    let missing: Vec<&Incoming> = all
        .iter()
        .filter(|record| !copied.iter().any(|copy| text(copy) == text(record)))
        .collect();
    assert!(
        copied.len() + missing.len() == all.len(),
        "after {after}: {} copies and {} records without one make up the {} inputs",
        copied.len(),
        missing.len(),
        all.len()
    );
    let slack = 4 * bench.limits().gaps;
    let expected = missing.len() as u64;
    assert!(
        (expected..=expected + slack).contains(&backlog),
        "after {after}: {expected} records have no copy, but {backlog} lie behind the positions"
    );
    copied.len()
}
