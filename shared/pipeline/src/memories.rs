//! What a stage remembers, partition by partition, read from its compacted topic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{Incoming, Outgoing, ReasonCode, Timestamp, Topic, TopicPartition};

use crate::group::Run;
use crate::lanes::Lanes;
use crate::work::caught;
use crate::{KeyedStage, Outcome, RunError, TransportError};

/// The memories of the partitions held.
pub(crate) struct Memories<S: KeyedStage> {
    stage: Arc<S>,
    known: BTreeMap<TopicPartition, S::Memory>,
}

impl<S: KeyedStage> Memories<S> {
    pub fn new(stage: Arc<S>) -> Self {
        Self {
            stage,
            known: BTreeMap::new(),
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
    }

    /// Reads what is missing for the partitions held, and drops the others; whether anything was
    /// missing.
    pub fn recall(&mut self, held: &[TopicPartition], run: &Run) -> Result<bool, TransportError> {
        self.known.retain(|at, _| held.contains(at));
        let mut was_missing = false;
        for at in held {
            if self.known.contains_key(at) {
                continue;
            }
            let state = match self.stage.memory() {
                Some(topic) => run
                    .transport
                    .snapshot(TopicPartition::new(topic, at.partition))?,
                None => Vec::new(),
            };
            self.known.insert(*at, self.stage.recall(state));
            was_missing = true;
        }
        Ok(was_missing)
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
