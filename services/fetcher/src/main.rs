//! Runs the fetcher alone.

use wiredesk_fetcher::Configured;
use wiredesk_host::{Exit, HostError, service_main};

fn main() -> Exit {
    service_main("fetcher", |host| {
        let (configured, problems) = Configured::read(host.settings());
        if !problems.is_empty() {
            return Err(HostError::problems(problems));
        }
        configured.add_to(host)
    })
}
