//! `wiredesk feeds`: what is polled, how it stands, and more of it.

mod add;
mod args;
mod discover;
mod import;
mod list;
mod test;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use wiredesk_fetcher::{Configured, NewSource, SourceFile, read_sources};
use wiredesk_host::{Exit, HostError};
use wiredesk_settings::{Environment, Problem, RawTable, Settings};

pub(crate) use args::FeedsCommand;

use crate::cli::Common;

/// The file in the folder of sources that feeds are added to where none is named.
const USUAL_FILE: &str = "feeds.toml";

/// Does what the command line says about feeds.
pub(crate) fn feeds(common: &Common, command: &FeedsCommand) -> anyhow::Result<Exit> {
    match command {
        FeedsCommand::List(args) => list::list(common, args),
        FeedsCommand::Add(args) => add::add(common, args),
        FeedsCommand::Test(args) => test::test(common, args),
        FeedsCommand::Discover(args) => discover::discover(common, args),
        FeedsCommand::Import(args) => import::import(common, args),
        FeedsCommand::Export => import::export(common),
    }
}

/// The sources that are switched on, without any problem, with the fetcher's limits.
fn configured(settings: &Settings) -> anyhow::Result<Configured> {
    let (configured, problems) = Configured::read(settings);
    if !problems.is_empty() {
        return Err(HostError::problems(problems).into());
    }
    Ok(configured)
}

/// Every id and address that is taken, those of sources that are switched off too.
struct Taken {
    ids: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

impl Taken {
    fn by(settings: &Settings) -> Self {
        #[derive(serde::Deserialize)]
        struct Named {
            #[serde(default)]
            id: String,
            #[serde(default)]
            url: String,
        }
        let named = settings
            .sources
            .iter()
            .filter_map(|table| table.read::<Named>().0);
        let mut taken = Self {
            ids: BTreeSet::new(),
            addresses: BTreeSet::new(),
        };
        for source in named {
            taken.addresses.insert(plain_address(&source.url));
            taken.ids.insert(source.id);
        }
        taken
    }
}

/// An address without what makes no difference.
fn plain_address(url: &str) -> String {
    let url = url.trim().split('#').next().unwrap_or_default();
    url.trim_end_matches('/').to_owned()
}

/// The file that feeds are added to.
fn file_to_change(settings: &Settings, named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(folder) = settings.sources_folder() else {
        bail!(
            "there is no configuration file, so no folder of sources to add to; name a file with --config"
        );
    };
    match named {
        None => Ok(folder.join(USUAL_FILE)),
        Some(file) if file.extension().is_none_or(|ending| ending != "toml") => {
            bail!("{} would not be read: it must end in .toml", file.display())
        }
        Some(file) if file.components().count() == 1 => Ok(folder.join(file)),
        Some(file) => Ok(file.to_owned()),
    }
}

/// Adds sources to a file, whole or not at all: not where the configuration would be wrong then.
fn save(settings: &Settings, path: &Path, sources: &[NewSource]) -> anyhow::Result<()> {
    let mut file = SourceFile::open(path)?;
    for source in sources {
        file.add(source)?;
    }
    let place = path.display().to_string();
    let environment = Environment::of_process();
    let (root, mut problems) = RawTable::parse_file(&place, file.text(), &environment);
    let mut tables: Vec<RawTable> = settings
        .sources
        .iter()
        .filter(|table| !is_same_file(Path::new(table.place()), path))
        .cloned()
        .collect();
    tables.extend(root.tables("source"));
    let (_, more) = read_sources(&tables);
    problems.extend(more);
    if !problems.is_empty() {
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        bail!(
            "nothing was written, because the sources would be wrong then:\n{}",
            problems.join("\n")
        );
    }
    file.save().context("the sources are as they were")
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}
