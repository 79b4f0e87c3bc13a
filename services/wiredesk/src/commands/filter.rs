//! `wiredesk parse`, `clean` and `enrich`.

use std::io::{self, BufReader, BufWriter, IsTerminal as _};

use wiredesk_cleaning::PublisherRules;
use wiredesk_host::Exit;

use super::rules::rules_of;
use crate::cli::{CleanArgs, Common};
use crate::filters::{Filter, run_filter_with};

/// Bytes read and written at once.
const BUFFER: usize = 256 * 1024;

/// `wiredesk clean`: with the publisher rules that are configured or named.
pub(crate) fn clean(common: &Common, args: &CleanArgs) -> anyhow::Result<Exit> {
    let rules = rules_of(common, args.rules.as_deref())?;
    answer(Filter::Clean, rules)
}

/// Answers standard input on standard output.
pub(crate) fn run(filter: Filter) -> anyhow::Result<Exit> {
    answer(filter, PublisherRules::default())
}

fn answer(filter: Filter, rules: PublisherRules) -> anyhow::Result<Exit> {
    if io::stdin().is_terminal() {
        super::complain(
            "reading JSON lines from the terminal; end with Ctrl-D (--help shows their form)",
        );
    }
    let input = BufReader::with_capacity(BUFFER, io::stdin());
    let mut output = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    run_filter_with(filter, rules, input, &mut output)?;
    Ok(Exit::Done)
}
