//! The commands, one file each.

mod archive;
mod check;
mod dead;
mod diff;
mod feeds;
mod filter;
mod learned;
mod move_log;
mod order;
mod replay;
mod rules;
mod run;
mod runs;
mod search;
mod service;
mod shell;
mod tail;
mod topics;
mod trace;
mod try_place;

use std::error::Error;
use std::io;
use std::sync::Arc;

use anyhow::bail;
use wiredesk_fetcher::FetchError;
use wiredesk_host::{Exit, HostError, causes, reach_transport};
use wiredesk_pipeline::{Transport, TransportError};
use wiredesk_replayer::MoveError;
use wiredesk_settings::{Environment, Settings, SettingsError, TransportKind};

pub(crate) use archive::ArchiveCommand;
pub(crate) use dead::DeadCommand;
pub(crate) use diff::DiffArgs;
pub(crate) use feeds::FeedsCommand;
pub(crate) use move_log::{MOVE_HELP, MoveArgs};
pub(crate) use order::OrderArgs;
pub(crate) use replay::ReplayArgs;
pub(crate) use runs::RunsCommand;
pub(crate) use search::{IndexCommand, SearchArgs};
pub(crate) use trace::TraceArgs;

use crate::cli::{Cli, Command, Common, TopicsCommand};
use crate::filters::Filter;

/// Does what the command line says.
pub(crate) fn run(cli: Cli) -> Exit {
    let common = &cli.common;
    let ended = match cli.command {
        Command::Run(args) => run::run(common, &args),
        Command::Fetcher => service::run(common, service::Service::Fetcher),
        Command::Cleaner => service::run(common, service::Service::Cleaner),
        Command::Enricher => service::run(common, service::Service::Enricher),
        Command::Archiver => service::run(common, service::Service::Archiver),
        Command::Indexer => service::run(common, service::Service::Indexer),
        Command::Search(args) => search::search(common, &args),
        Command::Index(command) => search::index(common, &command),
        Command::Archive(command) => archive::archive(common, &command),
        Command::Replay(args) => replay::replay(common, &args),
        Command::Diff(args) => diff::diff(common, &args),
        Command::Runs(command) => runs::runs(common, &command),
        Command::Topics(TopicsCommand::Create) => topics::create(common),
        Command::Topics(TopicsCommand::Describe) => topics::describe(common),
        Command::Move(args) => move_log::move_log(common, &args),
        Command::Feeds(command) => feeds::feeds(common, &command),
        Command::Check(args) => check::check(common, &args),
        Command::Tail(args) => tail::tail(common, &args),
        Command::Trace(args) => trace::trace(common, &args),
        Command::Dead(command) => dead::dead(common, &command),
        Command::Order(args) => order::order(common, &args),
        Command::Try(args) => try_place::try_place(common, &args),
        Command::Parse => filter::run(Filter::Parse),
        Command::Clean(args) => filter::clean(common, &args),
        Command::Enrich => filter::run(Filter::Enrich),
        Command::Learned(command) => learned::learned(common, &command),
        Command::Rules(command) => rules::rules(common, &command),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(folder.as_deref()),
    };
    match ended {
        Ok(exit) => exit,
        // Whoever read our output has had enough (`| head`): that is no failure.
        Err(error) if is_closed_pipe(&error) => Exit::Done,
        Err(error) => {
            complain(&format!("wiredesk: {}", in_full(error.as_ref())));
            exit_of(&error)
        }
    }
}

/// The settings that a command runs with.
fn settings(common: &Common) -> Result<Settings, HostError> {
    let mut settings = Settings::load(common.config.as_deref(), &Environment::of_process())?;
    if let Some(folder) = &common.data_dir {
        settings.data_dir.clone_from(folder);
    }
    Ok(settings)
}

/// The transport, for looking at what is there: it must be there already.
fn existing_transport(settings: &Settings) -> anyhow::Result<Arc<dyn Transport>> {
    let file = settings.embedded_file();
    if settings.transport.kind == TransportKind::Embedded && !file.exists() {
        bail!(
            "there is nothing at {} yet; start `wiredesk run` first, or name its folder with --data",
            file.display()
        );
    }
    Ok(reach_transport(settings)?)
}

/// An error with its causes, each said once: most of ours tell the cause in their own text, because
/// the log shows only that, and errors of others do not.
fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
    }
    text
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

fn exit_of(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<HostError>() {
            return Exit::of_error(error);
        }
        if let Some(error) = cause.downcast_ref::<TransportError>() {
            return Exit::of_transport(error);
        }
        if let Some(error) = cause.downcast_ref::<FetchError>() {
            return exit_of_fetch(error);
        }
        if let Some(MoveError::AtWork(_) | MoveError::Changed(_)) = cause.downcast_ref() {
            return Exit::Unavailable;
        }
        if cause.is::<SettingsError>() {
            return Exit::Usage;
        }
    }
    Exit::Failed
}

/// The code of a fetch that failed: whether a later try can help.
fn exit_of_fetch(error: &FetchError) -> Exit {
    match error {
        FetchError::Unreachable { .. }
        | FetchError::Timeout { .. }
        | FetchError::LeftAlone { .. }
        | FetchError::Status {
            status: 429 | 500..,
            ..
        } => Exit::Unavailable,
        _ => Exit::Failed,
    }
}

#[allow(clippy::print_stderr)]
fn complain(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn every_cause_is_told_once() {
        let settings = SettingsError::Unreadable {
            path: "w.toml".into(),
            source: io::Error::from(io::ErrorKind::NotFound),
        };
        let ours: anyhow::Error = HostError::from(settings).into();
        assert_eq!(
            in_full(ours.as_ref()),
            "the configuration cannot be used:\ncannot read w.toml: entity not found"
        );
        let others = Err::<(), _>(io::Error::from(io::ErrorKind::NotFound))
            .context("the record is no JSON")
            .expect_err("it is an error");
        assert_eq!(
            in_full(others.as_ref()),
            "the record is no JSON: entity not found"
        );
    }

    #[test]
    fn a_fetch_that_a_later_try_can_mend_has_its_own_code() {
        let url = "http://feeds.example/".to_owned();
        let status = |status| FetchError::Status {
            url: url.clone(),
            status,
            retry_after: None,
        };
        let unreachable = FetchError::Unreachable {
            url: url.clone(),
            detail: "refused".to_owned(),
        };
        let cases = [
            (unreachable, Exit::Unavailable),
            (status(503), Exit::Unavailable),
            (status(429), Exit::Unavailable),
            (status(404), Exit::Failed),
        ];
        for (error, expected) in cases {
            assert_eq!(exit_of(&anyhow::Error::new(error)), expected);
        }
    }
}
