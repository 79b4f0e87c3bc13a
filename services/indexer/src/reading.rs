//! Parts of the log, read outside every group.

use std::time::Duration;

use wiredesk_model::{Incoming, Position, Topic};
use wiredesk_pipeline::{Start, Transport, TransportError};

/// Records of one read.
const AT_ONCE: usize = 1_000;
/// How long one read waits.
const WAIT: Duration = Duration::from_millis(100);

/// Where every partition of a topic ends.
pub(crate) fn ends(
    transport: &dyn Transport,
    topic: Topic,
) -> Result<Vec<Position>, TransportError> {
    Ok(transport.reader(topic, Start::Latest)?.positions())
}

/// Gives `each` the records of one partition from a position on, up to the offset `until`; `ends` are
/// those of every partition of the topic.
pub(crate) fn read_until<E: From<TransportError>>(
    transport: &dyn Transport,
    ends: &[Position],
    from: Position,
    until: i64,
    mut each: impl FnMut(Incoming) -> Result<(), E>,
) -> Result<(), E> {
    // The other partitions begin at their ends, so that only this one is read.
    let mut positions = ends.to_vec();
    for position in &mut positions {
        if position.at == from.at {
            *position = from;
        }
    }
    let mut reader = transport.reader_at(from.at.topic, &positions)?;
    loop {
        // Asked for before the read: what is there now is read when it says so.
        let is_end = reader.at_end()?;
        let records = reader.read(AT_ONCE, WAIT)?;
        if records.is_empty() && is_end {
            return Ok(());
        }
        for record in records.into_iter().filter(|record| record.at == from.at) {
            if record.offset >= until {
                return Ok(());
            }
            each(record)?;
        }
    }
}
