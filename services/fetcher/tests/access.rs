//! Keys and ways: what a source's host is shown, and what nobody else is.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use common::{Desk, local, quick, rss, titles};
use wiredesk_fetcher::{Auth, FetchPage, SourceConfig};
use wiredesk_settings::Secret;
use wiredesk_testkit::web::{Answer, TestSite};

const RSS: &str = "application/rss+xml; charset=utf-8";

fn feed() -> Answer {
    Answer::ok(RSS, rss(&[("1", "One", "a")]))
}

fn source(url: &str) -> SourceConfig {
    SourceConfig {
        fetch_page: FetchPage::Never,
        ..local("post", url)
    }
}

#[test]
fn names_and_tokens_are_shown() {
    let basic = Auth::Basic {
        user: "desk".to_owned(),
        password: Secret::new("s3cret"),
    };
    let bearer = Auth::Bearer {
        token: Secret::new("t0ken"),
    };
    for (auth, shown) in [(basic, "Basic ZGVzazpzM2NyZXQ="), (bearer, "Bearer t0ken")] {
        let site = TestSite::start();
        site.answer("/feed", feed());
        let source = SourceConfig {
            auth: Some(auth),
            ..source(&site.url("/feed"))
        };
        assert_eq!(titles(&Desk::new(vec![source], quick()).poll()), ["One"]);
        assert_eq!(site.requests()[0].header("authorization"), Some(shown));
    }
}

#[test]
fn a_key_in_the_query_is_in_no_record_and_goes_nowhere_else() {
    let site = TestSite::start();
    let elsewhere = TestSite::start();
    let target = elsewhere
        .url("/feed?key=k%C3%A9y")
        .replace("127.0.0.1", "localhost");
    site.answer_once("/feed?a=1&key=k%C3%A9y", feed());
    site.answer_once("/feed?a=1&key=k%C3%A9y", Answer::redirect(301, &target));
    elsewhere.answer("/feed", feed());
    site.answer("/feed?a=1&key=k%C3%A9y", Answer::status(500));
    let source = SourceConfig {
        auth: Some(Auth::QueryKey {
            name: "key".to_owned(),
            key: Secret::new("k\u{e9}y"),
        }),
        ..source(&site.url("/feed?a=1"))
    };
    let mut desk = Desk::new(vec![source], quick());
    for _ in 0..3 {
        desk.poll();
        desk.clock.advance(3_600);
    }
    assert_eq!(site.requests().len(), 3);
    assert_eq!(elsewhere.requests().len(), 1);
    let items = serde_json::to_string(&desk.log.items).unwrap();
    let cursor = serde_json::to_string(&desk.cursor("post")).unwrap();
    assert!(items.contains("/feed?a=1"), "{items}");
    for text in [items, cursor] {
        assert!(!text.contains("key="), "{text}");
    }
}

#[test]
fn a_learned_address_on_another_host_is_not_shown_the_keys() {
    let site = TestSite::start();
    let elsewhere = TestSite::start();
    let target = elsewhere.url("/feed").replace("127.0.0.1", "localhost");
    site.answer("/feed", Answer::redirect(301, &target));
    elsewhere.answer("/feed", feed());
    let source = SourceConfig {
        auth: Some(Auth::Bearer {
            token: Secret::new("t0ken"),
        }),
        ..source(&site.url("/feed"))
    };
    let mut desk = Desk::new(vec![source], quick());
    for _ in 0..8 {
        desk.poll();
        desk.clock.advance(12 * 3_600);
    }
    assert!(desk.cursor("post").moved.unwrap().is_learned);
    assert!(site.requests().len() < elsewhere.requests().len());
    let requests = elsewhere.requests();
    assert!(
        requests
            .iter()
            .all(|one| one.header("authorization").is_none())
    );
}

#[test]
fn a_source_is_reached_through_its_proxy() {
    let proxy = TestSite::start();
    proxy.answer("http://post.example/feed", feed());
    let source = SourceConfig {
        allow_private: false,
        proxy: Some(Secret::new(
            proxy.url("").replace("http://", "http://desk:s3cret@"),
        )),
        ..source("http://post.example/feed")
    };
    let mut desk = Desk::new(vec![source], quick());
    assert_eq!(titles(&desk.poll()), ["One"]);
    let requests = proxy.requests();
    assert_eq!(
        requests[0].header("proxy-authorization"),
        Some("Basic ZGVzazpzM2NyZXQ=")
    );
}

#[test]
fn a_certificate_that_cannot_be_read_is_told() {
    let site = TestSite::start();
    let source = SourceConfig {
        client_certificate: Some("/nowhere/desk.pem".to_owned()),
        ..source(&site.url("/feed"))
    };
    let mut desk = Desk::new(vec![source], quick());
    desk.poll();
    let error = desk.cursor("post").health.last_error.unwrap();
    assert!(
        error.contains("client_certificate cannot be used: /nowhere/desk.pem"),
        "{error}"
    );
    assert_eq!(site.requests().len(), 0);
}
