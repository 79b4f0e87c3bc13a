//! What one partition of a compacted topic holds.

use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{Position, TopicPartition};
use wiredesk_pipeline::TransportError;

use crate::control::Control;
use crate::reader::KafkaReader;

/// Time that brokers take to notice that a transaction is over its limit.
const ABORT_GRACE: Duration = Duration::from_secs(30);

/// Reads `at` from its beginning, once everything that stands there now is decided.
pub(crate) fn state(
    control: &Arc<Control>,
    at: TopicPartition,
) -> Result<KafkaReader, TransportError> {
    let partitions = control.partitions(at.topic)?;
    if at.partition >= partitions {
        return Err(TransportError::Invalid(format!(
            "partition {at} is not there: topic {} has {partitions}",
            control.settings.names.physical(at.topic)
        )));
    }
    wait_until_decided(control, at)?;
    let starts = control.starts(&[at])?;
    let next_offset = starts.first().map_or(0, |start| start.next_offset);
    // Opened only now, so that the first end it finds lies behind everything decided above.
    KafkaReader::at(control, &[Position { at, next_offset }])
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
