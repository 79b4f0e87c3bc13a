//! Answers that are too slow, too large, broken, or something else than a feed.

use std::time::Duration;

use futures::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wiredesk_fetcher::FetcherSettings;
use wiredesk_testkit::web::{Answer, TestSite};

use crate::Behaviour;
use crate::common::{quick, rss, titles};
use crate::scene::{FEED, MINUTE, RSS, Scene, feed, source};

/// Limit of a feed's bytes in these scenes.
const LIMIT: usize = 1_000_000;
/// What lies in sockets and buffers when a connection is given up.
const BUFFERED: u64 = 8 * 1024 * 1024;

pub const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        server: "takes the request and says nothing",
        fetcher: "gives up after `read_timeout_ms`, and names it",
        check: silence,
    },
    Behaviour {
        server: "sends its head slowly, but in time",
        fetcher: "waits for it",
        check: a_slow_head,
    },
    Behaviour {
        server: "sends a byte now and then",
        fetcher: "gives up after `total_timeout_ms`, and names it",
        check: a_dripping_body,
    },
    Behaviour {
        server: "announces a body over `feed_bytes`",
        fetcher: "does not begin to read it, and names the setting",
        check: a_huge_body_announced,
    },
    Behaviour {
        server: "sends without end",
        fetcher: "stops reading at `feed_bytes`, and uses nothing of it",
        check: an_endless_body,
    },
    Behaviour {
        server: "packs with gzip, deflate (either kind), brotli, zstd, or twice",
        fetcher: "unpacks, and says beforehand that it can",
        check: packed_bodies,
    },
    Behaviour {
        server: "sends a compression bomb of any of these kinds",
        fetcher: "stops at `feed_bytes` or `unpacked_ratio`, and names it",
        check: bombs,
    },
    Behaviour {
        server: "says that a plain body is packed, or packs it and does not say so",
        fetcher: "reads it",
        check: packing_that_is_not_so,
    },
    Behaviour {
        server: "sends a broken packed body, or packs in a way that nobody knows",
        fetcher: "counts a failure that says so",
        check: broken_packing,
    },
    Behaviour {
        server: "cuts the connection in the middle of the body",
        fetcher: "uses nothing of it, keeps its validators, and tries again",
        check: a_connection_cut,
    },
    Behaviour {
        server: "sends a feed as `image/png`, `text/html`, or without a type",
        fetcher: "looks at the content, and reads it",
        check: wrong_types,
    },
    Behaviour {
        server: "sends a page instead of the feed",
        fetcher: "counts a failure, keeps everything, and names the feeds that the page links to",
        check: a_page_instead,
    },
    Behaviour {
        server: "sends nothing, part of something, or no HTTP at all",
        fetcher: "counts a failure that says so",
        check: no_sound_answer,
    },
    Behaviour {
        server: "sends megabytes of headers",
        fetcher: "gives up without reading them all",
        check: a_flood_of_headers,
    },
    Behaviour {
        server: "sends XML that refers to files, or that grows when it is read",
        fetcher: "resolves nothing, and stays small",
        check: hostile_xml,
    },
];

fn limited() -> FetcherSettings {
    FetcherSettings {
        feed_bytes: LIMIT,
        read_timeout_ms: 250,
        total_timeout_ms: 700,
        ..quick()
    }
}

fn scene(answer: Answer) -> Scene {
    let site = TestSite::start();
    site.answer(FEED, answer);
    let sources = vec![source(&site)];
    Scene::of(site, sources, limited())
}

/// What the only poll failed of.
#[track_caller]
fn error_of(answer: Answer) -> String {
    let mut scene = scene(answer);
    assert_eq!(scene.settle().len(), 0);
    scene.error()
}

fn silence() {
    let error = error_of(Answer::hang());
    assert!(error.contains("read_timeout_ms = 250"), "{error}");
}

fn a_slow_head() {
    let mut scene = scene(feed().late(Duration::from_millis(100)));
    assert_eq!(titles(&scene.settle()), ["One"]);
}

fn a_dripping_body() {
    let error = error_of(feed().dripping(Duration::from_millis(30)));
    assert!(error.contains("total_timeout_ms = 700"), "{error}");
}

fn a_huge_body_announced() {
    let mut scene = scene(feed().header("Content-Length", "9000000000").endless());
    scene.settle();
    assert!(
        scene.error().contains("raise feed_bytes"),
        "{}",
        scene.error()
    );
    assert!(scene.site.body_bytes() < BUFFERED);
}

fn an_endless_body() {
    let mut scene = scene(feed().endless());
    scene.settle();
    let error = scene.error();
    assert!(error.contains("more than 1000000 bytes"), "{error}");
    assert!(scene.site.body_bytes() < LIMIT as u64 + BUFFERED);
}

/// Packs as `Content-Encoding` says.
fn packed(encoding: &str, body: &[u8]) -> Vec<u8> {
    use async_compression::futures::bufread::{
        BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
    };
    let mut out = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    runtime
        .block_on(async {
            match encoding {
                "gzip" => GzipEncoder::new(body).read_to_end(&mut out).await,
                "deflate" => ZlibEncoder::new(body).read_to_end(&mut out).await,
                "raw deflate" => DeflateEncoder::new(body).read_to_end(&mut out).await,
                "br" => BrotliEncoder::new(body).read_to_end(&mut out).await,
                "zstd" => ZstdEncoder::new(body).read_to_end(&mut out).await,
                _ => out.write(body).await,
            }
        })
        .unwrap();
    out
}

fn packed_feed(encoding: &str) -> Vec<u8> {
    packed(encoding, rss(&[("1", "One", "a")]).as_bytes())
}

fn packed_bodies() {
    let answers = [
        ("gzip", packed_feed("gzip")),
        ("x-gzip", packed_feed("gzip")),
        ("deflate", packed_feed("deflate")),
        ("deflate", packed_feed("raw deflate")),
        ("br", packed_feed("br")),
        ("zstd", packed_feed("zstd")),
        ("GZIP, br", packed("br", &packed_feed("gzip"))),
        ("identity", packed_feed("")),
        ("", packed_feed("")),
    ];
    for (encoding, body) in answers {
        let mut scene = scene(Answer::ok(RSS, body).header("Content-Encoding", encoding));
        assert_eq!(titles(&scene.settle()), ["One"], "{encoding}");
        let accepted = scene.last().header("accept-encoding").unwrap_or_default();
        for known in ["gzip", "deflate", "br", "zstd"] {
            assert!(accepted.contains(known), "{accepted}");
        }
    }
}

fn bombs() {
    let zeros = vec![b' '; 20_000_000];
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let bomb = packed(encoding, &zeros);
        assert!(bomb.len() < LIMIT / 10);
        let error = error_of(Answer::ok(RSS, bomb.clone()).header("Content-Encoding", encoding));
        assert!(error.contains("raise feed_bytes"), "{encoding}: {error}");

        let site = TestSite::start();
        site.answer(
            FEED,
            Answer::ok(RSS, bomb).header("Content-Encoding", encoding),
        );
        let sources = vec![source(&site)];
        let mut scene = Scene::of(site, sources, quick());
        scene.settle();
        let error = scene.error();
        assert!(error.contains("unpacked_ratio"), "{encoding}: {error}");
    }
    let twice = packed("gzip", &packed("gzip", &zeros));
    for answer in [
        Answer::ok(RSS, twice.clone()).header("Content-Encoding", "gzip"),
        Answer::ok(RSS, twice.clone()).header("Content-Encoding", "gzip, gzip"),
        Answer::ok(RSS, twice),
    ] {
        let error = error_of(answer);
        let is_told = ["raise feed_bytes", "over the limit"]
            .iter()
            .any(|told| error.contains(told));
        assert!(is_told, "{error}");
    }
}

fn packing_that_is_not_so() {
    for answer in [
        feed().header("Content-Encoding", "gzip"),
        feed().header("Content-Encoding", "zstd"),
        Answer::ok(RSS, packed_feed("gzip")),
        Answer::ok("application/gzip", packed_feed("gzip")),
    ] {
        assert_eq!(titles(&scene(answer).settle()), ["One"]);
    }
}

fn broken_packing() {
    let mut body = packed_feed("gzip");
    body.truncate(body.len() / 2);
    let error = error_of(Answer::ok(RSS, body).header("Content-Encoding", "gzip"));
    assert!(error.contains("cannot be unpacked"), "{error}");
    let error = error_of(feed().header("Content-Encoding", "sdch"));
    assert!(error.contains("sdch"), "{error}");
    let all_at_once = ["gzip"; 50].join(",");
    let error = error_of(feed().header("Content-Encoding", &all_at_once));
    assert!(error.contains("cannot be unpacked"), "{error}");
}

fn a_connection_cut() {
    let site = TestSite::start();
    site.answer_once(FEED, feed().header("ETag", "\"v1\""));
    let news = rss(&[("1", "One", "a"), ("2", "Two", "b")]);
    let cut = Answer::ok(RSS, news.as_str())
        .header("ETag", "\"v2\"")
        .cut_after(120);
    site.answer_once(FEED, cut);
    site.answer_once(
        FEED,
        Answer::bare("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"),
    );
    site.answer(FEED, Answer::ok(RSS, news.as_str()));
    let mut scene = Scene::at(site);
    scene.settle();
    for _ in 0..2 {
        assert_eq!(scene.jump(16 * MINUTE).len(), 0);
        let error = scene.error();
        assert!(error.contains("broke off after"), "{error}");
    }
    assert_eq!(titles(&scene.jump(16 * MINUTE)), ["Two"]);
    assert_eq!(scene.last().header("if-none-match"), Some("\"v1\""));
}

fn wrong_types() {
    let body = rss(&[("1", "One", "a")]);
    for media_type in ["image/png", "text/html", "text/plain", "", "a; b=c; d"] {
        let answer = Answer::ok(media_type, body.as_str());
        assert_eq!(titles(&scene(answer).settle()), ["One"], "{media_type}");
    }
    let nameless = Answer::status(200).body(body.as_str());
    assert_eq!(titles(&scene(nameless).settle()), ["One"]);
}

fn a_page_instead() {
    let page = "<!DOCTYPE html><html><head><title>The Post</title>\
                <link rel='alternate' type='application/rss+xml' href='/news.xml'></head></html>";
    let site = TestSite::start();
    site.answer_once(FEED, feed().header("ETag", "\"v1\""));
    site.answer_once(FEED, Answer::ok("text/html", page));
    site.answer(FEED, feed().header("ETag", "\"v1\""));
    let mut scene = Scene::at(site);
    scene.settle();
    scene.jump(16 * MINUTE);
    let error = scene.error();
    assert!(error.contains("HTML page"), "{error}");
    assert!(error.contains(&scene.site.url("/news.xml")), "{error}");
    assert_eq!(scene.jump(16 * MINUTE).len(), 0);
    assert_eq!(scene.last().header("if-none-match"), Some("\"v1\""));
    assert_eq!(scene.cursor().health.last_error, None);
}

fn no_sound_answer() {
    let cases = [
        (Answer::ok(RSS, ""), "the document is empty"),
        (Answer::ok(RSS, " \r\n\t "), "the document is empty"),
        (Answer::status(204), "status 204"),
        (feed_with_status(206), "status 206"),
        (Answer::status(101), "post"),
        (Answer::bare("SSH-2.0-OpenSSH_9.7\r\n"), "is out of reach"),
        (Answer::bare(""), "is out of reach"),
        (Answer::bare(vec![0_u8; 1000]), "is out of reach"),
    ];
    for (answer, told) in cases {
        let mut scene = scene(answer);
        scene.settle();
        let error = scene.error();
        assert!(error.contains(told) || told == "post", "{error}");
        assert_eq!(scene.cursor().health.failures_in_a_row, 1);
    }
}

fn feed_with_status(status: u16) -> Answer {
    Answer::status(status).body(rss(&[("1", "One", "a")]))
}

fn a_flood_of_headers() {
    let mut flood = b"HTTP/1.1 200 OK\r\n".to_vec();
    for number in 0..200_000 {
        flood.extend_from_slice(format!("X-Flood-{number}: {number:0100}\r\n").as_bytes());
    }
    let error = error_of(Answer::bare(flood));
    assert!(error.contains("is out of reach"), "{error}");
}

fn hostile_xml() {
    let grows = "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
        <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">\
        <!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    let body = rss(&[("1", "One", "text &d;&d;&d;&d;&x; end")]);
    let mut scene = scene(Answer::ok(RSS, format!("{grows}{body}")));
    let items = scene.settle();
    let record = serde_json::to_string(&items).unwrap();
    assert!(record.len() < 100_000, "{}", record.len());
    assert!(!record.contains("root:"), "{record}");
}
