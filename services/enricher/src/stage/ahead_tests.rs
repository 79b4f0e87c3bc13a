//! Advisories that overtake what waits before them.

use wiredesk_model::{Meant, OrderAction, OrderedBy, StoryId, StoryOrder, header};

use super::relation_tests::told;
use super::tests::{Desk, NOON, order, outputs, topics};
use super::*;

const LATER: &str = "2026-08-30T12:00:10Z";

/// The kill of an advisory, as the fetcher writes it.
fn ahead(ids: &[&str], words: &str) -> StoryOrder {
    let means = Meant {
        ids: ids.iter().map(ToString::to_string).collect(),
        words: words.to_owned(),
    };
    StoryOrder {
        story: StoryId::from("kill-1"),
        source: "agency".into(),
        means: Some(means),
        ..order(OrderAction::Kill, OrderedBy::Ahead, NOON)
    }
}

fn harbour_fire() -> CleanStory {
    let mut story = told("fire", "agency", 0..20);
    story.title = "Fire at the old harbour".to_owned();
    story
}

fn killed(outputs: &[Outgoing]) -> StoryOrder {
    assert_eq!(topics(outputs), [Topic::Orders, Topic::StoryState]);
    let value = outputs[0].value.as_deref().expect("an order");
    serde_json::from_slice(value).expect("an order")
}

#[test]
fn an_advisory_finds_its_story_ahead_of_its_turn_and_once() {
    for advisory in [
        ahead(&["fire"], ""),
        ahead(&[], "kill fire at the old harbour"),
    ] {
        let mut desk = Desk::new();
        desk.process(&harbour_fire());
        desk.give(&advisory);
        let written = desk.due_at(NOON);
        let order = killed(&written);
        assert_eq!(
            (order.story.as_str(), order.by),
            ("fire", OrderedBy::Advisory)
        );
        assert_eq!(order.note.as_deref(), Some("kill-1"));
        desk.give(&order);
        let done = desk.due_at(NOON);
        assert_eq!(
            done[0].headers.get(header::CE_TYPE),
            Some("article.canceled")
        );
        // Both are read again after a start.
        desk.recall(&[written, done].concat());
        desk.give(&advisory);
        desk.give(&order);
        assert_eq!(desk.due_at(LATER), []);
    }
}

#[test]
fn an_advisory_waits_until_its_story_is_there() {
    let mut desk = Desk::new();
    desk.give(&ahead(&["fire"], ""));
    assert_eq!(desk.due_at(NOON), []);
    outputs(desk.process(&harbour_fire()));
    assert_eq!(desk.due_at(NOON), [], "it is looked for every few seconds");
    assert_eq!(killed(&desk.due_at(LATER)).story.as_str(), "fire");
}

#[test]
fn an_advisory_in_doubt_waits_for_its_turn() {
    let mut desk = Desk::new();
    desk.process(&harbour_fire());
    let mut twin = harbour_fire();
    twin.story = StoryId::from("twin");
    desk.process(&twin);
    desk.give(&ahead(&[], "kill fire at the old harbour"));
    assert_eq!(desk.due_at(NOON), []);
    assert_eq!(desk.due_at(LATER), []);
}
