//! What a server is shown, and what it is not.

use wiredesk_fetcher::{Auth, FetcherSettings, SourceConfig};
use wiredesk_settings::Secret;
use wiredesk_testkit::web::{Answer, TestSite};

use crate::Behaviour;
use crate::common::{local, quick};
use crate::scene::{FEED, HOUR, MINUTE, POST, RSS, Scene, feed, source};

pub const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        server: "looks who asks",
        fetcher: "says its name, its version and the operator's `contact`, and what it can read",
        check: it_says_who_it_is,
    },
    Behaviour {
        server: "sets cookies",
        fetcher: "sends none back, and no `Referer`",
        check: no_cookies,
    },
    Behaviour {
        server: "redirects to another host",
        fetcher: "shows that host neither keys nor headers of the source",
        check: keys_stay_at_home,
    },
    Behaviour {
        server: "has an address with a fragment",
        fetcher: "keeps the fragment to itself",
        check: no_fragments,
    },
    Behaviour {
        server: "has many feeds that are due at once",
        fetcher: "asks for `requests_per_host` at a time",
        check: few_at_a_time,
    },
    Behaviour {
        server: "closes its pages to robots",
        fetcher: "does not fetch them, and publishes the items without",
        check: robots_are_kept_out,
    },
];

fn it_says_who_it_is() {
    let site = TestSite::start();
    site.answer(FEED, feed());
    let sources = vec![source(&site)];
    let settings = FetcherSettings {
        contact: "https://desk.example/robots".to_owned(),
        ..quick()
    };
    let mut scene = Scene::of(site, sources, settings);
    scene.settle();
    let agent = scene.last().header("user-agent").unwrap();
    assert!(agent.starts_with("Wiredesk/"), "{agent}");
    assert!(agent.ends_with("(+https://desk.example/robots)"), "{agent}");
    let accepted = scene.last().header("accept").unwrap();
    assert!(accepted.contains("application/rss+xml"), "{accepted}");
}

fn no_cookies() {
    let cookie = "sid=1; Path=/; Max-Age=99999";
    let mut scene = Scene::answering(feed().header("Set-Cookie", cookie));
    scene.pass(HOUR);
    assert!(scene.asked.len() > 3);
    for (_, request) in &scene.asked {
        assert_eq!(request.header("cookie"), None);
        assert_eq!(request.header("referer"), None);
    }
}

fn keys_stay_at_home() {
    let elsewhere = TestSite::start();
    elsewhere.answer(FEED, feed());
    let site = TestSite::start();
    let target = elsewhere.url(FEED).replace("127.0.0.1", "localhost");
    site.answer(FEED, Answer::redirect(302, &target));
    let mut keyed = source(&site);
    keyed.auth = Some(Auth::Bearer {
        token: Secret::new("t0ken"),
    });
    keyed
        .headers
        .insert("X-Desk".to_owned(), Secret::new("s3cret"));
    let mut scene = Scene::of(site, vec![keyed], quick());
    assert_eq!(scene.settle().len(), 1);
    assert!(scene.last().header("authorization").is_some());
    let there = elsewhere.requests();
    let there = there.first().unwrap();
    assert_eq!(there.header("authorization"), None);
    assert_eq!(there.header("x-desk"), None);
}

fn no_fragments() {
    let site = TestSite::start();
    site.answer(FEED, feed());
    let source = SourceConfig {
        url: Some(site.url("/feed#top")),
        ..source(&site)
    };
    let mut scene = Scene::of(site, vec![source], quick());
    assert_eq!(scene.settle().len(), 1);
    assert_eq!(scene.last().path, FEED);
}

fn few_at_a_time() {
    let site = TestSite::start();
    let mut sources = Vec::new();
    for number in 0..20 {
        let path = format!("/feed/{number}");
        site.answer(&path, Answer::hang());
        sources.push(SourceConfig {
            id: format!("feed-{number}"),
            url: Some(site.url(&path)),
            ..source(&site)
        });
    }
    let mut desk = crate::common::Desk::new(sources, quick());
    desk.produced();
    // Those that never end hold their places; each that was given up made room for one more.
    let asked = site.requests().len();
    assert!((2..=4).contains(&asked), "{asked}");
}

fn robots_are_kept_out() {
    let site = TestSite::start();
    let link = site.url("/story");
    let body = format!(
        "<rss version=\"2.0\"><channel><item><guid>1</guid><title>One</title><link>{link}</link>\
         </item></channel></rss>"
    );
    site.answer(FEED, Answer::ok(RSS, body));
    site.answer("/story", Answer::ok("text/html", "<p>story</p>"));
    site.answer(
        "/robots.txt",
        Answer::ok("text/plain", "User-agent: *\nDisallow: /story\n"),
    );
    let sources = vec![local(POST, &site.url(FEED))];
    let mut scene = Scene::of(site, sources, quick());
    let items = scene.pass(MINUTE);
    assert_eq!(items.len(), 1);
    assert!(items[0].page.is_none());
    assert!(scene.site.requests_for("/story").is_empty());
}
