//! When feeds are asked: what the operator, the document and the server say about it.

use wiredesk_fetcher::SourceConfig;
use wiredesk_testkit::web::{Answer, TestSite};

use crate::Behaviour;
use crate::common::quick;
use crate::scene::{DAY, FEED, HOUR, MINUTE, Scene, feed, hold_pauses, numbered, source, wishing};

pub const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        server: "says nothing about when to come back",
        fetcher: "asks every `poll_seconds`, never earlier, and up to 5 % later",
        check: the_usual_interval,
    },
    Behaviour {
        server: "says `Cache-Control: max-age`, or `Expires`",
        fetcher: "asks no earlier, `Age` taken off",
        check: fresh_answers,
    },
    Behaviour {
        server: "says `no-store`, or has expired long ago",
        fetcher: "asks as usual, not more often",
        check: stale_answers,
    },
    Behaviour {
        server: "wants to be fresh for a year",
        fetcher: "asks after `longest_wait_seconds`",
        check: fresh_for_ever,
    },
    Behaviour {
        server: "has a feed with `ttl` or `sy:updatePeriod`",
        fetcher: "asks no earlier than it wants, also after a 304",
        check: wishes_of_the_document,
    },
    Behaviour {
        server: "has a feed with `ttl` or `sy:updatePeriod` whose source sets `poll_seconds`",
        fetcher: "does as the operator says",
        check: the_operator_knows_better,
    },
    Behaviour {
        server: "has a feed with `skipHours` or `skipDays`",
        fetcher: "asks in none of them",
        check: hours_and_days_to_skip,
    },
    Behaviour {
        server: "asks to be skipped always",
        fetcher: "takes that for a mistake",
        check: skipped_always,
    },
    Behaviour {
        server: "says 429 or 503 with `Retry-After`, in seconds or as a date",
        fetcher: "asks for nothing of that host before, also after a restart",
        check: retry_after_holds_for_the_host,
    },
    Behaviour {
        server: "says `Retry-After` with a 200",
        fetcher: "keeps it, too",
        check: retry_after_with_success,
    },
    Behaviour {
        server: "says `Retry-After: 315360000`, or nonsense",
        fetcher: "waits for `longest_wait_seconds` at the most, or backs off as usual",
        check: absurd_retry_after,
    },
    Behaviour {
        server: "answers 5xx or 429 for days",
        fetcher: "waits twice as long each time up to `last_retry_seconds`, and never gives up",
        check: failures_back_off,
    },
    Behaviour {
        server: "has a feed whose items come and go in minutes",
        fetcher: "asks more often, down to `shortest_poll_seconds`",
        check: a_busy_feed,
    },
    Behaviour {
        server: "replaces every item between two polls",
        fetcher: "publishes all of the new ones, and notes a gap with an estimate",
        check: a_gap,
    },
    Behaviour {
        server: "answers, but has had no news for very long",
        fetcher: "goes on asking, and says that the feed went quiet",
        check: a_quiet_feed,
    },
];

fn the_usual_interval() {
    let mut scene = Scene::answering(feed());
    scene.pass(DAY);
    hold_pauses(&scene, 900, 900 + 45 + MINUTE);
}

fn fresh_answers() {
    let now = "Mon, 02 Mar 2026 08:00:00 GMT";
    let hour_later = "Mon, 02 Mar 2026 09:00:00 GMT";
    let answers = [
        feed().header("Cache-Control", "public, max-age=3600"),
        feed()
            .header("Cache-Control", "max-age=\"5400\"")
            .header("Age", "1800"),
        feed().header("Date", now).header("Expires", hour_later),
    ];
    for answer in answers {
        let mut scene = Scene::answering(answer);
        scene.pass(5 * HOUR);
        hold_pauses(&scene, HOUR, HOUR + HOUR / 20 + MINUTE);
    }
}

fn stale_answers() {
    let answers = [
        feed().header("Cache-Control", "no-store, max-age=7200"),
        feed().header("Expires", "0"),
        feed().header("Expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
        feed()
            .header("Cache-Control", "max-age=60")
            .header("Age", "99999999999999999999"),
    ];
    for answer in answers {
        let mut scene = Scene::answering(answer);
        scene.pass(2 * HOUR);
        hold_pauses(&scene, 900, 900 + 45 + MINUTE);
    }
}

fn fresh_for_ever() {
    let mut scene = Scene::answering(feed().header("Cache-Control", "max-age=31536000"));
    scene.pass(3 * DAY);
    hold_pauses(&scene, DAY, DAY + DAY / 20 + MINUTE);
}

fn wishes_of_the_document() {
    for elements in [
        "<ttl>60</ttl>",
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>24</sy:updateFrequency>",
    ] {
        let mut scene = Scene::answering(wishing(elements).header("ETag", "\"v1\""));
        scene.pass(6 * HOUR);
        assert!(scene.asked.len() >= 5);
        hold_pauses(&scene, HOUR, HOUR + HOUR / 20 + MINUTE);
    }
}

fn the_operator_knows_better() {
    for elements in [
        "<ttl>60</ttl>",
        "<sy:updatePeriod>daily</sy:updatePeriod>",
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateBase>2026-01-01T00:10:00Z</sy:updateBase>",
    ] {
        let site = TestSite::start();
        site.answer(FEED, wishing(elements));
        let source = SourceConfig {
            poll_seconds: Some(600),
            ..source(&site)
        };
        let mut scene = Scene::of(site, vec![source], quick());
        scene.pass(2 * HOUR);
        hold_pauses(&scene, 600, 600 + 30 + MINUTE);
    }
}

/// It is Monday, eight o'clock, when a scene begins.
fn hours_and_days_to_skip() {
    let elements = "<skipHours><hour>0</hour><hour>9</hour><hour>10</hour></skipHours>\
                    <skipDays><day>Tuesday</day></skipDays>";
    let mut scene = Scene::answering(wishing(elements).header("ETag", "\"v1\""));
    scene.pass(3 * DAY);
    assert!(scene.asked.len() > 100, "{}", scene.asked.len());
    for (time, _) in &scene.asked {
        let text = time.to_string();
        let (day, hour) = (&text[8..10], &text[11..13]);
        let is_skipped = day == "03" || ["00", "09", "10"].contains(&hour);
        assert!(!is_skipped, "asked at {text}");
    }
}

fn skipped_always() {
    let hours: String = (0..24).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let mut scene = Scene::answering(wishing(&format!("<skipHours>{hours}</skipHours>")));
    scene.pass(6 * HOUR);
    assert!(scene.asked.len() > 20);
}

fn retry_after_holds_for_the_host() {
    for (status, value) in [
        (429, "7200"),
        (503, "7200"),
        (503, "Mon, 02 Mar 2026 10:00:00 GMT"),
    ] {
        let site = TestSite::start();
        site.answer_once(FEED, Answer::status(status).header("Retry-After", value));
        site.answer(FEED, feed());
        site.answer("/other", feed());
        let other = SourceConfig {
            id: "other".to_owned(),
            url: Some(site.url("/other")),
            ..source(&site)
        };
        let sources = vec![source(&site), other];
        let settings = wiredesk_fetcher::FetcherSettings {
            requests_per_host: 1,
            ..quick()
        };
        let mut scene = Scene::of(site, sources, settings);
        scene.settle();
        let early = scene.asked.len();
        scene.pass(HOUR);
        scene.restart();
        scene.pass(59 * MINUTE);
        assert_eq!(scene.asked.len(), early, "{status} {value}");
        scene.pass(3 * MINUTE);
        assert_eq!(scene.site.requests_for(FEED).len(), 2, "{status} {value}");
        let others = scene.site.requests_for("/other").len();
        assert!(others > 0, "{status} {value}: the host is asked again");
    }
}

fn retry_after_with_success() {
    let mut scene = Scene::answering(feed().header("Retry-After", "7200"));
    scene.pass(5 * HOUR);
    hold_pauses(&scene, 7200, 7200 + 360 + MINUTE);
}

fn absurd_retry_after() {
    let mut scene = Scene::answering(Answer::status(503).header("Retry-After", "315360000"));
    scene.pass(2 * DAY + HOUR);
    hold_pauses(&scene, DAY, DAY + DAY / 4 + MINUTE);
    for nonsense in ["soon", "-5", "", "99999999999999999999999"] {
        let mut scene = Scene::answering(Answer::status(503).header("Retry-After", nonsense));
        scene.pass(10 * MINUTE);
        assert!(scene.asked.len() >= 2, "{nonsense:?}");
    }
}

fn failures_back_off() {
    for status in [429, 500, 502, 503, 599] {
        let mut scene = Scene::answering(Answer::status(status));
        scene.pass(4 * DAY);
        let pauses = scene.pauses();
        let mut least = MINUTE;
        for pause in &pauses {
            let most = least + least / 4 + MINUTE;
            assert!((least..=most).contains(pause), "{status}: {pauses:?}");
            least = (2 * least).min(6 * HOUR);
        }
        assert!(pauses.len() > 15, "{status}: {pauses:?}");
        assert_eq!(scene.cursor().health.last_status, Some(status));
    }
}

fn a_busy_feed() {
    let site = TestSite::start();
    site.answer_once(FEED, numbered(0, 20));
    for number in 1..100 {
        site.answer_once(FEED, numbered(15 * number, 15 * number + 20));
    }
    let mut scene = Scene::at(site);
    scene.pass(3 * HOUR);
    let pauses = scene.pauses();
    let quickest = pauses.iter().min().copied().unwrap_or_default();
    assert!((300..400).contains(&quickest), "{pauses:?}");
    assert_eq!(scene.cursor().health.gaps, 0);
}

fn a_gap() {
    let site = TestSite::start();
    site.answer_once(FEED, numbered(0, 20));
    site.answer_once(FEED, numbered(5, 25));
    site.answer(FEED, numbered(100, 120));
    let mut scene = Scene::at(site);
    scene.pass(17 * MINUTE);
    assert_eq!(scene.cursor().health.last_gap, None);
    assert_eq!(scene.jump(5 * HOUR).len(), 20);
    let gap = scene.cursor().health.last_gap.unwrap();
    assert!((50..100).contains(&gap.missed_items), "{gap:?}");
}

fn a_quiet_feed() {
    let site = TestSite::start();
    for number in 0..15 {
        site.answer_once(FEED, numbered(number, number + 20));
    }
    site.answer(FEED, numbered(14, 34));
    let mut scene = Scene::at(site);
    scene.pass(14 * HOUR);
    let quiet_since = scene.cursor().health.quiet_since;
    assert!(quiet_since.is_some());
    let before = scene.asked.len();
    scene.pass(HOUR);
    assert!(scene.asked.len() > before);
}
