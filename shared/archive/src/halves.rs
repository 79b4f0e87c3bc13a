//! Both halves of the archive together.

use std::sync::Arc;

use wiredesk_pipeline::Sink;

use crate::raw::RawEncoder;
use crate::records::RecordEncoder;
use crate::sink::ArchiveSink;
use crate::{Closing, OnKill, Store};

/// The two halves of the archive, each a sink of its own: what came in, and what was published.
pub fn sinks(store: &Arc<Store>, closing: &Closing, on_kill: OnKill) -> [Box<dyn Sink>; 2] {
    let (raw, records) = (RawEncoder, RecordEncoder { on_kill });
    [
        Box::new(ArchiveSink::new(raw, Arc::clone(store), closing.clone())),
        Box::new(ArchiveSink::new(
            records,
            Arc::clone(store),
            closing.clone(),
        )),
    ]
}
