//! Feeds that a hub delivers.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;
mod sender;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use common::{Desk, HandClock, Log, local, quick, titles};
use ring::hmac;
use sender::{Answered, Sent, brought};
use wiredesk_fetcher::{FetchPage, FetcherSettings, IntakeSettings, SourceConfig};
use wiredesk_settings::Secret;
use wiredesk_testkit::web::{Answer, TestSite};

const RSS: &str = "application/rss+xml; charset=utf-8";
const PUBLIC: &str = "https://wire.example";
const TOPIC: &str = "https://post.example/the-feed";

/// A hub that asks back at once, before it answers.
struct Hub {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Where we really listen, once that is known.
    subscriber: Option<SocketAddr>,
    forms: Vec<BTreeMap<String, String>>,
    echoes: Vec<Answered>,
    status: u16,
}

impl Hub {
    fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            status: 202,
            ..Seen::default()
        }));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut length = 0;
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    let lower = line.to_ascii_lowercase();
                    if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let form: BTreeMap<String, String> =
                    url::form_urlencoded::parse(&body).into_owned().collect();
                let (subscriber, status) = {
                    let mut seen = shared.lock().unwrap();
                    seen.forms.push(form.clone());
                    (seen.subscriber, seen.status)
                };
                if let Some(subscriber) = subscriber.filter(|_| status == 202) {
                    let echo =
                        question(&form, TOPIC, "hub.challenge=again&hub.lease_seconds=86400");
                    let echo = echo.send(subscriber);
                    shared.lock().unwrap().echoes.push(echo);
                }
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
            }
        });
        Self { address, seen }
    }

    fn url(&self) -> String {
        format!("http://{}/hub", self.address)
    }

    fn forms(&self) -> Vec<BTreeMap<String, String>> {
        self.seen.lock().unwrap().forms.clone()
    }

    /// A delivery as the hub signs it.
    fn delivery(&self, body: &str) -> Sent {
        let form = self.forms().last().unwrap().clone();
        let key = hmac::Key::new(hmac::HMAC_SHA256, form["hub.secret"].as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let hex: String = tag
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Sent {
            method: "POST",
            path: callback(&form),
            headers: vec![
                ("Content-Type".to_owned(), RSS.to_owned()),
                ("X-Hub-Signature".to_owned(), format!("sha256={hex}")),
            ],
            body: body.as_bytes().to_vec(),
        }
    }
}

fn callback(form: &BTreeMap<String, String>) -> String {
    form["hub.callback"]
        .strip_prefix(PUBLIC)
        .unwrap()
        .to_owned()
}

/// What a hub asks to verify a subscription.
fn question(form: &BTreeMap<String, String>, topic: &str, rest: &str) -> Sent {
    let topic: String = url::form_urlencoded::byte_serialize(topic.as_bytes()).collect();
    Sent {
        method: "GET",
        path: format!(
            "{}?hub.mode=subscribe&hub.topic={topic}&{rest}",
            callback(form)
        ),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

fn document(hub: &Hub, items: &[(&str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(id, title)| {
            format!("<item><guid>https://post.example/{id}</guid><title>{title}</title><description>Text</description></item>")
        })
        .collect();
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>The Post</title>\
         <atom:link rel=\"hub\" href=\"{}\"/><atom:link rel=\"self\" href=\"{TOPIC}\"/>{items}</channel></rss>",
        hub.url()
    )
}

fn settings() -> FetcherSettings {
    FetcherSettings {
        intake: IntakeSettings {
            address: "127.0.0.1:0".to_owned(),
            public_url: PUBLIC.to_owned(),
            hub_secret: Secret::new("a secret for the hubs"),
            ..IntakeSettings::default()
        },
        ..quick()
    }
}

fn post(site: &TestSite) -> SourceConfig {
    SourceConfig {
        fetch_page: FetchPage::Never,
        ..local("post", &site.url("/feed"))
    }
}

fn open(site: &TestSite, hub: &Hub, log: Log, clock: HandClock) -> (Desk, SocketAddr) {
    let mut desk = Desk::over(log, clock, vec![post(site)], settings());
    let address = desk.fetcher.open_intake().unwrap().unwrap();
    hub.seen.lock().unwrap().subscriber = Some(address);
    (desk, address)
}

/// A feed whose hub has verified a subscription and delivered once.
fn delivering() -> (TestSite, Hub, Desk, SocketAddr) {
    let (site, hub) = (TestSite::start(), Hub::open());
    site.answer("/feed", Answer::ok(RSS, document(&hub, &[("1", "One")])));
    let (mut desk, address) = open(&site, &hub, Log::default(), HandClock::new());
    assert_eq!(titles(&desk.settle()), ["One"]);
    let two = hub.delivery(&document(&hub, &[("2", "Two")]));
    assert_eq!(brought(&mut desk, address, two).status, 200);
    (site, hub, desk, address)
}

#[test]
fn a_hub_is_asked_verified_and_heard() {
    let (site, hub, mut desk, address) = delivering();
    let form = hub.forms().first().unwrap().clone();
    assert_eq!(form["hub.mode"], "subscribe");
    assert_eq!(form["hub.topic"], TOPIC);
    assert_eq!(form["hub.lease_seconds"], "864000");
    assert_eq!(form["hub.secret"].len(), 64);
    {
        let seen = hub.seen.lock().unwrap();
        assert_eq!(seen.echoes[0].status, 200, "{:?}", seen.echoes);
        assert_eq!(seen.echoes[0].body, "again");
    }
    assert_eq!(titles(&desk.log.items), ["One", "Two"]);
    let state = desk.cursor("post").hub.unwrap();
    assert_eq!((state.deliveries, state.failures), (1, 0));
    assert!(state.lease_until.is_some() && state.last_error.is_none());
    let cursor = String::from_utf8(desk.log.cursors["post"].1.clone()).unwrap();
    assert!(
        !cursor.contains(&form["hub.secret"]),
        "the key is stored nowhere"
    );

    let both = document(&hub, &[("2", "Two"), ("1", "One")]);
    site.answer("/feed", Answer::ok(RSS, both));
    desk.clock.advance(16 * 60);
    assert_eq!(
        desk.settle().len(),
        0,
        "what was delivered is known to the poll"
    );
    desk.clock.advance(60 * 60);
    desk.stays_quiet();
    desk.clock.advance(6 * 60 * 60);
    desk.settle();
    assert_eq!(
        site.requests_for("/feed").len(),
        3,
        "a poll now and then as a control"
    );

    let log = desk.log.clone();
    let clock = desk.clock.clone();
    drop(desk);
    let (mut second, address_now) = open(&site, &hub, log, clock);
    assert_ne!(address, address_now);
    let three = hub.delivery(&document(&hub, &[("3", "Three")]));
    assert_eq!(brought(&mut second, address_now, three).status, 200);
    assert_eq!(titles(&second.log.items), ["One", "Two", "Three"]);
}

#[test]
fn forgeries_are_ignored_and_not_told_so() {
    let (_site, hub, mut desk, address) = delivering();
    let good = hub.delivery(&document(&hub, &[("3", "Three")]));
    let forged = Sent {
        body: document(&hub, &[("4", "Forged")]).into_bytes(),
        ..good.clone()
    };
    let unsigned = Sent {
        headers: Vec::new(),
        ..good.clone()
    };
    for sent in [forged, unsigned] {
        let answered = brought(&mut desk, address, sent);
        assert_eq!((answered.status, answered.body.as_str()), (202, ""));
    }
    let form = hub.forms().first().unwrap().clone();
    let other_topic = question(&form, "https://other.example/", "hub.challenge=x");
    let elsewhere = Sent {
        path: "/v1/hub/post/00000000000000000000000000000000".to_owned(),
        ..good.clone()
    };
    let nobody = Sent {
        path: callback(&form).replace("/post/", "/nobody/"),
        ..good
    };
    let never_asked = question(&form, TOPIC, "hub.challenge=x");
    let never_asked = Sent {
        path: never_asked.path.replace("=subscribe", "=unsubscribe"),
        ..never_asked
    };
    for sent in [other_topic, elsewhere, nobody, never_asked] {
        let answered = brought(&mut desk, address, sent);
        assert_eq!(answered.status, 404, "{answered:?}");
    }
    assert_eq!(desk.log.items.len(), 2);
    let junk = hub.delivery("no feed at all");
    assert_eq!(brought(&mut desk, address, junk).status, 202);
}

#[test]
fn a_hub_that_goes_silent_is_found_out_by_polls() {
    let (site, hub, mut desk, _) = delivering();
    for (round, title) in [(3, "Three"), (4, "Four")] {
        let id = round.to_string();
        site.answer(
            "/feed",
            Answer::ok(RSS, document(&hub, &[(&id, title), ("2", "Two")])),
        );
        desk.clock.advance(17 * 60);
        assert_eq!(titles(&desk.settle()), [title]);
    }
    let state = desk.cursor("post").hub.unwrap();
    assert_eq!(state.lease_until, None);
    assert!(state.last_error.unwrap().contains("2 polls in a row"));
    assert_eq!(desk.told(), ["hub-lost"]);
    let asked = hub.forms().len();
    desk.clock.advance(17 * 60);
    desk.settle();
    assert_eq!(hub.forms().len(), asked, "it is not asked again at once");
    desk.clock.advance(25 * 60 * 60);
    desk.settle();
    assert_eq!(hub.forms().len(), asked + 1, "but the next day");
}

#[test]
fn a_hub_that_refuses_or_denies_leaves_the_feed_to_polls() {
    let (site, hub) = (TestSite::start(), Hub::open());
    site.answer("/feed", Answer::ok(RSS, document(&hub, &[("1", "One")])));
    hub.seen.lock().unwrap().status = 500;
    let (mut desk, address) = open(&site, &hub, Log::default(), HandClock::new());
    assert_eq!(titles(&desk.settle()), ["One"]);
    let state = desk.cursor("post").hub.unwrap();
    assert!(state.last_error.unwrap().contains("status 500"));
    hub.seen.lock().unwrap().status = 202;
    desk.clock.advance(61 * 60);
    desk.settle();
    assert!(desk.cursor("post").hub.unwrap().lease_until.is_some());
    let form = hub.forms().last().unwrap().clone();
    let denied = question(&form, TOPIC, "hub.reason=closed");
    let denied = Sent {
        path: denied.path.replace("=subscribe", "=denied"),
        ..denied
    };
    assert_eq!(brought(&mut desk, address, denied).status, 200);
    desk.settle();
    let state = desk.cursor("post").hub.unwrap();
    assert_eq!(state.lease_until, None);
    assert!(
        state
            .last_error
            .unwrap()
            .contains("denied the subscription: closed")
    );
    assert_eq!(desk.told(), ["hub-lost", "recovered", "hub-lost"]);
}
