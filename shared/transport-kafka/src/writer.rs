//! Batches without positions.

use wiredesk_model::Outgoing;
use wiredesk_pipeline::{TransportError, Writer};

use crate::producer::{BatchProducer, Failure};

pub(crate) struct KafkaWriter {
    pub(crate) producer: BatchProducer,
}

impl Writer for KafkaWriter {
    fn write(&mut self, outputs: Vec<Outgoing>) -> Result<(), TransportError> {
        if outputs.is_empty() {
            return Ok(());
        }
        match self.producer.commit(&outputs, None) {
            Ok(()) => Ok(()),
            // Without positions nobody can tell; the brokers abort what outlives its timeout,
            // which is what leads here.
            Err(Failure::NotWritten(error) | Failure::Undecided(error)) => Err(error),
        }
    }
}
