//! What a source is: the start of the flow, where items come in from outside.

use std::collections::HashSet;
use std::time::Duration;

use wiredesk_model::{Incoming, Outgoing, Topic, TopicPartition};

/// One finished piece of outside work: its outputs and its new state, to be written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Production {
    /// The partition of the state topic that the state record belongs to.
    pub at: TopicPartition,
    /// The items and the state record; they become visible together or not at all.
    pub outputs: Vec<Outgoing>,
}

/// A service that takes items in from outside and keeps a cursor for each place they come from.
///
/// The cursors live in a compacted topic, keyed by place, and the partitions of that topic are
/// shared out among the instances: whoever holds a partition works its places, nobody else does.
/// The runner calls every method from one thread.
pub trait Source: Send {
    /// Name of the service, as in metrics and the group: `fetcher`.
    fn name(&self) -> &'static str;

    /// The compacted topic that holds the cursors.
    fn state_topic(&self) -> Topic;

    /// The partition is ours, with the newest cursor of each of its places; `partitions` is the
    /// number of partitions of the topic. Called again for a partition that is held already where
    /// a production could not be committed: everything under way for it is void then, and work
    /// goes on from `state`.
    fn assigned(&mut self, at: TopicPartition, partitions: u32, state: Vec<Incoming>);

    /// The partition is no longer ours: drop everything under way for it.
    fn revoked(&mut self, at: TopicPartition);

    /// A record that somebody wrote to the state topic (our own come by here too).
    fn observed(&mut self, record: Incoming);

    /// Whether it must know which of its places have a cursor in any partition, its own or not:
    /// one without a cursor where it belongs may have one where it belonged before. Asked between
    /// two productions; the answer comes by [`Source::searched`].
    fn seeks(&mut self) -> bool {
        false
    }

    /// The keys of all cursors there are. One that moves from a partition of others into one of
    /// ours meanwhile is among them, and comes by [`Source::observed`].
    fn searched(&mut self, _keys: &HashSet<String>) {}

    /// Starts what is due and waits up to `wait` for finished work.
    fn produce(&mut self, wait: Duration) -> Vec<Production>;

    /// Starts nothing new from now on (`true`), or goes on (`false`): the runner is stopping, or
    /// the stages behind are too far back.
    fn hold(&mut self, hold: bool);

    /// The transport refused this production for good (a record over its limit, say). Answers
    /// with what can be written instead, so that nothing is lost unseen, and is asked again where
    /// that is refused, too; `None` stops the service with `detail`.
    fn refused(&mut self, production: Production, detail: &str) -> Option<Production>;

    /// Whether nothing is under way.
    fn is_idle(&self) -> bool;
}
