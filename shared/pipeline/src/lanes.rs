//! Polled records waiting for their batch, one queue a partition.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use wiredesk_model::{Incoming, TopicPartition};

/// A record waiting, with how often it was tried.
#[derive(Debug, Clone)]
pub(crate) struct Queued {
    pub record: Incoming,
    pub attempts: u32,
    /// Which holding of its partition it belongs to; a record of an earlier holding is void.
    pub lane: u64,
}

/// The queue of one partition.
#[derive(Debug)]
struct Lane {
    id: u64,
    queue: VecDeque<Queued>,
    /// Not before this moment: its first record is to be tried again then.
    not_before: Option<Instant>,
}

/// All queues, within their limits.
#[derive(Debug)]
pub(crate) struct Lanes {
    lanes: BTreeMap<TopicPartition, Lane>,
    next_id: u64,
    records: usize,
    bytes: usize,
    max_records: usize,
    max_bytes: usize,
    /// Which partition has the first turn in the next batch.
    turn: usize,
}

impl Lanes {
    pub fn new(max_records: usize, max_bytes: usize) -> Self {
        Self {
            lanes: BTreeMap::new(),
            next_id: 0,
            records: 0,
            bytes: 0,
            max_records,
            max_bytes,
            turn: 0,
        }
    }

    /// Begins a partition with an empty queue.
    pub fn open(&mut self, at: TopicPartition) {
        self.close(at);
        self.next_id += 1;
        let lane = Lane {
            id: self.next_id,
            queue: VecDeque::new(),
            not_before: None,
        };
        self.lanes.insert(at, lane);
    }

    /// Forgets a partition and what waits in it.
    pub fn close(&mut self, at: TopicPartition) {
        if let Some(lane) = self.lanes.remove(&at) {
            self.forget(&lane.queue);
        }
    }

    /// Empties every queue; records under way become void.
    pub fn reset(&mut self) {
        for at in self.held() {
            self.open(at);
        }
    }

    /// The partitions held.
    pub fn held(&self) -> Vec<TopicPartition> {
        self.lanes.keys().copied().collect()
    }

    /// Whether a record of this lane still counts.
    pub fn is_live(&self, queued: &Queued) -> bool {
        self.lanes
            .get(&queued.record.at)
            .is_some_and(|lane| lane.id == queued.lane)
    }

    /// Adds a polled record; one of a partition that is not held is void.
    pub fn push(&mut self, record: Incoming) {
        if let Some(lane) = self.lanes.get_mut(&record.at) {
            self.records += 1;
            self.bytes += record.size_bytes();
            lane.queue.push_back(Queued {
                record,
                attempts: 0,
                lane: lane.id,
            });
        }
    }

    /// Puts records back in front of their queue, in their order, to be tried at `not_before`.
    pub fn put_back(&mut self, records: Vec<Queued>, not_before: Option<Instant>) {
        for queued in records.into_iter().rev() {
            if let Some(lane) = self.lanes.get_mut(&queued.record.at) {
                self.records += 1;
                self.bytes += queued.record.size_bytes();
                lane.not_before = not_before;
                lane.queue.push_front(queued);
            }
        }
    }

    /// Takes the next batch: in order within each partition, at most `max_records` and
    /// `max_bytes`, but always one where one is due.
    pub fn take(&mut self, max_records: usize, max_bytes: usize, now: Instant) -> Vec<Queued> {
        let mut taken = Vec::new();
        let mut bytes = 0;
        let share = (max_records / self.lanes.len().max(1)).max(1);
        let order = self.turns();
        // The first pass gives every partition its share, the second fills up what is left.
        for limit in [share, max_records] {
            for at in &order {
                let Some(lane) = self.lanes.get_mut(at) else {
                    continue;
                };
                if lane.not_before.is_some_and(|due| due > now) {
                    continue;
                }
                lane.not_before = None;
                for _ in 0..limit {
                    let Some(size) = lane.queue.front().map(|next| next.record.size_bytes()) else {
                        break;
                    };
                    let full = taken.len() >= max_records || bytes + size > max_bytes;
                    if full && !taken.is_empty() {
                        break;
                    }
                    bytes += size;
                    taken.extend(lane.queue.pop_front());
                }
            }
        }
        self.forget(&taken);
        taken
    }

    /// The partitions, beginning with another one each time: a batch may be full before it has
    /// come round.
    fn turns(&mut self) -> Vec<TopicPartition> {
        let mut order = self.held();
        if !order.is_empty() {
            self.turn = (self.turn + 1) % order.len();
            order.rotate_left(self.turn);
        }
        order
    }

    /// Whether no more should be polled for now.
    pub fn is_full(&self) -> bool {
        self.records >= self.max_records || self.bytes >= self.max_bytes
    }

    /// Whether there is room again for a good while.
    pub fn has_room(&self) -> bool {
        self.records <= self.max_records / 2 && self.bytes <= self.max_bytes / 2
    }

    /// Records waiting.
    pub fn records(&self) -> usize {
        self.records
    }

    /// Bytes waiting.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many more records fit.
    pub fn room(&self) -> usize {
        self.max_records.saturating_sub(self.records)
    }

    /// When the next put-back record is due, where nothing else can be taken before.
    pub fn next_due(&self) -> Option<Instant> {
        let waiting = self.lanes.values().filter(|lane| !lane.queue.is_empty());
        let mut due = None;
        for lane in waiting {
            let at = lane.not_before?;
            due = Some(due.map_or(at, |earliest: Instant| earliest.min(at)));
        }
        due
    }

    /// Whether a record can be taken at `now`.
    pub fn is_due(&self, now: Instant) -> bool {
        self.lanes
            .values()
            .any(|lane| !lane.queue.is_empty() && lane.not_before.is_none_or(|due| due <= now))
    }

    fn forget<'a>(&mut self, gone: impl IntoIterator<Item = &'a Queued>) {
        for queued in gone {
            self.records -= 1;
            self.bytes -= queued.record.size_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wiredesk_model::{Headers, Topic};

    use super::*;

    fn record(partition: u32, offset: i64) -> Incoming {
        Incoming {
            at: TopicPartition::new(Topic::Raw, partition),
            offset,
            timestamp_ms: 0,
            key: "k".to_owned(),
            value: Some(vec![0; 9]),
            headers: Headers::new(),
        }
    }

    fn offsets(batch: &[Queued]) -> Vec<(u32, i64)> {
        batch
            .iter()
            .map(|queued| (queued.record.at.partition, queued.record.offset))
            .collect()
    }

    #[test]
    fn a_batch_shares_out_over_partitions_and_keeps_their_order() {
        let mut lanes = Lanes::new(100, 10_000);
        lanes.open(TopicPartition::new(Topic::Raw, 0));
        lanes.open(TopicPartition::new(Topic::Raw, 1));
        for offset in 0..6 {
            lanes.push(record(0, offset));
        }
        lanes.push(record(1, 0));
        let batch = lanes.take(4, 10_000, Instant::now());
        assert_eq!(offsets(&batch), [(1, 0), (0, 0), (0, 1), (0, 2)]);
        let rest = lanes.take(10, 10_000, Instant::now());
        assert_eq!(offsets(&rest), [(0, 3), (0, 4), (0, 5)]);
        assert_eq!(lanes.room(), 100);
    }

    #[test]
    fn every_partition_has_its_turn_although_one_alone_fills_each_batch() {
        let mut lanes = Lanes::new(100, 10_000);
        for partition in 0..3 {
            lanes.open(TopicPartition::new(Topic::Raw, partition));
            for offset in 0..9 {
                lanes.push(record(partition, offset));
            }
        }
        let first: Vec<_> = (0..3)
            .map(|_| offsets(&lanes.take(1, 10_000, Instant::now()))[0].0)
            .collect();
        assert_eq!(first, [1, 2, 0]);
    }

    #[test]
    fn a_record_over_the_byte_limit_still_goes_alone() {
        let mut lanes = Lanes::new(100, 10_000);
        lanes.open(TopicPartition::new(Topic::Raw, 0));
        lanes.push(record(0, 0));
        lanes.push(record(0, 1));
        assert_eq!(offsets(&lanes.take(10, 3, Instant::now())), [(0, 0)]);
        assert_eq!(offsets(&lanes.take(10, 3, Instant::now())), [(0, 1)]);
    }

    #[test]
    fn a_put_back_record_waits_and_holds_its_partition_only() {
        let mut lanes = Lanes::new(100, 10_000);
        lanes.open(TopicPartition::new(Topic::Raw, 0));
        lanes.open(TopicPartition::new(Topic::Raw, 1));
        let now = Instant::now();
        for offset in 0..3 {
            lanes.push(record(0, offset));
        }
        let batch = lanes.take(2, 10_000, now);
        let due = now + Duration::from_secs(5);
        lanes.put_back(batch, Some(due));
        lanes.push(record(1, 0));
        assert_eq!(offsets(&lanes.take(10, 10_000, now)), [(1, 0)]);
        assert_eq!(lanes.next_due(), Some(due));
        assert_eq!(
            offsets(&lanes.take(10, 10_000, due)),
            [(0, 0), (0, 1), (0, 2)]
        );
    }

    #[test]
    fn records_of_a_partition_that_was_given_up_are_void() {
        let mut lanes = Lanes::new(100, 10_000);
        let at = TopicPartition::new(Topic::Raw, 0);
        lanes.open(at);
        lanes.push(record(0, 0));
        let batch = lanes.take(10, 10_000, Instant::now());
        assert!(lanes.is_live(&batch[0]));
        lanes.close(at);
        assert!(!lanes.is_live(&batch[0]));
        lanes.open(at);
        assert!(!lanes.is_live(&batch[0]), "a new holding begins anew");
        lanes.push(record(7, 0));
        assert!(
            lanes.take(10, 10_000, Instant::now()).is_empty(),
            "not a partition of ours"
        );
    }

    #[test]
    fn limits_say_when_to_pause_and_when_to_go_on() {
        let mut lanes = Lanes::new(4, 10_000);
        lanes.open(TopicPartition::new(Topic::Raw, 0));
        for offset in 0..4 {
            lanes.push(record(0, offset));
        }
        assert!(lanes.is_full());
        lanes.take(1, 10_000, Instant::now());
        assert!(!lanes.is_full() && !lanes.has_room());
        lanes.take(1, 10_000, Instant::now());
        assert!(lanes.has_room());
    }
}
