//! Both halves of the archive together.

use std::sync::Arc;

use wiredesk_pipeline::Sink;

use crate::raw::RawEncoder;
use crate::records::RecordEncoder;
use crate::sink::ArchiveSink;
use crate::{Closing, Policy, Store};

/// The two halves of the archive, each a sink of its own: what came in, and what was published.
pub fn sinks(
    store: &Arc<Store>,
    closing: &Closing,
    policy: impl Into<Policy>,
) -> [Box<dyn Sink>; 2] {
    let Policy { on_kill, keep } = policy.into();
    let (store, closing) = (|| Arc::clone(store), || closing.clone());
    let (raw, records) = (RawEncoder { on_kill }, RecordEncoder { on_kill });
    [
        Box::new(ArchiveSink::new(raw, store(), closing(), keep)),
        Box::new(ArchiveSink::new(records, store(), closing(), keep)),
    ]
}
