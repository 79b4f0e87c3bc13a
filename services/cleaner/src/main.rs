//! Runs the cleaner alone.

use std::sync::Arc;

use wiredesk_cleaner::{CleanerStage, configured_rules};
use wiredesk_host::{Exit, HostError, service_main};

fn main() -> Exit {
    service_main("cleaner", |host| {
        let (rules, problems) = configured_rules(host.settings());
        if !problems.is_empty() {
            return Err(HostError::problems(problems));
        }
        host.add_stage(Arc::new(CleanerStage::new(rules)));
        Ok(())
    })
}
