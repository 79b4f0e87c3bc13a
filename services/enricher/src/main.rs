//! Runs the enricher alone.

use std::sync::Arc;

use wiredesk_enricher::EnricherStage;
use wiredesk_host::{Exit, service_main};

fn main() -> Exit {
    service_main("enricher", |host| {
        let folder = host.settings().data_dir.join("memory");
        host.add_keyed_stage(Arc::new(EnricherStage::default().keeping(folder)));
        Ok(())
    })
}
