//! How long a story is remembered.

use wiredesk_model::{OrderAction, OrderedBy, WireFacts, WireStatus};

use super::tests::{Desk, NOON, embargoed, event, order, outputs, topics, version, wire};
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
