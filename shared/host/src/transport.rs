//! The configured transport, and the limits as the runner wants them.

use std::sync::Arc;
use std::time::Duration;

use wiredesk_model::{Timestamp, Topic};
use wiredesk_pipeline::{LogCopy, RunnerSettings, StoppedLog, Transport, TransportError};
use wiredesk_settings::{EmbeddedSection, KafkaSection, RunnerSection, Settings, TransportKind};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

use crate::HostError;

/// Opens the configured transport. With the embedded one, its folder and the topics are made where
/// they are missing; on Kafka, `wiredesk topics create` does that, because its owners decide there.
///
/// # Errors
/// Where it cannot be opened. A broker that is down is no error: services wait for it.
pub fn open_transport(settings: &Settings) -> Result<Arc<dyn Transport>, HostError> {
    if settings.transport.kind == TransportKind::Embedded {
        make_folder(settings)?;
    }
    let transport = reach_transport(settings)?;
    if settings.transport.kind == TransportKind::Embedded {
        transport
            .create_topics(&settings.topics.specs())
            .map_err(|source| failed("embedded", source))?;
    }
    Ok(transport)
}

/// Opens the configured transport as it stands, and makes no topic: for looking only.
///
/// # Errors
/// As [`open_transport`]; also where the folder of the embedded one is missing.
pub fn reach_transport(settings: &Settings) -> Result<Arc<dyn Transport>, HostError> {
    match settings.transport.kind {
        TransportKind::Embedded => {
            let embedded = EmbeddedTransport::open(embedded_settings(settings))
                .map_err(|source| failed("embedded", source))?;
            Ok(Arc::new(embedded))
        }
        TransportKind::Kafka => {
            let kafka = connect(settings).map_err(|source| failed("kafka", source))?;
            Ok(Arc::new(kafka))
        }
    }
}

/// The two ends of a move from one machine to a cluster.
pub struct MoveEnds {
    /// The embedded log.
    pub from: Box<dyn StoppedLog>,
    /// The topics of the cluster.
    pub to: Box<dyn LogCopy>,
}

/// Opens the embedded log of the data folder, which must be there, and the configured cluster.
///
/// # Errors
/// Where one of the two cannot be opened.
pub fn move_ends(settings: &Settings) -> Result<MoveEnds, HostError> {
    let from = EmbeddedTransport::open(embedded_settings(settings))
        .map_err(|source| failed("embedded", source))?;
    let to = connect(settings).and_then(|kafka| {
        kafka.check(Duration::from_millis(
            settings.transport.kafka.request_timeout_ms,
        ))?;
        kafka.copy()
    });
    Ok(MoveEnds {
        from: Box::new(from),
        to: to.map_err(|source| failed("kafka", source))?,
    })
}

/// Deletes a log that nobody needs any more: the file of an embedded one, the topics and groups of
/// one on Kafka.
///
/// # Errors
/// Where somebody works with it, and where it cannot be deleted.
pub fn delete_log(settings: &Settings, services: &[&str]) -> Result<(), TransportError> {
    match settings.transport.kind {
        TransportKind::Embedded => delete_file(settings),
        TransportKind::Kafka => connect(settings)?.delete_topics(&Topic::ALL, services),
    }
}

/// Names of all topics on the Kafka cluster, under any prefix.
///
/// # Errors
/// Where the brokers cannot be asked.
pub fn names_of_topics(settings: &Settings) -> Result<Vec<String>, TransportError> {
    connect(settings)?.names_of_topics()
}

fn delete_file(settings: &Settings) -> Result<(), TransportError> {
    let file = settings.embedded_file();
    let log = EmbeddedTransport::open(embedded_settings(settings))?;
    if log.is_at_work(Timestamp::now().as_millisecond())? {
        return Err(TransportError::Invalid(format!(
            "somebody works with {}: stop that first",
            file.display()
        )));
    }
    drop(log);
    for ending in ["", "-wal", "-shm"] {
        let mut path = file.clone().into_os_string();
        path.push(ending);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let path = file.display();
                return Err(TransportError::Fatal(format!(
                    "cannot delete {path}: {error}"
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

fn connect(settings: &Settings) -> Result<KafkaTransport, TransportError> {
    KafkaTransport::connect(kafka_settings(settings))
}

fn make_folder(settings: &Settings) -> Result<(), HostError> {
    let file = settings.embedded_file();
    let Some(folder) = file.parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        let text = format!("cannot make the folder {}: {error}", folder.display());
        failed("embedded", TransportError::Fatal(text))
    })
}

fn failed(kind: &'static str, source: TransportError) -> HostError {
    HostError::Transport { kind, source }
}

fn embedded_settings(settings: &Settings) -> EmbeddedSettings {
    let section: &EmbeddedSection = &settings.transport.embedded;
    EmbeddedSettings {
        session_timeout: Duration::from_millis(section.session_timeout_ms),
        max_record_bytes: bytes(section.max_record_bytes),
        max_file_bytes: (section.max_file_bytes > 0).then_some(section.max_file_bytes),
        ..EmbeddedSettings::at(settings.embedded_file(), settings.topics.names())
    }
}

fn kafka_settings(settings: &Settings) -> KafkaSettings {
    let section: &KafkaSection = &settings.transport.kafka;
    KafkaSettings {
        names: settings.topics.names(),
        replication: (section.replication > 0).then_some(section.replication),
        transaction_timeout: Duration::from_millis(section.transaction_timeout_ms),
        session_timeout: Duration::from_millis(section.session_timeout_ms),
        request_timeout: Duration::from_millis(section.request_timeout_ms),
        client: section
            .client
            .iter()
            .map(|(key, value)| (key.clone(), value.reveal().to_owned()))
            .collect(),
        ..KafkaSettings::new(section.bootstrap.clone())
    }
}

/// The runner's limits from its section.
pub fn runner_settings(section: &RunnerSection) -> RunnerSettings {
    let usual = RunnerSettings::default();
    RunnerSettings {
        batch_records: section.batch_records as usize,
        batch_bytes: bytes(section.batch_bytes),
        pending_records: section.pending_records as usize,
        pending_bytes: bytes(section.pending_bytes),
        threads: match section.threads {
            0 => usual.threads,
            threads => threads as usize,
        },
        max_attempts: section.max_attempts,
        storm_run: section.storm_run,
        storm_ratio: section.storm_ratio,
        storm_window: section.storm_window,
        drain_limit: Duration::from_millis(section.drain_limit_ms),
        backoff_limit: Duration::from_millis(section.backoff_limit_ms),
        lag_limit: section.lag_limit_records,
    }
}

fn bytes(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_settings_are_those_of_the_crates_they_are_for() {
        let settings = Settings::default();
        assert_eq!(runner_settings(&settings.runner), RunnerSettings::default());
        let kafka = KafkaSettings::new(settings.transport.kafka.bootstrap.clone());
        assert_eq!(
            format!("{:?}", kafka_settings(&settings)),
            format!("{kafka:?}")
        );
        let embedded = embedded_settings(&settings);
        let usual = EmbeddedSettings::at(settings.embedded_file(), settings.topics.names());
        assert_eq!(format!("{embedded:?}"), format!("{usual:?}"));
    }

    #[test]
    fn the_embedded_transport_comes_with_its_folder_and_topics() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings {
            data_dir: folder.path().join("new").join("deep"),
            ..Settings::default()
        };
        let transport = open_transport(&settings).expect("it opens");
        for spec in settings.topics.specs() {
            assert_eq!(transport.partitions(spec.topic).ok(), Some(spec.partitions));
        }
    }
}
