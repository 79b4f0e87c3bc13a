//! Runs the fetcher alone.

use wiredesk_fetcher::{Configured, STAGES_BEHIND};
use wiredesk_host::{Exit, HostError, service_main};

fn main() -> Exit {
    service_main("fetcher", |host| {
        let (configured, problems) = Configured::read(host.settings());
        if !problems.is_empty() {
            return Err(HostError::problems(problems));
        }
        let fetcher = configured.fetcher().map_err(|error| HostError::Defect {
            service: "fetcher",
            detail: error.to_string(),
        })?;
        host.add_source(Box::new(fetcher), STAGES_BEHIND);
        Ok(())
    })
}
