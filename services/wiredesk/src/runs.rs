//! Runs: what replays make of stories, in logs of their own beside the live one.

use std::collections::BTreeSet;
use std::sync::Arc;

use wiredesk_host::{HostError, delete_log, names_of_topics, reach_transport};
use wiredesk_model::{Outgoing, Topic, TopicNames};
use wiredesk_pipeline::{Transport, TransportError, read_to_end};
use wiredesk_replayer::{Comparison, Offer, ReplayError};
use wiredesk_settings::{Settings, TransportKind};

/// Folder of the logs of runs, below the data folder.
const FOLDER: &str = "runs";
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
    /// The two sides cannot be compared.
    #[error(transparent)]
    Compare(ReplayError),
}

impl From<ReplayError> for RunsError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Log(error) => Self::Log(error),
            error => Self::Compare(error),
        }
    }
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

/// What a run made of its stories, beside what is published of them.
pub(crate) fn compared(settings: &Settings, run: &str) -> Result<Comparison, RunsError> {
    let again = log_of(settings, run)?;
    let live = reach_transport(settings)?;
    let folder = settings.scratch_folder();
    Ok(Comparison::of(live.as_ref(), again.as_ref(), &folder)?)
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
        let folder = settings.scratch_folder();
        let offer = Offer::of(Comparison::of(live, again.as_ref(), &folder)?)?;
        Ok(Self { again, offer })
    }

    /// Gives every clean story of the run that is to be promoted to `each`, in the order of the run.
    pub fn each(
        &mut self,
        mut each: impl FnMut(Outgoing) -> Result<(), TransportError>,
    ) -> Result<(), RunsError> {
        let offer = &mut self.offer;
        read_to_end(self.again.as_ref(), Topic::Clean, |record| {
            let story = offer.take(&record)?;
            story.map_or(Ok(()), &mut each).map_err(RunsError::from)
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
