//! A stage with a memory: what it remembers moves with what it writes, and comes back after every
//! kind of failure.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{Memory, PARTITIONS, all_of, text, wait_for};
use wiredesk_model::{
    FilterReason, Headers, Incoming, Outgoing, ReasonCode, Timestamp, Topic, header,
};
use wiredesk_pipeline::{
    Count, GroupEvent, KeyedStage, Outcome, Run, RunError, RunnerSettings, TransportError,
    run_keyed_stage,
};

/// Numbers the records of each key: the n-th goes out as `n`, `drop` is dropped as a duplicate,
/// `wait` is held, and once the clock strikes a story whose number is 1 goes out as 2.
struct Numberer {
    strikes: Arc<AtomicBool>,
}

impl KeyedStage for Numberer {
    type Draft = (String, Result<String, (ReasonCode, String)>);
    type Memory = BTreeMap<String, u64>;

    fn name(&self) -> &'static str {
        "numberer"
    }

    fn input(&self) -> Topic {
        Topic::Clean
    }

    fn memory(&self) -> Option<Topic> {
        Some(Topic::FeedState)
    }

    fn blank(&self) -> Self::Memory {
        BTreeMap::new()
    }

    fn remember(&self, record: Incoming, memory: &mut Self::Memory) {
        let number = text(&record).parse().expect("a number");
        memory.insert(record.key, number);
    }

    fn draft(&self, record: &Incoming) -> Self::Draft {
        let value = text(record);
        if value == "slow" {
            std::thread::sleep(Duration::from_millis(2));
        }
        (record.key.clone(), Ok(value))
    }

    fn spoiled(&self, code: ReasonCode, detail: String) -> Self::Draft {
        (String::new(), Err((code, detail)))
    }

    fn decide(&self, draft: Self::Draft, memory: &mut Self::Memory, _: Timestamp) -> Outcome {
        let (key, value) = draft;
        let value = match value {
            Ok(value) => value,
            Err((code, detail)) => return Outcome::Dead { code, detail },
        };
        let number = memory.entry(key.clone()).or_default();
        assert!(value != "poison", "a defect in the stage");
        if value == "drop" {
            return Outcome::Filtered(FilterReason::Duplicate);
        }
        *number += 1;
        let record = |topic| Outgoing {
            topic,
            key: key.clone(),
            value: Some(number.to_string().into_bytes()),
            headers: Headers::new(),
        };
        if value == "wait" {
            return Outcome::Held(vec![record(Topic::FeedState)]);
        }
        Outcome::Forward(vec![record(Topic::Enriched), record(Topic::FeedState)])
    }

    fn due(&self, memory: &mut Self::Memory, _: Timestamp) -> Vec<Outgoing> {
        let strikes = self.strikes.load(Ordering::SeqCst);
        let mut outputs = Vec::new();
        for (key, number) in memory.iter_mut() {
            assert!(!(strikes && key == "cracked"), "a defect in the stage");
            if !(*number == 99 || strikes && *number == 1) {
                continue;
            }
            *number += 1;
            outputs.extend([Topic::Enriched, Topic::FeedState].map(|topic| Outgoing {
                topic,
                key: key.clone(),
                value: Some(number.to_string().into_bytes()),
                headers: Headers::new(),
            }));
        }
        outputs
    }

    fn refused(&self, key: &str, memory: &mut Self::Memory, detail: &str) -> Vec<Outgoing> {
        memory.insert(key.to_owned(), 3);
        [(Topic::Dead, detail), (Topic::FeedState, "3")]
            .map(|(topic, value)| Outgoing {
                topic,
                key: key.to_owned(),
                value: Some(value.as_bytes().to_vec()),
                headers: Headers::new().with(header::DEAD_REASON, "unresolved"),
            })
            .into()
    }

    fn orders(&self) -> Option<Topic> {
        Some(Topic::Orders)
    }

    /// An order makes the number of its key 100 at the least, and is carried out by `due`.
    fn order(&self, order: &Incoming, memory: &mut Self::Memory) {
        let number = memory.entry(order.key.clone()).or_default();
        if *number < 100 {
            *number = 99;
        }
    }
}

struct Running {
    run: Run,
    strikes: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), RunError>>,
}

fn start(memory: &Memory) -> Running {
    let run = memory.run(RunnerSettings {
        batch_records: 7,
        pending_records: 20,
        threads: 2,
        backoff_limit: Duration::from_millis(20),
        ..RunnerSettings::default()
    });
    let inner = run.clone();
    let strikes = Arc::new(AtomicBool::new(false));
    let stage = Arc::new(Numberer {
        strikes: Arc::clone(&strikes),
    });
    let thread = std::thread::spawn(move || run_keyed_stage(stage, inner));
    Running {
        run,
        strikes,
        thread,
    }
}

impl Running {
    fn decided(&self) -> u64 {
        self.run.status.get(Count::Input)
    }

    fn stop(self) {
        self.run.stop.request();
        self.thread
            .join()
            .expect("the runner never panics")
            .expect("stops as asked");
    }
}

fn fill(memory: &Memory, records: usize) {
    for number in 0..records {
        memory.append(Topic::Clean, &format!("story-{}", number % 9), "x");
    }
}

/// Each key's outputs are 1, 2, 3, … without a gap or a double.
fn assert_numbered(memory: &Memory, records: usize) {
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for record in memory.records(Topic::Enriched) {
        let number = next.entry(record.key.clone()).or_default();
        *number += 1;
        assert_eq!(text(&record), number.to_string(), "of {}", record.key);
    }
    assert_eq!(next.values().sum::<u64>(), records as u64);
}

#[test]
fn what_is_remembered_survives_restarts() {
    let memory = Memory::default();
    for round in 1..=3 {
        fill(&memory, 90);
        let running = start(&memory);
        wait_for("90 records", || running.decided() == 90);
        running.stop();
        assert_numbered(&memory, 90 * round);
    }
}

#[test]
fn decisions_that_were_not_committed_are_forgotten() {
    let memory = Memory::default();
    fill(&memory, 200);
    for _ in 0..3 {
        let mut log = memory.log();
        log.fail_commits
            .push_back(TransportError::Unavailable("broker away".to_owned()));
        log.fail_commits
            .push_back(TransportError::Superseded("rebalance".to_owned()));
    }
    let running = start(&memory);
    wait_for("200 records", || running.decided() == 200);
    running.stop();
    assert_numbered(&memory, 200);
}

#[test]
fn a_new_holder_recalls_what_the_former_one_wrote() {
    let memory = Memory::default();
    fill(&memory, 100);
    let running = start(&memory);
    wait_for("some records", || running.decided() > 10);
    let parts = all_of(Topic::Clean);
    memory
        .log()
        .events
        .push_back(GroupEvent::Revoking(parts.clone()));
    wait_for("release", || memory.log().held.is_empty());
    memory.log().events.push_back(GroupEvent::Assigned(parts));
    wait_for("100 records", || running.decided() == 100);
    running.stop();
    assert_numbered(&memory, 100);
}

/// However much there is to remember, little of it is in memory at once beside what the stage makes
/// of it, and the group hears of its member all the while.
#[test]
fn a_large_memory_is_read_in_pieces_and_the_group_is_polled_in_between() {
    const KEYS: usize = 6_000;
    let memory = Memory::default();
    memory.log().piece_takes = Duration::from_millis(60);
    for number in 0..KEYS {
        memory.append(Topic::FeedState, &format!("story-{number}"), "1");
    }
    for number in 0..KEYS {
        memory.append(Topic::FeedState, &format!("story-{number}"), "0");
    }
    fill(&memory, 90);
    let running = start(&memory);
    wait_for("90 records", || running.decided() == 90);
    running.stop();
    assert_numbered(&memory, 90);
    let log = memory.log();
    assert!(log.largest_piece <= 500, "{} at once", log.largest_piece);
    let polls = &log.polls_at_pieces;
    assert!(polls.len() >= 2 * KEYS / 500, "{polls:?}");
    let longest = polls
        .chunk_by(|one, next| one == next)
        .map(<[usize]>::len)
        .max();
    assert!(
        longest.is_some_and(|pieces| pieces <= 6),
        "no poll between {longest:?} pieces"
    );
}

#[test]
fn held_and_filtered_inputs_are_counted_apart() {
    let memory = Memory::default();
    for value in ["x", "wait", "drop", "x"] {
        memory.append(Topic::Clean, "k", value);
    }
    let running = start(&memory);
    wait_for("4 records", || running.decided() == 4);
    let status = running.run.status.snapshot();
    running.stop();
    assert_eq!((status.forwarded, status.held, status.filtered), (2, 1, 1));
    assert_eq!(memory.values(Topic::Enriched), ["1", "3"]);
}

#[test]
fn a_refused_record_leaves_no_trace_in_the_memory() {
    let memory = Memory::default();
    fill(&memory, 50);
    memory.append(Topic::Clean, "huge", "x");
    fill(&memory, 50);
    memory.log().refuse_key = Some("huge".to_owned());
    let running = start(&memory);
    wait_for("101 records", || running.decided() == 101);
    running.stop();
    let dead = memory.records(Topic::Dead);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].headers.get(header::DEAD_REASON), Some("over-limit"));
    assert_numbered(&memory, 100);
    assert!(
        memory
            .records(Topic::FeedState)
            .iter()
            .all(|record| record.key != "huge")
    );
    assert_eq!(all_of(Topic::Clean).len(), PARTITIONS as usize);
}

#[test]
fn what_is_due_goes_out_once_by_itself_and_is_remembered() {
    let memory = Memory::default();
    for key in ["a", "b", "c"] {
        memory.append(Topic::Clean, key, "wait");
    }
    let running = start(&memory);
    wait_for("3 records", || running.decided() == 3);
    assert_eq!(memory.values(Topic::Enriched), Vec::<String>::new());
    {
        let mut log = memory.log();
        let away = TransportError::Unavailable("broker away".to_owned());
        log.fail_commits.push_back(away);
        log.fail_commits
            .push_back(TransportError::Superseded("rebalance".to_owned()));
    }
    running.strikes.store(true, Ordering::SeqCst);
    wait_for("what is due", || memory.records(Topic::Enriched).len() == 3);
    running.stop();
    let running = start(&memory);
    running.strikes.store(true, Ordering::SeqCst);
    memory.append(Topic::Clean, "a", "x");
    wait_for("the next record", || running.decided() == 1);
    running.stop();
    let mut out: Vec<_> = memory
        .records(Topic::Enriched)
        .iter()
        .map(|record| (record.key.clone(), text(record)))
        .collect();
    out.sort();
    let expected = [("a", "2"), ("a", "3"), ("b", "2"), ("c", "2")];
    assert_eq!(
        out,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
}

#[test]
fn a_panic_while_deciding_is_a_dead_letter_and_leaves_the_memory_whole() {
    let memory = Memory::default();
    for value in ["x", "poison", "x", "x"] {
        memory.append(Topic::Clean, "k", value);
    }
    let running = start(&memory);
    wait_for("4 records", || running.decided() == 4);
    running.stop();
    assert_eq!(memory.values(Topic::Enriched), ["1", "2", "3"]);
    let dead = memory.records(Topic::Dead);
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].headers.get(header::DEAD_REASON), Some("panicked"));
}

#[test]
fn what_is_due_goes_out_although_records_keep_coming() {
    let memory = Memory::default();
    memory.append(Topic::Clean, "held", "wait");
    for number in 0..1_000 {
        memory.append(Topic::Clean, &format!("story-{}", number % 9), "slow");
    }
    let running = start(&memory);
    wait_for("the held record", || running.decided() > 50);
    running.strikes.store(true, Ordering::SeqCst);
    wait_for("what is due", || {
        let log = memory.log();
        let enriched = log
            .records
            .iter()
            .filter(|(at, _)| at.topic == Topic::Enriched);
        enriched
            .flat_map(|(_, records)| records)
            .any(|record| record.key == "held")
    });
    assert!(running.decided() < 1_000, "in the middle of the backlog");
    running.stop();
}

/// How often a key was carried to 100 by an order.
fn carried_out(memory: &Memory, key: &str) -> usize {
    let enriched = memory.records(Topic::Enriched);
    enriched
        .iter()
        .filter(|record| record.key == key && text(record) == "100")
        .count()
}

#[test]
fn an_order_overtakes_the_backlog_and_is_carried_out_once() {
    let memory = Memory::default();
    memory.append(Topic::Orders, "ordered before the start", "x");
    for number in 0..2_000 {
        memory.append(Topic::Clean, &format!("story-{}", number % 9), "slow");
    }
    let running = start(&memory);
    wait_for("some records", || running.decided() > 50);
    assert_eq!(carried_out(&memory, "ordered before the start"), 1);
    memory.append(Topic::Orders, "story-of-its-own", "x");
    memory.append(Topic::Orders, "story-of-its-own", "x");
    wait_for("the order", || {
        carried_out(&memory, "story-of-its-own") == 1
    });
    assert!(running.decided() < 2_000, "in the middle of the backlog");
    running.stop();
    let running = start(&memory);
    wait_for("more records", || running.decided() > 50);
    running.stop();
    assert_eq!(carried_out(&memory, "story-of-its-own"), 1);
    assert_eq!(carried_out(&memory, "ordered before the start"), 1);
}

#[test]
fn an_order_is_carried_out_once_although_commits_fail_and_partitions_move() {
    let memory = Memory::default();
    fill(&memory, 300);
    for _ in 0..3 {
        let mut log = memory.log();
        log.fail_commits
            .push_back(TransportError::Unavailable("broker away".to_owned()));
        log.fail_commits
            .push_back(TransportError::Superseded("rebalance".to_owned()));
    }
    for number in 0..20 {
        memory.append(Topic::Orders, &format!("ordered-{number}"), "x");
    }
    let running = start(&memory);
    wait_for("some records", || running.decided() > 10);
    let parts = all_of(Topic::Clean);
    memory
        .log()
        .events
        .push_back(GroupEvent::Revoking(parts.clone()));
    wait_for("release", || memory.log().held.is_empty());
    memory.log().events.push_back(GroupEvent::Assigned(parts));
    wait_for("300 records", || running.decided() == 300);
    let times = || (0..20).map(|number| carried_out(&memory, &format!("ordered-{number}")));
    wait_for("the orders", || times().all(|times| times > 0));
    running.stop();
    assert!(
        times().all(|times| times == 1),
        "{:?}",
        times().collect::<Vec<_>>()
    );
}

#[test]
fn what_is_due_and_refused_gives_way_to_what_the_stage_says() {
    let metrics = wiredesk_telemetry::init_metrics();
    let memory = Memory::default();
    for key in ["a", "huge", "b"] {
        memory.append(Topic::Clean, key, "wait");
    }
    let running = start(&memory);
    wait_for("3 records", || running.decided() == 3);
    memory.log().refuse_value = Some("2".to_owned());
    memory.log().refuse_key = Some("huge".to_owned());
    running.strikes.store(true, Ordering::SeqCst);
    wait_for("what is due", || memory.records(Topic::Enriched).len() == 2);
    wait_for("the dead letter", || memory.records(Topic::Dead).len() == 1);
    running.stop();
    let newest = memory.values(Topic::FeedState);
    assert!(newest.contains(&"3".to_owned()), "{newest:?}");
    let counted = r#"wiredesk_dead_total{stage="numberer",reason="unresolved"} 1"#;
    let metrics = metrics.render();
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn a_panic_over_what_is_due_stops_the_stage_which_says_so() {
    let memory = Memory::default();
    memory.append(Topic::Clean, "cracked", "wait");
    let running = start(&memory);
    wait_for("a record", || running.decided() == 1);
    running.strikes.store(true, Ordering::SeqCst);
    let ended = running.thread.join().expect("the runner never panics");
    let said = ended.expect_err("it cannot go on").to_string();
    assert!(said.contains("a defect in the stage"), "{said}");
}
