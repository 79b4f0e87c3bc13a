//! Runs the cleaner alone.

use std::sync::Arc;

use wiredesk_cleaner::CleanerStage;
use wiredesk_host::{Exit, HostError, service_main};

fn main() -> Exit {
    service_main("cleaner", |host| {
        let stage = CleanerStage::configured(host.settings()).map_err(HostError::problems)?;
        host.add_keyed_stage(Arc::new(stage));
        Ok(())
    })
}
