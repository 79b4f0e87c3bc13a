#![allow(dead_code, reason = "each test binary uses its part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, not seen as tests"
)]
//! A sender that pushes documents in, and a hub that delivers them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::common::Desk;

pub const SECRET: &str = "a secret of the town hall";

/// A request to the intake.
#[derive(Clone)]
pub struct Sent {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answered {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A push signed at `seconds`.
pub fn push(source: &str, id: &str, seconds: i64, body: &[u8]) -> Sent {
    let signed = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, &signed));
    Sent {
        method: "POST",
        path: format!("/v1/items?source={source}"),
        headers: vec![
            ("webhook-id".to_owned(), id.to_owned()),
            ("webhook-timestamp".to_owned(), seconds.to_string()),
            ("webhook-signature".to_owned(), format!("v1,{signature}")),
        ],
        body: body.to_vec(),
    }
}

impl Sent {
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn query(mut self, more: &str) -> Self {
        self.path.push_str(more);
        self
    }

    /// Sends it and reads the whole answer.
    pub fn send(&self, address: SocketAddr) -> Answered {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: wire.example\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.method,
            self.path,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // A body that is not wanted may be refused before all of it is sent.
        let _ = stream.write_all(&self.body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answered {
            status,
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }
}

/// Sends it while the desk commits whatever comes; gives the answer.
pub fn brought(desk: &mut Desk, address: SocketAddr, sent: Sent) -> Answered {
    let sending = std::thread::spawn(move || sent.send(address));
    while !sending.is_finished() {
        for production in desk.finished(Duration::from_millis(10)) {
            desk.commit(production);
        }
    }
    sending.join().unwrap()
}
