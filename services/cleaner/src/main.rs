//! Runs the cleaner alone.

use std::sync::Arc;

use wiredesk_cleaner::CleanerStage;
use wiredesk_host::{Exit, service_main};

fn main() -> Exit {
    service_main("cleaner", |host| {
        host.add_stage(Arc::new(CleanerStage));
        Ok(())
    })
}
