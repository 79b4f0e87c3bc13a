//! Sources that change while the fetcher runs.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use common::{Desk, PARTITIONS, local, quick, rss, titles};
use wiredesk_fetcher::{FetchPage, SourceConfig};
use wiredesk_model::partition_for;
use wiredesk_pipeline::Source;
use wiredesk_settings::Secret;
use wiredesk_testkit::web::{Answer, TestSite};

const RSS: &str = "application/rss+xml; charset=utf-8";
const HOUR: u64 = 3_600;

fn source(site: &TestSite, id: &str) -> SourceConfig {
    SourceConfig {
        fetch_page: FetchPage::Never,
        ..local(id, &site.url(&format!("/{id}")))
    }
}

fn site_of(ids: &[&str]) -> TestSite {
    let site = TestSite::start();
    for id in ids {
        let feed = Answer::ok(RSS, rss(&[(*id, *id, "text")])).header("ETag", "\"v1\"");
        site.answer(&format!("/{id}"), feed);
    }
    site
}

#[test]
fn sources_come_and_go_and_the_others_do_not_notice() {
    let site = site_of(&["one", "two", "three"]);
    let sources = ["one", "two"].map(|id| source(&site, id));
    let mut desk = Desk::new(sources.to_vec(), quick());
    assert_eq!(desk.settle().len(), 2);

    let renewal = desk.fetcher.renewal();
    renewal.replace(["two", "three"].map(|id| source(&site, id)).to_vec());
    assert_eq!(titles(&desk.settle()), ["three"]);
    assert_eq!(site.requests_for("/two").len(), 1, "it is not due");
    desk.clock.advance(HOUR);
    assert_eq!(desk.settle().len(), 0);
    assert_eq!(site.requests_for("/one").len(), 1, "it is gone");
    assert_eq!(site.requests_for("/two").len(), 2);

    // One that comes back finds its cursor: its items are known, its validators too.
    renewal.replace(["one", "three"].map(|id| source(&site, id)).to_vec());
    assert_eq!(desk.settle().len(), 0);
    let asked = site.requests_for("/one");
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].header("if-none-match"), Some("\"v1\""));
    assert_eq!(desk.cursor("one").polls, 2);

    renewal.replace(Vec::new());
    desk.clock.advance(HOUR);
    desk.stays_quiet();
    assert_eq!(site.requests().len(), 6);
}

#[test]
fn a_source_that_changes_goes_on_from_where_it_stands() {
    let site = site_of(&["one", "new"]);
    let mut desk = Desk::new(vec![source(&site, "one")], quick());
    desk.settle();

    let renamed = SourceConfig {
        name: Some("The One".to_owned()),
        ..source(&site, "one")
    };
    let renewal = desk.fetcher.renewal();
    renewal.replace(vec![renamed.clone()]);
    desk.stays_quiet();
    site.answer("/one", Answer::ok(RSS, rss(&[("2", "Two", "b")])));
    desk.clock.advance(HOUR);
    let items = desk.settle();
    assert_eq!(items[0].feed_title.as_deref(), Some("The One"));

    let moved = SourceConfig {
        url: Some(site.url("/new")),
        ..renamed
    };
    renewal.replace(vec![moved]);
    assert_eq!(
        titles(&desk.settle()),
        ["new"],
        "a new address is asked now"
    );
}

#[test]
fn a_source_that_moves_to_another_domain_takes_its_cursor_along() {
    let proxy = TestSite::start();
    let urls = ["post", "herald"].map(|name| format!("http://feeds.{name}.example/one"));
    for url in &urls {
        proxy.answer(url, Answer::ok(RSS, rss(&[("one", "one", "text")])));
    }
    let at = |url: &str| SourceConfig {
        fetch_page: FetchPage::Never,
        proxy: Some(Secret::new(proxy.url(""))),
        ..SourceConfig::feed("one", url)
    };
    let mut desk = Desk::new(vec![at(&urls[0])], quick());
    assert_eq!(titles(&desk.settle()), ["one"]);
    let homes = ["post.example", "herald.example"].map(|name| partition_for(name, PARTITIONS));
    assert_ne!(homes[0], homes[1]);
    assert_eq!(desk.log.cursors["one"].0, homes[0]);

    desk.fetcher.renewal().replace(vec![at(&urls[1])]);
    assert_eq!(desk.settle().len(), 0, "its items are known");
    assert_eq!(proxy.requests_for(&urls[1]).len(), 1);
    assert_eq!(desk.log.cursors["one"].0, homes[1]);
    assert_eq!(desk.cursor("one").polls, 2);
}

#[test]
fn what_was_under_way_for_a_source_that_is_gone_is_dropped() {
    let site = site_of(&["one"]);
    site.answer("/slow", Answer::hang());
    let sources = vec![source(&site, "slow"), source(&site, "one")];
    let mut desk = Desk::new(sources, quick());
    assert_eq!(titles(&desk.poll()), ["one"]);
    assert!(!Source::is_idle(&desk.fetcher));
    desk.fetcher.renewal().replace(vec![source(&site, "one")]);
    desk.stays_quiet();
    assert_eq!(desk.log.cursors.len(), 1);
}

#[test]
fn partitions_that_come_later_find_the_new_sources_and_the_old_cursors() {
    let site = site_of(&["one", "two"]);
    let mut desk = Desk::new(vec![source(&site, "one")], quick());
    desk.settle();
    let mut later = Desk::over(
        desk.log.clone(),
        desk.clock.clone(),
        vec![source(&site, "two")],
        quick(),
    );
    assert_eq!(titles(&later.settle()), ["two"]);
    // The cursor of the feed that this one never had is known to it.
    let both = ["one", "two"].map(|id| source(&site, id));
    later.fetcher.renewal().replace(both.to_vec());
    later.stays_quiet();
    later.clock.advance(HOUR);
    assert_eq!(later.settle().len(), 0);
}
