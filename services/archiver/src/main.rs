//! Runs the archiver alone.

use wiredesk_archiver::add_to;
use wiredesk_host::{Exit, service_main};

fn main() -> Exit {
    service_main("archiver", add_to)
}
