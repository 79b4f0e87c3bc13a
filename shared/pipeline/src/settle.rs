//! From decided records to one atomic batch: what is written, how far the inputs are done with,
//! and what must wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, Position, ReasonCode, Timestamp, TopicPartition};

use crate::dead::{Cause, dead_letter};
use crate::lanes::Queued;
use crate::storm::StormWatch;
use crate::work::Drafted;
use crate::{Batch, Outcome};

/// What is counted of a settled batch, once it is committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub forwarded: u64,
    pub held: u64,
    pub filtered: BTreeMap<&'static str, u64>,
    pub dead: BTreeMap<&'static str, u64>,
    pub retried: u64,
    pub outputs: u64,
}

/// A batch ready to be committed.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub batch: Batch,
    pub tally: Tally,
    /// Records to try again later, in order, and when.
    pub put_back: Vec<(Vec<Queued>, Instant)>,
    /// Whether each decided input became a dead letter, in order; for the storm watch.
    pub verdicts: Vec<bool>,
    /// The stage asked to stop at this record; everything before it is in the batch.
    pub stop: Option<String>,
    /// The storm watch as it stands once this batch is committed.
    pub storm: Option<StormWatch>,
    /// When the batch was handed to the workers.
    pub launched: Option<Instant>,
    /// The inputs that the batch is done with.
    pub inputs: Vec<Queued>,
}

/// The fixed facts that settling needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub stage: &'a str,
    pub max_attempts: u32,
    /// Wall clock, for the time in dead letters.
    pub now: Timestamp,
    /// Monotonic clock, for retries.
    pub instant: Instant,
}

impl Settled {
    /// Goes through the drafts of live partitions in order and has each decided. A record that
    /// must wait, or that stops the stage, holds back those behind it in its partition, and only
    /// those: they are not decided.
    pub fn from_drafts<D>(
        drafted: Vec<Drafted<D>>,
        mut decide: impl FnMut(&Incoming, D) -> Outcome,
        terms: Terms<'_>,
    ) -> Self {
        let mut settled = Settled::default();
        let mut waiting: BTreeMap<TopicPartition, (Vec<Queued>, Instant)> = BTreeMap::new();
        let mut stopped: BTreeSet<TopicPartition> = BTreeSet::new();
        let mut positions: BTreeMap<TopicPartition, Position> = BTreeMap::new();
        for Drafted { mut queued, draft } in drafted {
            let at = queued.record.at;
            if let Some((held_back, _)) = waiting.get_mut(&at) {
                held_back.push(queued);
                continue;
            }
            if stopped.contains(&at) {
                continue;
            }
            queued.attempts += 1;
            let outcome = decide(&queued.record, draft);
            match settled.apply(&queued, outcome, terms) {
                Next::Done => {
                    positions.insert(at, queued.record.next_position());
                    settled.inputs.push(queued);
                }
                Next::Wait(after) => {
                    waiting.insert(at, (vec![queued], terms.instant + after));
                }
                Next::Stop => {
                    stopped.insert(at);
                }
            }
        }
        settled.batch.positions = positions.into_values().collect();
        settled.put_back = waiting.into_values().collect();
        settled.tally.outputs = settled.batch.outputs.len() as u64;
        settled
    }

    fn apply(&mut self, queued: &Queued, outcome: Outcome, terms: Terms<'_>) -> Next {
        match outcome {
            Outcome::Forward(outputs) => {
                self.batch.outputs.extend(outputs);
                self.tally.forwarded += 1;
                self.verdicts.push(false);
            }
            Outcome::Held(outputs) => {
                self.batch.outputs.extend(outputs);
                self.tally.held += 1;
                self.verdicts.push(false);
            }
            Outcome::Filtered(reason) => {
                *self.tally.filtered.entry(reason.as_str()).or_default() += 1;
                self.verdicts.push(false);
            }
            Outcome::Dead { code, detail } => {
                self.bury(queued, code, &detail, terms);
                self.verdicts.push(true);
            }
            Outcome::SetAside {
                code,
                detail,
                outputs,
            } => {
                self.batch.outputs.extend(outputs);
                self.bury(queued, code, &detail, terms);
                self.verdicts.push(false);
            }
            Outcome::Retry { detail, .. } if queued.attempts >= terms.max_attempts => {
                self.bury(queued, ReasonCode::RetriesSpent, &detail, terms);
                self.verdicts.push(true);
            }
            Outcome::Retry { after, .. } => {
                self.tally.retried += 1;
                return Next::Wait(after);
            }
            Outcome::Stop { detail } => {
                self.stop.get_or_insert(detail);
                return Next::Stop;
            }
        }
        Next::Done
    }

    fn bury(&mut self, queued: &Queued, code: ReasonCode, detail: &str, terms: Terms<'_>) {
        let cause = Cause {
            stage: terms.stage,
            code,
            detail,
            attempts: queued.attempts,
        };
        self.batch
            .outputs
            .push(dead_letter(&queued.record, &cause, terms.now));
        *self.tally.dead.entry(code.as_str()).or_default() += 1;
    }

    /// The batch of one input that the transport refused for good: its dead letter.
    pub fn refused(queued: Queued, detail: &str, terms: Terms<'_>) -> Self {
        let outcome = Outcome::Dead {
            code: ReasonCode::OverLimit,
            detail: format!("the transport refused what the stage made of it: {detail}"),
        };
        let drafted = vec![Drafted {
            queued,
            draft: outcome,
        }];
        Self::from_drafts(drafted, |_, outcome| outcome, terms)
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.batch.outputs.is_empty() && self.batch.positions.is_empty()
    }
}

enum Next {
    Done,
    Wait(Duration),
    Stop,
}

#[cfg(test)]
mod tests {
    use wiredesk_model::{FilterReason, Headers, Outgoing, Topic};

    use super::*;

    fn decided(partition: u32, offset: i64, outcome: Outcome) -> Drafted<Outcome> {
        let record = Incoming {
            at: TopicPartition::new(Topic::Raw, partition),
            offset,
            timestamp_ms: 0,
            key: format!("{partition}/{offset}"),
            value: None,
            headers: Headers::new(),
        };
        let queued = Queued {
            record,
            attempts: 0,
            lane: 1,
        };
        Drafted {
            queued,
            draft: outcome,
        }
    }

    fn forward(key: &str) -> Outcome {
        Outcome::Forward(vec![Outgoing {
            topic: Topic::Clean,
            key: key.to_owned(),
            value: None,
            headers: Headers::new(),
        }])
    }

    fn settle(drafted: Vec<Drafted<Outcome>>) -> Settled {
        Settled::from_drafts(drafted, |_, outcome| outcome, terms())
    }

    fn terms() -> Terms<'static> {
        Terms {
            stage: "cleaner",
            max_attempts: 3,
            now: Timestamp::UNIX_EPOCH,
            instant: Instant::now(),
        }
    }

    fn retry() -> Outcome {
        Outcome::Retry {
            after: Duration::from_secs(1),
            detail: "not yet".to_owned(),
        }
    }

    #[test]
    fn each_outcome_counts_once_and_moves_the_position() {
        let dead = Outcome::Dead {
            code: ReasonCode::Unparsable,
            detail: "no root".to_owned(),
        };
        let settled = settle(vec![
            decided(0, 7, forward("a")),
            decided(0, 9, Outcome::Filtered(FilterReason::Tombstone)),
            decided(1, 3, dead),
        ]);
        assert_eq!(settled.tally.forwarded, 1);
        assert_eq!(settled.tally.filtered.get("tombstone"), Some(&1));
        assert_eq!(settled.tally.dead.get("unparsable"), Some(&1));
        let topics: Vec<_> = settled
            .batch
            .outputs
            .iter()
            .map(|output| output.topic)
            .collect();
        assert_eq!(topics, [Topic::Clean, Topic::Dead]);
        let next: Vec<_> = settled
            .batch
            .positions
            .iter()
            .map(|p| p.next_offset)
            .collect();
        assert_eq!(next, [10, 4]);
        assert_eq!(settled.verdicts, [false, false, true]);
    }

    #[test]
    fn what_is_set_aside_is_a_dead_letter_that_counts_for_no_storm() {
        let Outcome::Forward(outputs) = forward("a") else {
            unreachable!("it forwards");
        };
        let aside = Outcome::SetAside {
            code: ReasonCode::Blocked,
            detail: "the page bars the way".to_owned(),
            outputs,
        };
        let settled = settle(vec![decided(0, 7, aside)]);
        let outputs = settled.batch.outputs.iter();
        let topics: Vec<_> = outputs.map(|output| output.topic).collect();
        assert_eq!(topics, [Topic::Clean, Topic::Dead]);
        assert_eq!(settled.tally.dead.get("blocked"), Some(&1));
        assert_eq!(settled.verdicts, [false]);
        assert_eq!(settled.batch.positions[0].next_offset, 8);
    }

    #[test]
    fn a_retry_holds_back_its_partition_only() {
        let settled = settle(vec![
            decided(0, 1, forward("a")),
            decided(0, 2, retry()),
            decided(0, 3, forward("held back")),
            decided(1, 1, forward("b")),
        ]);
        assert_eq!(settled.batch.outputs.len(), 2);
        let next: Vec<_> = settled
            .batch
            .positions
            .iter()
            .map(|p| p.next_offset)
            .collect();
        assert_eq!(next, [2, 2]);
        let (held, _) = &settled.put_back[0];
        let offsets: Vec<_> = held.iter().map(|queued| queued.record.offset).collect();
        assert_eq!(offsets, [2, 3]);
        assert_eq!(held[0].attempts, 1);
        assert_eq!(held[1].attempts, 0);
    }

    #[test]
    fn spent_retries_become_a_dead_letter() {
        let mut last = decided(0, 1, retry());
        last.queued.attempts = 2;
        let settled = settle(vec![last]);
        assert_eq!(settled.tally.dead.get("retries-spent"), Some(&1));
        assert!(settled.put_back.is_empty());
        assert_eq!(settled.batch.positions.len(), 1);
    }

    #[test]
    fn stop_commits_what_stands_before_it() {
        let stop = Outcome::Stop {
            detail: "rules are gone".to_owned(),
        };
        let settled = settle(vec![
            decided(0, 1, forward("a")),
            decided(0, 2, stop),
            decided(0, 3, forward("unread")),
        ]);
        assert_eq!(settled.stop.as_deref(), Some("rules are gone"));
        assert_eq!(settled.batch.outputs.len(), 1);
        assert_eq!(settled.batch.positions[0].next_offset, 2);
        assert!(settled.put_back.is_empty());
    }
}
