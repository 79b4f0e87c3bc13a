//! The class path of Apache Kafka, copied once into the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{KafkaError, file_error};

/// Where the jars are, and how to run a class of them.
#[derive(Debug, Clone)]
pub(super) struct Dist {
    folder: PathBuf,
}

impl Dist {
    /// The jars named in `tests/kafka-dist/pom.xml`, downloaded where they are not there yet.
    pub(super) fn get() -> Result<Self, KafkaError> {
        require("java", "apt-get install openjdk-17-jre-headless")?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let pom = root.join("tests/kafka-dist/pom.xml");
        let wanted = fs::read_to_string(&pom).map_err(file_error(&pom))?;
        let folder = target(&root).join("kafka-dist");
        fs::create_dir_all(&folder).map_err(file_error(&folder))?;

        // Several test processes may come here at once; the first one downloads.
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(file_error(&lock_path))?;
        lock.lock().map_err(file_error(&lock_path))?;
        let stamp = folder.join("stamp.pom.xml");
        if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
            download(&pom, &folder)?;
            fs::write(&stamp, wanted).map_err(file_error(&stamp))?;
        }
        let dist = Self { folder };
        dist.format()?;
        dist.certify()?;
        Ok(dist)
    }

    /// `java` with the class path and `options`; the class and its arguments are still to come.
    pub(super) fn java_arguments(&self, options: &[&str]) -> Vec<String> {
        let mut arguments: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        arguments.extend([
            "-XX:+UseSerialGC".to_owned(),
            "-XX:TieredStopAtLevel=1".to_owned(),
            format!("-Dlog4j2.configurationFile={}", self.logging().display()),
            "-cp".to_owned(),
            format!("{}/*", self.folder.join("jars").display()),
        ]);
        arguments
    }

    /// Runs `class` to its end.
    pub(super) fn run(&self, class: &str, arguments: &[&str]) -> Result<Output, KafkaError> {
        Command::new("java")
            .args(self.java_arguments(&["-Xmx128m"]))
            .arg(class)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(file_error(Path::new("java")))
    }

    /// A formatted data folder, to be copied for each broker: formatting takes longer than that.
    pub(super) fn formatted(&self) -> PathBuf {
        self.folder.join("formatted")
    }

    fn logging(&self) -> PathBuf {
        self.folder.join("log4j2.properties")
    }

    fn format(&self) -> Result<(), KafkaError> {
        let data = self.formatted();
        if data.join("meta.properties").exists() {
            return Ok(());
        }
        fs::write(self.logging(), LOGGING).map_err(file_error(&self.logging()))?;
        let config = self.folder.join("format.properties");
        let text = format!(
            "process.roles=broker,controller\nnode.id=1\n\
             listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n\
             controller.listener.names=CONTROLLER\ncontroller.quorum.voters=1@127.0.0.1:2\n\
             log.dirs={}\n",
            data.display()
        );
        fs::write(&config, text).map_err(file_error(&config))?;
        let config = config.to_string_lossy();
        let user = format!("SCRAM-SHA-256=[name={USER},password={PASSWORD}]");
        let arguments = [
            "format",
            "-t",
            CLUSTER_ID,
            "-c",
            config.as_ref(),
            "--add-scram",
            &user,
        ];
        let output = self.run("kafka.tools.StorageTool", &arguments)?;
        succeeded("format the data folder of a broker", &output)
    }

    /// The key and certificate of the brokers, as Java takes them.
    pub(super) fn keystore(&self) -> PathBuf {
        self.folder.join("broker.p12")
    }

    /// The certificate alone, as clients take it.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.join("broker.pem")
    }

    fn certify(&self) -> Result<(), KafkaError> {
        if self.certificate().exists() {
            return Ok(());
        }
        let keystore = self.keystore();
        fs::remove_file(&keystore).ok();
        let keytool = |arguments: &[&str]| {
            let output = Command::new("keytool")
                .args(arguments)
                .args(["-alias", "broker", "-storepass", PASSWORD, "-keystore"])
                .arg(&keystore)
                .stdin(Stdio::null())
                .output()
                .map_err(file_error(Path::new("keytool")))?;
            succeeded("make a certificate for the brokers", &output)
        };
        keytool(&[
            "-genkeypair",
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-storetype",
            "PKCS12",
            "-dname",
            "CN=127.0.0.1",
            "-ext",
            "SAN=ip:127.0.0.1",
            "-validity",
            "3650",
        ])?;
        let certificate = self.certificate();
        let certificate = certificate.to_string_lossy();
        keytool(&["-exportcert", "-rfc", "-file", certificate.as_ref()])
    }
}

/// A user that the brokers know, for PLAIN and for SCRAM.
pub(super) const USER: &str = "wire";
/// The password of [`USER`], and of the key store.
pub(super) const PASSWORD: &str = "wire-secret";

/// Any 16 bytes in base64 do.
const CLUSTER_ID: &str = "d2lyZWRlc2stdGVzdHMtMQ";

const LOGGING: &str = "\
appender.out.type = Console
appender.out.name = out
appender.out.target = SYSTEM_ERR
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
";

fn download(pom: &Path, folder: &Path) -> Result<(), KafkaError> {
    require("mvn", "apt-get install maven")?;
    eprintln!("fetching Apache Kafka from Maven Central, once");
    let jars = folder.join("jars");
    for old in [&jars, &folder.join("formatted")] {
        if old.exists() {
            fs::remove_dir_all(old).map_err(file_error(old))?;
        }
    }
    let output = Command::new("mvn")
        .args(["-q", "-B", "-f"])
        .arg(pom)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", jars.display()))
        .stdin(Stdio::null())
        .output()
        .map_err(file_error(Path::new("mvn")))?;
    succeeded("fetch Apache Kafka from Maven Central", &output)
}

/// The target folder of the workspace.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn require(program: &'static str, install: &'static str) -> Result<(), KafkaError> {
    let found = Command::new(program)
        .arg("-version")
        .stdin(Stdio::null())
        .output();
    match found {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(KafkaError::Missing { program, install }),
    }
}

pub(super) fn succeeded(what: &str, output: &Output) -> Result<(), KafkaError> {
    if output.status.success() {
        return Ok(());
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(KafkaError::Program {
        what: what.to_owned(),
        output: last_lines(&text, 20),
    })
}

pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
