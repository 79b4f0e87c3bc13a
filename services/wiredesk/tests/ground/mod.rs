//! The log that a test runs on: the embedded one in a scratch folder, or that of a real Kafka.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use wiredesk_model::{Topic, TopicNames};
use wiredesk_pipeline::Transport;
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

/// A log with new topics, and a folder with a `wiredesk.toml` that names it.
pub struct Ground {
    pub transport: Arc<dyn Transport>,
    folder: TempDir,
}

impl Ground {
    /// On the embedded log.
    pub fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("wire.sqlite");
        let settings = EmbeddedSettings::at(path, TopicNames::default());
        let transport = EmbeddedTransport::open(settings).expect("a new log");
        Self::with(Arc::new(transport), folder, "")
    }

    /// On Kafka, under names of the test's own; `None` where there is none to be had.
    pub fn kafka(test: &str) -> Option<Self> {
        let bootstrap = bootstrap_for_tests(1)?;
        let prefix = format!("{test}-{}", std::process::id());
        let mut settings = KafkaSettings::new(&bootstrap);
        settings.names = TopicNames::with_prefix(&prefix);
        let transport = KafkaTransport::connect(settings).expect("the settings are right");
        let config = format!(
            "[transport]\nkind = \"kafka\"\n[transport.kafka]\nbootstrap = \"{bootstrap}\"\n\
             [topics]\nprefix = \"{prefix}\"\n"
        );
        let folder = tempfile::tempdir().expect("a scratch folder");
        Some(Self::with(Arc::new(transport), folder, &config))
    }

    fn with(transport: Arc<dyn Transport>, folder: TempDir, config: &str) -> Self {
        let config = format!("data_dir = \".\"\n{config}");
        std::fs::write(folder.path().join("wiredesk.toml"), config).expect("a new file");
        let specs: Vec<_> = Topic::ALL.iter().map(|topic| topic.spec(2)).collect();
        transport.create_topics(&specs).expect("new topics");
        Self { transport, folder }
    }

    /// Where a command finds its configuration.
    #[allow(dead_code, reason = "not every suite runs commands")]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
