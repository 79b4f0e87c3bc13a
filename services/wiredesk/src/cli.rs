//! How the program is called.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use wiredesk_cleaning::Fingerprint;
use wiredesk_host::Exit;
use wiredesk_model::Topic;

use crate::commands;
use crate::start_at::StartAt;

const EXAMPLES: &str = "\
Examples:
  wiredesk run --demo                   the whole pipeline, on a demo wire
  wiredesk tail enriched --json         the published records, one a line, as they come
  wiredesk try https://example.com/feed what would become of a feed or a page, without a broker
  wiredesk feeds add https://x.example/ find the feed of a site and poll it from now on
  wiredesk check --probe                is everything right, and does every source answer?
  zcat pages.jsonl.gz | wiredesk clean  clean many pages at once, on all cores";

/// The wire desk of a newsroom: takes in news feeds, cleans every story, and publishes one
/// normalized article record per story version.
#[derive(Debug, Parser)]
#[command(name = "wiredesk", version, max_term_width = 100, after_long_help = after_help())]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Configuration file [default: config/wiredesk.toml, then /etc/wiredesk/wiredesk.toml, where
    /// there is one]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "WIREDESK_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// Folder of everything that is kept on this machine, instead of the configured one
    #[arg(long = "data", global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole pipeline in this process, with the web desk
    Run(RunArgs),
    /// Run one fetcher: polls feeds and folders
    Fetcher,
    /// Run one cleaner: raw items in, clean stories out
    Cleaner,
    /// Run one enricher: clean stories in, article records out
    Enricher,
    /// Run one archiver: raw items and published records into files
    Archiver,
    /// Run one indexer: what is current into the search index
    Indexer,
    /// Find stories in the search index
    Search(commands::SearchArgs),
    /// Make the search index anew
    #[command(subcommand)]
    Index(commands::IndexCommand),
    /// Show and check what the archive holds
    #[command(subcommand)]
    Archive(commands::ArchiveCommand),
    /// Send what was received before through the pipeline again
    Replay(commands::ReplayArgs),
    /// Compare what a replay made of the stories with what was published
    Diff(commands::DiffArgs),
    /// List runs, publish what one made otherwise, delete one
    #[command(subcommand)]
    Runs(commands::RunsCommand),
    /// Create the topics, or compare them with the configuration
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Move this machine's log to the Kafka cluster, with the positions of its services
    #[command(long_about = commands::MOVE_HELP)]
    Move(commands::MoveArgs),
    /// Show what is polled and how it stands; find, test and add feeds
    #[command(subcommand)]
    Feeds(commands::FeedsCommand),
    /// Check configuration, rules and connections, and tell every problem at once
    Check(CheckArgs),
    /// Read a topic: one line a record, as they come
    Tail(TailArgs),
    /// Show the way of a story through the pipeline: each stage, time, reason and version
    Trace(commands::TraceArgs),
    /// List dead letters, show them, send them again, drop them
    #[command(subcommand)]
    Dead(commands::DeadCommand),
    /// Kill a story, or hold it back, ahead of everything that waits
    Order(commands::OrderArgs),
    /// Show what becomes of a feed, a page or a document, without a broker
    Try(TryArgs),
    /// Filter: documents in, feed items out (JSON lines)
    #[command(long_about = PARSE_HELP)]
    Parse,
    /// Filter: pages or texts in, clean stories out (JSON lines)
    #[command(long_about = CLEAN_HELP)]
    Clean(CleanArgs),
    /// Filter: clean stories in, article records out (JSON lines)
    #[command(long_about = ENRICH_HELP)]
    Enrich,
    /// Show the blocks that repeat over the stories of a source, and decide about them
    #[command(subcommand)]
    Learned(LearnedCommand),
    /// List the publisher rules, or run them over their saved pages
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, or write one for every command into a folder
    Man {
        /// Folder to write into
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

/// `wiredesk run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Read a demo wire from inside this process instead of the configured sources
    #[arg(long)]
    pub demo: bool,
}

/// `wiredesk topics`.
#[derive(Debug, Subcommand)]
pub enum TopicsCommand {
    /// Create the topics that are missing; the others stay as they are
    Create,
    /// Show every topic, and where it differs from the configuration
    Describe,
}

/// `wiredesk check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Fetch every source once, too
    #[arg(long)]
    pub probe: bool,
    /// Do not look for the broker
    #[arg(long)]
    pub offline: bool,
}

/// `wiredesk tail`.
#[derive(Debug, Clone, Args)]
pub struct TailArgs {
    /// Which topic
    #[arg(default_value = "enriched", value_parser = topic)]
    pub topic: Topic,
    /// Where to begin: earliest, latest, -20 (the newest twenty), a time such as
    /// 2026-11-23T06:00:00Z, or the positions of an earlier read
    #[arg(
        long,
        default_value = "-10",
        allow_hyphen_values = true,
        value_name = "PLACE"
    )]
    pub from: StartAt,
    /// What to print of a record
    #[arg(long, value_enum, default_value_t = Show::Line)]
    pub show: Show,
    /// The same as --show value
    #[arg(long, conflicts_with = "show")]
    pub json: bool,
    /// End after so many records
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// End at the newest record instead of waiting for more
    #[arg(long)]
    pub no_follow: bool,
}

/// What to print of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// One line for people
    Line,
    /// Its value, as JSON
    Value,
    /// Its place, time, key, headers and value, as JSON
    Envelope,
}

/// `wiredesk try`.
#[derive(Debug, Clone, Args)]
pub struct TryArgs {
    /// An address, or a file: a feed, a page or a plain text (gzip is read as it is)
    #[arg(value_name = "URL|FILE")]
    pub place: String,
    /// Print the records as JSON, one a line
    #[arg(long)]
    pub json: bool,
    /// Show so many items of a feed
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub items: usize,
    /// Folder of publisher rules, instead of the configured one
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

/// `wiredesk clean`.
#[derive(Debug, Clone, Args)]
pub struct CleanArgs {
    /// Folder of publisher rules, instead of the configured one
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

/// `wiredesk learned`.
#[derive(Debug, Subcommand)]
pub enum LearnedCommand {
    /// Show what was learned and decided
    List(LearnedList),
    /// Take a block out of every story of a source, from the first on
    Pin(LearnedBlock),
    /// Leave a block in the stories of a source, however often it repeats
    Veto(LearnedBlock),
    /// Take a decision back
    Forget(LearnedBlock),
    /// Take the pages of a source, which changed, for the usual ones from now on
    Accept(LearnedSource),
}

/// `wiredesk learned list`.
#[derive(Debug, Clone, Args)]
pub struct LearnedList {
    /// Of this source only
    #[arg(long, value_name = "ID")]
    pub source: Option<String>,
    /// Also blocks that repeat and are not learned
    #[arg(long)]
    pub all: bool,
}

/// A source.
#[derive(Debug, Clone, Args)]
pub struct LearnedSource {
    /// The source
    pub source: String,
}

/// A block of a source.
#[derive(Debug, Clone, Args)]
pub struct LearnedBlock {
    /// The source
    pub source: String,
    /// The block, as `learned list` and the reason of a removed span name it
    pub block: Fingerprint,
}

/// `wiredesk rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Show every publisher rule: what it is for, and why
    List(RulesArgs),
    /// Run every publisher rule over the pages that were saved for it
    Test(RulesArgs),
}

/// `wiredesk rules list` and `wiredesk rules test`.
#[derive(Debug, Clone, Args)]
pub struct RulesArgs {
    /// Folder of publisher rules [default: the configured one]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

const PARSE_HELP: &str = "\
Filter: documents in, feed items out.

Reads one JSON object a line from standard input and writes one a line, in the same order, on all \
cores. A bad line, an empty one too, gets an answer with an error, and the next one goes on.

Give exactly one of path, text and base64; the id, any JSON, comes back as it came.

In:  {\"id\", \"path\" | \"text\" | \"base64\", \"content_type\"?, \"url\"?}
Out: {\"id\", \"ok\", \"format\", \"feed\": {…}, \"items\": […], \"error\"?}";

const CLEAN_HELP: &str = "\
Filter: pages or texts in, clean stories out.

Reads one JSON object a line from standard input and writes one a line, in the same order, on all \
cores. A bad line, an empty one too, gets an answer with an error, and the next one goes on. A \
gzipped file is read as it is.

Give exactly one of html, text and path; the id, any JSON, comes back as it came. The title is \
null where there is none.

In:  {\"id\", \"html\" | \"text\" | \"path\", \"url\"?}
Out: {\"id\", \"title\", \"text\", \"blocks\": […], \"removed\": [{\"rule\", \"reason\", \"text\", \
\"after_block\", \"start\", \"end\"}], \"quality\": […], \"byline\"?, \"published\"?, \"language\"?, \"url\"?}
     or {\"id\", \"error\"}";

const ENRICH_HELP: &str = "\
Filter: clean stories in, article records out.

Reads one JSON object a line from standard input and writes one a line, in the same order, on all \
cores. A bad line, an empty one too, gets an answer with an error, and the next one goes on.

In:  a record of the clean topic, or what `wiredesk clean` prints
Out: {\"schema\", \"article\": {…}, \"wire\": {…}}";

fn after_help() -> String {
    let codes: Vec<String> = Exit::MEANINGS
        .iter()
        .map(|(exit, meaning)| format!("  {}  {meaning}", *exit as u8))
        .collect();
    format!("{EXAMPLES}\n\nExit codes:\n{}", codes.join("\n"))
}

fn topic(name: &str) -> Result<Topic, String> {
    Topic::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Topic::ALL.iter().map(|topic| topic.name()).collect();
        match wiredesk_settings::nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("topics are {}", names.join(", ")),
        }
    })
}

/// Runs the program with the arguments of this process.
pub fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell where even this cannot be printed.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
        }
    };
    commands::run(cli)
}

/// The command line as clap knows it, for completions and manual pages.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn a_misspelt_topic_finds_its_name() {
        let error = Cli::try_parse_from(["wiredesk", "tail", "enrichd"]).expect_err("no topic");
        assert!(
            error.to_string().contains("did you mean enriched?"),
            "{error}"
        );
        let cli = Cli::try_parse_from(["wiredesk", "tail", "--from", "-3"]).expect("right");
        let Command::Tail(tail) = cli.command else {
            unreachable!("it was tail");
        };
        assert_eq!(
            (tail.topic, tail.from),
            (Topic::Enriched, StartAt::Newest(3))
        );
    }
}
