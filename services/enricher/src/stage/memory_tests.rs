//! How a story is remembered, and how long.

use wiredesk_model::{Incoming, OrderAction, OrderedBy, Outgoing, WireFacts, WireStatus};

use super::tests::{self, Desk, NOON, embargoed, event, order, outputs, topics, version, wire};
use super::*;

const YEARS_LATER: &str = "2028-08-30T12:00:00Z";
const MONTHS_LATER: &str = "2026-12-01T12:00:00Z";

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.stage = EnricherStage::default().ruled(&EnricherSettings::default());
    desk
}

#[test]
fn a_story_that_is_long_over_is_forgotten_and_would_be_a_new_one() {
    let mut desk = desk();
    let mut old = version(1);
    // Replayed from an archive: it is remembered from now on all the same.
    old.fetched_at = "2020-01-01T00:00:00Z".parse().expect("a date");
    desk.process(&old);
    assert_eq!(desk.due_at(MONTHS_LATER), [], "not yet");
    let forgotten = desk.due_at(YEARS_LATER);
    assert_eq!(topics(&forgotten), [Topic::StoryState]);
    assert_eq!(forgotten[0].value, None);
    assert_eq!(desk.due_at(YEARS_LATER), [], "once");
    let again = outputs(desk.process(&version(1)));
    assert_eq!(event(&again).0, "article.created");
}

#[test]
fn what_would_come_out_if_it_came_again_is_kept() {
    let of = |status| {
        let facts = WireFacts {
            status,
            ..WireFacts::default()
        };
        wire(2, facts)
    };
    let kept = [
        of(WireStatus::Canceled),
        of(WireStatus::Withheld),
        of(WireStatus::Unknown),
        embargoed(2, "2030-01-01T00:00:00Z"),
    ];
    for last in kept {
        let mut desk = desk();
        desk.process(&version(1));
        desk.process(&last);
        assert_eq!(desk.due_at(YEARS_LATER), [], "{:?}", last.item.wire);
    }
    let mut desk = desk();
    desk.process(&version(1));
    desk.give(&order(OrderAction::Hold, OrderedBy::Operator, NOON));
    desk.due_at(NOON);
    assert_eq!(desk.due_at(YEARS_LATER), [], "it is held back");
}

/// A log that is not compacted yet holds what was outranked, and is read to the same end.
#[test]
fn every_record_of_the_log_leads_to_the_same_memory_as_the_newest_alone() {
    let mut desk = desk();
    let mut log = Vec::new();
    let mut take = |outcome| match outcome {
        Outcome::Forward(outputs) | Outcome::Held(outputs) => log.extend(outputs),
        _ => {}
    };
    take(desk.process(&version(1)));
    take(desk.process(&embargoed(2, "2026-09-02T12:00:00Z")));
    take(desk.process(&version(3)));
    let is_state = |one: &Outgoing| one.topic == Topic::StoryState;
    assert!(
        log.iter().filter(|one| is_state(one)).count() > 2,
        "several of one story"
    );
    let newest = log
        .iter()
        .rfind(|one| is_state(one))
        .cloned()
        .expect("a state");

    desk.recall(&log);
    assert_eq!(
        desk.due_at("2026-09-02T13:00:00Z"),
        [],
        "the timer of version 2 is void"
    );
    let whole = desk.story();
    desk.recall(std::slice::from_ref(&newest));
    assert_eq!(whole, desk.story());
    desk.recall(&log);
    assert_eq!(
        desk.process(&version(1)),
        Outcome::Filtered(FilterReason::Duplicate)
    );

    let forgotten = Outgoing {
        value: None,
        ..newest.clone()
    };
    desk.recall(&[log, vec![forgotten]].concat());
    let again = outputs(desk.process(&version(1)));
    assert_eq!(
        event(&again).0,
        "article.created",
        "the tombstone took it away"
    );

    let unreadable = Outgoing {
        value: Some(b"{\"story\": 7}".to_vec()),
        ..newest.clone()
    };
    desk.recall(&[unreadable, newest]);
    assert_eq!(
        desk.process(&version(1)),
        Outcome::Filtered(FilterReason::Duplicate)
    );
}

#[test]
fn a_memory_is_rebuilt_within_the_bounds_of_one_that_grew() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let stage = EnricherStage {
        shelf: ShelfSettings {
            in_memory: 100,
            folder: Some(folder.path().to_path_buf()),
        },
        ..EnricherStage::default()
    };
    let mut desk = Desk::new();
    let states = outputs(desk.process(&version(1)));
    let state = states
        .iter()
        .find(|one| one.topic == Topic::StoryState)
        .expect("a state");
    let mut memory = stage.blank();
    for round in 0..2 {
        for number in 0..2_000 {
            let record = Incoming {
                key: format!("story-{number}"),
                ..tests::incoming(state.value.clone())
            };
            stage.remember(record, &mut memory);
            assert!(
                memory.in_memory() <= 102,
                "round {round}: {}",
                memory.in_memory()
            );
        }
    }
    let mut known = |number: u32| {
        memory
            .take(&format!("story-{number}"))
            .expect("it is readable")
    };
    assert!(known(7).story.shown.is_some() && known(1_999).story.shown.is_some());
    assert!(known(2_000).story.newest.is_none());
}
