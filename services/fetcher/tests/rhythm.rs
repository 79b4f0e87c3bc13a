//! When feeds are polled, what was missed, and whether "not modified" is believed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, not seen as tests"
)]

mod common;

use common::{Desk, local, quick, rss, titles};
use wiredesk_fetcher::{FetchPage, SourceConfig};
use wiredesk_model::SourceEventKind;
use wiredesk_testkit::web::{Answer, TestSite};

const RSS: &str = "application/rss+xml; charset=utf-8";
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

fn desk(site: &TestSite) -> Desk {
    let source = SourceConfig {
        fetch_page: FetchPage::Never,
        ..local("post", &site.url("/feed"))
    };
    Desk::new(vec![source], quick())
}

fn numbered(from: u64, to: u64) -> Answer {
    let ids: Vec<String> = (from..to).rev().map(|number| number.to_string()).collect();
    let items: Vec<_> = ids
        .iter()
        .map(|id| (id.as_str(), "Title", "text"))
        .collect();
    Answer::ok(RSS, rss(&items))
}

#[test]
fn a_busy_feed_is_polled_before_its_window_rolls_over() {
    let site = TestSite::start();
    site.answer_once("/feed", numbered(0, 20));
    site.answer("/feed", numbered(15, 35));
    let mut desk = desk(&site);
    desk.poll();
    desk.clock.advance(16 * MINUTE);
    assert_eq!(desk.poll().len(), 15);
    // Twenty items at fifteen in sixteen minutes last for 21 minutes: a third of that.
    desk.clock.advance(6 * MINUTE);
    desk.stays_quiet();
    desk.clock.advance(2 * MINUTE);
    desk.poll();
    assert_eq!(desk.cursor("post").health.gaps, 0);
}

#[test]
fn a_gap_is_noted_with_an_estimate() {
    let site = TestSite::start();
    site.answer_once("/feed", numbered(0, 20));
    site.answer_once("/feed", numbered(5, 25));
    site.answer_once("/feed", Answer::status(500));
    site.answer("/feed", numbered(100, 120));
    let mut desk = desk(&site);
    desk.poll();
    let before = desk.cursor("post");
    desk.clock.advance(16 * MINUTE);
    desk.poll();
    assert_eq!(desk.cursor("post").health.last_gap, None);
    desk.clock.advance(4 * HOUR);
    desk.poll();
    desk.clock.advance(HOUR);
    assert_eq!(desk.poll().len(), 20, "nothing is lost over it");
    let health = desk.cursor("post").health;
    let gap = health.last_gap.unwrap();
    // Five in sixteen minutes for five hours, and twenty of them were found.
    assert_eq!((health.gaps, gap.missed_items), (1, 74));
    assert!(gap.since > before.next_poll && gap.until > gap.since);
    let [event] = &desk.log.events[..] else {
        panic!("{:?}", desk.log.events);
    };
    assert_eq!(event.kind, SourceEventKind::Gap);
    assert_eq!((event.at, event.gap.as_ref()), (gap.until, Some(&gap)));
    assert!(event.detail.contains("74"), "{}", event.detail);
    desk.clock.advance(HOUR);
    desk.poll();
    assert_eq!(desk.told(), ["gap"], "it is told once");
}

#[test]
fn hours_and_days_to_skip_and_announced_updates_are_kept_also_after_304() {
    let site = TestSite::start();
    let feed = "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel><title>t</title>\
        <sy:updatePeriod>hourly</sy:updatePeriod><skipHours><hour>9</hour><hour>10</hour></skipHours>\
        <item><guid>https://post.example/1</guid><title>One</title></item></channel></rss>";
    site.answer("/feed", Answer::ok(RSS, feed).header("ETag", "\"v1\""));
    let mut desk = desk(&site);
    // It is eight o'clock in the morning; in an hour it is nine, which is skipped.
    desk.poll();
    desk.clock.advance(2 * HOUR + 59 * MINUTE);
    desk.stays_quiet();
    desk.clock.advance(5 * MINUTE);
    desk.poll();
    assert_eq!(desk.cursor("post").health.last_status, Some(304));
    desk.clock.advance(55 * MINUTE);
    desk.stays_quiet();
    desk.clock.advance(10 * MINUTE);
    desk.poll();
    assert_eq!(site.requests().len(), 3);
}

#[test]
fn a_feed_that_went_quiet_is_noticed_and_its_return_too() {
    let site = TestSite::start();
    let mut desk = desk(&site);
    for number in 0..15 {
        site.answer_once("/feed", numbered(number, number + 20));
        desk.poll();
        desk.clock.advance(20 * MINUTE);
    }
    site.answer("/feed", numbered(14, 34));
    for _ in 0..8 {
        desk.poll();
        desk.clock.advance(HOUR);
    }
    let quiet_since = desk.cursor("post").health.quiet_since;
    assert_eq!(quiet_since, desk.cursor("post").rhythm.last_new);
    assert!(quiet_since.is_some());
    site.answer("/feed", numbered(15, 35));
    desk.poll();
    assert_eq!(desk.cursor("post").health.quiet_since, None);
    assert_eq!(desk.told(), ["quiet", "recovered"]);
}

#[test]
fn a_server_that_says_not_modified_of_news_is_found_out() {
    let site = TestSite::start();
    let mut desk = desk(&site);
    let stale = |number: u64| numbered(number, number + 5).header("ETag", "\"always\"");
    site.answer("/feed", stale(0));
    desk.poll();
    for round in 1..=2 {
        // News, but the server answers 304 to whoever has any copy.
        site.answer("/feed", stale(round));
        desk.clock.advance(HOUR);
        assert_eq!(desk.poll().len(), 0, "a lie, not checked yet");
        desk.clock.advance(24 * HOUR);
        assert_eq!(desk.poll().len(), 1, "the check finds what is new");
        assert_eq!(desk.cursor("post").trust.lies, round as u32);
    }
    assert!(desk.cursor("post").trust.off_since.is_some());
    site.answer("/feed", stale(3));
    desk.clock.advance(HOUR);
    assert_eq!(desk.poll().len(), 1, "asked in whole from now on");
    let requests = site.requests();
    assert_eq!(requests.last().unwrap().header("if-none-match"), None);

    // After a month it gets another chance.
    desk.clock.advance(31 * 24 * HOUR);
    desk.poll();
    assert_eq!(desk.cursor("post").trust.off_since, None);
    let told = desk.told();
    let of_trust = told.iter().filter(|kind| **kind != "gap");
    assert_eq!(of_trust.collect::<Vec<_>>(), [&"distrusted", &"recovered"]);
}

#[test]
fn an_honest_server_is_checked_once_a_day_and_stays_trusted() {
    let site = TestSite::start();
    site.answer("/feed", numbered(0, 5).header("ETag", "\"v1\""));
    let mut desk = desk(&site);
    assert_eq!(titles(&desk.poll()).len(), 5);
    for _ in 0..47 {
        desk.clock.advance(HOUR);
        desk.poll();
    }
    let unconditional = site
        .requests()
        .iter()
        .filter(|request| request.header("if-none-match").is_none())
        .count();
    assert_eq!(unconditional, 2, "the first, and one check");
    let trust = desk.cursor("post").trust;
    assert_eq!((trust.lies, trust.off_since), (0, None));
}

#[test]
fn a_clock_that_is_set_back_stops_no_feed() {
    let site = TestSite::start();
    site.answer("/feed", numbered(0, 20));
    let mut desk = desk(&site);
    desk.clock.advance(5 * HOUR);
    desk.poll();
    desk.stays_quiet();
    desk.clock.set_back(5 * HOUR);
    site.answer("/feed", numbered(1, 21));
    assert_eq!(desk.poll().len(), 1, "polled by the right time at once");
    desk.stays_quiet();

    // Nor does it stop the feed for an instance that finds such a cursor.
    desk.clock.advance(5 * HOUR);
    desk.poll();
    desk.clock.set_back(5 * HOUR);
    site.answer("/feed", numbered(2, 22));
    let source = SourceConfig {
        fetch_page: FetchPage::Never,
        ..local("post", &site.url("/feed"))
    };
    let sources = vec![source];
    let over = |desk: &Desk| {
        let (log, clock) = (desk.log.clone(), desk.clock.clone());
        Desk::over(log, clock, sources.clone(), quick())
    };
    let mut other = over(&desk);
    assert_eq!(other.poll().len(), 1);

    // Nor for one that finds it while the clock is still wrong.
    other.clock.advance(5 * HOUR);
    other.poll();
    let mut third = over(&other);
    third.clock.set_back(5 * HOUR);
    site.answer("/feed", numbered(3, 23));
    assert_eq!(third.poll().len(), 1);
}
