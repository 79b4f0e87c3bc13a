//! Conditional requests, and servers that get them wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wiredesk_testkit::web::{Answer, SeenRequest, TestSite};

use crate::Behaviour;
use crate::common::{quick, rss, titles};
use crate::scene::{DAY, FEED, HOUR, MINUTE, RSS, Scene, feed, numbered, source};

pub const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        server: "sends `ETag` and `Last-Modified`",
        fetcher: "sends both back byte for byte, also where they are no sound validators",
        check: both_validators_go_back,
    },
    Behaviour {
        server: "sends one of the two",
        fetcher: "sends that one back",
        check: one_validator_goes_back,
    },
    Behaviour {
        server: "answers 304 for days",
        fetcher: "asks in whole once a day to see whether that is true, and conditionally otherwise",
        check: an_honest_server_is_asked_conditionally,
    },
    Behaviour {
        server: "names another `ETag` each time",
        fetcher: "sends the newest one, and publishes nothing again",
        check: flapping_validators,
    },
    Behaviour {
        server: "never answers 304",
        fetcher: "publishes nothing again",
        check: deaf_to_conditions,
    },
    Behaviour {
        server: "stops sending validators",
        fetcher: "stops sending the old ones",
        check: dropped_validators,
    },
    Behaviour {
        server: "names new validators with a 304, or none",
        fetcher: "takes the new ones, or keeps those it has",
        check: a_304_renews_validators,
    },
    Behaviour {
        server: "says 304 although there is news",
        fetcher: "finds out, and after the second lie in a row asks in whole",
        check: a_liar_is_found_out,
    },
    Behaviour {
        server: "says 304 to a request without validators",
        fetcher: "counts a failure that says so; one request, no repetition",
        check: a_304_that_nobody_asked_for,
    },
    Behaviour {
        server: "fails, and sends a validator with that",
        fetcher: "keeps the validators of the feed",
        check: a_failure_leaves_validators,
    },
    Behaviour {
        server: "cuts a document off without a sign of it",
        fetcher: "takes what came, and keeps no validator of it, so that the rest comes next time",
        check: a_document_cut_off_unseen,
    },
    Behaviour {
        server: "is asked again after a restart",
        fetcher: "knows its validators, asks no earlier, publishes nothing again",
        check: a_restart_forgets_nothing,
    },
    Behaviour {
        server: "has a feed that several sources name",
        fetcher: "asks once for all of them",
        check: sources_share_an_answer,
    },
];

fn both_validators_go_back() {
    for (etag, modified) in [
        ("\"v1\"", "Mon, 02 Mar 2026 07:00:00 GMT"),
        ("W/\"a-gzip\"", "Mon, 02 Mar 2026 07:00:00 +0000"),
        ("bare", "0"),
        ("\"a\"b\"", "yesterday, about noon"),
    ] {
        let answer = feed()
            .header("ETag", etag)
            .header("Last-Modified", modified);
        let mut scene = Scene::answering(answer);
        scene.pass(20 * MINUTE);
        assert_eq!(scene.last().header("if-none-match"), Some(etag));
        assert_eq!(scene.last().header("if-modified-since"), Some(modified));
    }
}

fn one_validator_goes_back() {
    for (sent, back, other) in [
        ("ETag", "if-none-match", "if-modified-since"),
        ("Last-Modified", "if-modified-since", "if-none-match"),
    ] {
        let mut scene = Scene::answering(feed().header(sent, "x"));
        scene.pass(20 * MINUTE);
        assert_eq!(scene.last().header(back), Some("x"));
        assert_eq!(scene.last().header(other), None);
    }
}

fn an_honest_server_is_asked_conditionally() {
    let mut scene = Scene::answering(feed().header("ETag", "\"v1\""));
    let items = scene.pass(2 * DAY + HOUR);
    assert_eq!(items.len(), 1);
    assert!(scene.asked.len() > 180, "{}", scene.asked.len());
    assert_eq!(scene.unconditional(), 3, "the first, and a check each day");
    assert_eq!(scene.cursor().trust.off_since, None);
}

fn flapping_validators() {
    let site = TestSite::start();
    let asked = Arc::new(AtomicU64::new(0));
    site.answer_by(FEED, move |_| {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        feed().header("ETag", &format!("\"v{number}\""))
    });
    let mut scene = Scene::at(site);
    assert_eq!(scene.pass(3 * HOUR).len(), 1);
    assert!(scene.asked.len() > 10);
    for (number, (_, request)) in scene.asked.iter().enumerate().skip(1) {
        let newest = format!("\"v{}\"", number - 1);
        assert_eq!(request.header("if-none-match"), Some(newest.as_str()));
    }
}

fn deaf_to_conditions() {
    let mut scene =
        Scene::answering(feed().header("Last-Modified", "Mon, 02 Mar 2026 07:00:00 GMT"));
    assert_eq!(scene.pass(3 * HOUR).len(), 1);
    assert!(scene.asked.len() > 10);
    assert_eq!(scene.unconditional(), 1);
}

fn dropped_validators() {
    let site = TestSite::start();
    site.answer_once(FEED, feed().header("ETag", "\"v1\""));
    site.answer(FEED, numbered(0, 2));
    let mut scene = Scene::at(site);
    scene.pass(35 * MINUTE);
    let sent: Vec<_> = scene.asked.iter().map(|(_, one)| etag_of(one)).collect();
    assert_eq!(sent, [None, Some("\"v1\"".to_owned()), None]);
}

fn etag_of(request: &SeenRequest) -> Option<String> {
    request.header("if-none-match").map(str::to_owned)
}

fn a_304_renews_validators() {
    let site = TestSite::start();
    site.answer_once(FEED, feed().header("ETag", "\"v1\""));
    site.answer_once(FEED, Answer::status(304).header("ETag", "\"v2\""));
    site.answer_once(FEED, Answer::status(304));
    site.answer(FEED, Answer::status(304));
    let mut scene = Scene::at(site);
    scene.pass(50 * MINUTE);
    let sent: Vec<_> = scene.asked.iter().map(|(_, one)| etag_of(one)).collect();
    let newer = Some("\"v2\"".to_owned());
    assert_eq!(
        sent,
        [None, Some("\"v1\"".to_owned()), newer.clone(), newer]
    );
}

fn a_liar_is_found_out() {
    let site = TestSite::start();
    let news = Arc::new(AtomicU64::new(1));
    let newest = Arc::clone(&news);
    site.answer_by(FEED, move |request| match request.header("if-none-match") {
        Some(_) => Answer::status(304),
        None => numbered(0, newest.load(Ordering::Relaxed)).header("ETag", "\"always\""),
    });
    let mut scene = Scene::at(site);
    scene.settle();
    let mut found = 0;
    for _ in 0..3 {
        news.fetch_add(1, Ordering::Relaxed);
        found += scene.pass(25 * HOUR).len();
    }
    assert_eq!(found, 3, "nothing is lost over it");
    assert!(scene.cursor().trust.off_since.is_some());
    let before = scene.asked.len();
    news.fetch_add(1, Ordering::Relaxed);
    assert_eq!(scene.pass(20 * MINUTE).len(), 1, "at the next poll");
    let later = &scene.asked[before..];
    assert!(later.iter().all(|(_, one)| etag_of(one).is_none()));
}

fn a_304_that_nobody_asked_for() {
    let mut scene = Scene::answering(Answer::status(304));
    assert_eq!(scene.settle().len(), 0);
    assert_eq!(scene.asked.len(), 1);
    let error = scene.error();
    assert!(error.contains("status 304"), "{error}");
    assert_eq!(scene.cursor().health.last_success, None);
}

fn a_failure_leaves_validators() {
    let site = TestSite::start();
    site.answer_once(FEED, feed().header("ETag", "\"v1\""));
    site.answer_once(FEED, Answer::status(500).header("ETag", "\"error\""));
    site.answer(FEED, feed().header("ETag", "\"v1\""));
    let mut scene = Scene::at(site);
    assert_eq!(scene.pass(HOUR).len(), 1);
    assert!(scene.asked.len() >= 3);
    let all_old = scene.asked[1..]
        .iter()
        .all(|(_, one)| one.header("if-none-match") == Some("\"v1\""));
    assert!(all_old);
}

fn a_document_cut_off_unseen() {
    let whole = rss(&[("1", "One", "a"), ("2", "Two", "b"), ("3", "Three", "c")]);
    let part = whole
        .split_at(whole.find("<item><guid>https://post.example/2").unwrap())
        .0;
    let site = TestSite::start();
    let part = Answer::ok(RSS, part).header("ETag", "\"v1\"").unannounced();
    site.answer_once(FEED, part);
    site.answer(FEED, Answer::ok(RSS, whole).header("ETag", "\"v1\""));
    let mut scene = Scene::at(site);
    assert_eq!(titles(&scene.settle()), ["One"]);
    assert_eq!(titles(&scene.pass(20 * MINUTE)), ["Two", "Three"]);
    assert_eq!(scene.last().header("if-none-match"), None);
}

fn a_restart_forgets_nothing() {
    let mut scene = Scene::answering(feed().header("ETag", "\"v1\""));
    scene.settle();
    scene.restart();
    scene.pass(14 * MINUTE);
    assert_eq!(scene.asked.len(), 1);
    assert_eq!(scene.pass(3 * MINUTE).len(), 0);
    assert_eq!(scene.last().header("if-none-match"), Some("\"v1\""));
}

fn sources_share_an_answer() {
    let site = TestSite::start();
    site.answer(FEED, feed().header("ETag", "\"v1\""));
    let mut sources = vec![source(&site), source(&site), source(&site)];
    for (source, id) in sources.iter_mut().zip(["post", "sport", "world"]) {
        id.clone_into(&mut source.id);
    }
    let mut scene = Scene::of(site, sources, quick());
    assert_eq!(scene.settle().len(), 3);
    assert_eq!(scene.asked.len(), 1);
}
