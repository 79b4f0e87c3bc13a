//! Pages that are taken down.

use wiredesk_fetcher::SourceConfig;
use wiredesk_model::{RawItem, WireStatus};
use wiredesk_testkit::web::{Answer, TestSite};

use crate::Behaviour;
use crate::common::quick;
use crate::scene::{DAY, FEED, HOUR, RSS, Scene, source};

pub const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        server: "takes down the page of a story (404 or 410)",
        fetcher: "withdraws the story once the page was gone `deleted_after` times in a row, where the source has that key",
        check: a_page_taken_down_deletes_its_story,
    },
    Behaviour {
        server: "takes down a page for a while, or has trouble",
        fetcher: "counts from the start again, and never counts trouble",
        check: a_page_that_comes_back_deletes_nothing,
    },
    Behaviour {
        server: "never had the page that its feed links to",
        fetcher: "takes that for a wrong link",
        check: a_page_that_never_was_deletes_nothing,
    },
    Behaviour {
        server: "changes a story whose page was gone",
        fetcher: "brings the story back with the new version",
        check: a_new_version_brings_the_story_back,
    },
    Behaviour {
        server: "takes down pages, and the source does not say `deleted_after`",
        fetcher: "does not ask for them",
        check: pages_are_watched_only_where_the_source_says_so,
    },
];

const PAGE: &str = "/ferry";

fn feed(site: &TestSite, title: &str) -> Answer {
    let body = format!(
        "<rss version=\"2.0\"><channel><title>The Post</title><item><guid>https://post.example/1</guid>\
         <title>{title}</title><link>{}</link><description>The ferry sails.</description></item>\
         </channel></rss>",
        site.url(PAGE)
    );
    Answer::ok(RSS, body)
}

fn page() -> Answer {
    Answer::ok("text/html", "<p>The ferry sails.</p>")
}

/// A feed whose one story has a page, watched where `deleted_after` says so.
fn scene(deleted_after: Option<u32>) -> Scene {
    let site = TestSite::start();
    site.answer(FEED, feed(&site, "One"));
    site.answer(PAGE, page());
    let source = SourceConfig {
        deleted_after,
        ..source(&site)
    };
    Scene::of(site, vec![source], quick())
}

fn is_deletion(item: &RawItem) -> bool {
    let facts = item.item.wire.as_deref();
    facts.is_some_and(|facts| facts.status == WireStatus::Deleted)
}

fn a_page_taken_down_deletes_its_story() {
    for status in [404, 410] {
        let mut scene = scene(Some(3));
        let told = scene.settle();
        assert_eq!(told.len(), 1);
        scene.site.answer(PAGE, Answer::status(status));
        let before = scene.site.requests_for(PAGE).len();
        let gone = scene.pass(DAY);
        assert_eq!(
            gone.len(),
            1,
            "it is told once, and the listing of the feed says nothing new"
        );
        assert!(is_deletion(&gone[0]));
        assert_eq!(gone[0].story, told[0].story);
        assert_eq!((gone[0].version.0, gone[0].identity.as_str()), (2, "guid"));
        assert_eq!(gone[0].page_http.as_ref().unwrap().status, status);
        assert_eq!(scene.site.requests_for(PAGE).len() - before, 3);
    }
}

fn a_page_that_comes_back_deletes_nothing() {
    let mut scene = scene(Some(2));
    scene.settle();
    for _ in 0..3 {
        scene.site.answer(PAGE, Answer::status(404));
        let before = scene.site.requests_for(PAGE).len();
        while scene.site.requests_for(PAGE).len() == before {
            assert_eq!(scene.jump(HOUR), []);
        }
        scene.site.answer(PAGE, page());
        assert_eq!(scene.pass(3 * HOUR), []);
    }
    for status in [403, 500, 503] {
        scene.site.answer(PAGE, Answer::status(status));
        assert_eq!(scene.pass(6 * HOUR), []);
    }
}

fn a_page_that_never_was_deletes_nothing() {
    let mut scene = scene(Some(1));
    scene.site.answer(PAGE, Answer::status(404));
    assert_eq!(scene.pass(DAY).len(), 1);
}

fn a_new_version_brings_the_story_back() {
    let mut scene = scene(Some(1));
    scene.settle();
    scene.site.answer(PAGE, Answer::status(410));
    assert_eq!(scene.pass(6 * HOUR).len(), 1);
    scene.site.answer(FEED, feed(&scene.site, "One, again"));
    scene.site.answer(PAGE, page());
    let back = scene.pass(DAY);
    assert_eq!(back.len(), 1);
    assert!(!is_deletion(&back[0]));
    assert_eq!(back[0].version.0, 3);
}

fn pages_are_watched_only_where_the_source_says_so() {
    let mut scene = scene(None);
    scene.settle();
    scene.site.answer(PAGE, Answer::status(404));
    assert_eq!(scene.pass(DAY), []);
    assert_eq!(scene.site.requests_for(PAGE).len(), 0);
}
