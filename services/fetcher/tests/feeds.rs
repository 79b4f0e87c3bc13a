//! Feeds over HTTP: what is asked, what is published, what is remembered.
#![allow(clippy::unwrap_used, reason = "helpers of tests, not seen as tests")]

mod common;

use std::io::Write;

use common::{Desk, local, quick, rss, titles};
use wiredesk_fetcher::{FetchPage, FetcherSettings, SourceConfig};
use wiredesk_pipeline::Source;
use wiredesk_testkit::web::{Answer, TestSite};

const RSS: &str = "application/rss+xml; charset=utf-8";

fn never_pages(id: &str, url: &str) -> SourceConfig {
    SourceConfig {
        fetch_page: FetchPage::Never,
        ..local(id, url)
    }
}

fn desk(site: &TestSite) -> Desk {
    Desk::new(vec![never_pages("post", &site.url("/feed"))], quick())
}

#[test]
fn items_and_cursor_come_together_and_only_news_goes_out() {
    let site = TestSite::start();
    site.answer(
        "/feed",
        Answer::ok(RSS, rss(&[("2", "Two", "b"), ("1", "One", "a")])),
    );
    let mut desk = desk(&site);
    let production = desk.produced();
    assert_eq!(production.outputs.len(), 3, "two items and one cursor");
    let first = desk.commit(production);
    assert_eq!(titles(&first), ["Two", "One"]);
    assert_eq!(first[0].story.as_str(), "https://post.example/2");
    assert_eq!(
        (first[0].version.0, first[0].identity.as_str()),
        (1, "guid")
    );
    assert_eq!(first[0].feed_title.as_deref(), Some("The Post"));
    assert!(
        first[0]
            .payload
            .bytes
            .starts_with(b"<item><guid>https://post.example/2")
    );
    assert_eq!(first[0].payload.media_type, "application/rss+xml");

    site.answer(
        "/feed",
        Answer::ok(
            RSS,
            rss(&[
                ("3", "Three", "c"),
                ("2", "Two", "b, corrected"),
                ("1", "One", "a"),
            ]),
        ),
    );
    desk.stays_quiet();
    desk.clock.advance(16 * 60);
    let second = desk.poll();
    assert_eq!(titles(&second), ["Three", "Two"]);
    assert_eq!(second[1].version.0, 2);
}

#[test]
fn validators_go_back_byte_for_byte_and_304_writes_the_cursor_only() {
    let site = TestSite::start();
    let etag = "W/\"a b-\u{e9}\"";
    let date = "Mon, 2 Mar 2026 07:00:00 GMT";
    let feed = Answer::ok(RSS, rss(&[("1", "One", "a")]))
        .header("ETag", etag)
        .header("Last-Modified", date);
    site.answer("/feed", feed);
    let mut desk = desk(&site);
    assert_eq!(desk.poll().len(), 1);
    desk.clock.advance(16 * 60);
    assert_eq!(desk.poll().len(), 0);
    let requests = site.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        (
            requests[0].header("if-none-match"),
            requests[0].header("if-modified-since")
        ),
        (None, None)
    );
    assert_eq!(requests[1].header("if-none-match"), Some(etag));
    assert_eq!(requests[1].header("if-modified-since"), Some(date));
    assert_eq!(requests[0].header("cookie"), None);
    assert_eq!(requests[0].header("referer"), None);
    assert!(
        requests[0]
            .header("user-agent")
            .unwrap()
            .starts_with("Wiredesk/")
    );
    assert!(
        requests[0]
            .header("accept-encoding")
            .unwrap()
            .contains("gzip")
    );
    let cursor = desk.cursor("post");
    assert_eq!((cursor.polls, cursor.health.last_status), (2, Some(304)));
    assert_eq!(cursor.etag.as_deref(), Some(etag));
}

#[test]
fn a_restart_neither_polls_early_nor_publishes_again() {
    let site = TestSite::start();
    site.answer(
        "/feed",
        Answer::ok(RSS, rss(&[("1", "One", "a")])).header("ETag", "\"v1\""),
    );
    let mut first = desk(&site);
    first.poll();
    let sources = vec![never_pages("post", &site.url("/feed"))];
    let mut second = Desk::over(first.log.clone(), first.clock.clone(), sources, quick());
    second.stays_quiet();
    assert_eq!(site.requests().len(), 1);
    second.clock.advance(16 * 60);
    assert_eq!(second.poll().len(), 0);
    assert_eq!(site.requests()[1].header("if-none-match"), Some("\"v1\""));
}

#[test]
fn a_production_that_was_not_committed_comes_again() {
    let site = TestSite::start();
    site.answer(
        "/feed",
        Answer::ok(RSS, rss(&[("1", "One", "a")])).header("ETag", "\"v1\""),
    );
    let mut desk = desk(&site);
    let lost = desk.produced();
    desk.assign(lost.at.partition);
    assert_eq!(titles(&desk.poll()), ["One"]);
    assert_eq!(
        site.requests()[1].header("if-none-match"),
        None,
        "the validators were lost with the items"
    );
}

#[test]
fn only_the_holder_of_the_partition_polls() {
    let site = TestSite::start();
    site.answer("/feed", Answer::ok(RSS, rss(&[("1", "One", "a")])));
    let mut desk = desk(&site);
    let at = desk.produced().at;
    desk.fetcher.revoked(at);
    desk.clock.advance(100_000);
    desk.stays_quiet();
    assert_eq!(site.requests().len(), 1);
    desk.fetcher.hold(true);
    desk.assign(at.partition);
    desk.stays_quiet();
    desk.fetcher.hold(false);
    assert_eq!(titles(&desk.poll()), ["One"]);
}

#[test]
fn failures_keep_what_is_known_and_back_off() {
    let site = TestSite::start();
    site.answer(
        "/feed",
        Answer::ok(RSS, rss(&[("1", "One", "a")])).header("ETag", "\"v1\""),
    );
    let mut desk = desk(&site);
    desk.poll();
    let failures = [
        (Answer::status(500), "answered with status 500"),
        (
            Answer::ok("text/html", "<!DOCTYPE html><title>Sorry</title>"),
            "neither a feed nor a wire: the document is an HTML page",
        ),
        (Answer::ok(RSS, ""), "the document is empty"),
        (
            Answer::hang(),
            "did not answer in time (read_timeout_ms = 3000)",
        ),
        (
            Answer::redirect(302, "ftp://post.example/feed"),
            "only http and https are fetched",
        ),
    ];
    for (number, (answer, message)) in failures.into_iter().enumerate() {
        site.answer_once("/feed", answer);
        desk.clock.advance(3_600);
        assert_eq!(desk.poll().len(), 0);
        let cursor = desk.cursor("post");
        let error = cursor.health.last_error.as_deref().unwrap_or_default();
        assert!(
            error.contains(message),
            "{error:?} does not say {message:?}"
        );
        assert_eq!(cursor.health.failures_in_a_row, number as u32 + 1);
        assert_eq!(cursor.etag.as_deref(), Some("\"v1\""));
        assert_eq!(cursor.seen.len(), 1);
        desk.stays_quiet();
    }
    desk.clock.advance(3_600);
    assert_eq!(desk.poll().len(), 0, "the item is known still");
    assert_eq!(desk.cursor("post").health.failures_in_a_row, 0);
}

#[test]
fn an_unreachable_server_is_told_and_the_rest_goes_on() {
    let site = TestSite::start();
    site.answer("/feed", Answer::ok(RSS, rss(&[("1", "One", "a")])));
    let gone = TestSite::start();
    let gone_url = gone.url("/feed");
    drop(gone);
    let sources = vec![
        never_pages("gone", &gone_url),
        never_pages("post", &site.url("/feed")),
    ];
    let mut desk = Desk::new(sources, quick());
    desk.poll();
    desk.poll();
    assert_eq!(titles(&desk.log.items), ["One"]);
    let error = desk.cursor("gone").health.last_error.unwrap();
    assert!(error.contains("is out of reach"), "{error}");
}

#[test]
fn servers_are_left_alone_for_as_long_as_they_ask() {
    let site = TestSite::start();
    site.answer_once("/feed", Answer::status(429).header("Retry-After", "7200"));
    site.answer(
        "/feed",
        Answer::ok(RSS, rss(&[])).header("Cache-Control", "max-age=3600"),
    );
    site.answer("/other", Answer::ok(RSS, rss(&[])));
    let settings = FetcherSettings {
        requests_per_host: 1,
        ..quick()
    };
    let sources = vec![
        never_pages("post", &site.url("/feed")),
        never_pages("other", &site.url("/other")),
    ];
    let mut desk = Desk::new(sources, settings);
    desk.poll();
    let asked_first = site.requests()[0].path.clone();
    if asked_first == "/feed" {
        desk.stays_quiet();
        assert_eq!(site.requests().len(), 1, "the whole host is left alone");
    }
    desk.clock.advance(7_100);
    let before = site.requests_for("/feed").len();
    while desk.cursor("post").polls < 2 {
        desk.clock.advance(200);
        desk.poll();
    }
    assert_eq!(before, 1);
    desk.clock.advance(3_000);
    assert_eq!(
        site.requests_for("/feed").len(),
        2,
        "max-age is longer than the interval"
    );
}

#[test]
fn bodies_over_the_limit_are_refused_with_the_key_to_raise() {
    let site = TestSite::start();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer
        .write_all(rss(&[("1", "One", &"a".repeat(2_000_000))]).as_bytes())
        .unwrap();
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 100_000);
    site.answer(
        "/feed",
        Answer::ok(RSS, bomb).header("Content-Encoding", "gzip"),
    );
    let sources = vec![never_pages("post", &site.url("/feed"))];
    let mut desk = Desk::new(
        sources,
        FetcherSettings {
            feed_bytes: 1_000_000,
            ..quick()
        },
    );
    assert_eq!(desk.poll().len(), 0);
    let error = desk.cursor("post").health.last_error.unwrap();
    assert!(
        error.ends_with(
            "sent more than 1000000 bytes after decompression; raise feed_bytes to take it"
        ),
        "{error}"
    );
}

#[test]
fn packed_feeds_are_unpacked_whatever_the_headers_say() {
    let site = TestSite::start();
    let pack = |text: String| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    site.answer_once(
        "/feed",
        Answer::ok(RSS, pack(rss(&[("1", "One", "a")]))).header("Content-Encoding", "gzip"),
    );
    site.answer_once(
        "/feed",
        Answer::ok("application/gzip", pack(rss(&[("2", "Two", "b")]))),
    );
    let mut desk = desk(&site);
    assert_eq!(titles(&desk.poll()), ["One"]);
    desk.clock.advance(16 * 60);
    assert_eq!(titles(&desk.poll()), ["Two"]);
}

#[test]
fn redirects_are_followed_to_a_limit_and_never_into_a_private_network() {
    let site = TestSite::start();
    site.answer("/old", Answer::redirect(301, "/feed"));
    site.answer("/feed", Answer::ok(RSS, rss(&[("1", "One", "a")])));
    site.answer("/loop", Answer::redirect(302, "/loop"));
    let sources = vec![
        never_pages("old", &site.url("/old")),
        never_pages("loop", &site.url("/loop")),
    ];
    let mut desk = Desk::new(sources, quick());
    desk.poll();
    desk.poll();
    assert_eq!(titles(&desk.log.items), ["One"]);
    assert_eq!(
        desk.log.items[0].http.as_ref().unwrap().url,
        site.url("/feed")
    );
    assert!(
        desk.cursor("loop")
            .health
            .last_error
            .unwrap()
            .contains("redirected more than 5 times")
    );
    assert_eq!(site.requests_for("/loop").len(), 6);
}

#[test]
fn private_addresses_are_refused_by_number_and_by_name() {
    let site = TestSite::start();
    let by_number = SourceConfig::feed("number", &site.url("/feed"));
    let by_name = SourceConfig::feed("name", &format!("http://localhost:{}/feed", site.port()));
    let odd = SourceConfig::feed("odd", &format!("http://0x7f.1:{}/feed", site.port()));
    let mut desk = Desk::new(vec![by_number, by_name, odd], quick());
    for _ in 0..3 {
        desk.poll();
    }
    for feed in ["number", "name", "odd"] {
        let error = desk.cursor(feed).health.last_error.unwrap();
        assert!(
            error.contains("which is not public; set allow_private = true"),
            "{feed}: {error}"
        );
    }
    assert_eq!(site.requests().len(), 0);
    let open = FetcherSettings {
        allow_networks: vec!["127.0.0.0/8".to_owned()],
        ..quick()
    };
    site.answer("/feed", Answer::ok(RSS, rss(&[("1", "One", "a")])));
    let mut desk = Desk::new(vec![SourceConfig::feed("number", &site.url("/feed"))], open);
    assert_eq!(titles(&desk.poll()), ["One"]);
}

#[test]
fn teasers_get_their_page_and_stories_do_not() {
    let site = TestSite::start();
    let item = |id: &str, rest: &str| {
        format!(
            "<item><guid>{id}</guid><title>{id}</title><link>{}</link>{rest}</item>",
            site.url(&format!("/{id}"))
        )
    };
    let feed = format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>{}{}{}{}</channel></rss>",
        item("teaser", "<description>Short.</description>"),
        item("story", "<content:encoded>All of it.</content:encoded>"),
        item("flaky", "<description>Short.</description>"),
        item("missing", "<description>Short.</description>"),
    );
    site.answer("/feed", Answer::ok(RSS, feed));
    site.answer(
        "/teaser",
        Answer::ok("text/html; charset=windows-1252", "<p>The whole story</p>"),
    );
    site.answer_once("/flaky", Answer::status(503));
    site.answer("/flaky", Answer::ok("text/html", "<p>At last</p>"));
    let mut desk = Desk::new(vec![local("post", &site.url("/feed"))], quick());
    let items = desk.poll();
    assert_eq!(titles(&items), ["teaser", "story", "flaky", "missing"]);
    let page = items[0].page.as_ref().unwrap();
    assert_eq!(
        (page.media_type.as_str(), page.charset.as_deref()),
        ("text/html", Some("windows-1252"))
    );
    assert_eq!(page.bytes, b"<p>The whole story</p>");
    assert_eq!(items[0].page_http.as_ref().unwrap().status, 200);
    assert!(items[1].page.is_none() && items[1].page_error.is_none());
    assert_eq!(items[2].page.as_ref().unwrap().bytes, b"<p>At last</p>");
    let error = items[3].page_error.as_deref().unwrap();
    assert!(
        items[3].page.is_none() && error.contains("/missing answered with status 404"),
        "{error}"
    );
    assert_eq!(
        (
            site.requests_for("/story").len(),
            site.requests_for("/missing").len()
        ),
        (0, 1)
    );
}

#[test]
fn headers_of_the_source_stay_with_its_host() {
    let site = TestSite::start();
    let elsewhere = TestSite::start();
    site.answer(
        "/feed",
        Answer::redirect(
            302,
            &elsewhere.url("/feed").replace("127.0.0.1", "localhost"),
        ),
    );
    elsewhere.answer("/feed", Answer::ok(RSS, rss(&[("1", "One", "a")])));
    let mut source = never_pages("post", &site.url("/feed"));
    source.headers.insert(
        "Authorization".to_owned(),
        wiredesk_settings::Secret::new("Bearer key"),
    );
    let mut desk = Desk::new(vec![source], quick());
    assert_eq!(titles(&desk.poll()), ["One"]);
    assert_eq!(
        site.requests()[0].header("authorization"),
        Some("Bearer key")
    );
    assert_eq!(elsewhere.requests()[0].header("authorization"), None);
}

#[test]
fn a_refused_poll_goes_out_smaller() {
    let site = TestSite::start();
    let feed = format!(
        "<rss version=\"2.0\"><channel><item><guid>1</guid><title>One</title><link>{}</link></item></channel></rss>",
        site.url("/1")
    );
    site.answer("/feed", Answer::ok(RSS, feed));
    site.answer("/1", Answer::ok("text/html", "<p>Much too long</p>"));
    let mut desk = Desk::new(vec![local("post", &site.url("/feed"))], quick());
    let production = desk.produced();
    let production = desk
        .fetcher
        .refused(production, "record over 10 bytes")
        .unwrap();
    let smaller: wiredesk_model::RawItem =
        serde_json::from_slice(production.outputs[0].value.as_deref().unwrap()).unwrap();
    assert!(smaller.page.is_none());
    assert!(smaller.page_error.unwrap().contains("record over 10 bytes"));
    let production = desk
        .fetcher
        .refused(production, "record over 10 bytes")
        .unwrap();
    assert_eq!(production.outputs[0].topic, wiredesk_model::Topic::Dead);
    assert_eq!(
        production.outputs[0].headers.get("wd_dead_reason"),
        Some("over-limit")
    );
    assert_eq!(desk.fetcher.refused(production, "still"), None);
}
