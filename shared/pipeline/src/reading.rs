//! Reading to the end, outside every group.

use std::time::Duration;

use wiredesk_model::{Incoming, Topic};

use crate::{Reader, Start, Transport, TransportError};

/// Records of one read.
const AT_ONCE: usize = 500;
/// How long one read waits.
const WAIT: Duration = Duration::from_millis(100);

/// Gives every record of a topic to `each`, up to its end.
///
/// # Errors
/// Where the topic cannot be read, and those of `each`.
pub fn read_to_end<E: From<TransportError>>(
    log: &dyn Transport,
    topic: Topic,
    mut each: impl FnMut(Incoming) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = log.reader(topic, Start::Earliest)?;
    while let Some(records) = read_on(&mut *reader)? {
        records.into_iter().try_for_each(&mut each)?;
    }
    Ok(())
}

/// The next records, a bounded number and none where they are late; `None` at the end.
///
/// # Errors
/// Where they cannot be read.
pub fn read_on(reader: &mut dyn Reader) -> Result<Option<Vec<Incoming>>, TransportError> {
    let records = reader.read(AT_ONCE, Duration::ZERO)?;
    if !records.is_empty() {
        return Ok(Some(records));
    }
    if reader.at_end()? {
        return Ok(None);
    }
    reader.read(AT_ONCE, WAIT).map(Some)
}
