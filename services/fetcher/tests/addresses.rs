//! Feeds that move, are denied, or are gone.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use common::{Desk, local, quick, rss, titles};
use wiredesk_fetcher::{FetchPage, SourceConfig};
use wiredesk_testkit::web::{Answer, TestSite};

const RSS: &str = "application/rss+xml; charset=utf-8";
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn source(url: &str) -> SourceConfig {
    SourceConfig {
        fetch_page: FetchPage::Never,
        ..local("post", url)
    }
}

#[test]
fn a_permanent_redirect_is_learned_after_a_day_and_unlearned_where_it_fails() {
    let site = TestSite::start();
    site.answer("/old", Answer::redirect(301, "/new"));
    let feed = Answer::ok(RSS, rss(&[("1", "One", "a")])).header("ETag", "\"v1\"");
    site.answer("/new", feed);
    let mut desk = Desk::new(vec![source(&site.url("/old"))], quick());
    desk.poll();
    for _ in 0..4 {
        desk.clock.advance(HOUR);
        desk.poll();
    }
    let moved = desk.cursor("post").moved.unwrap();
    assert_eq!((moved.sightings, moved.is_learned), (5, false), "too early");
    desk.clock.advance(DAY);
    desk.poll();
    let cursor = desk.cursor("post");
    assert!(cursor.moved.unwrap().is_learned);
    assert_eq!((cursor.url, cursor.etag), (site.url("/new"), None));

    // A restart neither forgets it nor polls early.
    let sources = vec![source(&site.url("/old"))];
    let mut desk = Desk::over(desk.log.clone(), desk.clock.clone(), sources, quick());
    desk.stays_quiet();
    let old_requests = site.requests_for("/old").len();
    desk.clock.advance(HOUR);
    assert_eq!(desk.poll().len(), 0, "the items are known still");
    assert_eq!(site.requests_for("/old").len(), old_requests);
    let asked = site.requests_for("/new");
    assert_eq!(asked.last().unwrap().header("if-none-match"), None);

    site.answer("/new", Answer::status(500));
    site.answer("/old", Answer::ok(RSS, rss(&[("2", "Two", "b")])));
    for _ in 0..3 {
        desk.clock.advance(HOUR);
        desk.poll();
    }
    assert_eq!(desk.cursor("post").moved, None);
    desk.clock.advance(HOUR);
    assert_eq!(titles(&desk.poll()), ["Two"]);
    assert_eq!(desk.told()[..2], ["moved", "recovered"]);
}

#[test]
fn passing_redirects_and_changing_ones_are_never_learned() {
    let site = TestSite::start();
    for path in ["/a", "/b"] {
        site.answer(path, Answer::ok(RSS, rss(&[("1", "One", "a")])));
    }
    site.answer("/old", Answer::redirect(307, "/a"));
    let mut desk = Desk::new(vec![source(&site.url("/old"))], quick());
    desk.poll();
    assert_eq!(desk.cursor("post").moved, None);
    for number in 0..10 {
        let to = if number % 2 == 0 { "/a" } else { "/b" };
        site.answer("/old", Answer::redirect(308, to));
        desk.clock.advance(DAY);
        desk.poll();
        assert_eq!(desk.cursor("post").moved.unwrap().sightings, 1);
    }
}

#[test]
fn a_feed_that_is_gone_is_asked_once_a_week() {
    let site = TestSite::start();
    site.answer("/feed", Answer::status(410));
    let mut desk = Desk::new(vec![source(&site.url("/feed"))], quick());
    desk.poll();
    let first = desk.cursor("post").health.gone_since;
    assert!(first.is_some());
    desk.clock.advance(6 * DAY);
    desk.stays_quiet();
    let sources = vec![source(&site.url("/feed"))];
    let mut desk = Desk::over(desk.log.clone(), desk.clock.clone(), sources, quick());
    desk.stays_quiet();
    assert_eq!(site.requests().len(), 1);
    desk.clock.advance(3 * DAY);
    desk.poll();
    assert_eq!(desk.cursor("post").health.gone_since, first);
    site.answer("/feed", Answer::ok(RSS, rss(&[("1", "One", "a")])));
    desk.clock.advance(9 * DAY);
    assert_eq!(titles(&desk.poll()), ["One"]);
    assert_eq!(desk.cursor("post").health.gone_since, None);
    assert_eq!(desk.told(), ["gone", "recovered"]);
}

#[test]
fn a_server_that_says_no_is_asked_hourly_then_daily() {
    for status in [401, 403, 404] {
        let site = TestSite::start();
        site.answer("/feed", Answer::status(status));
        let mut desk = Desk::new(vec![source(&site.url("/feed"))], quick());
        desk.poll();
        desk.clock.advance(HOUR - 1);
        desk.stays_quiet();
        desk.clock.advance(HOUR / 2);
        desk.poll();
        for _ in 0..10 {
            desk.clock.advance(2 * DAY);
            desk.poll();
        }
        assert_eq!(desk.cursor("post").health.last_status, Some(status));
    }
}

#[test]
fn the_last_polls_are_kept_and_no_more() {
    let site = TestSite::start();
    site.answer_once(
        "/feed",
        Answer::ok(RSS, rss(&[("1", "One", "a"), ("2", "Two", "b")])),
    );
    site.answer_once(
        "/feed",
        Answer::ok(RSS, rss(&[("3", "Three", "c"), ("1", "One", "aa")])),
    );
    site.answer("/feed", Answer::status(500));
    let mut desk = Desk::new(vec![source(&site.url("/feed"))], quick());
    for _ in 0..3 {
        desk.poll();
        desk.clock.advance(DAY);
    }
    let told: Vec<_> = desk.cursor("post").history;
    let told: Vec<_> = told
        .iter()
        .map(|note| (note.outcome.as_str(), note.status, note.new, note.updated))
        .collect();
    let expected = [
        ("changed", Some(200), 2, 0),
        ("changed", Some(200), 1, 1),
        ("failed", Some(500), 0, 0),
    ];
    assert_eq!(told, expected);
    for _ in 0..30 {
        desk.poll();
        desk.clock.advance(DAY);
    }
    assert_eq!(desk.cursor("post").history.len(), 20);
}
