//! Runs the enricher alone.

use std::sync::Arc;

use wiredesk_enricher::EnricherStage;
use wiredesk_host::{Exit, HostError, service_main};

fn main() -> Exit {
    service_main("enricher", |host| {
        let stage = EnricherStage::configured(host.settings()).map_err(HostError::problems)?;
        host.add_keyed_stage(Arc::new(stage));
        Ok(())
    })
}
