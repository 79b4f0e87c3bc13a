//! The sink loop against a scripted transport: what is stored, once, in order, whatever breaks.

mod common;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{Memory, all_of, text, wait_for};
use wiredesk_model::{FilterReason, Incoming, Position, ReasonCode, Topic, TopicPartition, header};
use wiredesk_pipeline::{
    Count, Flush, GroupEvent, Run, RunError, RunnerSettings, Sink, SinkError, Stored,
    TransportError, run_sink,
};

/// What a shelf holds: for each partition, the segments by the position they begin at.
#[derive(Default)]
struct Shelf {
    segments: BTreeMap<TopicPartition, BTreeMap<i64, (i64, Vec<String>)>>,
    fail_takes: VecDeque<SinkError>,
    fail_flushes: VecDeque<SinkError>,
    panics: bool,
    /// Records that the sink holds and has not put on the shelf.
    buffered: usize,
}

/// Buffers five records a partition, then puts them on the shelf as one segment.
struct Shelver {
    shelf: Arc<Mutex<Shelf>>,
    buffers: BTreeMap<TopicPartition, (i64, Vec<Incoming>)>,
}

impl Shelver {
    fn note_buffered(&self) {
        let buffered = self.buffers.values().map(|(_, records)| records.len());
        self.shelf.lock().expect("no test panics with it").buffered = buffered.sum();
    }

    fn store(&mut self, at: TopicPartition) -> Stored {
        let mut stored = Stored::default();
        let Some((from, records)) = self.buffers.get_mut(&at) else {
            return stored;
        };
        let Some(last) = records.last() else {
            return stored;
        };
        let next = last.offset + 1;
        let (bad, good): (Vec<_>, Vec<_>) =
            records.drain(..).partition(|record| text(record) == "bad");
        let (same, good): (Vec<_>, Vec<_>) =
            good.into_iter().partition(|record| text(record) == "same");
        stored.records = good.len() as u64;
        if !same.is_empty() {
            stored
                .filtered
                .insert(FilterReason::Duplicate, same.len() as u64);
        }
        let why = |record| (record, ReasonCode::Unparsable, "bad".to_owned());
        stored.dead = bad.into_iter().map(why).collect();
        let mut shelf = self.shelf.lock().expect("no test panics with it");
        let segments = shelf.segments.entry(at).or_default();
        segments.insert(*from, (next, good.iter().map(text).collect()));
        *from = next;
        stored.positions.push(Position {
            at,
            next_offset: next,
        });
        stored
    }
}

impl Sink for Shelver {
    fn name(&self) -> &'static str {
        "shelver"
    }

    fn input(&self) -> Topic {
        Topic::Enriched
    }

    fn open(&mut self, from: Position) -> Result<Stored, SinkError> {
        let shelf = self.shelf.lock().expect("no test panics with it");
        let mut next = from.next_offset;
        while let Some((end, _)) = shelf.segments.get(&from.at).and_then(|all| all.get(&next)) {
            next = *end;
        }
        drop(shelf);
        self.buffers.insert(from.at, (next, Vec::new()));
        let mut stored = Stored::default();
        if next > from.next_offset {
            stored.positions.push(Position {
                at: from.at,
                next_offset: next,
            });
        }
        Ok(stored)
    }

    fn close(&mut self, at: TopicPartition) {
        self.buffers.remove(&at);
        self.note_buffered();
    }

    #[allow(clippy::panic, reason = "the runner must survive a sink that panics")]
    fn take(&mut self, records: Vec<Incoming>) -> Result<Stored, SinkError> {
        let mut shelf = self.shelf.lock().expect("no test panics with it");
        if let Some(error) = shelf.fail_takes.pop_front() {
            return Err(error);
        }
        let panics = shelf.panics;
        drop(shelf);
        if panics {
            panic!("a defect in the sink");
        }
        let mut stored = Stored::default();
        for record in records {
            let at = record.at;
            let (from, buffer) = self.buffers.get_mut(&at).expect("it was opened");
            if record.offset >= *from {
                buffer.push(record);
            }
            if buffer.len() >= 5 {
                stored.add(self.store(at));
            }
        }
        self.note_buffered();
        Ok(stored)
    }

    fn flush(&mut self, when: Flush) -> Result<Stored, SinkError> {
        let mut shelf = self.shelf.lock().expect("no test panics with it");
        if let Some(error) = shelf.fail_flushes.pop_front() {
            return Err(error);
        }
        drop(shelf);
        let mut stored = Stored::default();
        if when == Flush::All {
            let open: Vec<_> = self.buffers.keys().copied().collect();
            open.into_iter().for_each(|at| stored.add(self.store(at)));
        }
        Ok(stored)
    }
}

struct Running {
    run: Run,
    shelf: Arc<Mutex<Shelf>>,
    thread: JoinHandle<Result<(), RunError>>,
}

impl Running {
    fn start(memory: &Memory, shelf: Shelf) -> Self {
        Self::start_on(memory, Arc::new(Mutex::new(shelf)))
    }

    fn start_on(memory: &Memory, shelf: Arc<Mutex<Shelf>>) -> Self {
        shelf.lock().expect("no test panics with it").buffered = 0;
        let settings = RunnerSettings {
            batch_records: 7,
            pending_records: 20,
            backoff_limit: Duration::from_millis(20),
            storm_run: 3,
            ..RunnerSettings::default()
        };
        let run = memory.run(settings);
        let sink = Shelver {
            shelf: Arc::clone(&shelf),
            buffers: BTreeMap::new(),
        };
        let inner = run.clone();
        let thread = std::thread::spawn(move || run_sink(Box::new(sink), inner));
        Self { run, shelf, thread }
    }

    fn stop(self) -> Result<(), RunError> {
        self.run.stop.request();
        self.thread.join().expect("the runner never panics")
    }

    /// Waits until the sink has taken so many records, stored or buffered.
    fn wait_for_taken(&self, records: usize) {
        wait_for("the records to be taken", || {
            let shelf = self.shelf.lock().expect("no test panics with it");
            values(&shelf).len() + shelf.buffered == records
        });
    }
}

/// Everything on the shelf, partition by partition.
fn values(shelf: &Shelf) -> Vec<String> {
    let segments = shelf.segments.values().flat_map(BTreeMap::values);
    segments.flat_map(|(_, values)| values.clone()).collect()
}

fn fill(memory: &Memory, records: usize) {
    for number in 0..records {
        let key = format!("story-{}", number % 13);
        memory.append(Topic::Enriched, &key, &number.to_string());
    }
}

fn committed(memory: &Memory) -> i64 {
    memory.log().committed.values().sum()
}

#[test]
fn everything_is_stored_once_and_committed_behind_it() {
    let memory = Memory::default();
    fill(&memory, 203);
    let running = Running::start(&memory, Shelf::default());
    running.wait_for_taken(203);
    assert!(committed(&memory) <= 203);
    let shelf = Arc::clone(&running.shelf);
    let status = Arc::clone(&running.run.status);
    running.stop().expect("asked to stop");
    // Stopping stores what was buffered.
    assert_eq!(committed(&memory), 203);
    assert_eq!(status.get(Count::Input), 203);
    assert_eq!(status.get(Count::Forwarded), 203);
    let shelf = shelf.lock().expect("no test panics with it");
    assert_eq!(values(&shelf), memory.values(Topic::Enriched));
}

#[test]
fn trouble_with_either_side_stores_nothing_twice() {
    let memory = Memory::default();
    fill(&memory, 120);
    let away = |text: &str| SinkError::Unavailable(text.to_owned());
    memory.log().fail_commits.extend([
        TransportError::Unavailable("no broker".to_owned()),
        TransportError::Superseded("rebalance".to_owned()),
    ]);
    let shelf = Shelf {
        fail_takes: VecDeque::from([away("slow"), away("slow")]),
        fail_flushes: VecDeque::from([away("refused")]),
        ..Shelf::default()
    };
    let running = Running::start(&memory, shelf);
    let flushes_fail = || {
        !running
            .shelf
            .lock()
            .expect("no panic")
            .fail_flushes
            .is_empty()
    };
    wait_for("the flush that fails", || !flushes_fail());
    running.wait_for_taken(120);
    // It may be asked to stop while it waits for the shelf; the next start goes on from there.
    let shelf = Arc::clone(&running.shelf);
    running.stop().expect("asked to stop");
    let running = Running::start_on(&memory, Arc::clone(&shelf));
    running.wait_for_taken(120);
    running.stop().expect("asked to stop");
    assert_eq!(committed(&memory), 120);
    let shelf = shelf.lock().expect("no test panics with it");
    assert_eq!(values(&shelf), memory.values(Topic::Enriched));
}

#[test]
fn partitions_given_up_are_stored_first_and_lost_ones_are_read_again() {
    let memory = Memory::default();
    fill(&memory, 60);
    let running = Running::start(&memory, Shelf::default());
    running.wait_for_taken(60);
    let all = all_of(Topic::Enriched);
    memory
        .log()
        .events
        .push_back(GroupEvent::Revoking(all.clone()));
    wait_for("everything is committed", || committed(&memory) == 60);
    wait_for("the partitions are released", || {
        memory.log().held.is_empty()
    });
    memory
        .log()
        .events
        .push_back(GroupEvent::Assigned(all.clone()));
    fill(&memory, 40);
    memory.log().events.push_back(GroupEvent::Lost(all.clone()));
    memory.log().events.push_back(GroupEvent::Assigned(all));
    running.wait_for_taken(100);
    let shelf = Arc::clone(&running.shelf);
    running.stop().expect("asked to stop");
    assert_eq!(committed(&memory), 100);
    let shelf = shelf.lock().expect("no test panics with it");
    assert_eq!(values(&shelf), memory.values(Topic::Enriched));
}

#[test]
fn what_cannot_be_stored_becomes_a_dead_letter_and_counts_once() {
    let memory = Memory::default();
    for value in ["1", "bad", "same", "2", "3"] {
        memory.append(Topic::Enriched, "story", value);
    }
    let running = Running::start(&memory, Shelf::default());
    wait_for("the batch", || committed(&memory) == 5);
    let status = &running.run.status;
    wait_for("the counts", || status.get(Count::Input) == 5);
    assert_eq!(status.get(Count::Forwarded), 3);
    assert_eq!(status.get(Count::Filtered), 1);
    assert_eq!(status.get(Count::Dead), 1);
    let letters = memory.records(Topic::Dead);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].headers.get(header::DEAD_STAGE), Some("shelver"));
    running.stop().expect("asked to stop");
}

#[test]
fn a_sink_that_cannot_go_on_stops_the_service_with_its_reason() {
    let fatal = Shelf {
        fail_takes: VecDeque::from([SinkError::Fatal("the disk is full".to_owned())]),
        ..Shelf::default()
    };
    let panics = Shelf {
        panics: true,
        ..Shelf::default()
    };
    for (shelf, said) in [
        (fatal, "the disk is full"),
        (panics, "a defect in the sink"),
    ] {
        let memory = Memory::default();
        fill(&memory, 10);
        let running = Running::start(&memory, shelf);
        let error = running
            .thread
            .join()
            .expect("the runner never panics")
            .expect_err("it stops");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(committed(&memory), 0);
    }
}

#[test]
fn a_storm_of_dead_letters_stops_the_service() {
    let memory = Memory::default();
    for _ in 0..5 {
        memory.append(Topic::Enriched, "story", "bad");
    }
    let running = Running::start(&memory, Shelf::default());
    let ended = running.thread.join().expect("the runner never panics");
    assert!(matches!(ended, Err(RunError::Storm { .. })), "{ended:?}");
    assert_eq!(committed(&memory), 0);
}
