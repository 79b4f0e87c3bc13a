//! The main function of a service that runs alone.

use std::path::PathBuf;

use wiredesk_settings::{Environment, LogFormat, LogSection, Settings};
use wiredesk_telemetry::{LogSettings, init_logs, init_metrics};

use crate::{Exit, Host, HostError, HttpServer, health_routes, stop_on_signals};

/// Runs one service as a process: reads `--config FILE`, sets up log, metrics, signals and the
/// health endpoints, lets `add` put the service in, and runs it.
pub fn service_main(
    name: &'static str,
    add: impl FnOnce(&mut Host) -> Result<(), HostError>,
) -> Exit {
    let config = match arguments(name, std::env::args().skip(1)) {
        Ok(Asked::Run(config)) => config,
        Ok(Asked::Text(text)) => {
            say(&text);
            return Exit::Done;
        }
        Err(text) => {
            complain(&text);
            return Exit::Usage;
        }
    };
    let ended = run(config, add);
    if let Err(error) = &ended {
        complain(&format!("{name}: {error}"));
    }
    Exit::of(&ended)
}

fn run(
    config: Option<PathBuf>,
    add: impl FnOnce(&mut Host) -> Result<(), HostError>,
) -> Result<(), HostError> {
    let settings = Settings::load(config.as_deref(), &Environment::of_process())?;
    init_logs(&log_settings(&settings.log))?;
    init_metrics();
    let mut host = Host::open(settings, stop_on_signals()?)?;
    add(&mut host)?;
    let health = host.health();
    let server = host
        .settings()
        .http
        .socket_address()
        .map(|address| HttpServer::start(address, |_| health_routes(health)))
        .transpose()?;
    if let Some(server) = &server {
        tracing::info!(address = %server.address(), "serving /metrics, /healthz and /readyz");
    }
    host.run()
}

/// The log section as the log wants it.
pub fn log_settings(section: &LogSection) -> LogSettings {
    LogSettings {
        format: match section.format {
            LogFormat::Text => wiredesk_telemetry::LogFormat::Text,
            LogFormat::Json => wiredesk_telemetry::LogFormat::Json,
        },
        level: section.level.clone(),
    }
}

#[derive(Debug, PartialEq)]
enum Asked {
    Run(Option<PathBuf>),
    Text(String),
}

fn arguments(name: &str, mut given: impl Iterator<Item = String>) -> Result<Asked, String> {
    let usage = format!(
        "usage: wiredesk-{name} [--config FILE]\n\nRuns the {name} alone; `wiredesk {name}` does the \
         same, and `wiredesk --help` tells more."
    );
    let mut config = None;
    while let Some(argument) = given.next() {
        match argument.split_once('=') {
            Some(("--config", file)) => config = Some(file.into()),
            None if argument == "--config" => match given.next() {
                Some(file) => config = Some(file.into()),
                None => return Err(format!("--config wants a file\n\n{usage}")),
            },
            None if argument == "--help" || argument == "-h" => return Ok(Asked::Text(usage)),
            None if argument == "--version" => {
                let version = env!("CARGO_PKG_VERSION");
                return Ok(Asked::Text(format!("wiredesk-{name} {version}")));
            }
            _ => return Err(format!("unknown argument {argument}\n\n{usage}")),
        }
    }
    Ok(Asked::Run(config))
}

#[allow(clippy::print_stdout)]
fn say(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr)]
fn complain(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments_given: &[&str]) -> Result<Asked, String> {
        arguments(
            "cleaner",
            arguments_given.iter().map(|one| (*one).to_owned()),
        )
    }

    #[test]
    fn arguments_are_few_and_slips_are_told() {
        assert_eq!(asked(&[]), Ok(Asked::Run(None)));
        assert_eq!(asked(&["--config", "a"]), Ok(Asked::Run(Some("a".into()))));
        assert_eq!(asked(&["--config=a"]), Ok(Asked::Run(Some("a".into()))));
        assert!(matches!(asked(&["--help"]), Ok(Asked::Text(_))));
        assert!(asked(&["--config"]).is_err_and(|text| text.starts_with("--config wants a file")));
        assert!(asked(&["--confg=x"]).is_err_and(|text| text.contains("--confg=x")));
    }
}
