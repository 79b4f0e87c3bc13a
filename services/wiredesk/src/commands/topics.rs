//! `wiredesk topics create` and `wiredesk topics describe`.

use std::io::{self, Write as _};

use wiredesk_host::{Exit, HostError, open_transport};
use wiredesk_model::{Cleanup, TopicSpec};
use wiredesk_pipeline::{TopicDescription, TopicStatus, Transport, TransportError};
use wiredesk_settings::Settings;

use crate::cli::Common;
use crate::paint;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// Creates the topics that are missing, and shows all of them.
pub(crate) fn create(common: &Common) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let transport = open_transport(&settings)?;
    transport
        .create_topics(&settings.topics.specs())
        .map_err(|source| told(&settings, source))?;
    show(&settings, transport.as_ref())
}

/// Shows the topics, and where they differ from the configuration.
pub(crate) fn describe(common: &Common) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let transport = open_transport(&settings)?;
    show(&settings, transport.as_ref())
}

fn show(settings: &Settings, transport: &dyn Transport) -> anyhow::Result<Exit> {
    let specs = settings.topics.specs();
    let found = transport
        .describe_topics(&specs)
        .map_err(|source| told(settings, source))?;
    let paint = paint::for_stdout();
    let width = found.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let mut out = io::stdout().lock();
    let mut right = true;
    for (spec, topic) in specs.iter().zip(&found) {
        let name = format!("{:width$}", topic.name);
        match &topic.status {
            TopicStatus::Missing => {
                right = false;
                writeln!(
                    out,
                    "{name}  {}",
                    paint.bad("missing; `wiredesk topics create` makes it")
                )?;
            }
            TopicStatus::Present {
                partitions,
                records,
                differences,
            } => {
                right &= differences.is_empty();
                writeln!(
                    out,
                    "{name}  {partitions:>4} partitions  {records:>9} records  {}",
                    kept(spec)
                )?;
                for difference in differences {
                    writeln!(out, "{:width$}  {}", "", paint.warn(difference))?;
                }
            }
        }
    }
    Ok(if right { Exit::Done } else { Exit::Failed })
}

fn kept(spec: &TopicSpec) -> String {
    match spec.cleanup {
        Cleanup::Compact => "newest of each key".to_owned(),
        Cleanup::Delete { retention_ms } => format!("{} hours", retention_ms / HOUR_MS),
    }
}

fn told(settings: &Settings, source: TransportError) -> HostError {
    let kind = match settings.transport.kind {
        wiredesk_settings::TransportKind::Embedded => "embedded",
        wiredesk_settings::TransportKind::Kafka => "kafka",
    };
    HostError::Transport { kind, source }
}

/// What is wrong with the topics, for `wiredesk check`.
pub(crate) fn differences(found: &[TopicDescription]) -> Vec<String> {
    let mut told = Vec::new();
    for topic in found {
        match &topic.status {
            TopicStatus::Missing => told.push(format!(
                "topic {} is missing; `wiredesk topics create` makes it",
                topic.name
            )),
            TopicStatus::Present { differences, .. } => told.extend(
                differences
                    .iter()
                    .map(|difference| format!("topic {}: {difference}", topic.name)),
            ),
        }
    }
    told
}
