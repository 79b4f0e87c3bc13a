//! What the index finds, and how it follows the log.

mod common;

use std::sync::Arc;

use common::{Indexer, LIMIT, Scene, Story, ids, refusal};
use wiredesk_indexer::{Ask, Search, Sort};
use wiredesk_pipeline::{Count, Flush};
use wiredesk_testkit::wait::wait_until;

fn harbour() -> Story {
    Story {
        place: Some("GREENHAVEN".to_owned()),
        people: vec!["Ada Quill".to_owned()],
        subjects: vec!["flood".to_owned(), "politics".to_owned()],
        ..Story::new(
            "urn:bay:1",
            "Harbour wall holds against the tide",
            "The new wall held on Friday night. Mayor Ada Quill thanked the crews.\n\nNo one was hurt.",
        )
    }
}

#[test]
fn a_later_version_takes_the_place_of_the_one_before() {
    let scene = Scene::new();
    scene.publish(&harbour());
    let indexer = scene.indexer();
    scene.wait_for("harbour wall", &["urn:bay:1"]);
    let second = Story {
        version: 2,
        headline: "Harbour wall cracks".to_owned(),
        ..harbour()
    };
    scene.publish(&second);
    scene.wait_for("cracks", &["urn:bay:1"]);
    assert!(scene.ids("headline:tide").is_empty());
    let found = scene.ask(&Ask::text("crews"));
    assert_eq!((found.total, found.stories), (1, 1));
    assert_eq!(found.hits[0].shown.version, "2");
    indexer.stop().expect("it ends well");
}

#[test]
fn a_story_that_is_killed_is_gone_however_long_ago_it_was_indexed() {
    let scene = Scene::new();
    scene.publish(&harbour());
    let first = scene.indexer();
    scene.wait_for("wall", &["urn:bay:1"]);
    first.stop().expect("it ends well");
    let again = scene.indexer();
    scene.retract("urn:bay:1");
    scene.wait_for("wall", &[]);
    // Released later it is back.
    scene.publish(&harbour());
    scene.wait_for("wall", &["urn:bay:1"]);
    wait_until("both are counted", LIMIT, || {
        again.status.get(Count::Forwarded) == 2
    });
    again.stop().expect("it ends well");
}

#[test]
fn everything_that_a_person_asks_for_is_found() {
    let scene = Scene::new();
    scene.publish(&harbour());
    scene.publish(&Story {
        source: "coast-post".to_owned(),
        language: "de".to_owned(),
        updated: "2026-11-22T08:00:00Z".to_owned(),
        subjects: vec!["politics".to_owned()],
        ..Story::new(
            "urn:coast:2",
            "Rat berät über Deiche",
            "Die Überschwemmungen kosteten Millionen.",
        )
    });
    scene.rebuild();
    let (bay, coast) = ("urn:bay:1", "urn:coast:2");
    for (query, expected) in [
        ("holding walls", bay),
        ("überschwemmung", coast),
        ("uberschwemmung", coast),
        ("\"held on friday\"", bay),
        ("\"wall friday\"~2", bay),
        ("harbuor~", bay),
        ("green*", bay),
        ("place:greenhaven", bay),
        ("person:quill", bay),
        ("person:\"Ada Quill\"", bay),
        ("subject:flood", bay),
        ("source:coast-post", coast),
        ("lang:de-AT", coast),
        ("politics -flood", coast),
        ("deiche OR tide -source:bay-wire", coast),
        ("story:urn:bay:1", bay),
    ] {
        assert_eq!(scene.ids(query), [expected], "{query}");
    }
    for query in [
        "\"friday held\"",
        "harbour deiche",
        "person:ada -quill",
        "subject:tide",
    ] {
        assert!(scene.ids(query).is_empty(), "{query}");
    }
    let respelt = scene.ask(&Ask::text("harbuor"));
    assert!(respelt.respelt && ids(&respelt) == [bay]);
}

#[test]
fn filters_facets_orders_and_pages() {
    let scene = Scene::new();
    for day in 10..20 {
        scene.publish(&Story {
            updated: format!("2026-11-{day}T08:00:00Z"),
            source: format!("source-{}", day % 2),
            ..Story::new(
                &format!("urn:day:{day}"),
                "Tide table",
                "High water at noon.",
            )
        });
    }
    scene.rebuild();
    let ask = Ask {
        since: Some("2026-11-12T00:00:00Z".parse().expect("a time")),
        until: Some("2026-11-18T08:00:00Z".parse().expect("a time")),
        sources: vec!["source-0".to_owned()],
        limit: 2,
        ..Ask::text("tide")
    };
    let newest = Ask {
        sort: Some(Sort::Newest),
        ..ask.clone()
    };
    let found = scene.ask(&newest);
    assert_eq!(ids(&found), ["urn:day:16", "urn:day:14"]);
    assert_eq!(found.total, 3);
    assert_eq!(found.facets["source"][0].value, "source-0");
    assert_eq!(found.facets["source"][0].count, 3);
    assert_eq!(found.facets["language"][0].value, "en");
    let next = Ask {
        offset: 2,
        ..newest
    };
    assert_eq!(ids(&scene.ask(&next)), ["urn:day:12"]);
    let oldest = Ask {
        sort: Some(Sort::Oldest),
        ..ask
    };
    assert_eq!(ids(&scene.ask(&oldest)), ["urn:day:12", "urn:day:14"]);
    let everything = scene.ask(&Ask::default());
    assert_eq!((everything.total, everything.sort), (10, Sort::Newest));
    let far = Ask {
        offset: 1_000_000,
        ..Ask::default()
    };
    assert!(refusal(scene.search().ask(&far)).contains("choose 0 to 10000"));
    assert!(refusal(scene.search().ask(&Ask::text("sorce:x"))).contains("did you mean `source`?"));
}

#[test]
fn stories_that_tell_the_same_are_one_hit() {
    let scene = Scene::new();
    scene.publish(&harbour());
    for source in ["coast-post", "dune-daily"] {
        scene.publish(&Story {
            id: format!("urn:{source}:1"),
            source: source.to_owned(),
            chain: Some("urn:bay:1".to_owned()),
            ..harbour()
        });
    }
    scene.rebuild();
    let found = scene.ask(&Ask::text("wall"));
    assert_eq!((found.total, found.hits.len()), (3, 1));
    assert_eq!((found.hits[0].same_count, found.hits[0].same.len()), (2, 2));
    let apart = scene.ask(&Ask {
        fold: false,
        ..Ask::text("wall")
    });
    assert_eq!((apart.total, apart.hits.len()), (3, 3));
}

#[test]
fn hits_show_why_they_were_found() {
    let scene = Scene::new();
    scene.publish(&harbour());
    scene.rebuild();
    let found = scene.ask(&Ask::text("holding crew"));
    let marked = |pieces: &[wiredesk_indexer::Piece]| -> Vec<String> {
        let marked = pieces.iter().filter(|piece| piece.marked);
        marked.map(|piece| piece.text.clone()).collect()
    };
    assert_eq!(marked(&found.hits[0].headline_pieces), ["holds"]);
    assert_eq!(marked(&found.hits[0].snippet), ["crews"]);
    assert!(found.hits[0].shown.body.is_empty());
}

#[test]
fn a_record_that_cannot_be_read_becomes_a_dead_letter_and_the_others_go_on() {
    let scene = Scene::with_partitions(1);
    scene.publish(&harbour());
    scene.write("urn:bay:2", Some(b"{}".to_vec()));
    scene.publish(&Story::new(
        "urn:bay:3",
        "Ferry back in service",
        "It sails again.",
    ));
    let indexer = scene.indexer();
    scene.wait_for("ferry", &["urn:bay:3"]);
    scene.wait_for("wall", &["urn:bay:1"]);
    wait_until("it is counted", LIMIT, || {
        indexer.status.get(Count::Dead) == 1 && indexer.status.get(Count::Forwarded) == 2
    });
    indexer.stop().expect("it ends well");
}

#[test]
fn two_indexes_of_one_log_hold_every_story_each() {
    let scene = Scene::with_partitions(4);
    for number in 0..8 {
        let id = format!("urn:bay:{number}");
        scene.publish(&Story::new(
            &id,
            "Harbour wall holds",
            "The crews went home.",
        ));
    }
    let places = ["one", "other"].map(|name| scene.place().join(name));
    let indexers = places.each_ref().map(|place| {
        let sink = scene.sink_at(place).expect("a new index");
        Indexer::start(Arc::clone(&scene.transport), sink)
    });
    for place in &places {
        wait_until("all stories to be found", LIMIT, || {
            let found = Search::open(place).and_then(|search| search.ask(&Ask::text("harbour")));
            found.is_ok_and(|found| found.total == 8)
        });
    }
    for indexer in indexers {
        indexer.stop().expect("it ends well");
    }
}

#[test]
fn flushing_with_nothing_to_store_commits_nothing() {
    let scene = Scene::new();
    let mut sink = scene.sink();
    let stored = sink.flush(Flush::All).expect("nothing to do");
    assert!(stored.is_empty());
}
