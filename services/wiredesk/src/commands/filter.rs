//! `wiredesk parse`, `clean` and `enrich`.

use std::io::{self, BufReader, BufWriter, IsTerminal as _};

use wiredesk_host::Exit;

use crate::filters::{Filter, run_filter};

/// Bytes read and written at once.
const BUFFER: usize = 256 * 1024;

/// Answers standard input on standard output.
pub(crate) fn run(filter: Filter) -> anyhow::Result<Exit> {
    if io::stdin().is_terminal() {
        super::complain(
            "reading JSON lines from the terminal; end with Ctrl-D (--help shows their form)",
        );
    }
    let input = BufReader::with_capacity(BUFFER, io::stdin());
    let mut output = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    run_filter(filter, input, &mut output)?;
    Ok(Exit::Done)
}
