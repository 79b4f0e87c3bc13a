//! Runs on a real Apache Kafka of three brokers, reached through relays, with topics of their own.

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use wiredesk_model::{Topic, TopicNames};
use wiredesk_pipeline::Transport;
use wiredesk_testkit::kafka::{KafkaCluster, console_consume};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

use crate::check::Seen;
use crate::clock::ShiftedClock;
use crate::newsroom::Newsroom;
use crate::plan::{Fault, Ground, Plan, session};
use crate::scene::{self, Mending, Scene, let_pass};
use crate::witness::{Told, by_key, objections};

/// Of so many runs one is read by Kafka's own consumer too, which takes longer to start than to read.
const WITNESS_EVERY: u64 = 8;

/// How long the copies of a broker that was away may take to be in step again.
const IN_STEP_LIMIT: Duration = Duration::from_secs(60);

/// How long Kafka's console consumer waits for a record, the first time and after that. A run
/// beside this one may have just killed the leader of one of its partitions.
const WITNESS_PATIENCE: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(40),
    Duration::from_secs(120),
];

/// A run on Kafka.
pub struct KafkaScene {
    cluster: &'static KafkaCluster,
    names: TopicNames,
    clock: Option<ShiftedClock>,
    newsroom: Newsroom,
    has_witness: bool,
}

impl KafkaScene {
    pub fn new(plan: &Plan, cluster: &'static KafkaCluster) -> Self {
        let prefix = format!("chaos-{}-{}", std::process::id(), plan.seed);
        let session_ms = session(Ground::Kafka).as_millis();
        let transport = format!(
            "[transport]\nkind = \"kafka\"\n[transport.kafka]\nbootstrap = \"{}\"\n\
             session_timeout_ms = {session_ms}\ntransaction_timeout_ms = 6000\n\
             request_timeout_ms = 5000\n",
            cluster.relayed_bootstrap()
        );
        let newsroom = Newsroom::with_config(|data| {
            scene::config(data, &prefix, plan.batch_records, &transport)
        });
        let has_clock = plan.has(|fault| matches!(fault, Fault::Clock(..)));
        Self {
            cluster,
            names: TopicNames::with_prefix(&prefix),
            clock: has_clock.then(|| ShiftedClock::new(newsroom.path())),
            newsroom,
            has_witness: plan.seed % WITNESS_EVERY == 1,
        }
    }
}

impl Scene for KafkaScene {
    fn newsroom(&self) -> &Newsroom {
        &self.newsroom
    }

    fn open(&self) -> Result<Box<dyn Transport>, String> {
        let mut settings = KafkaSettings::new(self.cluster.bootstrap());
        settings.names = self.names.clone();
        let transport = KafkaTransport::connect(settings).map_err(|error| error.to_string())?;
        Ok(Box::new(transport))
    }

    fn prepare(&self, command: &mut Command) {
        if let Some(clock) = &self.clock {
            clock.wind(command);
        }
    }

    fn break_for_a_while(&self, fault: Fault) -> Option<Mending> {
        let cluster = self.cluster;
        let relays = move || (0..cluster.brokers()).map(|broker| cluster.relay(broker));
        let mending = match fault {
            Fault::BrokerKill(broker, time) => thread::spawn(move || {
                let _one = one_at_a_time();
                wait_until_in_step(cluster)?;
                cluster.kill(broker).map_err(|error| error.to_string())?;
                let_pass(time);
                start(cluster, broker)
            }),
            Fault::BrokerStop(broker, time) => thread::spawn(move || {
                let _one = one_at_a_time();
                wait_until_in_step(cluster)?;
                cluster.stop(broker).map_err(|error| error.to_string())?;
                let_pass(time);
                start(cluster, broker)
            }),
            Fault::Cut => {
                relays().for_each(|relay| relay.cut());
                return None;
            }
            Fault::Slow(delay, time) => thread::spawn(move || {
                relays().for_each(|relay| relay.set_delay(delay));
                let_pass(time);
                relays().for_each(|relay| relay.set_delay(Duration::ZERO));
                Ok(())
            }),
            Fault::Stall(broker, time) => thread::spawn(move || {
                cluster.relay(broker).set_stalled(true);
                let_pass(time);
                cluster.relay(broker).set_stalled(false);
                Ok(())
            }),
            Fault::Clock(seconds, time) => self.clock.clone()?.set_off(seconds, time),
            _ => return None,
        };
        Some(mending)
    }

    fn may_end(&self, _code: Option<i32>, _faults: &[Fault]) -> bool {
        // Services wait for brokers, however long they are away.
        false
    }

    fn outgrown(&self) -> Vec<String> {
        Vec::new()
    }

    fn witness(&self, seen: &Seen) -> Vec<String> {
        if !self.has_witness {
            return Vec::new();
        }
        let read = |topic| self.console(topic, seen.of(topic).len());
        match (read(Topic::Enriched), read(Topic::Current)) {
            (Ok(enriched), Ok(current)) => disagreements(seen, enriched, current),
            (Err(why), _) | (_, Err(why)) => vec![why],
        }
    }
}

impl KafkaScene {
    /// What Kafka's console consumer sees of a topic that holds so many records.
    fn console(&self, topic: Topic, records: usize) -> Result<Vec<Told>, String> {
        let (bootstrap, name) = (self.cluster.bootstrap(), self.names.physical(topic));
        let mut seen = Vec::new();
        // On a busy machine its patience may end before it has joined its group.
        for patience in WITNESS_PATIENCE {
            seen = console_consume(bootstrap, &name, records + 1, patience)
                .map_err(|error| format!("the console consumer: {error}"))?;
            if seen.len() >= records {
                break;
            }
        }
        Ok(seen.iter().map(Told::from).collect())
    }
}

/// What the console consumer has to object to, by itself and against our reader.
fn disagreements(seen: &Seen, enriched: Vec<Told>, current: Vec<Told>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (topic, theirs) in [(Topic::Enriched, &enriched), (Topic::Current, &current)] {
        let ours = seen.told(topic);
        if by_key(ours.clone()) != by_key(theirs.clone()) {
            wrong.push(format!(
                "the console consumer sees other records of {topic} than our reader, or in another \
                 order: {} and {}",
                theirs.len(),
                ours.len()
            ));
        }
    }
    let objections = objections(enriched, current).into_iter();
    wrong.extend(objections.map(|why| format!("the console consumer: {why}")));
    wrong
}

impl Drop for KafkaScene {
    fn drop(&mut self) {
        // What is left of a run would slow down all that follow.
        let names = Topic::ALL.map(|topic| self.names.physical(topic));
        let cluster = self.cluster;
        thread::spawn(move || {
            if let Err(error) = cluster.delete_topics(&names) {
                eprintln!("topics of a run stay: {error}");
            }
        });
    }
}

/// Two brokers of three are needed for anything to go on; runs beside each other share them.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static BROKERS: Mutex<()> = Mutex::new(());
    BROKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Only where every copy is in step does the loss of one broker leave each partition with a leader,
/// and on a partition without one Kafka 4.3 forgets the end of a transaction.
fn wait_until_in_step(cluster: &KafkaCluster) -> Result<(), String> {
    let begun = Instant::now();
    while !cluster.is_in_step().map_err(|error| error.to_string())? {
        if begun.elapsed() > IN_STEP_LIMIT {
            return Err(format!(
                "the brokers were not in step within {IN_STEP_LIMIT:?}"
            ));
        }
    }
    Ok(())
}

fn start(cluster: &KafkaCluster, broker: usize) -> Result<(), String> {
    cluster
        .start_broker(broker)
        .map_err(|error| error.to_string())
}
