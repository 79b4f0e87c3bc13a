//! A namespace on the cluster that the tests of this process share.
#![allow(dead_code)] // each test binary uses its own part of it

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use wiredesk_model::TopicNames;
use wiredesk_pipeline::Transport;
use wiredesk_testkit::conformance::{self, Bench, Limits};
use wiredesk_testkit::kafka::bootstrap_for_tests;
use wiredesk_transport_kafka::{CrashPoint, Fault, KafkaSettings, KafkaTransport};

const BOOTSTRAP: &str = "WIREDESK_TEST_BOOTSTRAP";
const PREFIX: &str = "WIREDESK_TEST_PREFIX";
const CRASH: &str = "WIREDESK_TEST_CRASH";
const INSTANCE: &str = "WIREDESK_TEST_INSTANCE";

/// Topics and groups under a prefix of their own.
pub struct KafkaBench {
    bootstrap: String,
    prefix: String,
}

impl KafkaBench {
    /// An empty namespace; `None` where no Kafka can be had here.
    pub fn new(namespace: &str) -> Option<Self> {
        bootstrap_for_tests(3).map(|bootstrap| Self::on(&bootstrap, namespace))
    }

    /// An empty namespace on these brokers.
    pub fn on(bootstrap: &str, namespace: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // A broker from the environment may hold what an earlier run left.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("{namespace}-{}-{count}", std::process::id());
        Self {
            bootstrap: bootstrap.to_owned(),
            prefix,
        }
    }

    /// Settings for this namespace, quick to notice what a test waits for.
    pub fn settings(&self) -> KafkaSettings {
        settings(&self.bootstrap, &self.prefix)
    }
}

/// A value that compresses about as text does.
pub fn value(number: usize, bytes: usize) -> Vec<u8> {
    let mut random = number as u64 | 1;
    (0..bytes)
        .map(|_| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            b'a' + (random >> 60) as u8
        })
        .collect()
}

fn settings(bootstrap: &str, prefix: &str) -> KafkaSettings {
    let mut settings = KafkaSettings::new(bootstrap);
    settings.names = TopicNames::with_prefix(prefix);
    settings.session_timeout = Duration::from_secs(3);
    settings.transaction_timeout = Duration::from_secs(5);
    let client = [("max.poll.interval.ms", "4000")];
    settings.client = client
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    settings
}

fn connect(settings: KafkaSettings) -> Box<dyn Transport> {
    Box::new(KafkaTransport::connect(settings).expect("the settings are right"))
}

impl Bench for KafkaBench {
    fn open(&self) -> Box<dyn Transport> {
        connect(self.settings())
    }

    fn limits(&self) -> Limits {
        Limits {
            event: Duration::from_secs(30),
            session: Duration::from_secs(40),
            quiet: Duration::from_millis(700),
            gaps: 1,
            record_bytes: Some(16 * 1024 * 1024),
        }
    }

    fn crash_points(&self) -> Vec<String> {
        let points = CrashPoint::ALL.iter();
        points.map(|point| format!("{point:?}")).collect()
    }

    fn worker(&self, instance: &str, crash_at: Option<&str>) -> Option<Command> {
        let mut command = Command::new(std::env::current_exe().ok()?);
        command
            .args(["worker_process", "--exact", "--nocapture"])
            .env(BOOTSTRAP, &self.bootstrap)
            .env(PREFIX, &self.prefix)
            .env(INSTANCE, instance)
            .env(CRASH, crash_at.unwrap_or_default());
        Some(command)
    }
}

/// Does what [`KafkaBench::worker`] was asked for, in the process that it started.
pub fn run_worker_if_asked() {
    let asked = [BOOTSTRAP, PREFIX, INSTANCE].map(|name| std::env::var(name).ok());
    if let [Some(bootstrap), Some(prefix), Some(instance)] = asked {
        let crash_at = std::env::var(CRASH).unwrap_or_default();
        let fault = Fault::of(move |point| {
            if format!("{point:?}") == crash_at {
                std::process::abort();
            }
        });
        let mut settings = settings(&bootstrap, &prefix);
        settings.fault = Some(fault);
        conformance::run_worker(&*connect(settings), &instance);
    }
}
