//! The source loop against a scripted transport: items and cursor move together or not at all.

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{Memory, PARTITIONS, all_of, text, wait_for};
use wiredesk_model::{Headers, Incoming, Outgoing, Topic, TopicPartition, partition_for};
use wiredesk_pipeline::{
    Behind, Count, GroupEvent, Phase, Production, Run, RunError, RunnerSettings, Source,
    TransportError, run_source,
};

/// Counts each place from its cursor up to a goal; every step is an item and the new cursor.
struct Counter {
    places: Vec<String>,
    goal: u64,
    cursors: BTreeMap<TopicPartition, BTreeMap<String, u64>>,
    holding: bool,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    assigned: usize,
    observed: usize,
    holds: Vec<bool>,
    refused: usize,
    /// Refusals that change nothing about what is given back.
    stubborn: usize,
}

impl Counter {
    fn step(at: TopicPartition, place: &str, number: u64) -> Production {
        let record = |topic, key: &str, value: String| Outgoing {
            topic,
            key: key.to_owned(),
            value: Some(value.into_bytes()),
            headers: Headers::new(),
        };
        let item = record(Topic::Raw, &format!("{place}-{number}"), number.to_string());
        let cursor = record(Topic::FeedState, place, number.to_string());
        Production {
            at,
            outputs: vec![item, cursor],
        }
    }
}

impl Source for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn state_topic(&self) -> Topic {
        Topic::FeedState
    }

    fn assigned(&mut self, at: TopicPartition, partitions: u32, state: Vec<Incoming>) {
        let mut cursors: BTreeMap<String, u64> = self
            .places
            .iter()
            .filter(|place| partition_for(place, partitions) == at.partition)
            .map(|place| (place.clone(), 0))
            .collect();
        for record in state {
            cursors.insert(record.key.clone(), text(&record).parse().expect("a number"));
        }
        self.cursors.insert(at, cursors);
        self.seen.lock().expect("not poisoned").assigned += 1;
    }

    fn revoked(&mut self, at: TopicPartition) {
        self.cursors.remove(&at);
    }

    fn observed(&mut self, _record: Incoming) {
        self.seen.lock().expect("not poisoned").observed += 1;
    }

    fn produce(&mut self, wait: Duration) -> Vec<Production> {
        let mut made = Vec::new();
        for (at, cursors) in &mut self.cursors {
            for (place, cursor) in cursors.iter_mut().filter(|_| !self.holding) {
                if *cursor < self.goal {
                    *cursor += 1;
                    made.push(Self::step(*at, place, *cursor));
                }
            }
        }
        if made.is_empty() {
            std::thread::sleep(wait.min(Duration::from_millis(2)));
        }
        made
    }

    fn hold(&mut self, hold: bool) {
        self.holding = hold;
        self.seen.lock().expect("not poisoned").holds.push(hold);
    }

    fn refused(&mut self, mut production: Production, detail: &str) -> Option<Production> {
        {
            let mut seen = self.seen.lock().expect("not poisoned");
            seen.refused += 1;
            if seen.stubborn > 0 {
                seen.stubborn -= 1;
                return Some(production);
            }
        }
        let cursor = production.outputs.pop()?;
        let item = production.outputs.pop()?;
        let key = format!("small-{}", item.key);
        let value = Some(detail.as_bytes().to_vec());
        production.outputs = vec![Outgoing { key, value, ..item }, cursor];
        Some(production)
    }

    fn is_idle(&self) -> bool {
        true
    }
}

struct Running {
    run: Run,
    seen: Arc<Mutex<Seen>>,
    thread: JoinHandle<Result<(), RunError>>,
}

fn start(memory: &Memory, goal: u64) -> Running {
    start_stubborn(memory, goal, 0)
}

fn start_stubborn(memory: &Memory, goal: u64, stubborn: usize) -> Running {
    let settings = RunnerSettings {
        backoff_limit: Duration::from_millis(20),
        lag_limit: 100,
        ..RunnerSettings::default()
    };
    let run = memory.run(settings);
    let seen = Arc::new(Mutex::new(Seen {
        stubborn,
        ..Seen::default()
    }));
    let source = Counter {
        places: (0..9).map(|number| format!("place-{number}")).collect(),
        goal,
        cursors: BTreeMap::new(),
        holding: false,
        seen: Arc::clone(&seen),
    };
    let inner = run.clone();
    let behind = [Behind {
        service: "cleaner",
        input: Topic::Raw,
    }];
    let thread = std::thread::spawn(move || run_source(Box::new(source), &behind, inner));
    Running { run, seen, thread }
}

impl Running {
    fn stop(self) {
        self.run.stop.request();
        self.thread
            .join()
            .expect("the runner never panics")
            .expect("stops as asked");
    }
}

/// Each place's items 1..=goal exactly once.
fn assert_exact(memory: &Memory, goal: u64) {
    let mut keys: Vec<_> = memory
        .records(Topic::Raw)
        .into_iter()
        .map(|one| one.key)
        .collect();
    keys.sort();
    let places = (0..9).flat_map(|place| (1..=goal).map(move |n| format!("place-{place}-{n}")));
    let mut expected: Vec<_> = places.collect();
    expected.sort();
    assert_eq!(keys, expected);
}

fn done(memory: &Memory, goal: u64) -> bool {
    memory.records(Topic::Raw).len() as u64 >= 9 * goal
}

#[test]
fn items_and_cursors_move_together_and_a_second_start_goes_on() {
    let memory = Memory::default();
    let running = start(&memory, 20);
    wait_for("180 items", || done(&memory, 20));
    running.stop();
    assert_exact(&memory, 20);
    let running = start(&memory, 25);
    wait_for("225 items", || done(&memory, 25));
    let status = running.run.status.clone();
    running.stop();
    assert_exact(&memory, 25);
    assert_eq!(status.phase(), Phase::Stopped);
    assert_eq!(
        status.get(Count::Output),
        2 * 9 * 5,
        "only what was missing"
    );
}

#[test]
fn a_commit_that_fails_has_its_places_worked_again_from_the_stored_cursor() {
    let memory = Memory::default();
    {
        let mut log = memory.log();
        log.fail_commits
            .push_back(TransportError::Superseded("rebalance".to_owned()));
        log.fail_commits
            .push_back(TransportError::Unavailable("broker away".to_owned()));
    }
    let running = start(&memory, 10);
    wait_for("90 items", || done(&memory, 10));
    let assigned = running.seen.lock().expect("not poisoned").assigned;
    running.stop();
    assert_exact(&memory, 10);
    assert!(assigned > PARTITIONS as usize, "cursors were read again");
}

#[test]
fn partitions_that_move_are_worked_by_their_holder_only() {
    let memory = Memory::default();
    let running = start(&memory, 1_000_000);
    wait_for("a start", || done(&memory, 3));
    memory
        .log()
        .events
        .push_back(GroupEvent::Revoking(all_of(Topic::FeedState)));
    wait_for("release", || memory.log().held.is_empty());
    let commits = memory.log().commits;
    running.stop();
    assert_eq!(
        memory.log().commits,
        commits,
        "nothing is written without a partition"
    );
    let records = memory.records(Topic::Raw);
    let mut keys: Vec<_> = records.iter().map(|one| one.key.clone()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), records.len(), "nothing twice");
}

#[test]
fn late_stages_behind_hold_the_source_back() {
    let memory = Memory::default();
    memory.log().backlog = 1_000;
    let running = start(&memory, 1_000_000);
    let held = || running.seen.lock().expect("not poisoned").holds.first() == Some(&true);
    wait_for("holding back", held);
    memory.log().backlog = 0;
    let holds = || running.seen.lock().expect("not poisoned").holds.clone();
    wait_for("going on", || holds() == [true, false]);
    running.stop();
}

#[test]
fn a_refused_production_is_written_in_another_form() {
    let memory = Memory::default();
    memory.log().refuse_key = Some("place-3-2".to_owned());
    let running = start(&memory, 4);
    wait_for("36 items", || done(&memory, 4));
    assert_eq!(running.seen.lock().expect("not poisoned").refused, 1);
    running.stop();
    let keys: Vec<_> = memory
        .records(Topic::Raw)
        .into_iter()
        .map(|one| one.key)
        .collect();
    assert!(keys.contains(&"small-place-3-2".to_owned()));
    assert!(!keys.contains(&"place-3-2".to_owned()));
    assert_eq!(keys.len(), 36);
}

#[test]
fn a_production_that_is_refused_again_and_again_gives_way_until_it_is_written() {
    let memory = Memory::default();
    memory.log().refuse_key = Some("place-3-2".to_owned());
    let running = start_stubborn(&memory, 4, 2);
    wait_for("36 items", || done(&memory, 4));
    assert_eq!(running.seen.lock().expect("not poisoned").refused, 3);
    running.stop();
}

#[test]
fn the_source_sees_what_others_write_to_its_topic_but_not_its_snapshot() {
    let memory = Memory::default();
    memory.append(Topic::FeedState, "place-1", "2");
    let running = start(&memory, 3);
    wait_for("its own records come by", || {
        running.seen.lock().expect("not poisoned").observed == 8 * 3 + 1
    });
    running.stop();
    assert_eq!(memory.records(Topic::Raw).len(), 8 * 3 + 1);
}
