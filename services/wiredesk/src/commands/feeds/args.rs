//! How `wiredesk feeds` is called.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use wiredesk_fetcher::FetchPage;

/// `wiredesk feeds`.
#[derive(Debug, Subcommand)]
pub enum FeedsCommand {
    /// Show how every feed stands, or one of them with its last polls
    List(ListArgs),
    /// Write a feed into the sources; a running fetcher takes it in by itself
    Add(AddArgs),
    /// Poll a feed once, without a trace, and tell everything about it
    Test(TestArgs),
    /// Find the feeds of a site
    Discover(DiscoverArgs),
    /// Take in the feeds of an OPML list
    Import(ImportArgs),
    /// Print the feeds as an OPML list
    Export,
}

/// `wiredesk feeds list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// One feed, in full
    #[arg(value_name = "ID")]
    pub feed: Option<String>,
    /// Only feeds that need somebody to look: failing, gone or quiet
    #[arg(long)]
    pub trouble: bool,
    /// Print JSON, one feed a line
    #[arg(long)]
    pub json: bool,
}

/// `wiredesk feeds add`.
#[derive(Debug, Clone, Args)]
pub struct AddArgs {
    /// Address of the feed, or of a page that names one
    #[arg(value_name = "URL")]
    pub url: String,
    /// Its name in records, logs and metrics [default: made of its title]
    #[arg(long)]
    pub id: Option<String>,
    /// Its name for people
    #[arg(long)]
    pub name: Option<String>,
    /// Folder that it stands in; several are one inside the other
    #[arg(long = "category", value_name = "NAME")]
    pub categories: Vec<String>,
    /// Language of its stories where they do not say
    #[arg(long, value_name = "BCP47")]
    pub language: Option<String>,
    /// Seconds between two polls
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub poll_seconds: Option<u64>,
    /// When the linked page of an item is fetched
    #[arg(long, value_enum)]
    pub fetch_page: Option<Pages>,
    /// It may be on this machine or on a private network
    #[arg(long)]
    pub allow_private: bool,
    /// File of the folder of sources to add it to [default: feeds.toml]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Write it as it is, without asking for it
    #[arg(long)]
    pub unchecked: bool,
}

/// When the linked page of an item is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Pages {
    /// For no item
    Never,
    /// For every item
    Always,
    /// Where the feed carries only a teaser
    Teaser,
}

impl Pages {
    pub(super) fn as_setting(self) -> FetchPage {
        match self {
            Pages::Never => FetchPage::Never,
            Pages::Always => FetchPage::Always,
            Pages::Teaser => FetchPage::Teaser,
        }
    }
}

/// `wiredesk feeds test`.
#[derive(Debug, Clone, Args)]
pub struct TestArgs {
    /// A configured feed, or any address
    #[arg(value_name = "ID|URL")]
    pub feed: String,
}

/// `wiredesk feeds discover`.
#[derive(Debug, Clone, Args)]
pub struct DiscoverArgs {
    /// A page of the site
    #[arg(value_name = "URL")]
    pub url: String,
    /// Print JSON, one feed a line
    #[arg(long)]
    pub json: bool,
}

/// `wiredesk feeds import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The list; - reads standard input
    #[arg(value_name = "FILE")]
    pub list: PathBuf,
    /// File of the folder of sources to add them to [default: feeds.toml]
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Tell what would be added, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
