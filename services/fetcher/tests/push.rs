//! Signed pushes to `POST /v1/items`.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;
mod sender;

use std::net::SocketAddr;

use common::{Desk, HandClock, Log, PARTITIONS, quick, rss, titles};
use sender::{SECRET, Sent, brought, push};
use wiredesk_fetcher::{Clock, FetcherSettings, IntakeSettings, SourceConfig};
use wiredesk_model::{Topic, TopicPartition, partition_for};
use wiredesk_pipeline::Source;

fn settings() -> FetcherSettings {
    FetcherSettings {
        intake: IntakeSettings {
            address: "127.0.0.1:0".to_owned(),
            body_bytes: 100_000,
            ..IntakeSettings::default()
        },
        ..quick()
    }
}

fn town_hall() -> SourceConfig {
    SourceConfig::push("town-hall", SECRET)
}

fn open() -> (Desk, SocketAddr) {
    open_over(Log::default(), HandClock::new())
}

fn open_over(log: Log, clock: HandClock) -> (Desk, SocketAddr) {
    let mut desk = Desk::over(log, clock, vec![town_hall()], settings());
    let address = desk.fetcher.open_intake().unwrap().unwrap();
    (desk, address)
}

fn now(desk: &Desk) -> i64 {
    desk.clock.now().as_second()
}

fn pushed(desk: &Desk, id: &str, body: &str) -> Sent {
    push("town-hall", id, now(desk), body.as_bytes())
}

#[test]
fn items_are_answered_once_they_are_committed() {
    let (mut desk, address) = open();
    let sent = pushed(&desk, "m1", &rss(&[("1", "One", "a"), ("2", "Two", "b")]));
    let waiting = sent.clone();
    let sending = std::thread::spawn(move || waiting.send(address));
    let production = desk.produced();
    assert!(!sending.is_finished(), "nothing is committed yet");
    assert_eq!(titles(&desk.commit(production)), ["One", "Two"]);
    let answered = sending.join().unwrap();
    assert_eq!(answered.status, 200, "{answered:?}");
    let receipt = answered.json();
    assert_eq!((&receipt["items"], &receipt["new"]), (&2.into(), &2.into()));
    assert_eq!(receipt["stories"][0]["story"], "https://post.example/1");
    assert_eq!(desk.log.items[0].source.as_str(), "town-hall");
    assert_eq!(desk.cursor("town-hall").polls, 1);
}

#[test]
fn the_same_again_changes_nothing_and_a_change_is_a_version() {
    let (mut desk, address) = open();
    let first = pushed(&desk, "m1", &rss(&[("1", "One", "a")]));
    brought(&mut desk, address, first.clone());
    let again = brought(&mut desk, address, first.clone());
    assert_eq!(again.json()["repeated"], true);
    let corrected = pushed(&desk, "m2", &rss(&[("1", "One", "a, corrected")]));
    let corrected = brought(&mut desk, address, corrected);
    assert_eq!(corrected.json()["stories"][0]["version"], 2);
    let overheard = brought(&mut desk, address, first);
    assert_eq!(
        overheard.json()["repeated"],
        true,
        "no way back to the old text"
    );
    let same = pushed(&desk, "m3", &rss(&[("1", "One", "a, corrected")]));
    let same = brought(&mut desk, address, same).json();
    assert_eq!((&same["unchanged"], &same["new"]), (&1.into(), &0.into()));
    assert_eq!(desk.log.items.len(), 2);

    let (log, clock) = (desk.log.clone(), desk.clock.clone());
    drop(desk);
    let (mut second, address) = open_over(log, clock);
    let late = pushed(&second, "m1", &rss(&[("1", "One", "a")]));
    assert_eq!(brought(&mut second, address, late).json()["repeated"], true);
}

#[test]
fn documents_of_every_kind_are_taken() {
    let (mut desk, address) = open();
    let text = pushed(&desk, "m1", "Bridge opens\n\nIt opened on Monday.");
    let text = text
        .query("&id=bridge")
        .header("content-type", "text/plain");
    assert_eq!(brought(&mut desk, address, text).status, 200);
    let item = "{\"id\":\"town:7\",\"title\":\"Budget\",\"content\":\"It passed.\"}";
    let item = pushed(&desk, "m2", item);
    let item = item.header("content-type", "application/vnd.wiredesk.items+json");
    assert_eq!(brought(&mut desk, address, item).status, 200);
    let items = &desk.log.items;
    assert_eq!(titles(items), ["Bridge opens", "Budget"]);
    assert_eq!(items[0].story.as_str(), "urn:wiredesk:town-hall:bridge");
    assert_eq!(items[0].payload.media_type, "text/plain");
    assert_eq!(items[1].story.as_str(), "urn:wiredesk:town-hall:town:7");
    assert_eq!(items[1].payload.media_type, "application/json");
}

#[test]
fn what_is_wrong_is_told_and_nothing_of_it_goes_out() {
    let (mut desk, address) = open();
    let feed = rss(&[("1", "One", "a")]);
    let good = pushed(&desk, "m1", &feed);
    let unsigned = Sent {
        headers: Vec::new(),
        ..good.clone()
    };
    let old = push("town-hall", "m1", now(&desk) - 301, feed.as_bytes());
    let other = Sent {
        body: rss(&[("1", "One", "other")]).into_bytes(),
        ..good.clone()
    };
    let nobody = push("nobody", "m1", now(&desk), feed.as_bytes());
    let nameless = Sent {
        path: "/v1/items".to_owned(),
        ..good.clone()
    };
    let huge = pushed(&desk, "m1", &"a".repeat(100_001));
    let slip = pushed(&desk, "m1", "{\"titel\":\"One\"}");
    let slip = slip.header("content-type", "application/vnd.wiredesk.items+json");
    let get = Sent {
        method: "GET",
        ..good.clone()
    };
    let elsewhere = Sent {
        path: "/".to_owned(),
        ..good
    };
    let cases = [
        (unsigned, 401, "the header webhook-id is missing"),
        (old, 401, "301 seconds from the time here"),
        (other, 401, "no signature in webhook-signature fits"),
        (
            nobody,
            404,
            "no source of kind \\\"push\\\" is called \\\"nobody\\\"",
        ),
        (nameless, 400, "name the source in the address"),
        (huge, 413, "more than 100000 bytes"),
        (slip, 422, "did you mean `title`?"),
        (pushed(&desk, "m1", ""), 422, "the document is empty"),
        (get, 405, "by POST only"),
        (elsewhere, 404, "POST /v1/items"),
    ];
    for (sent, status, text) in cases {
        let answered = brought(&mut desk, address, sent);
        assert_eq!(answered.status, status, "{answered:?}");
        assert!(answered.body.contains(text), "{answered:?}");
        assert!(answered.head.contains("application/problem+json"));
        assert!(!answered.body.contains(SECRET));
    }
    assert_eq!(desk.log.items.len(), 0);
}

#[test]
fn whoever_cannot_be_served_now_is_asked_to_come_again() {
    let (mut desk, address) = open();
    let sent = pushed(&desk, "m1", &rss(&[("1", "One", "a")]));
    desk.fetcher.hold(true);
    let held = brought(&mut desk, address, sent.clone());
    assert_eq!(held.status, 503, "{held:?}");
    assert!(held.head.contains("retry-after: 10"), "{held:?}");
    desk.fetcher.hold(false);
    let at = TopicPartition::new(Topic::FeedState, partition_for("town-hall", PARTITIONS));
    desk.fetcher.revoked(at);
    let elsewhere = brought(&mut desk, address, sent.clone());
    assert_eq!(elsewhere.status, 503);
    assert!(elsewhere.body.contains("another instance"), "{elsewhere:?}");
    desk.assign(at.partition);
    assert_eq!(brought(&mut desk, address, sent).status, 200);
    assert_eq!(desk.log.items.len(), 1);
}

#[test]
fn what_was_not_committed_is_not_called_taken() {
    let (mut desk, address) = open();
    let sent = pushed(&desk, "m1", &rss(&[("1", "One", "a")]));
    let waiting = sent.clone();
    let sending = std::thread::spawn(move || waiting.send(address));
    let lost = desk.produced();
    desk.assign(lost.at.partition);
    let answered = sending.join().unwrap();
    assert_eq!(answered.status, 503, "{answered:?}");
    let again = brought(&mut desk, address, sent);
    assert_eq!((again.status, &again.json()["new"]), (200, &1.into()));
}
