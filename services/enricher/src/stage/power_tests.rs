//! Whose word counts about a story.

use std::collections::BTreeMap;

use wiredesk_model::{OrderAction, OrderedBy, WireFacts, WireStatus};

use super::tests::{Desk, NOON, embargoed, event, order, outputs, version, wire};
use super::*;

fn by(source: &str, mut story: CleanStory) -> CleanStory {
    story.source = source.into();
    story
}

fn with_status(number: u32, status: WireStatus) -> CleanStory {
    let facts = WireFacts {
        status,
        ..WireFacts::default()
    };
    by("somebody-else", wire(number, facts))
}

fn of_one_owner() -> EnricherSettings {
    let sources = ["harbor-gazette", "somebody-else"].map(Into::into);
    EnricherSettings {
        owners: BTreeMap::from([("house".to_owned(), sources.to_vec())]),
        ..EnricherSettings::default()
    }
}

#[test]
fn what_another_source_takes_back_stays_and_the_operator_is_told() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let mut attempts = [
        WireStatus::Canceled,
        WireStatus::Withheld,
        WireStatus::Deleted,
        WireStatus::Unknown,
    ]
    .map(|status| with_status(2, status))
    .to_vec();
    attempts.push(by("somebody-else", embargoed(2, "2026-08-30T18:00:00Z")));
    for attempt in attempts {
        let outcome = desk.process(&attempt);
        let Outcome::SetAside {
            code,
            detail,
            outputs,
        } = outcome
        else {
            panic!("expected a record set aside, got {outcome:?}");
        };
        assert_eq!((code, outputs.len()), (ReasonCode::NotOwner, 0));
        assert!(detail.contains("somebody-else"), "{detail}");
    }
    let mut kill = order(OrderAction::Kill, OrderedBy::Version, NOON);
    kill.source = "somebody-else".into();
    desk.give(&kill);
    assert_eq!(
        desk.due_at(NOON),
        [],
        "the version itself tells the operator"
    );
    let story = desk.story();
    assert_eq!(
        (story.shown, story.killed),
        (Some(version(1).version), None)
    );
}

#[test]
fn sources_of_one_owner_speak_for_each_other() {
    let mut desk = Desk::new();
    desk.stage = EnricherStage::default().ruled(&of_one_owner());
    desk.process(&version(1));
    let killed = outputs(desk.process(&with_status(2, WireStatus::Canceled)));
    assert_eq!(event(&killed).0, "article.canceled");
}

#[test]
fn a_story_that_another_killed_before_it_came_is_no_silent_loss() {
    let mut desk = Desk::new();
    let killed = outputs(desk.process(&with_status(1, WireStatus::Canceled)));
    assert_eq!(event(&killed).0, "article.canceled");
    let outcome = desk.process(&version(2));
    assert!(
        matches!(
            outcome,
            Outcome::SetAside {
                code: ReasonCode::NotOwner,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert!(desk.story().killed.is_some());
}
