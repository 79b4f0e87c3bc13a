//! Redirects, refusals, and feeds that are gone.

use wiredesk_fetcher::{FetcherSettings, SourceConfig};
use wiredesk_testkit::web::{Answer, TestSite};

use crate::Behaviour;
use crate::common::{quick, titles};
use crate::scene::{DAY, FEED, HOUR, MINUTE, Scene, feed, source};

pub const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        server: "redirects with 301 or 308",
        fetcher: "follows; after five polls over a day it asks at the new address",
        check: permanent_moves_are_learned,
    },
    Behaviour {
        server: "takes a permanent move back, so that the new address fails",
        fetcher: "goes back after three failures",
        check: a_false_move_is_unlearned,
    },
    Behaviour {
        server: "redirects with 302, 303 or 307, or each time to another address",
        fetcher: "follows, and goes on asking at the old address",
        check: passing_moves_are_not_learned,
    },
    Behaviour {
        server: "redirects in a circle, or in a long chain",
        fetcher: "stops after `redirects` of them, and says so",
        check: circles_and_chains_end,
    },
    Behaviour {
        server: "redirects without saying where to, or to nonsense",
        fetcher: "counts a failure that says so",
        check: redirects_to_nowhere,
    },
    Behaviour {
        server: "redirects into a private network, to the machine itself, or to a cloud's metadata",
        fetcher: "refuses at each hop, with the settings that would allow it",
        check: no_way_into_a_private_network,
    },
    Behaviour {
        server: "says 410",
        fetcher: "says so once, and asks once a week",
        check: gone_is_honoured,
    },
    Behaviour {
        server: "says 401, 402, 403, 404, 405 or 451",
        fetcher: "asks hourly, then more rarely, and daily in the end",
        check: denied,
    },
    Behaviour {
        server: "is not there",
        fetcher: "backs off, says so, and goes on with the others",
        check: nobody_there,
    },
];

fn permanent_moves_are_learned() {
    for status in [301, 308] {
        let site = TestSite::start();
        site.answer(FEED, Answer::redirect(status, "/new"));
        site.answer("/new", feed().header("ETag", "\"v1\""));
        let mut scene = Scene::at(site);
        assert_eq!(titles(&scene.settle()), ["One"]);
        scene.pass(25 * HOUR);
        let old = scene.site.requests_for(FEED).len();
        scene.pass(DAY);
        assert_eq!(scene.site.requests_for(FEED).len(), old);
        assert_eq!(scene.cursor().url, scene.site.url("/new"));
    }
}

fn a_false_move_is_unlearned() {
    let site = TestSite::start();
    site.answer(FEED, Answer::redirect(301, "/new"));
    site.answer("/new", feed());
    let mut scene = Scene::at(site);
    scene.pass(26 * HOUR);
    assert!(scene.cursor().moved.unwrap().is_learned);
    scene.site.answer("/new", Answer::status(404));
    scene.site.answer(FEED, feed());
    scene.pass(DAY);
    assert_eq!(scene.cursor().moved, None);
    assert_eq!(scene.cursor().health.last_error, None);
}

fn passing_moves_are_not_learned() {
    for status in [302, 303, 307] {
        let site = TestSite::start();
        site.answer(FEED, Answer::redirect(status, "/today"));
        site.answer("/today", feed());
        let mut scene = Scene::at(site);
        assert_eq!(scene.pass(2 * DAY).len(), 1);
        assert_eq!(scene.cursor().moved, None, "{status}");
    }
    let site = TestSite::start();
    for number in 0..300 {
        let to = ["/a", "/b"][number % 2];
        site.answer_once(FEED, Answer::redirect(301, to));
    }
    site.answer("/a", feed());
    site.answer("/b", feed());
    let mut scene = Scene::at(site);
    scene.pass(2 * DAY);
    assert!(scene.cursor().moved.is_none_or(|moved| !moved.is_learned));
}

fn circles_and_chains_end() {
    let site = TestSite::start();
    site.answer(FEED, Answer::redirect(301, "/back"));
    site.answer("/back", Answer::redirect(302, FEED));
    let mut scene = Scene::at(site);
    scene.settle();
    assert_eq!(scene.asked.len(), 6);
    assert!(scene.error().contains("redirected more than 5 times"));

    let site = TestSite::start();
    site.answer(FEED, Answer::redirect(301, "/1"));
    for number in 1..20 {
        let next = format!("/{}", number + 1);
        site.answer(&format!("/{number}"), Answer::redirect(301, &next));
    }
    let mut scene = Scene::at(site);
    scene.settle();
    assert_eq!(scene.asked.len(), 6);
    assert_eq!(scene.cursor().moved, None);
}

fn redirects_to_nowhere() {
    let cases = [
        (Answer::status(302), "status 302"),
        (Answer::redirect(302, "http://"), "redirected there"),
        (
            Answer::redirect(302, "ftp://post.example/"),
            "only http and https",
        ),
        (
            Answer::redirect(302, "file:///etc/passwd"),
            "only http and https",
        ),
        (Answer::status(300), "status 300"),
    ];
    for (answer, told) in cases {
        let mut scene = Scene::answering(answer);
        scene.settle();
        let error = scene.error();
        assert!(error.contains(told), "{error}");
        assert_eq!(scene.asked.len(), 1);
    }
}

fn no_way_into_a_private_network() {
    let site = TestSite::start();
    let port = site.port();
    let settings = FetcherSettings {
        allow_networks: vec!["127.0.0.1/32".to_owned()],
        ..quick()
    };
    for target in [
        format!("http://127.0.0.2:{port}/secret"),
        format!("http://[::1]:{port}/secret"),
        format!("http://[::ffff:127.0.0.2]:{port}/secret"),
        format!("http://0x7f000002:{port}/secret"),
        format!("http://0.0.0.0:{port}/secret"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://192.168.1.1/".to_owned(),
        "http://[fd00:ec2::254]/".to_owned(),
    ] {
        let site = TestSite::start();
        site.answer(FEED, Answer::redirect(302, "/hop"));
        site.answer("/hop", Answer::redirect(302, &target));
        let source = SourceConfig {
            allow_private: false,
            ..source(&site)
        };
        let mut scene = Scene::of(site, vec![source], settings.clone());
        scene.settle();
        let error = scene.error();
        let is_refused = error.contains("is not public") && error.contains("allow_private");
        assert!(is_refused, "{target}: {error}");
    }
    assert_eq!(site.requests().len(), 0);
}

fn gone_is_honoured() {
    let mut scene = Scene::answering(Answer::status(410));
    scene.settle();
    assert!(scene.cursor().health.gone_since.is_some());
    for _ in 0..27 {
        scene.jump(6 * HOUR);
    }
    scene.restart();
    scene.jump(HOUR);
    assert_eq!(scene.asked.len(), 1);
    scene.site.answer(FEED, feed());
    assert_eq!(scene.jump(3 * DAY).len(), 1, "gone was a mistake");
    assert_eq!(scene.cursor().health.gone_since, None);
}

fn denied() {
    for status in [401, 402, 403, 404, 405, 451] {
        let mut scene = Scene::answering(Answer::status(status));
        scene.pass(8 * DAY);
        let pauses = scene.pauses();
        assert!((HOUR..=HOUR + HOUR / 4 + MINUTE).contains(&pauses[0]));
        let last = pauses.last().copied().unwrap();
        assert!((DAY..=DAY + DAY / 4 + MINUTE).contains(&last), "{pauses:?}");
    }
}

fn nobody_there() {
    let gone = TestSite::start();
    let nowhere = gone.url(FEED);
    drop(gone);
    let site = TestSite::start();
    site.answer(FEED, feed());
    let lost = SourceConfig {
        id: "lost".to_owned(),
        url: Some(nowhere),
        ..source(&site)
    };
    let sources = vec![lost, source(&site)];
    let mut scene = Scene::of(site, sources, quick());
    assert_eq!(titles(&scene.pass(HOUR)), ["One"]);
    let health = scene.desk.cursor("lost").health;
    assert!((4..8).contains(&health.failures_in_a_row), "{health:?}");
    assert!(health.last_error.unwrap().contains("is out of reach"));
    assert_eq!(scene.cursor().health.failures_in_a_row, 0);
}
