//! The group as a member sees it: what rebalances bring, and what vouches for its positions.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use tracing::{debug, warn};
use wiredesk_model::{TopicNames, TopicPartition};
use wiredesk_pipeline::GroupEvent;

use crate::events::{BrokerEvents, lock};
use crate::records::logical;

/// What rebalances have brought.
#[derive(Default)]
struct Group {
    events: Vec<GroupEvent>,
    /// Asked back by the group and not yet given up; librdkafka waits for us meanwhile.
    asked_back: Vec<TopicPartition>,
    /// Those of them with work under way.
    undrained: BTreeSet<TopicPartition>,
    /// The membership as of the last rebalance that we have seen. A batch is vouched for with
    /// this one and not with the newest: if the group has moved on unseen, the brokers refuse it.
    membership: Option<Arc<ConsumerGroupMetadata>>,
    /// The last poll came too late: whatever is taken back is in other hands already.
    late: bool,
    closing: bool,
}

/// Context of a member's consumer.
pub(crate) struct GroupContext {
    pub(crate) brokers: BrokerEvents,
    names: TopicNames,
    group: Mutex<Group>,
}

impl GroupContext {
    pub(crate) fn new(names: TopicNames) -> Self {
        Self {
            brokers: BrokerEvents::default(),
            names,
            group: Mutex::default(),
        }
    }

    /// The events since the last call.
    pub(crate) fn take_events(&self) -> Vec<GroupEvent> {
        std::mem::take(&mut lock(&self.group).events)
    }

    /// Whether events wait to be taken.
    pub(crate) fn has_events(&self) -> bool {
        !lock(&self.group).events.is_empty()
    }

    /// What vouches for positions; `None` while we are in no group.
    pub(crate) fn membership(&self) -> Option<Arc<ConsumerGroupMetadata>> {
        lock(&self.group).membership.clone()
    }

    /// Marks `partitions` as drained. Answers with everything that was asked back once the last
    /// of it is: librdkafka takes it in one piece only.
    pub(crate) fn drained(&self, partitions: &[TopicPartition]) -> Option<Vec<TopicPartition>> {
        let mut group = lock(&self.group);
        if group.asked_back.is_empty() {
            return None;
        }
        group.undrained.retain(|at| !partitions.contains(at));
        match group.undrained.is_empty() {
            true => Some(std::mem::take(&mut group.asked_back)),
            false => None,
        }
    }

    /// Giving back failed: it is still owed.
    pub(crate) fn ask_back_again(&self, partitions: Vec<TopicPartition>) {
        lock(&self.group).asked_back = partitions;
    }

    /// The member was not polled for longer than the group waits.
    pub(crate) fn was_late(&self) {
        let mut group = lock(&self.group);
        group.late = true;
        group.membership = None;
    }

    /// From now on partitions are given up at once: the member is leaving. Answers with what is
    /// asked back and not yet given up.
    pub(crate) fn close(&self) -> Vec<TopicPartition> {
        let mut group = lock(&self.group);
        group.closing = true;
        group.undrained.clear();
        std::mem::take(&mut group.asked_back)
    }

    fn partitions(&self, list: &TopicPartitionList) -> Vec<TopicPartition> {
        list.elements()
            .iter()
            .filter_map(|element| logical(&self.names, element.topic(), element.partition()))
            .collect()
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) {
        if let Err(error) = consumer.incremental_assign(list) {
            warn!(%error, "assigned partitions could not be taken");
        }
        let membership = consumer.group_metadata().map(Arc::new);
        let partitions = self.partitions(list);
        debug!(?partitions, "assigned");
        let mut group = lock(&self.group);
        group.membership = membership;
        group.late = false;
        if !partitions.is_empty() {
            group.events.push(GroupEvent::Assigned(partitions));
        }
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) {
        let partitions = self.partitions(list);
        let lost = consumer.assignment_lost();
        let membership = consumer.group_metadata().map(Arc::new);
        debug!(?partitions, lost, "revoked");
        let mut group = lock(&self.group);
        let lost = lost || group.late;
        if !lost && !group.closing && !partitions.is_empty() {
            group.membership = membership;
            group.undrained = partitions.iter().copied().collect();
            group.asked_back.clone_from(&partitions);
            group.events.push(GroupEvent::Revoking(partitions));
            return;
        }
        if lost {
            group.membership = None;
            group.events.push(GroupEvent::Lost(partitions));
        }
        drop(group);
        if let Err(error) = consumer.incremental_unassign(list) {
            warn!(%error, "revoked partitions could not be given up");
        }
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, log_message: &str) {
        self.brokers.log(level, fac, log_message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.brokers.error(error, reason);
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(
        &self,
        base_consumer: &BaseConsumer<Self>,
        err: RDKafkaRespErr,
        tpl: &mut TopicPartitionList,
    ) {
        match err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(base_consumer, tpl),
            _ => self.revoke(base_consumer, tpl),
        }
    }
}
