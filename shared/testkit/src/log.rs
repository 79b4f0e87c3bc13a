//! What stands in a log.

use wiredesk_model::{Incoming, Topic};
use wiredesk_pipeline::{Transport, TransportError, read_to_end};

/// Every record of a topic, by its place.
///
/// # Panics
/// Where it cannot be read.
pub fn all_of(log: &dyn Transport, topic: Topic) -> Vec<Incoming> {
    let mut records = Vec::new();
    read_to_end(log, topic, |record| {
        records.push(record);
        Ok::<_, TransportError>(())
    })
    .expect("the topic can be read");
    records.sort_by_key(|record| (record.at, record.offset));
    records
}
