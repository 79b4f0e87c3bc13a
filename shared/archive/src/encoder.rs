//! What each half of the archive says of its records and makes of them.

use wiredesk_model::{FilterReason, Incoming, ReasonCode, Topic};

use crate::manifest::DeskOrder;
use crate::segment::NewFile;
use crate::{ArchiveError, Store};

/// What a half of the archive does with one record.
#[derive(Debug)]
pub(crate) enum Fit {
    /// It goes into the files.
    Stored,
    /// There is nothing to store.
    Nothing(FilterReason),
    /// It cannot be read.
    Dead(ReasonCode, String),
}

/// What a half of the archive makes of records. A panic in it is a dead letter of one record.
pub(crate) trait Encoder: Send + 'static {
    /// Name of the service.
    fn name(&self) -> &'static str;

    /// The topic it reads.
    fn input(&self) -> Topic;

    /// What becomes of a record.
    fn fit(&self, record: &Incoming) -> Fit;

    /// The files of a segment.
    fn encode(&self, records: &[Incoming]) -> Result<Vec<NewFile>, ArchiveError>;

    /// What events among records tell of orders that stand nowhere else.
    fn orders(&self, _records: &[Incoming]) -> Vec<DeskOrder> {
        Vec::new()
    }

    /// Called once a segment is stored; again where that could not be committed.
    fn stored(&self, store: &Store, records: &[Incoming]) -> Result<(), ArchiveError>;
}
