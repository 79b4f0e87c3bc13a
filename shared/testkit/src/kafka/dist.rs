//! The class path of Apache Kafka, copied once into the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::server::{Jars, ServerError, file_error, succeeded};

/// Where the jars are, and how to run a class of them.
#[derive(Debug, Clone)]
pub(super) struct Dist {
    jars: Jars,
}

impl Dist {
    /// The jars named in `tests/kafka-dist/pom.xml`, downloaded where they are not there yet.
    pub(super) fn get() -> Result<Self, ServerError> {
        let prepare = |jars: &Jars| {
            let dist = Self { jars: jars.clone() };
            dist.format()?;
            dist.certify()
        };
        let jars = Jars::get("kafka-dist", "Apache Kafka", prepare)?;
        Ok(Self { jars })
    }

    /// `java` with the class path and `options`; the class and its arguments are still to come.
    pub(super) fn java_arguments(&self, options: &[&str]) -> Vec<String> {
        let mut arguments: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        arguments.extend([
            "-XX:+UseSerialGC".to_owned(),
            "-XX:TieredStopAtLevel=1".to_owned(),
            format!("-Dlog4j2.configurationFile={}", self.logging().display()),
            "-cp".to_owned(),
            self.jars.class_path(),
        ]);
        arguments
    }

    /// Runs `class` to its end.
    pub(super) fn run(&self, class: &str, arguments: &[&str]) -> Result<Output, ServerError> {
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
        self.jars.folder().join("formatted")
    }

    fn logging(&self) -> PathBuf {
        self.jars.folder().join("log4j2.properties")
    }

    fn format(&self) -> Result<(), ServerError> {
        let data = self.formatted();
        if data.join("meta.properties").exists() {
            return Ok(());
        }
        fs::write(self.logging(), LOGGING).map_err(file_error(&self.logging()))?;
        let config = self.jars.folder().join("format.properties");
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
        self.jars.folder().join("broker.p12")
    }

    /// The certificate alone, as clients take it.
    pub(super) fn certificate(&self) -> PathBuf {
        self.jars.folder().join("broker.pem")
    }

    fn certify(&self) -> Result<(), ServerError> {
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
