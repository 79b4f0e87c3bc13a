//! A member driven by hand, keeping book of what it holds.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, InstanceId, Outgoing, Topic, TopicPartition};
use wiredesk_pipeline::{Batch, GroupEvent, Member, Membership, Polled, Transport, TransportError};

use super::bench::Limits;
use super::records::{WAIT, copies, ok, positions_behind};

/// The service whose group most properties join.
pub(super) const SERVICE: &str = "battery";

/// A member of the battery's group and what it holds.
pub(super) struct Hand {
    pub(super) name: String,
    pub(super) member: Box<dyn Member>,
    pub(super) held: BTreeSet<TopicPartition>,
    pub(super) lost: BTreeSet<TopicPartition>,
}

impl Hand {
    /// Joins the group over the raw topic.
    #[track_caller]
    pub(super) fn join(transport: &dyn Transport, instance: &str) -> Hand {
        Hand::join_for(transport, instance, SERVICE, Topic::Raw)
    }

    /// Joins the group of `service` over `input`.
    #[track_caller]
    pub(super) fn join_for(
        transport: &dyn Transport,
        instance: &str,
        service: &str,
        input: Topic,
    ) -> Hand {
        let membership = Membership {
            service: service.to_owned(),
            instance: InstanceId::from(instance),
            inputs: vec![input],
        };
        Hand {
            name: instance.to_owned(),
            member: ok(transport.join(&membership), "joining"),
            held: BTreeSet::new(),
            lost: BTreeSet::new(),
        }
    }

    /// Polls and keeps book; partitions that must go are returned, not yet released.
    pub(super) fn poll_keeping(
        &mut self,
        max: usize,
    ) -> Result<(Vec<Incoming>, Vec<TopicPartition>), TransportError> {
        let Polled { events, records } = self.member.poll(max, WAIT)?;
        let mut revoking = Vec::new();
        for event in events {
            match event {
                GroupEvent::Assigned(partitions) => self.held.extend(partitions),
                GroupEvent::Revoking(partitions) => revoking.extend(partitions),
                GroupEvent::Lost(partitions) => {
                    for at in partitions {
                        self.held.remove(&at);
                        self.lost.insert(at);
                    }
                }
            }
        }
        for record in &records {
            assert!(
                self.held.contains(&record.at),
                "{} was given a record of {}, which it does not hold",
                self.name,
                record.at
            );
        }
        Ok((records, revoking))
    }

    /// Polls, releasing at once what must go.
    pub(super) fn poll(&mut self, max: usize) -> Result<Vec<Incoming>, TransportError> {
        let (mut records, revoking) = self.poll_keeping(max)?;
        if !revoking.is_empty() {
            self.release(&revoking)?;
            records.retain(|record| !revoking.contains(&record.at));
        }
        Ok(records)
    }

    /// Gives up partitions.
    pub(super) fn release(&mut self, partitions: &[TopicPartition]) -> Result<(), TransportError> {
        self.member.release(partitions)?;
        for at in partitions {
            self.held.remove(at);
        }
        Ok(())
    }

    /// Polls until `count` records have come.
    #[track_caller]
    pub(super) fn take(&mut self, count: usize, limits: &Limits) -> Vec<Incoming> {
        let begun = Instant::now();
        let mut records = Vec::new();
        while records.len() < count {
            records.extend(self.poll_patiently(count - records.len()));
            assert!(
                begun.elapsed() < limits.event,
                "{} was given {} records in {:?}, expected {count}",
                self.name,
                records.len(),
                limits.event
            );
        }
        records
    }

    /// Polls for a while and checks that no record comes.
    #[track_caller]
    pub(super) fn is_given_nothing(&mut self, limits: &Limits) {
        let begun = Instant::now();
        while begun.elapsed() < limits.quiet {
            let records = self.poll_patiently(10);
            assert!(
                records.is_empty(),
                "{} was given {} records, expected none; the first is {}@{}",
                self.name,
                records.len(),
                records[0].at,
                records[0].offset
            );
        }
    }

    /// One poll; "unavailable" is what a caller tries again after.
    #[track_caller]
    pub(super) fn poll_patiently(&mut self, max: usize) -> Vec<Incoming> {
        match self.poll(max) {
            Err(TransportError::Unavailable(_)) => Vec::new(),
            result => ok(result, "polling"),
        }
    }

    /// Commits `outputs` and the positions behind `records`; "unavailable" is tried again.
    pub(super) fn commit(
        &mut self,
        outputs: Vec<Outgoing>,
        records: &[Incoming],
    ) -> Result<(), TransportError> {
        let batch = Batch {
            outputs,
            positions: positions_behind(records),
        };
        let mut tries = 0;
        loop {
            match self.member.commit(batch.clone()) {
                Err(TransportError::Unavailable(_)) if tries < 5 => tries += 1,
                result => return result,
            }
        }
    }

    /// Commits a copy of `records` to the clean topic, with their positions.
    pub(super) fn commit_copies(&mut self, records: &[Incoming]) -> Result<(), TransportError> {
        self.commit(copies(records), records)
    }

    /// Polls up to `max` records and commits their copies; how many were copied. A batch that
    /// the group overtook is read again from the committed positions, as the contract has it.
    #[track_caller]
    pub(super) fn copy(&mut self, max: usize) -> usize {
        let records = self.poll_patiently(max);
        if records.is_empty() {
            return 0;
        }
        let result = self.commit_copies(&records);
        if let Err(TransportError::Superseded(_)) = result {
            let held: Vec<TopicPartition> = self.held.iter().copied().collect();
            ok(
                self.member.rewind(&held),
                "rewinding after an overtaken batch",
            );
            return 0;
        }
        ok(result, "committing copies");
        records.len()
    }
}

/// Polls all of `hands` in turn (releasing what must go) until `settled` holds; records that come
/// meanwhile are dropped.
#[track_caller]
pub(super) fn settle(
    hands: &mut [&mut Hand],
    what: &str,
    limit: Duration,
    settled: impl Fn(&[&mut Hand]) -> bool,
) {
    let begun = Instant::now();
    while !settled(hands) {
        for hand in hands.iter_mut() {
            hand.poll_patiently(10);
        }
        let held: Vec<_> = hands
            .iter()
            .map(|hand| format!("{} holds {:?}", hand.name, hand.held))
            .collect();
        assert!(
            begun.elapsed() < limit,
            "waited {limit:?} in vain for {what}: {}",
            held.join("; ")
        );
    }
}
