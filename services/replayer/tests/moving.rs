//! The move of an embedded log, to a copy in memory that dies wherever it is told to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use wiredesk_model::{
    Headers, Incoming, InstanceId, Outgoing, Position, Topic, TopicNames, TopicPartition, TopicSpec,
};
use wiredesk_pipeline::{
    Batch, Extent, GroupEvent, LogCopy, Member, Membership, Reader, StoppedLog, Transport,
    TransportError, read_to_end,
};
use wiredesk_replayer::{GAP_KEY, Move, MoveError, MoveProgress};
use wiredesk_transport_embedded::{Clock, EmbeddedSettings, EmbeddedTransport};

const PARTITIONS: u32 = 2;
const HOUR_MS: i64 = 3_600_000;
const RAW_RETENTION_HOURS: i64 = 7 * 24;

/// A log with everything that makes offsets awkward: expired, compacted, empty, half read.
struct Ground {
    log: EmbeddedTransport,
    now_ms: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now_ms = Arc::new(AtomicI64::new(HOUR_MS));
        let clock = Arc::clone(&now_ms);
        let log = EmbeddedTransport::open(EmbeddedSettings {
            clock: Clock::of(move || clock.load(Ordering::Relaxed)),
            compaction_lag_ms: 0,
            maintain_every: None,
            ..EmbeddedSettings::at(folder.path().join("wire.sqlite"), TopicNames::default())
        })
        .expect("a new log");
        log.create_topics(&specs()).expect("topics");
        let ground = Self {
            log,
            now_ms,
            _folder: folder,
        };
        ground.fill();
        ground
    }

    fn fill(&self) {
        self.write(Topic::Raw, 0..40);
        self.write(Topic::Current, 0..30);
        self.pass_hours(RAW_RETENTION_HOURS);
        self.write(Topic::Raw, 40..70);
        // The same keys again: what stood there before goes.
        for _ in 0..3 {
            self.write(Topic::Current, 0..20);
            self.pass_hours(1);
        }
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        self.log.maintain(now_ms).expect("maintenance");
        self.read_as("cleaner", Topic::Raw, 20);
    }

    fn pass_hours(&self, hours: i64) {
        self.now_ms.fetch_add(hours * HOUR_MS, Ordering::Relaxed);
    }

    fn write(&self, topic: Topic, keys: std::ops::Range<u32>) {
        let outputs = keys.map(|number| Outgoing {
            topic,
            key: format!("story-{number}"),
            value: Some(format!("{topic} {number}").into_bytes()),
            headers: Headers::new().with("wd_run", "live"),
        });
        let mut writer = self.log.writer(&InstanceId::from("w")).expect("a writer");
        writer.write(outputs.collect()).expect("written");
    }

    fn join(&self, service: &str, input: Topic) -> Box<dyn Member> {
        let membership = Membership {
            service: service.to_owned(),
            instance: InstanceId::from("one"),
            inputs: vec![input],
        };
        self.log.join(&membership).expect("a member")
    }

    /// Reads so many records and leaves.
    fn read_as(&self, service: &str, input: Topic, records: usize) {
        let mut member = self.join(service, input);
        let mut positions: BTreeMap<TopicPartition, Position> = BTreeMap::new();
        let (mut read, mut assigned) = (0, 0);
        while read < records || assigned < PARTITIONS as usize {
            let polled = member
                .poll(records - read, Duration::from_millis(10))
                .expect("a poll");
            for event in &polled.events {
                if let GroupEvent::Assigned(more) = event {
                    assigned += more.len();
                }
            }
            read += polled.records.len();
            positions.extend(
                polled
                    .records
                    .iter()
                    .map(|one| (one.at, one.next_position())),
            );
        }
        let batch = Batch {
            outputs: Vec::new(),
            positions: positions.into_values().collect(),
        };
        member.commit(batch).expect("committed");
    }

    fn records(&self, topic: Topic) -> Vec<Incoming> {
        let mut all = Vec::new();
        read_to_end(&self.log, topic, |record| {
            all.push(record);
            Ok::<_, TransportError>(())
        })
        .expect("it can be read");
        all.sort_by_key(|record| (record.at, record.offset));
        all
    }

    fn move_to(&self, copy: &mut Copied) -> Result<MoveProgress, MoveError> {
        Move::prepare(&self.log, copy, &specs())?.carry_out(&mut |_| {})
    }
}

fn specs() -> Vec<TopicSpec> {
    [Topic::Raw, Topic::Current, Topic::Orders]
        .map(|topic| topic.spec(PARTITIONS))
        .to_vec()
}

#[derive(Default)]
struct Partition {
    start: i64,
    records: Vec<Incoming>,
}

/// A copy in memory.
#[derive(Default, Clone)]
struct Copied {
    topics: Arc<Mutex<BTreeMap<TopicPartition, Partition>>>,
    groups: Arc<Mutex<BTreeMap<(String, TopicPartition), i64>>>,
    /// Records, cuts and commits until it dies.
    left: Option<usize>,
}

impl Copied {
    fn topics(&self) -> MutexGuard<'_, BTreeMap<TopicPartition, Partition>> {
        self.topics.lock().expect("no panic")
    }

    fn groups(&self) -> MutexGuard<'_, BTreeMap<(String, TopicPartition), i64>> {
        self.groups.lock().expect("no panic")
    }

    fn step(&mut self) -> Result<(), TransportError> {
        match &mut self.left {
            Some(0) => Err(TransportError::Unavailable("killed".to_owned())),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn put(&self, record: Incoming) {
        let mut topics = self.topics();
        let partition = topics.get_mut(&record.at).expect("the topic was made");
        assert_eq!(
            record.offset,
            partition.records.len() as i64,
            "{}",
            record.at
        );
        partition.records.push(record);
    }

    fn kept(&self, topic: Topic) -> Vec<Incoming> {
        let topics = self.topics();
        let of_topic = topics.iter().filter(|(at, _)| at.topic == topic);
        let kept = of_topic.flat_map(|(_, one)| one.records.iter().skip(one.start as usize));
        kept.cloned().collect()
    }
}

impl LogCopy for Copied {
    fn make_topics(&mut self, specs: &[TopicSpec]) -> Result<(), TransportError> {
        for spec in specs {
            for partition in 0..spec.partitions {
                let at = TopicPartition::new(spec.topic, partition);
                self.topics().entry(at).or_default();
            }
        }
        Ok(())
    }

    fn extents(&self, topic: Topic) -> Result<Option<Vec<Extent>>, TransportError> {
        let topics = self.topics();
        let found: Vec<Extent> = topics
            .iter()
            .filter(|(at, _)| at.topic == topic)
            .map(|(_, partition)| Extent {
                start: partition.start,
                next: partition.records.len() as i64,
                last_ms: 0,
            })
            .collect();
        Ok((!found.is_empty()).then_some(found))
    }

    fn settle(&mut self, _topics: &[Topic]) -> Result<(), TransportError> {
        Ok(())
    }

    fn records(&self, topic: Topic, from: &[Position]) -> Result<Box<dyn Reader>, TransportError> {
        let mut records = self.kept(topic);
        records.retain(|record| {
            let begins = from.iter().find(|position| position.at == record.at);
            begins.is_none_or(|position| record.offset >= position.next_offset)
        });
        Ok(Box::new(Listed(records)))
    }

    fn append(&mut self, records: Vec<Incoming>) -> Result<(), TransportError> {
        for record in records {
            self.step()?;
            self.put(record);
        }
        Ok(())
    }

    fn cut(&mut self, starts: &[Position]) -> Result<(), TransportError> {
        for start in starts {
            self.step()?;
            let mut topics = self.topics();
            topics.get_mut(&start.at).expect("it is there").start = start.next_offset;
        }
        Ok(())
    }

    fn committed(
        &self,
        service: &str,
        at: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, TransportError> {
        let groups = self.groups();
        let position = |at: &TopicPartition| groups.get(&(service.to_owned(), *at)).copied();
        Ok(at.iter().map(position).collect())
    }

    fn commit(&mut self, service: &str, positions: &[Position]) -> Result<(), TransportError> {
        for position in positions {
            self.step()?;
            let group = (service.to_owned(), position.at);
            self.groups().insert(group, position.next_offset);
        }
        Ok(())
    }
}

/// Records that are there already.
struct Listed(Vec<Incoming>);

impl Reader for Listed {
    fn read(&mut self, max: usize, _wait: Duration) -> Result<Vec<Incoming>, TransportError> {
        Ok(self.0.drain(..max.min(self.0.len())).collect())
    }
    fn positions(&self) -> Vec<Position> {
        Vec::new()
    }
    fn at_end(&mut self) -> Result<bool, TransportError> {
        Ok(self.0.is_empty())
    }
}

/// Every record of the log at its place, and nothing but tombstones beside them.
fn assert_the_same(ground: &Ground, copy: &Copied) {
    for topic in [Topic::Raw, Topic::Current, Topic::Orders] {
        let (gaps, records): (Vec<Incoming>, Vec<Incoming>) = copy
            .kept(topic)
            .into_iter()
            .partition(|record| record.key == GAP_KEY);
        assert_eq!(records, ground.records(topic), "{topic}");
        assert_eq!(gaps.is_empty(), topic != Topic::Current, "{topic}");
        let here = ground.log.stock(topic).expect("asked").expect("there");
        let there = copy.extents(topic).expect("asked").expect("there");
        for (here, there) in here.extents.iter().zip(&there) {
            assert_eq!(here.next, there.next, "{topic}");
        }
    }
    let positions = StoppedLog::committed(&ground.log).expect("asked");
    let positions = positions.into_iter().flat_map(|(service, positions)| {
        let of = move |one: Position| ((service.clone(), one.at), one.next_offset);
        positions.into_iter().map(of)
    });
    assert_eq!(*copy.groups(), positions.collect::<BTreeMap<_, _>>());
    assert_eq!(copy.groups().len(), PARTITIONS as usize);
}

#[test]
fn killed_anywhere_it_goes_on_and_every_record_keeps_its_place() {
    let ground = Ground::new();
    let expired = ground.log.stock(Topic::Raw).expect("asked").expect("there");
    assert!(expired.extents.iter().all(|extent| extent.start > 0));
    for alive in [1, 2, 5, 17, 40, 101] {
        let mut copy = Copied::default();
        let mut deaths = 0;
        loop {
            copy.left = Some(alive);
            match ground.move_to(&mut copy) {
                Ok(_) => break,
                Err(MoveError::Log(TransportError::Unavailable(_))) => deaths += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(deaths > 0, "{alive}");
        assert_the_same(&ground, &copy);
    }
}

#[test]
fn a_run_behind_the_last_compares_everything_and_writes_nothing() {
    let ground = Ground::new();
    let mut copy = Copied::default();
    let first = ground.move_to(&mut copy).expect("moved");
    assert_eq!((first.compared, first.written), (0, first.to_write));
    assert_eq!(first.positions, u64::from(PARTITIONS));
    copy.left = Some(0);
    let second = ground.move_to(&mut copy).expect("nothing to write");
    let kept = copy.kept(Topic::Raw).len() + copy.kept(Topic::Current).len();
    assert_eq!((second.compared, second.written), (kept as u64, 0));
    assert_eq!(second.positions, 0);
    // Let the embedded log go on for a while, and run the move again: it goes on behind.
    ground.write(Topic::Raw, 70..80);
    let third = ground.move_to(&mut copy).map(drop);
    assert!(matches!(third, Err(MoveError::Log(_))), "dead: {third:?}");
    copy.left = None;
    assert_eq!(ground.move_to(&mut copy).expect("moved").written, 10);
    assert_the_same(&ground, &copy);
}

#[test]
fn it_refuses_what_would_lose_or_double_and_writes_nothing_then() {
    let ground = Ground::new();
    let at = TopicPartition::new(Topic::Raw, 0);
    let other = Incoming {
        at,
        offset: 0,
        timestamp_ms: 1,
        key: "of others".to_owned(),
        value: None,
        headers: Headers::new(),
    };

    let mut copy = Copied::default();
    let three = [Topic::Raw.spec(3)];
    copy.make_topics(&three).expect("made");
    let refused = ground.move_to(&mut copy);
    assert!(
        matches!(
            refused,
            Err(MoveError::Partitions {
                here: 2,
                there: 3,
                ..
            })
        ),
        "{refused:?}"
    );

    let mut copy = Copied::default();
    copy.make_topics(&specs()).expect("made");
    copy.put(other.clone());
    let refused = ground.move_to(&mut copy);
    let expected = MoveError::Differs { at, offset: 0 }.to_string();
    assert_eq!(refused.map_err(|e| e.to_string()), Err(expected));
    assert_eq!(copy.kept(Topic::Raw), std::slice::from_ref(&other));
    assert!(copy.kept(Topic::Current).is_empty());

    let mut copy = Copied::default();
    ground.move_to(&mut copy).expect("moved");
    let orders = TopicPartition::new(Topic::Orders, 1);
    copy.put(Incoming {
        at: orders,
        ..other
    });
    let refused = ground.move_to(&mut copy);
    assert!(
        matches!(
            refused,
            Err(MoveError::Beyond {
                here: 0,
                there: 1,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn a_position_that_is_there_is_never_moved() {
    let ground = Ground::new();
    let mut copy = Copied::default();
    ground.move_to(&mut copy).expect("moved");
    let group = ("cleaner".to_owned(), TopicPartition::new(Topic::Raw, 1));
    *copy.groups().get_mut(&group).expect("moved") += 1;
    let before = copy.groups().clone();
    let refused = ground.move_to(&mut copy);
    assert!(
        matches!(refused, Err(MoveError::Stands { .. })),
        "{refused:?}"
    );
    assert_eq!(*copy.groups(), before);
}

#[test]
fn a_log_in_use_stays_where_it_is() {
    let ground = Ground::new();
    let mut copy = Copied::default();
    let mut member = ground.join("cleaner", Topic::Raw);
    member.poll(1, Duration::ZERO).expect("a poll");
    let refused = ground.move_to(&mut copy);
    assert!(matches!(refused, Err(MoveError::AtWork(_))), "{refused:?}");
    drop(member);
    assert!(copy.topics().is_empty());
    // Somebody writes while it is moved.
    let prepared = Move::prepare(&ground.log, &mut copy, &specs()).expect("nobody is there");
    let mut is_first = true;
    let refused = prepared.carry_out(&mut |_| {
        if std::mem::take(&mut is_first) {
            ground.write(Topic::Raw, 100..101);
        }
    });
    assert!(matches!(refused, Err(MoveError::Changed(_))), "{refused:?}");
    assert!(copy.groups().is_empty(), "no position before all is there");
    ground.move_to(&mut copy).expect("then it goes on");
    assert_the_same(&ground, &copy);
}
