//! The newest record of each key of one partition.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{Incoming, Position, TopicPartition};
use wiredesk_pipeline::{Reader, TransportError};

use crate::control::Control;
use crate::reader::KafkaReader;

/// Time that brokers take to notice that a transaction is over its limit.
const ABORT_GRACE: Duration = Duration::from_secs(30);

/// Reads `at` to the end that it has when this is called, once everything before it is decided.
pub(crate) fn snapshot(
    control: &Arc<Control>,
    at: TopicPartition,
) -> Result<Vec<Incoming>, TransportError> {
    let partitions = control.partitions(at.topic)?;
    if at.partition >= partitions {
        return Err(TransportError::Invalid(format!(
            "partition {at} is not there: topic {} has {partitions}",
            control.settings.names.physical(at.topic)
        )));
    }
    wait_until_decided(control, at)?;
    let starts = control.starts(&[at])?;
    let first = starts.first().map_or(0, |start| start.next_offset);
    let position = Position {
        at,
        next_offset: first,
    };
    // Opened only now, so that the first end it finds lies behind everything decided above.
    let mut reader = KafkaReader::at(control, &[position])?;
    let mut newest: HashMap<String, Incoming> = HashMap::new();
    loop {
        let records = reader.read(1_000, Duration::from_millis(20))?;
        if records.is_empty() && reader.at_end()? {
            break;
        }
        for record in records {
            newest.insert(record.key.clone(), record);
        }
    }
    let mut kept: Vec<Incoming> = newest
        .into_values()
        .filter(|record| record.value.is_some())
        .collect();
    kept.sort_by_key(|record| record.offset);
    Ok(kept)
}

/// Waits until everything written so far is committed or aborted: a killed owner may have left a
/// batch open, and the brokers decide it at its timeout at the latest.
fn wait_until_decided(control: &Control, at: TopicPartition) -> Result<(), TransportError> {
    let limit = control.settings.transaction_timeout + ABORT_GRACE;
    match control.decided_ends(&[at], limit)? {
        Some(_) => Ok(()),
        None => Err(TransportError::Unavailable(format!(
            "a batch in {at} is still undecided after {} s: its writer hangs, or the brokers \
             lack replicas",
            limit.as_secs()
        ))),
    }
}
