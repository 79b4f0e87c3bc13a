//! A cluster of brokers on loopback.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use super::broker::Broker;
use super::dist::{Dist, PASSWORD, USER};
use crate::relay::Relay;
use crate::server::{ServerError, file_error, succeeded};

/// Below the range that outgoing connections take their ports from: a client that looks for a
/// stopped broker could otherwise be given its port.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// Tries with other ports where somebody was faster to take one.
const PORT_TRIES: usize = 5;

/// How to reach the brokers over TLS with a login.
#[derive(Debug, Clone)]
pub struct Secured {
    /// Addresses of the listeners that ask for it.
    pub bootstrap: String,
    /// The certificate that the brokers show, signed by itself.
    pub certificate: PathBuf,
    /// A user, known for PLAIN and for SCRAM-SHA-256.
    pub user: &'static str,
    /// The user's password.
    pub password: &'static str,
}

/// Brokers of a real Apache Kafka. They end, and their data goes, when this is dropped or the
/// process ends.
#[derive(Debug)]
pub struct KafkaCluster {
    dist: Dist,
    bootstrap: String,
    secured_bootstrap: String,
    relays: Vec<Relay>,
    folders: Vec<PathBuf>,
    running: Vec<Mutex<Option<Broker>>>,
    // Last: the brokers end before their folders go.
    _root: TempDir,
}

impl KafkaCluster {
    /// Starts `brokers` brokers and waits until all serve clients.
    ///
    /// # Errors
    /// Where a program is missing, or a broker does not become ready.
    pub fn start(brokers: usize) -> Result<Self, ServerError> {
        let dist = Dist::get()?;
        for _ in 1..PORT_TRIES {
            if let Some(cluster) = Self::try_start(&dist, brokers)? {
                return Ok(cluster);
            }
        }
        Err(ServerError::Program {
            what: "start brokers".to_owned(),
            output: "the ports chosen were taken each time".to_owned(),
        })
    }

    /// The cluster shared by the tests of this process; started with `brokers` brokers by the
    /// first who asks.
    ///
    /// # Errors
    /// Where a program is missing, or a broker does not become ready.
    pub fn shared(brokers: usize) -> Result<&'static Self, ServerError> {
        static SHARED: OnceLock<KafkaCluster> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if SHARED.get().is_none() {
            SHARED.set(Self::start(brokers)?).ok();
        }
        SHARED.get().ok_or_else(|| ServerError::Program {
            what: "share a cluster".to_owned(),
            output: "it is gone".to_owned(),
        })
    }

    /// Addresses of the brokers.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// How to reach the brokers over TLS with a login.
    pub fn secured(&self) -> Secured {
        Secured {
            bootstrap: self.secured_bootstrap.clone(),
            certificate: self.dist.certificate(),
            user: USER,
            password: PASSWORD,
        }
    }

    /// Addresses of the brokers behind relays ([`KafkaCluster::relay`]): who begins with these
    /// reaches the brokers through them only.
    pub fn relayed_bootstrap(&self) -> String {
        addresses(self.relays.iter().map(Relay::port))
    }

    /// The relay in front of broker `i`.
    pub fn relay(&self, i: usize) -> &Relay {
        &self.relays[i]
    }

    /// How many brokers there are, running or not.
    pub fn brokers(&self) -> usize {
        self.folders.len()
    }

    /// Ends broker `i` at once, as `kill -9` does; its data stays.
    ///
    /// # Errors
    /// Where it could not be reached.
    pub fn kill(&self, i: usize) -> Result<(), ServerError> {
        self.end(i, "KILL")
    }

    /// Asks broker `i` to stop and waits until it has; its data stays.
    ///
    /// # Errors
    /// Where it could not be reached.
    pub fn stop(&self, i: usize) -> Result<(), ServerError> {
        self.end(i, "TERM")
    }

    /// Starts broker `i` again, at its old address, and waits until it serves clients.
    ///
    /// # Errors
    /// Where it does not become ready.
    pub fn start_broker(&self, i: usize) -> Result<(), ServerError> {
        let mut running = self.slot(i);
        if running.is_some() {
            return Ok(());
        }
        let broker = Broker::start(&self.dist, i, &self.folders[i])?;
        let ready = broker.wait_until_ready()?;
        let log = broker.log();
        *running = Some(broker);
        match ready {
            true => Ok(()),
            false => Err(ServerError::Program {
                what: format!("start broker {i} again"),
                output: log,
            }),
        }
    }

    /// Deletes topics with the tool of Kafka's own; those that are not there are left out.
    ///
    /// # Errors
    /// Where the tool is missing or fails.
    pub fn delete_topics(&self, names: &[String]) -> Result<(), ServerError> {
        let names = names.join(",");
        let output = self.dist.run(
            "org.apache.kafka.tools.TopicCommand",
            &[
                "--bootstrap-server",
                &self.bootstrap,
                "--delete",
                "--if-exists",
                "--topic",
                &names,
            ],
        )?;
        succeeded("delete topics", &output)
    }

    /// Whether every partition has all of its copies in step. Only then does the loss of one
    /// broker leave each partition with a leader.
    ///
    /// # Errors
    /// Where the tool of Kafka's own is missing or fails.
    pub fn is_in_step(&self) -> Result<bool, ServerError> {
        let output = self.dist.run(
            "org.apache.kafka.tools.TopicCommand",
            &[
                "--bootstrap-server",
                &self.bootstrap,
                "--describe",
                "--under-replicated-partitions",
            ],
        )?;
        succeeded("describe topics", &output)?;
        Ok(!String::from_utf8_lossy(&output.stdout).contains("Topic:"))
    }

    fn end(&self, i: usize, signal: &str) -> Result<(), ServerError> {
        match self.slot(i).take() {
            Some(mut broker) => broker.end(signal),
            None => Ok(()),
        }
    }

    fn slot(&self, i: usize) -> std::sync::MutexGuard<'_, Option<Broker>> {
        self.running[i]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn try_start(dist: &Dist, brokers: usize) -> Result<Option<Self>, ServerError> {
        let root = TempDir::with_prefix("kafka-").map_err(file_error(Path::new("tmp")))?;
        let ports = Ports::choose(brokers);
        let relayed = |port: &u16| Relay::to(SocketAddr::from(([127, 0, 0, 1], *port)));
        let relays: Vec<Relay> = ports.relayed.iter().map(relayed).collect();
        let mut folders = Vec::new();
        let mut running = Vec::new();
        for (node, relay) in relays.iter().enumerate() {
            let folder = root.path().join(format!("broker{node}"));
            prepare(dist, node, (&ports, relay.port()), &folder)?;
            folders.push(folder);
        }
        for (node, folder) in folders.iter().enumerate() {
            running.push(Broker::start(dist, node, folder)?);
        }
        for broker in &running {
            if !broker.wait_until_ready()? {
                return Ok(None);
            }
        }
        Ok(Some(Self {
            dist: dist.clone(),
            bootstrap: addresses(ports.clients.iter().copied()),
            secured_bootstrap: addresses(ports.secured.iter().copied()),
            relays,
            folders,
            running: running
                .into_iter()
                .map(|one| Mutex::new(Some(one)))
                .collect(),
            _root: root,
        }))
    }
}

/// The ports of all brokers, one a broker in each list.
struct Ports {
    clients: Vec<u16>,
    secured: Vec<u16>,
    /// Those that relays pass on to.
    relayed: Vec<u16>,
    controllers: Vec<u16>,
}

impl Ports {
    fn choose(brokers: usize) -> Self {
        let mut clients = free_ports(brokers * 4);
        let mut secured = clients.split_off(brokers);
        let mut relayed = secured.split_off(brokers);
        let controllers = relayed.split_off(brokers);
        Self {
            clients,
            secured,
            relayed,
            controllers,
        }
    }
}

fn addresses(ports: impl Iterator<Item = u16>) -> String {
    let addresses: Vec<String> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
    addresses.join(",")
}

/// Ports of loopback that nobody listens on.
fn free_ports(count: usize) -> Vec<u16> {
    let random = RandomState::new();
    let mut listeners: Vec<(u16, TcpListener)> = Vec::new();
    for attempt in 0_u64.. {
        if listeners.len() == count {
            break;
        }
        let span = u64::from(PORTS.end - PORTS.start);
        let port = PORTS.start + (random.hash_one(attempt) % span) as u16;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            listeners.push((port, listener));
        }
    }
    listeners.into_iter().map(|(port, _)| port).collect()
}

/// Writes the configuration of a broker, and its formatted data folder.
fn prepare(
    dist: &Dist,
    node: usize,
    ports: (&Ports, u16),
    folder: &Path,
) -> Result<(), ServerError> {
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(file_error(&data))?;
    let template = dist.formatted();
    for name in ["bootstrap.checkpoint", "meta.properties"] {
        let from = template.join(name);
        let bytes = fs::read(&from).map_err(file_error(&from))?;
        let to = data.join(name);
        let bytes = match name {
            "meta.properties" => identity(&bytes, node),
            _ => bytes,
        };
        fs::write(&to, bytes).map_err(file_error(&to))?;
    }
    let config = folder.join("server.properties");
    let text = configuration(node, ports, &data) + &login(dist) + SMALL_AND_FAST;
    fs::write(&config, text).map_err(file_error(&config))
}

/// The identity of a data folder for another node; the broker gives the folder its own id.
fn identity(bytes: &[u8], node: usize) -> Vec<u8> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter(|line| !line.starts_with("directory.id="))
        .map(|line| match line.starts_with("node.id=") {
            true => format!("node.id={}\n", node + 1),
            false => format!("{line}\n"),
        })
        .collect::<String>()
        .into_bytes()
}

/// `ports` are those of all brokers, and the one of the relay in front of this one.
fn configuration(node: usize, (ports, relay): (&Ports, u16), data: &Path) -> String {
    let brokers = ports.clients.len();
    let copies = brokers.min(3);
    let in_sync = if brokers >= 3 { 2 } else { 1 };
    let (client, secured) = (ports.clients[node], ports.secured[node]);
    let relayed = ports.relayed[node];
    let controller = ports.controllers[node];
    let voters: Vec<String> = (1..)
        .zip(&ports.controllers)
        .map(|(voter, port)| format!("{voter}@127.0.0.1:{port}"))
        .collect();
    let client_listeners = format!("PLAINTEXT://127.0.0.1:{client},SECURED://127.0.0.1:{secured}");
    format!(
        "process.roles=broker,controller\n\
         node.id={}\n\
         listeners={client_listeners},RELAYED://127.0.0.1:{relayed},\
         CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners={client_listeners},RELAYED://127.0.0.1:{relay}\n\
         listener.security.protocol.map=\
         PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL,RELAYED:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=PLAINTEXT\n\
         controller.listener.names=CONTROLLER\n\
         controller.quorum.voters={}\n\
         log.dirs={}\n\
         default.replication.factor={copies}\n\
         min.insync.replicas={in_sync}\n\
         offsets.topic.replication.factor={copies}\n\
         transaction.state.log.replication.factor={copies}\n\
         transaction.state.log.min.isr={in_sync}\n\
         share.coordinator.state.topic.replication.factor={copies}\n\
         share.coordinator.state.topic.min.isr={in_sync}\n",
        node + 1,
        voters.join(","),
        data.display(),
    )
}

/// TLS and logins of the secured listener.
fn login(dist: &Dist) -> String {
    let modules = "org.apache.kafka.common.security";
    format!(
        "listener.name.secured.ssl.keystore.type=PKCS12\n\
         listener.name.secured.ssl.keystore.location={}\n\
         listener.name.secured.ssl.keystore.password={PASSWORD}\n\
         listener.name.secured.ssl.key.password={PASSWORD}\n\
         listener.name.secured.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256\n\
         listener.name.secured.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required \
         user_{USER}=\"{PASSWORD}\";\n\
         listener.name.secured.scram-sha-256.sasl.jaas.config={modules}.scram.ScramLoginModule \
         required;\n",
        dist.keystore().display(),
    )
}

/// What makes brokers small, and quick to do what a test waits for.
const SMALL_AND_FAST: &str = "\
auto.create.topics.enable=false
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
num.io.threads=4
num.network.threads=2
background.threads=2
log.index.size.max.bytes=1048576
log.cleaner.backoff.ms=500
log.cleaner.dedupe.buffer.size=10485760
log.cleaner.io.buffer.size=262144
log.cleaner.delete.retention.ms=1000
log.segment.delete.delay.ms=1000
log.roll.ms=2000
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_are_distinct() {
        let mut ports = free_ports(6);
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 6);
    }

    #[test]
    fn another_node_gets_an_identity_of_its_own() {
        let bytes = b"node.id=1\ndirectory.id=abc\nversion=1\n";
        assert_eq!(identity(bytes, 2), b"node.id=3\nversion=1\n");
    }
}
