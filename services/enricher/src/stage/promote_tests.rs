//! What becomes of stories that a run made anew.

use wiredesk_model::{
    Headers, OrderAction, OrderedBy, Promotion, RunId, Version, WireFacts, WireStatus, header,
};

use super::tests::{Desk, NOON, event, order, outputs, version, wire};
use super::*;

/// What the run `may` makes of a version.
fn made_anew(number: u32) -> CleanStory {
    let mut story = version(number);
    story.run = RunId::from("may");
    story.text = "What today's rules leave of it.".to_owned();
    story
}

fn replacing(version: u32) -> Headers {
    let replaces = Some((Version(version), 0));
    Promotion { replaces }.note_in(Headers::new())
}

#[test]
fn a_promoted_version_is_a_revision_of_its_run_and_goes_out_once() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let first = outputs(desk.process_with(&made_anew(1), replacing(1)));
    let record: ArticleRecord =
        serde_json::from_slice(first[1].value.as_deref().expect("it is current"))
            .expect("a record");
    assert_eq!(first[1].topic, Topic::Current);
    assert_eq!(record.wire.run, RunId::from("may"));
    assert_eq!(
        (record.wire.revision, event(&first).0),
        (1, "article.updated")
    );
    assert_eq!(record.article.version, "1");
    let again = desk.process_with(&made_anew(1), replacing(1));
    assert_eq!(again, Outcome::Filtered(FilterReason::Duplicate));
}

#[test]
fn what_came_since_the_run_is_obeyed() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    desk.process(&version(2));
    let outranked = desk.process_with(&made_anew(1), replacing(1));
    assert_eq!(outranked, Outcome::Filtered(FilterReason::Duplicate));

    let mut desk = Desk::new();
    desk.process(&version(1));
    desk.give(&order(OrderAction::Kill, OrderedBy::Operator, NOON));
    desk.due_at(NOON);
    let killed = desk.process_with(&made_anew(1), replacing(1));
    assert_eq!(killed, Outcome::Filtered(FilterReason::Killed));

    let mut desk = Desk::new();
    desk.process(&version(1));
    let withheld = WireFacts {
        status: WireStatus::Withheld,
        ..WireFacts::default()
    };
    desk.process(&wire(2, withheld));
    let withheld = desk.process_with(&made_anew(1), replacing(1));
    assert_eq!(withheld, Outcome::Filtered(FilterReason::Duplicate));
}

#[test]
fn a_note_of_promotion_that_cannot_be_read_is_a_dead_letter() {
    let mut desk = Desk::new();
    let outcome = desk.process_with(&version(1), Headers::new().with(header::PROMOTED, "x"));
    assert!(matches!(
        outcome,
        Outcome::Dead { code: ReasonCode::Undecodable, detail } if detail.contains("wd_promoted")
    ));
}
