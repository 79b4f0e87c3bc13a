//! Runs: what replays make of stories, in logs of their own beside the live one.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use wiredesk_host::{HostError, open_transport};
use wiredesk_model::Topic;
use wiredesk_pipeline::{Start, Transport, TransportError};
use wiredesk_replayer::{Difference, compare};
use wiredesk_settings::{Settings, TransportKind};

/// Folder of the logs of runs, below the data folder.
const FOLDER: &str = "runs";
/// Records of one read.
const AT_ONCE: usize = 500;
/// How long one read waits.
const WAIT: Duration = Duration::from_millis(100);

/// Why a run cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunsError {
    /// There is none of this name.
    #[error("there is no run {0}; `wiredesk replay --into {0}` makes it")]
    Missing(String),
    /// Its log cannot be opened.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A log cannot be read.
    #[error(transparent)]
    Log(#[from] TransportError),
}

/// A name as runs have it, or what is wrong with it.
pub(crate) fn run_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match !text.is_empty() && text.len() <= 40 && text.chars().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("name it with up to 40 of a-z, 0-9 and -".to_owned()),
    }
}

/// The settings that a run lives with: a log of its own on this machine, topics of its own on Kafka.
pub(crate) fn of_run(mut settings: Settings, run: &str) -> Settings {
    match settings.transport.kind {
        TransportKind::Embedded => settings.data_dir = settings.data_dir.join(FOLDER).join(run),
        TransportKind::Kafka => {
            let before = std::mem::take(&mut settings.topics.prefix);
            let parts = [before.as_str(), "run", run];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            settings.topics.prefix = parts.join(".");
        }
    }
    settings
}

/// Names of the runs on this machine, in order; on Kafka runs are topics, and are not listed.
pub(crate) fn names(settings: &Settings) -> Vec<String> {
    let folders = std::fs::read_dir(settings.data_dir.join(FOLDER));
    let entries = folders.into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| run_name(name).is_ok()).collect();
    names.sort();
    names
}

/// What a run made of its stories, beside what is published of them.
pub(crate) fn difference(settings: &Settings, run: &str) -> Result<Difference, RunsError> {
    let missing = || RunsError::Missing(run.to_owned());
    run_name(run).map_err(|_| missing())?;
    let own = of_run(settings.clone(), run);
    if settings.transport.kind == TransportKind::Embedded && !own.embedded_file().exists() {
        return Err(missing());
    }
    let (live, again) = (open_transport(settings)?, open_transport(&own)?);
    let replayed = newest(again.as_ref(), Topic::Raw)?;
    let mut published = newest(live.as_ref(), Topic::Current)?;
    // What was not replayed is no loss.
    published.retain(|story, _| replayed.contains_key(story));
    Ok(compare(
        &published,
        &newest(again.as_ref(), Topic::Current)?,
    ))
}

/// The newest value of each key of a topic; a tombstone takes it away.
fn newest(
    transport: &dyn Transport,
    topic: Topic,
) -> Result<BTreeMap<String, Value>, TransportError> {
    let mut reader = transport.reader(topic, Start::Earliest)?;
    let mut found = BTreeMap::new();
    loop {
        let records = reader.read(AT_ONCE, WAIT)?;
        if records.is_empty() && reader.at_end()? {
            return Ok(found);
        }
        for record in records {
            match record
                .value
                .and_then(|value| serde_json::from_slice(&value).ok())
            {
                // Of raw items only the keys are looked at.
                Some(_) if topic == Topic::Raw => found.insert(record.key, Value::Null),
                Some(value) => found.insert(record.key, value),
                None => found.remove(&record.key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_log_of_its_own() {
        let usual = Settings::default();
        let own = of_run(usual.clone(), "may");
        assert_eq!(own.data_dir, usual.data_dir.join("runs/may"));
        let mut kafka = usual;
        kafka.transport.kind = TransportKind::Kafka;
        kafka.topics.prefix = "newsroom1".to_owned();
        assert_eq!(of_run(kafka, "may").topics.prefix, "newsroom1.run.may");
    }

    #[test]
    fn the_name_of_a_run_is_plain() {
        assert!(run_name("may-2026").is_ok());
        for wrong in ["", "May", "../x", "a.b", &"x".repeat(41)] {
            assert!(run_name(wrong).is_err(), "{wrong}");
        }
    }
}
