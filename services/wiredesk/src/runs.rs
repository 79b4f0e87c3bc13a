//! Runs: what replays make of stories, in logs of their own beside the live one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use wiredesk_host::{HostError, delete_log, names_of_topics, reach_transport};
use wiredesk_model::{Incoming, Outgoing, Topic, TopicNames};
use wiredesk_pipeline::{Start, Transport, TransportError};
use wiredesk_replayer::{Difference, Offer, compare};
use wiredesk_settings::{Settings, TransportKind};

/// Folder of the logs of runs, below the data folder.
const FOLDER: &str = "runs";
/// Records of one read.
const AT_ONCE: usize = 500;
/// How long one read waits.
const WAIT: Duration = Duration::from_millis(100);
/// The services that work on a run, with what each reads.
const AT_WORK: [(&str, Topic); 3] = [
    ("cleaner", Topic::Raw),
    ("enricher", Topic::Clean),
    ("replayer", Topic::FeedState),
];

/// Why a run cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunsError {
    /// Its stages have not done everything yet.
    #[error(
        "run {run} is not through: the {stage} has {left} records to do; let \
         `wiredesk replay --into {run}` come to its end"
    )]
    NotThrough {
        /// Which.
        run: String,
        /// The stage that is behind.
        stage: &'static str,
        /// Records that it has to do.
        left: u64,
    },
    /// Its folder cannot be removed.
    #[error("cannot remove {folder}: {source}")]
    Folder {
        /// Which.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
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
            settings.topics.prefix = prefix_of(&settings.topics.prefix, run);
        }
    }
    settings
}

/// The prefix of the topics of a run, beside those with the prefix `live`.
fn prefix_of(live: &str, run: &str) -> String {
    let parts = [live, "run", run].into_iter();
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

/// Names of the runs, in order.
pub(crate) fn names(settings: &Settings) -> Result<Vec<String>, RunsError> {
    let mut names = match settings.transport.kind {
        TransportKind::Embedded => {
            let folders = std::fs::read_dir(settings.data_dir.join(FOLDER));
            let entries = folders.into_iter().flatten().flatten();
            let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
            names.filter(|name| run_name(name).is_ok()).collect()
        }
        TransportKind::Kafka => runs_among(&names_of_topics(settings)?, &settings.topics.prefix),
    };
    names.sort();
    Ok(names)
}

/// The runs that topics of these names belong to, under the prefix of the live ones.
fn runs_among(topics: &[String], prefix: &str) -> Vec<String> {
    let runs = topics.iter().filter_map(|topic| {
        let name = match prefix {
            "" => topic.as_str(),
            prefix => topic.strip_prefix(prefix)?.strip_prefix('.')?,
        };
        let (run, _) = name.strip_prefix("run.")?.split_once('.')?;
        let own = TopicNames::with_prefix(&prefix_of(prefix, run));
        (own.logical(topic).is_some() && run_name(run).is_ok()).then(|| run.to_owned())
    });
    let runs: BTreeSet<String> = runs.collect();
    runs.into_iter().collect()
}

/// The log of a run, which must be there.
fn log_of(settings: &Settings, run: &str) -> Result<Arc<dyn Transport>, RunsError> {
    if !names(settings)?.iter().any(|name| name == run) {
        return Err(RunsError::Missing(run.to_owned()));
    }
    Ok(reach_transport(&of_run(settings.clone(), run))?)
}

/// What a run made of its stories, and what is published of them.
struct Sides {
    published: BTreeMap<String, Value>,
    made: BTreeMap<String, Value>,
}

fn sides(live: &dyn Transport, again: &dyn Transport) -> Result<Sides, TransportError> {
    let replayed = newest(again, Topic::Raw)?;
    let mut published = newest(live, Topic::Current)?;
    // What was not replayed is no loss.
    published.retain(|story, _| replayed.contains_key(story));
    Ok(Sides {
        published,
        made: newest(again, Topic::Current)?,
    })
}

/// What a run made of its stories, beside what is published of them.
pub(crate) fn difference(settings: &Settings, run: &str) -> Result<Difference, RunsError> {
    let again = log_of(settings, run)?;
    let live = reach_transport(settings)?;
    let Sides { published, made } = sides(live.as_ref(), again.as_ref())?;
    Ok(compare(&published, &made))
}

/// A run that is to be promoted.
pub(crate) struct Finished {
    again: Arc<dyn Transport>,
    /// What it has to offer.
    pub offer: Offer,
}

impl Finished {
    /// Compares a run that is through with what is published.
    pub fn open(settings: &Settings, live: &dyn Transport, run: &str) -> Result<Self, RunsError> {
        let again = log_of(settings, run)?;
        for (stage, input) in [AT_WORK[0], AT_WORK[1]] {
            let left = again.backlog(stage, input)?;
            if left > 0 {
                let run = run.to_owned();
                return Err(RunsError::NotThrough { run, stage, left });
            }
        }
        let Sides { published, made } = sides(live, again.as_ref())?;
        let offer = Offer::of(&published, &made);
        Ok(Self { again, offer })
    }

    /// Gives every clean story of the run that is to be promoted to `each`, in the order of the run.
    pub fn each<E: From<TransportError>>(
        &mut self,
        mut each: impl FnMut(Outgoing) -> Result<(), E>,
    ) -> Result<(), E> {
        let offer = &mut self.offer;
        read(self.again.as_ref(), Topic::Clean, |record| {
            offer.take(&record).map_or(Ok(()), &mut each)
        })
    }
}

/// Deletes what a run wrote: its log, and whatever else is kept of it.
pub(crate) fn remove(settings: &Settings, run: &str) -> Result<(), RunsError> {
    drop(log_of(settings, run)?);
    let own = of_run(settings.clone(), run);
    let services = AT_WORK.map(|(service, _)| service);
    delete_log(&own, &services)?;
    match settings.transport.kind {
        TransportKind::Kafka => Ok(()),
        TransportKind::Embedded => {
            std::fs::remove_dir_all(&own.data_dir).map_err(|source| RunsError::Folder {
                folder: own.data_dir.display().to_string(),
                source,
            })
        }
    }
}

/// The newest value of each key of a topic; a tombstone takes it away.
fn newest(
    transport: &dyn Transport,
    topic: Topic,
) -> Result<BTreeMap<String, Value>, TransportError> {
    let mut found = BTreeMap::new();
    read(transport, topic, |record| {
        let value = record.value.as_deref().map(serde_json::from_slice);
        match value {
            // Of raw items only the keys are looked at.
            Some(Ok(_)) if topic == Topic::Raw => found.insert(record.key, Value::Null),
            Some(Ok(value)) => found.insert(record.key, value),
            Some(Err(_)) | None => found.remove(&record.key),
        };
        Ok::<(), TransportError>(())
    })?;
    Ok(found)
}

/// Gives every record of a topic to `each`, up to its end.
fn read<E: From<TransportError>>(
    transport: &dyn Transport,
    topic: Topic,
    mut each: impl FnMut(Incoming) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = transport.reader(topic, Start::Earliest)?;
    loop {
        let records = reader.read(AT_ONCE, WAIT)?;
        if records.is_empty() && reader.at_end()? {
            return Ok(());
        }
        records.into_iter().try_for_each(&mut each)?;
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
    fn runs_are_told_from_other_topics_by_their_names() {
        let prefixes = ["", "run.may", "run.june-2", "run.x.y", "other.run.may"];
        let mut topics: Vec<String> = prefixes
            .into_iter()
            .map(TopicNames::with_prefix)
            .flat_map(|names| [Topic::Raw, Topic::Clean].map(|topic| names.physical(topic)))
            .collect();
        topics.push("run.of-others".to_owned());
        assert_eq!(runs_among(&topics, ""), ["june-2", "may"]);
        assert_eq!(runs_among(&topics, "other"), ["may"]);
        assert!(runs_among(&topics, "nobody").is_empty());
    }

    #[test]
    fn the_name_of_a_run_is_plain() {
        assert!(run_name("may-2026").is_ok());
        for wrong in ["", "May", "../x", "a.b", &"x".repeat(41)] {
            assert!(run_name(wrong).is_err(), "{wrong}");
        }
    }
}
