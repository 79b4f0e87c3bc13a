//! What is said where no broker answers.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use wiredesk_model::{InstanceId, Topic};
use wiredesk_pipeline::{Membership, Transport, TransportError};
use wiredesk_transport_kafka::{KafkaSettings, KafkaTransport};

fn transport(bootstrap: &str, properties: &[(&str, &str)]) -> KafkaTransport {
    let mut settings = KafkaSettings::new(bootstrap);
    settings.request_timeout = Duration::from_secs(2);
    for (key, value) in properties {
        settings
            .client
            .insert((*key).to_owned(), (*value).to_owned());
    }
    KafkaTransport::connect(settings).expect("the settings are right")
}

#[test]
fn a_refused_connection_is_told_with_the_brokers_tried() {
    let free = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = free.local_addr().expect("an address").to_string();
    drop(free);
    let kafka = transport(&address, &[]);
    let begun = Instant::now();
    let error = kafka.check(Duration::from_secs(1)).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(
        matches!(&error, TransportError::Unavailable(text)
            if text.contains(&address) && text.contains("nothing listens there")),
        "{error}"
    );
    let membership = Membership {
        service: "cleaner".to_owned(),
        instance: InstanceId::from("one"),
        inputs: vec![Topic::Raw],
    };
    let error = kafka.join(&membership).map(drop).unwrap_err();
    assert!(
        matches!(&error, TransportError::Unavailable(text) if text.contains(&address)),
        "{error}"
    );
    let error = kafka
        .writer(&InstanceId::from("one"))
        .map(drop)
        .unwrap_err();
    assert!(matches!(error, TransportError::Unavailable(_)), "{error}");
}

#[test]
fn a_listener_that_speaks_no_tls_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        use std::io::Write;
        // Kept open: a connection that ends at once can hide what was said on it.
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"220 not kafka\r\n");
            open.push(stream);
        }
    });
    let kafka = transport(&address, &[("security.protocol", "ssl")]);
    let error = kafka.check(Duration::from_secs(3)).unwrap_err().to_string();
    assert!(error.contains("TLS") || error.contains("SSL"), "{error}");
}
