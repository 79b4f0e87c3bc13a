//! Manners at hosts: one fetch for many, robots.txt, and leaving alone who asks for it.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use common::{Desk, local, quick, rss, titles};
use wiredesk_fetcher::{FetchPage, SourceConfig};
use wiredesk_testkit::web::{Answer, TestSite};

const RSS: &str = "application/rss+xml; charset=utf-8";

fn never_pages(id: &str, url: &str) -> SourceConfig {
    SourceConfig {
        fetch_page: FetchPage::Never,
        ..local(id, url)
    }
}

fn linking(site: &TestSite, paths: &[&str]) -> Answer {
    let items: String = paths
        .iter()
        .map(|path| {
            let link = site.url(path);
            format!("<item><guid>{path}</guid><title>{path}</title><link>{link}</link></item>")
        })
        .collect();
    Answer::ok(
        RSS,
        format!("<rss version=\"2.0\"><channel>{items}</channel></rss>"),
    )
}

#[test]
fn an_address_that_several_sources_share_is_fetched_once() {
    let site = TestSite::start();
    let feed = Answer::ok(RSS, rss(&[("1", "One", "a")])).header("ETag", "\"v1\"");
    site.answer("/feed", feed);
    let mut with_key = never_pages("key", &site.url("/feed"));
    with_key.headers.insert(
        "X-Key".to_owned(),
        wiredesk_settings::Secret::new("another"),
    );
    let sources = vec![
        never_pages("sport", &site.url("/feed")),
        never_pages("world", &site.url("/feed")),
        with_key,
    ];
    let mut desk = Desk::new(sources, quick());
    for _ in 0..3 {
        assert_eq!(titles(&desk.poll()), ["One"]);
    }
    assert_eq!(
        site.requests().len(),
        2,
        "one for two, and one with its key"
    );
    desk.clock.advance(16 * 60);
    for _ in 0..3 {
        assert_eq!(desk.poll().len(), 0);
    }
    let requests = site.requests();
    assert_eq!(requests.len(), 4);
    let is_conditional = requests[2..]
        .iter()
        .all(|request| request.header("if-none-match").is_some());
    assert!(is_conditional);
    for feed in ["sport", "world", "key"] {
        assert_eq!(desk.cursor(feed).health.last_status, Some(304));
    }
}

#[test]
fn pages_are_fetched_as_robots_txt_allows() {
    let site = TestSite::start();
    let rules = "User-agent: *\nDisallow: /\n\nUser-agent: wiredesk\nDisallow: /closed\n";
    site.answer("/robots.txt", Answer::ok("text/plain", rules));
    site.answer(
        "/feed",
        linking(&site, &["/open/1", "/closed/1", "/open/2"]),
    );
    for path in ["/open/1", "/open/2", "/closed/1"] {
        site.answer(path, Answer::ok("text/html", "<p>story</p>"));
    }
    let mut desk = Desk::new(vec![local("post", &site.url("/feed"))], quick());
    let items = desk.poll();
    assert!(items[0].page.is_some() && items[2].page.is_some());
    let error = items[1].page_error.as_deref().unwrap();
    assert!(error.contains("ignore_robots"), "{error}");
    assert_eq!(site.requests_for("/closed/1").len(), 0);
    assert_eq!(site.requests_for("/robots.txt").len(), 1);

    let unbound = SourceConfig {
        ignore_robots: true,
        ..local("post", &site.url("/feed"))
    };
    let mut desk = Desk::new(vec![unbound], quick());
    assert!(desk.poll().iter().all(|item| item.page.is_some()));
    assert_eq!(site.requests_for("/robots.txt").len(), 1);
}

#[test]
fn rules_that_cannot_be_had_close_the_host_for_a_while() {
    let site = TestSite::start();
    site.answer_once("/robots.txt", Answer::status(503));
    site.answer_once("/feed", linking(&site, &["/1"]));
    site.answer("/feed", linking(&site, &["/2", "/1"]));
    site.answer("/2", Answer::ok("text/html", "<p>story</p>"));
    let mut desk = Desk::new(vec![local("post", &site.url("/feed"))], quick());
    assert!(desk.poll()[0].page.is_none());
    assert_eq!(site.requests_for("/1").len(), 0);
    desk.clock.advance(16 * 60);
    assert!(desk.poll()[0].page.is_some(), "there are no rules now");
}

#[test]
fn a_host_that_turned_a_page_away_is_left_alone_by_its_feed_too() {
    let site = TestSite::start();
    site.answer("/feed", linking(&site, &["/1"]));
    site.answer("/1", Answer::status(429).header("Retry-After", "7200"));
    let mut desk = Desk::new(vec![local("post", &site.url("/feed"))], quick());
    desk.poll();
    desk.clock.advance(3_600);
    desk.stays_quiet();
    let asked = |path: &str| site.requests_for(path).len();
    assert_eq!((asked("/feed"), asked("/1")), (1, 1));
    desk.clock.advance(3_700);
    desk.poll();
    assert_eq!(asked("/feed"), 2);
}
