//! Brokers that ask for TLS and a login: what is compiled in also works.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod bench;

use std::time::Duration;

use bench::KafkaBench;
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic};
use wiredesk_pipeline::{Start, Transport, TransportError};
use wiredesk_testkit::kafka::{Secured, bootstrap_from_env, cluster_for_tests};
use wiredesk_testkit::wait::wait_for;
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

/// The secured listeners; `None` where the environment names brokers, which have none of ours.
fn secured() -> Option<Secured> {
    if bootstrap_from_env().is_some() {
        wiredesk_testkit::skip::skipped(
            "TLS and SASL",
            "the brokers of KAFKA_BOOTSTRAP have no secured listener of ours",
        );
        return None;
    }
    cluster_for_tests(1).map(|cluster| cluster.secured())
}

fn settings(secured: &Secured, mechanism: &str) -> KafkaSettings {
    let namespace = format!("secured-{}", mechanism.to_lowercase());
    let mut settings = KafkaBench::on(&secured.bootstrap, &namespace).settings();
    let properties = [
        ("security.protocol", "sasl_ssl"),
        ("ssl.ca.location", secured.certificate.to_str().unwrap()),
        ("sasl.mechanism", mechanism),
        ("sasl.username", secured.user),
        ("sasl.password", secured.password),
    ];
    for (key, value) in properties {
        settings.client.insert(key.to_owned(), value.to_owned());
    }
    settings
}

fn a_record_goes_there_and_back(settings: KafkaSettings) {
    let kafka = KafkaTransport::connect(settings).unwrap();
    kafka.check(Duration::from_secs(10)).unwrap();
    kafka.create_topics(&[Topic::Raw.spec(1)]).unwrap();
    let mut writer = kafka.writer(&InstanceId::from("one")).unwrap();
    let record = Outgoing {
        topic: Topic::Raw,
        key: "story".to_owned(),
        value: Some(b"text".to_vec()),
        headers: Headers::new(),
    };
    writer.write(vec![record]).unwrap();
    let mut reader = kafka.reader(Topic::Raw, Start::Earliest).unwrap();
    let found = wait_for("the record", Duration::from_secs(20), || {
        reader.read(1, Duration::from_millis(100)).unwrap().pop()
    });
    assert_eq!(found.key, "story");
}

#[test]
fn a_record_goes_there_and_back_over_tls_with_plain() {
    if let Some(secured) = secured() {
        a_record_goes_there_and_back(settings(&secured, "PLAIN"));
    }
}

#[test]
fn a_record_goes_there_and_back_over_tls_with_scram() {
    if let Some(secured) = secured() {
        a_record_goes_there_and_back(settings(&secured, "SCRAM-SHA-256"));
    }
}

#[test]
fn a_wrong_password_is_told_and_not_printed() {
    let Some(secured) = secured() else {
        return;
    };
    let mut settings = settings(&secured, "PLAIN");
    let wrong = "open sesame".to_owned();
    settings.client.insert("sasl.password".to_owned(), wrong);
    let kafka = KafkaTransport::connect(settings).unwrap();
    let error = kafka.check(Duration::from_secs(5)).unwrap_err();
    assert!(
        matches!(&error, TransportError::Invalid(text)
            if text.contains("login was refused") && !text.contains("sesame")),
        "{error}"
    );
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let Some(secured) = secured() else {
        return;
    };
    let mut settings = settings(&secured, "PLAIN");
    settings.client.remove("ssl.ca.location");
    let kafka = KafkaTransport::connect(settings).unwrap();
    let error = kafka.check(Duration::from_secs(5)).unwrap_err().to_string();
    assert!(error.contains("TLS handshake failed"), "{error}");
}
