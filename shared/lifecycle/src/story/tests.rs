//! The rules, one by one.

use super::*;

const LATE: Verdict = Verdict::Superseded { revision: 0 };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a small number of seconds")
}

fn usable(version: u32, hash: &str) -> Arrival {
    Arrival::usable(Version(version), hash, at(10))
}

fn with(version: u32, hash: &str, status: Status) -> Arrival {
    Arrival {
        status,
        ..usable(version, hash)
    }
}

fn embargoed(version: u32, until: i64) -> Arrival {
    let embargo = Embargo::Until(at(until));
    Arrival {
        embargo,
        ..usable(version, &format!("e{version}"))
    }
}

#[test]
fn higher_versions_are_published_and_older_ones_superseded() {
    let mut story = Story::default();
    let first = Verdict::Published {
        first: true,
        revision: 0,
    };
    assert_eq!(story.arrive(&usable(2, "b"), at(10)), first);
    assert_eq!(story.arrive(&usable(1, "a"), at(10)), LATE);
    assert_eq!(story.arrive(&usable(1, "a"), at(10)), Verdict::Duplicate);
    let next = Verdict::Published {
        first: false,
        revision: 0,
    };
    assert_eq!(story.arrive(&usable(3, "c"), at(10)), next);
    assert_eq!(story.arrive(&usable(2, "b"), at(10)), Verdict::Duplicate);
    assert_eq!(story.shown, Some(Version(3)));
}

#[test]
fn the_same_version_with_other_content_is_a_revision() {
    let mut story = Story::default();
    story.arrive(&usable(1, "a"), at(10));
    let revised = Verdict::Published {
        first: false,
        revision: 1,
    };
    assert_eq!(story.arrive(&usable(1, "b"), at(10)), revised);
    assert_eq!(story.arrive(&usable(1, "a"), at(10)), Verdict::Duplicate);
}

#[test]
fn of_two_revisions_the_one_made_later_counts_whatever_comes_first() {
    let made = |hash: &str, second| Arrival {
        created: Some(at(second)),
        ..usable(1, hash)
    };
    let mut story = Story::default();
    story.arrive(&made("late", 20), at(10));
    assert_eq!(
        story.arrive(&made("early", 10), at(10)),
        Verdict::Superseded { revision: 1 }
    );
    assert_eq!(
        story.newest.map(|newest| newest.hash).as_deref(),
        Some("late")
    );
}

#[test]
fn a_kill_is_final_even_for_an_older_version() {
    let mut story = Story::default();
    story.arrive(&usable(3, "c"), at(10));
    let kill = with(2, "k", Status::Canceled);
    assert_eq!(story.arrive(&kill, at(10)), Verdict::Killed { revision: 0 });
    assert_eq!(story.shown, None);
    assert_eq!(story.arrive(&usable(9, "z"), at(10)), Verdict::Blocked);
    assert_eq!(story.arrive(&kill, at(10)), Verdict::Blocked);
    assert_eq!(story.newest.map(|newest| newest.version), Some(Version(3)));
}

#[test]
fn withheld_takes_back_until_a_later_version_is_usable() {
    let mut story = Story::default();
    story.arrive(&usable(1, "a"), at(10));
    let why = Withdrawal::Withheld;
    let verdict = story.arrive(&with(2, "b", Status::Withheld), at(10));
    assert_eq!(
        verdict,
        Verdict::Withdrawn {
            why,
            retract: true,
            revision: 0
        }
    );
    assert_eq!(
        story.arrive(&usable(1, "a2"), at(10)),
        Verdict::Superseded { revision: 1 }
    );
    assert_eq!(story.shown, None);
    let back = Verdict::Published {
        first: false,
        revision: 0,
    };
    assert_eq!(story.arrive(&usable(3, "c"), at(10)), back);
}

#[test]
fn an_unknown_status_is_not_publishable() {
    let mut story = Story::default();
    let verdict = story.arrive(&with(1, "a", Status::Unknown), at(10));
    let why = Withdrawal::UnknownStatus;
    assert_eq!(
        verdict,
        Verdict::Withdrawn {
            why,
            retract: false,
            revision: 0
        }
    );
    assert!(!story.was_public);
}

#[test]
fn an_embargo_holds_until_its_time_and_not_a_second_less() {
    let mut story = Story::default();
    let held = Verdict::Held {
        until: Some(at(100)),
        retract: false,
        revision: 0,
    };
    assert_eq!(story.arrive(&embargoed(1, 100), at(10)), held);
    assert_eq!(story.release(at(99)), None);
    assert_eq!(
        story.held(at(99)).and_then(|held| held.until),
        Some(at(100))
    );
    let released = Verdict::Published {
        first: true,
        revision: 0,
    };
    assert_eq!(story.release(at(100)), Some(released));
    assert_eq!(story.release(at(101)), None, "released once");
    assert_eq!(story.held(at(101)), None);
}

#[test]
fn an_embargo_that_no_time_can_be_read_from_is_closed() {
    let mut story = Story::default();
    let arrival = Arrival {
        embargo: Embargo::Unknown,
        ..usable(1, "a")
    };
    let held = Verdict::Held {
        until: None,
        retract: false,
        revision: 0,
    };
    assert_eq!(story.arrive(&arrival, at(10)), held);
    assert_eq!(story.release(Timestamp::MAX), None);
    let open = Verdict::Published {
        first: true,
        revision: 0,
    };
    assert_eq!(story.arrive(&usable(2, "b"), at(10)), open);
}

#[test]
fn an_embargo_on_a_later_version_takes_the_story_back() {
    let mut story = Story::default();
    story.arrive(&usable(1, "a"), at(10));
    let held = Verdict::Held {
        until: Some(at(50)),
        retract: true,
        revision: 0,
    };
    assert_eq!(story.arrive(&embargoed(2, 50), at(10)), held);
    assert_eq!(story.shown, None);
}

#[test]
fn what_was_deleted_comes_back_with_a_later_version() {
    let mut story = Story::default();
    story.arrive(&usable(1, "a"), at(10));
    let why = Withdrawal::Deleted;
    let gone = story.arrive(&with(2, "d", Status::Deleted), at(10));
    assert_eq!(
        gone,
        Verdict::Withdrawn {
            why,
            retract: true,
            revision: 0
        }
    );
    let back = Verdict::Published {
        first: false,
        revision: 0,
    };
    assert_eq!(story.arrive(&usable(3, "c"), at(10)), back);
}

#[test]
fn what_is_remembered_of_older_versions_is_bounded_and_none_comes_out_again() {
    let mut story = Story::default();
    for version in 1..500 {
        story.arrive(&usable(version, "x"), at(10));
    }
    assert_eq!(story.older.len(), MAX_OLDER);
    let stood = story.clone();
    for version in 1..500 {
        let again = story.arrive(&usable(version, "x"), at(10));
        assert_eq!(again, Verdict::Duplicate, "version {version}");
    }
    assert_eq!(story, stood);
}

#[test]
fn a_kill_under_a_forgotten_version_has_a_name_of_its_own() {
    let mut story = Story::default();
    for version in 1..100 {
        story.arrive(&usable(version, "x"), at(10));
    }
    let kill = story.arrive(&with(1, "k", Status::Canceled), at(10));
    assert!(
        matches!(kill, Verdict::Killed { revision } if revision > 0),
        "{kill:?}"
    );
}

#[test]
fn what_an_earlier_build_stored_is_read() {
    let stored = r#"{"newest":{"version":3,"status":"usable","embargo":"absent","hash":"c",
        "revision":0,"received":"1970-01-01T00:00:10Z"},"shown":3,"was_public":true,
        "older":[[1,"a"],[2,"b"]]}"#;
    let mut story: Story = serde_json::from_str(stored).expect("a story");
    assert_eq!(story.arrive(&usable(2, "b"), at(10)), Verdict::Duplicate);
    assert_eq!(
        story.arrive(&usable(2, "b2"), at(10)),
        Verdict::Superseded { revision: 1 }
    );
    let again = serde_json::to_string(&story).expect("JSON");
    assert!(
        again.contains(r#""older":[[1,"a"],[2,"b"],[2,"b2"]]"#),
        "{again}"
    );
}

#[test]
fn a_kill_that_is_no_version_of_the_story_ends_it_all_the_same() {
    let mut story = Story::default();
    story.arrive(&usable(3, "c"), at(10));
    let kill = Order::Kill(None, at(20));
    assert_eq!(
        story.order(&kill, at(20)),
        Verdict::Killed { revision: 1 },
        "its event is another than that of version 3"
    );
    assert_eq!(story.order(&kill, at(20)), Verdict::Blocked);
    assert_eq!(story.arrive(&usable(4, "d"), at(30)), Verdict::Blocked);
    let mut unseen = Story::default();
    assert_eq!(unseen.order(&kill, at(20)), Verdict::Killed { revision: 0 });
    assert_eq!(unseen.arrive(&usable(1, "a"), at(30)), Verdict::Blocked);
}

#[test]
fn a_hold_takes_back_what_came_before_it_and_frees_what_comes_later() {
    let mut story = Story::default();
    story.arrive(&usable(1, "a"), at(10));
    let why = Withdrawal::Withheld;
    let hold = Order::Hold(at(10));
    let taken_back = Verdict::Withdrawn {
        why,
        retract: true,
        revision: 0,
    };
    assert_eq!(story.order(&hold, at(11)), taken_back);
    assert_eq!(story.order(&hold, at(11)), Verdict::Duplicate);
    let kept = Verdict::Withdrawn {
        why,
        retract: false,
        revision: 0,
    };
    assert_eq!(
        story.arrive(&usable(2, "b"), at(12)),
        kept,
        "received before"
    );
    let later = Arrival {
        received: at(11),
        ..usable(3, "c")
    };
    let back = Verdict::Published {
        first: false,
        revision: 0,
    };
    assert_eq!(story.arrive(&later, at(12)), back);
    assert_eq!(story.order(&Order::Hold(at(9)), at(13)), Verdict::Duplicate);
    assert_eq!(story.shown, Some(Version(3)));
}

#[test]
fn what_is_held_back_is_not_released_at_the_end_of_its_embargo() {
    let mut story = Story::default();
    story.arrive(&embargoed(1, 100), at(10));
    story.order(&Order::Hold(at(20)), at(20));
    assert_eq!(story.held(at(20)), None);
    assert_eq!(story.release(at(200)), None);
}

#[test]
fn a_hold_that_was_overtaken_leaves_what_waits_to_its_time() {
    let mut story = Story::default();
    story.arrive(&embargoed(1, 100), at(10));
    assert_eq!(story.order(&Order::Hold(at(9)), at(11)), Verdict::Noted);
    assert!(story.held(at(11)).is_some());
    assert!(story.release(at(100)).is_some());
}
