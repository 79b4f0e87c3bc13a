//! Reading a whole topic, outside every group.

use std::time::Duration;

use wiredesk_model::{Incoming, Topic};

use crate::{Start, Transport, TransportError};

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
    loop {
        let records = reader.read(AT_ONCE, WAIT)?;
        if records.is_empty() && reader.at_end()? {
            return Ok(());
        }
        records.into_iter().try_for_each(&mut each)?;
    }
}
