//! The `wiredesk` program.

use wiredesk_host::Exit;

fn main() -> Exit {
    wiredesk::run()
}
