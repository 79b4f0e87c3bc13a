//! The commands, one file each.

mod check;
mod filter;
mod run;
mod service;
mod shell;
mod tail;
mod topics;
mod try_place;

use std::io;

use wiredesk_host::{Exit, HostError};
use wiredesk_pipeline::TransportError;
use wiredesk_settings::{Environment, Settings, SettingsError};

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
        Command::Topics(TopicsCommand::Create) => topics::create(common),
        Command::Topics(TopicsCommand::Describe) => topics::describe(common),
        Command::Check(args) => check::check(common, &args),
        Command::Tail(args) => tail::tail(common, &args),
        Command::Try(args) => try_place::try_place(common, &args),
        Command::Parse => filter::run(Filter::Parse),
        Command::Clean => filter::run(Filter::Clean),
        Command::Enrich => filter::run(Filter::Enrich),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(folder.as_deref()),
    };
    match ended {
        Ok(exit) => exit,
        // Whoever read our output has had enough (`| head`): that is no failure.
        Err(error) if is_closed_pipe(&error) => Exit::Done,
        Err(error) => {
            complain(&format!("wiredesk: {error:#}"));
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
        if cause.is::<SettingsError>() {
            return Exit::Usage;
        }
    }
    Exit::Failed
}

#[allow(clippy::print_stderr)]
fn complain(text: &str) {
    eprintln!("{text}");
}
