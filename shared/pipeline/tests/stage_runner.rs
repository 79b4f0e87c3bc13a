//! The stage loop against a scripted transport: what is written, once, in order, whatever breaks.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{Memory, all_of, text, wait_for};
use wiredesk_model::{
    FilterReason, Headers, Incoming, Outgoing, ReasonCode, Topic, TopicPartition, header,
    partition_for,
};
use wiredesk_pipeline::{
    Count, GroupEvent, Outcome, Phase, Run, RunError, RunnerSettings, Stage, TransportError,
    run_stage,
};

/// Copies each raw value to clean; some values ask for other outcomes.
#[derive(Default)]
struct Copier {
    tries: AtomicU32,
}

impl Stage for Copier {
    fn name(&self) -> &'static str {
        "copier"
    }

    fn input(&self) -> Topic {
        Topic::Raw
    }

    #[allow(clippy::panic, reason = "the runner must survive a stage that panics")]
    fn process(&self, record: &Incoming) -> Outcome {
        match text(record).as_str() {
            "bad" => Outcome::Dead {
                code: ReasonCode::Unparsable,
                detail: "bad".to_owned(),
            },
            "same" => Outcome::Filtered(FilterReason::Duplicate),
            "panic" => panic!("a defect in the stage"),
            "stop" => Outcome::Stop {
                detail: "asked to stop".to_owned(),
            },
            "twice" if self.tries.fetch_add(1, Ordering::SeqCst) < 2 => Outcome::Retry {
                after: Duration::from_millis(5),
                detail: "not yet".to_owned(),
            },
            "never" => Outcome::Retry {
                after: Duration::from_millis(1),
                detail: "never".to_owned(),
            },
            "slow" => {
                std::thread::sleep(Duration::from_millis(60));
                forward(record)
            }
            _ => forward(record),
        }
    }
}

fn forward(record: &Incoming) -> Outcome {
    Outcome::Forward(vec![Outgoing {
        topic: Topic::Clean,
        key: record.key.clone(),
        value: record.value.clone(),
        headers: Headers::new(),
    }])
}

struct Running {
    run: Run,
    thread: JoinHandle<Result<(), RunError>>,
}

impl Running {
    fn start(memory: &Memory, settings: RunnerSettings) -> Self {
        let run = memory.run(settings);
        let inner = run.clone();
        let thread = std::thread::spawn(move || run_stage(Arc::new(Copier::default()), inner));
        Self { run, thread }
    }

    fn decided(&self) -> u64 {
        self.run.status.get(Count::Input)
    }

    fn stop(self) -> Result<(), RunError> {
        self.run.stop.request();
        self.ended()
    }

    fn ended(self) -> Result<(), RunError> {
        self.thread.join().expect("the runner never panics")
    }
}

fn small() -> RunnerSettings {
    RunnerSettings {
        batch_records: 7,
        pending_records: 20,
        threads: 2,
        backoff_limit: Duration::from_millis(20),
        ..RunnerSettings::default()
    }
}

fn key(number: usize) -> String {
    format!("story-{}", number % 13)
}

fn fill(memory: &Memory, records: usize) {
    for number in 0..records {
        memory.append(Topic::Raw, &key(number), &number.to_string());
    }
}

/// Every value once, and in order within each key.
fn assert_exact(memory: &Memory, records: usize) {
    let mut newest = std::collections::BTreeMap::new();
    let mut seen: Vec<usize> = Vec::new();
    for record in memory.records(Topic::Clean) {
        let number: usize = text(&record).parse().expect("a number");
        if let Some(before) = newest.insert(record.key.clone(), number) {
            assert!(
                before < number,
                "{} came after {before} in {}",
                number,
                record.key
            );
        }
        seen.push(number);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..records).collect::<Vec<_>>());
}

#[test]
fn every_record_goes_through_once_and_in_order() {
    let memory = Memory::default();
    fill(&memory, 500);
    let running = Running::start(&memory, small());
    wait_for("500 records", || running.decided() == 500);
    let status = running.run.status.clone();
    running.stop().expect("stops as asked");
    assert_exact(&memory, 500);
    assert_eq!(status.phase(), Phase::Stopped);
    assert_eq!(status.get(Count::Forwarded), 500);
}

#[test]
fn what_is_polled_ahead_stays_within_its_limit() {
    let memory = Memory::default();
    for number in 0..40 {
        memory.append(Topic::Raw, &key(number), "slow");
    }
    let settings = RunnerSettings {
        batch_records: 4,
        pending_records: 8,
        ..small()
    };
    let running = Running::start(&memory, settings);
    wait_for("40 records", || running.decided() == 40);
    running.stop().expect("stops as asked");
    let log = memory.log();
    // Waiting, decided and being committed: the pending limit and two batches.
    assert!(
        log.most_polled_ahead <= 8 + 2 * 4,
        "{} polled ahead",
        log.most_polled_ahead
    );
    assert!(log.pauses > 0, "inputs were paused");
    assert!(log.paused.is_empty(), "and resumed");
}

#[test]
fn each_kind_of_outcome_is_counted_and_dead_letters_say_why() {
    let memory = Memory::default();
    for (number, value) in ["a", "bad", "same", "panic", "b"].into_iter().enumerate() {
        memory.append(Topic::Raw, &key(number), value);
    }
    let running = Running::start(&memory, small());
    wait_for("5 records", || running.decided() == 5);
    let status = running.run.status.snapshot();
    running.stop().expect("stops as asked");
    assert_eq!((status.forwarded, status.filtered, status.dead), (2, 1, 2));
    let mut dead = memory.records(Topic::Dead);
    dead.sort_by_key(text);
    assert_eq!(text(&dead[0]), "bad");
    assert_eq!(dead[0].headers.get(header::DEAD_REASON), Some("unparsable"));
    assert_eq!(dead[0].headers.get(header::DEAD_STAGE), Some("copier"));
    assert_eq!(dead[1].headers.get(header::DEAD_REASON), Some("panicked"));
    let detail = dead[1].headers.get(header::DEAD_DETAIL).unwrap_or_default();
    assert!(detail.contains("a defect in the stage"), "{detail}");
}

#[test]
fn a_retry_keeps_order_and_spent_retries_are_dead() {
    let memory = Memory::default();
    memory.append(Topic::Raw, "k", "twice");
    memory.append(Topic::Raw, "k", "behind");
    memory.append(Topic::Raw, "k", "never");
    memory.append(Topic::Raw, "k", "last");
    let running = Running::start(
        &memory,
        RunnerSettings {
            max_attempts: 3,
            ..small()
        },
    );
    wait_for("4 records", || running.decided() == 4);
    let retried = running.run.status.get(Count::Retried);
    running.stop().expect("stops as asked");
    assert_eq!(memory.values(Topic::Clean), ["twice", "behind", "last"]);
    assert_eq!(
        retried, 4,
        "two for the one that came good, two for the one that did not"
    );
    let dead = memory.records(Topic::Dead);
    assert_eq!(
        dead[0].headers.get(header::DEAD_REASON),
        Some("retries-spent")
    );
    assert_eq!(dead[0].headers.get(header::DEAD_ATTEMPTS), Some("3"));
}

#[test]
fn failed_commits_are_read_again_and_nothing_doubles() {
    let memory = Memory::default();
    fill(&memory, 200);
    {
        let mut log = memory.log();
        log.fail_commits
            .push_back(TransportError::Unavailable("broker away".to_owned()));
        log.fail_commits
            .push_back(TransportError::Superseded("rebalance".to_owned()));
        log.fail_polls
            .push_back(TransportError::Unavailable("broker away".to_owned()));
        log.fail_joins
            .push_back(TransportError::Unavailable("broker away".to_owned()));
    }
    let running = Running::start(&memory, small());
    wait_for("200 records", || running.decided() == 200);
    running.stop().expect("stops as asked");
    assert_exact(&memory, 200);
}

#[test]
fn partitions_given_up_and_taken_back_lose_and_double_nothing() {
    let memory = Memory::default();
    fill(&memory, 100);
    let running = Running::start(&memory, small());
    wait_for("some records", || running.decided() > 10);
    let parts = all_of(Topic::Raw);
    memory
        .log()
        .events
        .push_back(GroupEvent::Revoking(parts[..2].to_vec()));
    wait_for("release", || memory.log().held.len() == 2);
    memory
        .log()
        .events
        .push_back(GroupEvent::Assigned(parts[..2].to_vec()));
    memory
        .log()
        .events
        .push_back(GroupEvent::Lost(parts[2..].to_vec()));
    memory
        .log()
        .events
        .push_back(GroupEvent::Assigned(parts[2..].to_vec()));
    wait_for("100 records", || running.decided() == 100);
    running.stop().expect("stops as asked");
    assert_exact(&memory, 100);
}

#[test]
fn revoking_in_mid_batch_commits_that_batch_first() {
    let memory = Memory::default();
    memory.append(Topic::Raw, "k", "slow");
    let running = Running::start(&memory, small());
    wait_for("the record is taken", || {
        memory.log().most_polled_ahead == 1
    });
    let at = TopicPartition::new(Topic::Raw, partition_for("k", common::PARTITIONS));
    memory
        .log()
        .events
        .push_back(GroupEvent::Revoking(vec![at]));
    wait_for("release", || !memory.log().held.contains(&at));
    assert_eq!(
        memory.log().committed.get(&at),
        Some(&1),
        "committed before it was given up"
    );
    running.stop().expect("stops as asked");
    assert_eq!(memory.values(Topic::Clean), ["slow"]);
}

#[test]
fn stopping_finishes_the_batch_under_way() {
    let memory = Memory::default();
    memory.append(Topic::Raw, "k", "slow");
    let running = Running::start(&memory, small());
    wait_for("the record is taken", || {
        memory.log().most_polled_ahead == 1
    });
    running.stop().expect("stops as asked");
    assert_eq!(memory.values(Topic::Clean), ["slow"]);
}

#[test]
fn a_batch_over_the_drain_limit_is_left_for_the_next_start() {
    let memory = Memory::default();
    memory.append(Topic::Raw, "k", "slow");
    let hasty = RunnerSettings {
        drain_limit: Duration::from_millis(1),
        ..small()
    };
    let running = Running::start(&memory, hasty);
    wait_for("the record is taken", || {
        memory.log().most_polled_ahead == 1
    });
    running.stop().expect("stops as asked");
    assert_eq!(memory.values(Topic::Clean), Vec::<String>::new());
    let running = Running::start(&memory, small());
    wait_for("the record", || running.decided() == 1);
    running.stop().expect("stops as asked");
    assert_eq!(memory.values(Topic::Clean), ["slow"]);
}

#[test]
fn a_storm_of_dead_letters_stops_the_stage_with_its_batch_uncommitted() {
    let memory = Memory::default();
    for number in 0..50 {
        memory.append(Topic::Raw, &key(number), "bad");
    }
    let running = Running::start(
        &memory,
        RunnerSettings {
            storm_run: 10,
            ..small()
        },
    );
    let status = running.run.status.clone();
    let ended = running.ended().expect_err("a storm");
    assert!(matches!(ended, RunError::Storm { .. }), "{ended}");
    assert!(
        ended.to_string().contains("10 dead letters in a row"),
        "{ended}"
    );
    assert_eq!(
        memory.values(Topic::Dead).len(),
        7,
        "one batch of 7 stood, the second did not"
    );
    assert!(matches!(status.phase(), Phase::Failed(_)));
}

#[test]
fn a_fenced_instance_stops_and_says_so() {
    let memory = Memory::default();
    fill(&memory, 1);
    let fenced = TransportError::Fenced("another instance named test started".to_owned());
    memory.log().fail_commits.push_back(fenced);
    let ended = Running::start(&memory, small())
        .ended()
        .expect_err("fenced");
    assert!(matches!(ended, RunError::Fenced { .. }));
    assert!(
        ended
            .to_string()
            .contains("another instance named test started"),
        "{ended}"
    );
    assert_eq!(memory.values(Topic::Clean).len(), 0);
}

#[test]
fn a_stage_that_asks_to_stop_keeps_what_stands_before() {
    let memory = Memory::default();
    memory.append(Topic::Raw, "k", "a");
    memory.append(Topic::Raw, "k", "stop");
    memory.append(Topic::Raw, "k", "b");
    let ended = Running::start(&memory, small())
        .ended()
        .expect_err("asked to stop");
    assert_eq!(ended.to_string(), "copier stops: asked to stop");
    assert_eq!(memory.values(Topic::Clean), ["a"]);
}

#[test]
fn a_refused_record_becomes_a_dead_letter_and_the_rest_goes_on() {
    let memory = Memory::default();
    fill(&memory, 40);
    memory.append(Topic::Raw, "huge", "too much");
    for number in 40..60 {
        memory.append(Topic::Raw, &key(number), &number.to_string());
    }
    memory.log().refuse_key = Some("huge".to_owned());
    let running = Running::start(&memory, small());
    wait_for("61 records", || running.decided() == 61);
    running.stop().expect("stops as asked");
    assert_exact(&memory, 60);
    let dead = memory.records(Topic::Dead);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].headers.get(header::DEAD_REASON), Some("over-limit"));
}

#[test]
fn records_polled_together_with_a_revocation_are_void_where_its_batch_fails() {
    let memory = Memory::default();
    let at = TopicPartition::new(Topic::Raw, partition_for("k", common::PARTITIONS));
    memory.append(Topic::Raw, "k", "slow");
    let running = Running::start(&memory, small());
    wait_for("the record is taken", || {
        memory.log().most_polled_ahead == 1
    });
    {
        // One poll brings the revocation and more records, while the batch under way is to fail.
        let mut log = memory.log();
        log.fail_commits
            .push_back(TransportError::Unavailable("broker away".to_owned()));
        let others = all_of(Topic::Raw).into_iter().filter(|other| *other != at);
        log.events.push_back(GroupEvent::Revoking(others.collect()));
    }
    for number in 0..5 {
        memory.append(Topic::Raw, "k", &number.to_string());
    }
    wait_for("6 records", || running.decided() == 6);
    running.stop().expect("stops as asked");
    assert_eq!(
        memory.values(Topic::Clean),
        ["slow", "0", "1", "2", "3", "4"],
        "each once and in order"
    );
}

#[test]
fn a_release_that_fails_is_owed_until_it_is_done() {
    let memory = Memory::default();
    let running = Running::start(&memory, small());
    wait_for("a start", || memory.log().held.len() == 4);
    {
        let mut log = memory.log();
        for _ in 0..2 {
            log.fail_releases
                .push_back(TransportError::Unavailable("broker away".to_owned()));
        }
        log.events
            .push_back(GroupEvent::Revoking(all_of(Topic::Raw)));
    }
    wait_for("release", || memory.log().held.is_empty());
    running.stop().expect("stops as asked");
}

#[test]
fn inputs_that_could_not_be_resumed_are_resumed_later() {
    let memory = Memory::default();
    for number in 0..40 {
        memory.append(Topic::Raw, &key(number), "slow");
    }
    memory
        .log()
        .fail_resumes
        .push_back(TransportError::Unavailable("broker away".to_owned()));
    let settings = RunnerSettings {
        batch_records: 4,
        pending_records: 8,
        ..small()
    };
    let running = Running::start(&memory, settings);
    wait_for("40 records", || running.decided() == 40);
    running.stop().expect("stops as asked");
    assert!(memory.log().fail_resumes.is_empty(), "one resume failed");
}

#[test]
fn dead_letters_of_a_batch_that_is_read_again_count_once_for_the_storm() {
    let memory = Memory::default();
    for number in 0..6 {
        memory.append(Topic::Raw, &key(number), "bad");
    }
    for _ in 0..5 {
        memory
            .log()
            .fail_commits
            .push_back(TransportError::Unavailable("broker away".to_owned()));
    }
    let settings = RunnerSettings {
        storm_run: 10,
        ..small()
    };
    let running = Running::start(&memory, settings);
    wait_for("6 records", || running.decided() == 6);
    running
        .stop()
        .expect("six dead letters are no storm of ten");
    assert_eq!(memory.values(Topic::Dead).len(), 6);
}

#[test]
fn a_missing_topic_stops_the_stage_and_buries_nothing() {
    let memory = Memory::default();
    fill(&memory, 20);
    let missing = "topic clean is not there: wiredesk topics create";
    memory
        .log()
        .fail_commits
        .push_back(TransportError::Invalid(missing.to_owned()));
    let ended = Running::start(&memory, small())
        .ended()
        .expect_err("a missing topic");
    assert!(ended.to_string().contains(missing), "{ended}");
    assert_eq!(memory.values(Topic::Dead), Vec::<String>::new());
}
