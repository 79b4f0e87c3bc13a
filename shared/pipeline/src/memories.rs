//! What a stage remembers, partition by partition, read from its compacted topic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, Outgoing, ReasonCode, Timestamp, Topic, TopicPartition};

use crate::group::Run;
use crate::lanes::Lanes;
use crate::reading::read_on;
use crate::work::caught;
use crate::{KeyedStage, Outcome, Reader, RunError, TransportError};

/// Time that one turn spends on reading memories: the group is polled in between, however much
/// there is to read.
const TURN: Duration = Duration::from_millis(250);

/// The memories of the partitions held.
pub(crate) struct Memories<S: KeyedStage> {
    stage: Arc<S>,
    known: BTreeMap<TopicPartition, S::Memory>,
    /// Those that are not read to their end yet.
    begun: BTreeMap<TopicPartition, Begun<S::Memory>>,
}

/// A memory that is being read; without a reader all of it was.
struct Begun<M> {
    memory: M,
    reader: Option<Box<dyn Reader>>,
}

impl<S: KeyedStage> Memories<S> {
    pub fn new(stage: Arc<S>) -> Self {
        Self {
            stage,
            known: BTreeMap::new(),
            begun: BTreeMap::new(),
        }
    }

    /// Keys must fall into the same partition of the memory as of the input.
    pub fn check(&self, run: &Run) -> Result<(), RunError> {
        let with_keys = [self.stage.memory(), self.stage.orders()];
        with_keys
            .into_iter()
            .flatten()
            .try_for_each(|topic| self.check_topic(topic, run))
    }

    fn check_topic(&self, memory: Topic, run: &Run) -> Result<(), RunError> {
        let (input, service) = (self.stage.input(), self.stage.name());
        let counts = run.transport.partitions(input).and_then(|of_input| {
            run.transport
                .partitions(memory)
                .map(|of_memory| (of_input, of_memory))
        });
        match counts {
            Ok((of_input, of_memory)) if of_input != of_memory => Err(RunError::Stopped {
                service,
                detail: format!(
                    "topic {input} has {of_input} partitions and {memory} has {of_memory}; they \
                     must have the same number, so that what concerns a story stays together"
                ),
            }),
            Ok(_) | Err(TransportError::Unavailable(_)) => Ok(()),
            Err(source) => Err(RunError::Transport { service, source }),
        }
    }

    /// Drops what is known of a partition; it is read again before its next record is decided.
    pub fn forget(&mut self, at: TopicPartition) {
        self.known.remove(&at);
        self.begun.remove(&at);
    }

    /// Reads on in what is missing for the partitions held, for a turn, and drops the others;
    /// whether a memory was completed. Only a bounded number of records is in memory beside what
    /// the stage makes of them.
    pub fn recall(&mut self, held: &[TopicPartition], run: &Run) -> Result<bool, TransportError> {
        self.known.retain(|at, _| held.contains(at));
        self.begun.retain(|at, _| held.contains(at));
        let until = Instant::now() + TURN;
        let mut was_completed = false;
        for at in held {
            if self.known.contains_key(at) {
                continue;
            }
            // What fails is begun again.
            let mut begun = match self.begun.remove(at) {
                Some(begun) => begun,
                None => self.begin(*at, run)?,
            };
            match self.read_on(&mut begun, until)? {
                true => {
                    self.known.insert(*at, begun.memory);
                    was_completed = true;
                }
                false => {
                    self.begun.insert(*at, begun);
                    break;
                }
            }
        }
        Ok(was_completed)
    }

    fn begin(&self, at: TopicPartition, run: &Run) -> Result<Begun<S::Memory>, TransportError> {
        let topic = self.stage.memory();
        let state = topic.map(|topic| TopicPartition::new(topic, at.partition));
        Ok(Begun {
            memory: self.stage.blank(),
            reader: state.map(|state| run.transport.state(state)).transpose()?,
        })
    }

    /// Whether the memory is complete before the turn is over.
    fn read_on(
        &self,
        begun: &mut Begun<S::Memory>,
        until: Instant,
    ) -> Result<bool, TransportError> {
        if let Some(reader) = &mut begun.reader {
            while let Some(records) = read_on(&mut **reader)? {
                for record in records {
                    self.stage.remember(record, &mut begun.memory);
                }
                if Instant::now() >= until {
                    return Ok(false);
                }
            }
            self.stage.recalled(&mut begun.memory);
        }
        Ok(true)
    }

    /// Hands an order to the memory of its key, where that is held here.
    pub fn order(&mut self, order: &Incoming) {
        let at = TopicPartition::new(self.stage.input(), order.at.partition);
        if let Some(memory) = self.known.get_mut(&at) {
            self.stage.order(order, memory);
        }
    }

    /// What to write instead of what was due of `key` and is refused.
    pub fn refused(&mut self, at: TopicPartition, key: &str, detail: &str) -> Vec<Outgoing> {
        let memory = self.known.get_mut(&at);
        memory.map_or_else(Vec::new, |memory| self.stage.refused(key, memory, detail))
    }

    /// Whether every partition held is known.
    pub fn cover(&self, lanes: &Lanes) -> bool {
        lanes.held().iter().all(|at| self.known.contains_key(at))
    }

    /// What is due by itself at `now`, partition by partition. What it changes in the memory is
    /// void where it is not committed: `forget` the partition then.
    ///
    /// # Errors
    /// What a panic of the stage said. What is due may be a kill, so that nothing goes on without
    /// it; a stage keeps to one key what goes wrong with that key.
    pub fn due(&mut self, now: Timestamp) -> Result<Vec<(TopicPartition, Vec<Outgoing>)>, String> {
        let stage = &self.stage;
        let known = &mut self.known;
        caught(|| {
            let each = known
                .iter_mut()
                .map(|(at, memory)| (*at, stage.due(memory, now)));
            each.filter(|(_, outputs)| !outputs.is_empty()).collect()
        })
    }

    /// Has a draft decided with the memory of its partition. A panic makes the record a dead
    /// letter, and the memory, which may be half changed, is read again before the next one.
    pub fn decide(&mut self, at: TopicPartition, draft: S::Draft, now: Timestamp) -> Outcome {
        let Some(mut memory) = self.known.remove(&at) else {
            let detail = format!("the memory of {at} is to be read again");
            return Outcome::Retry {
                after: Duration::ZERO,
                detail,
            };
        };
        let stage = &self.stage;
        let decided = caught(move || {
            let outcome = stage.decide(draft, &mut memory, now);
            (outcome, memory)
        });
        match decided {
            Ok((outcome, memory)) => {
                self.known.insert(at, memory);
                outcome
            }
            Err(detail) => Outcome::Dead {
                code: ReasonCode::Panicked,
                detail,
            },
        }
    }
}
