//! What becomes of a story whose time is over.

use wiredesk_model::{SourceId, WireFacts};

use super::tests::{Desk, STORY, embargoed, event, outputs, record, topics, version, wire};
use super::*;

fn expiring(number: u32, end: &str) -> CleanStory {
    let facts = WireFacts {
        expires: Some(end.to_owned()),
        ..WireFacts::default()
    };
    wire(number, facts)
}

#[test]
fn a_story_whose_time_is_over_is_taken_back_once_after_a_restart() {
    let mut desk = Desk::new();
    let shown = outputs(desk.process(&expiring(1, "2026-08-30T18:00:00Z")));
    assert_eq!(event(&shown).0, "article.created");
    desk.recall(&shown);
    assert_eq!(desk.due_at("2026-08-30T17:59:59Z"), []);
    let over = desk.due_at("2026-08-30T18:00:00Z");
    assert_eq!(
        topics(&over),
        [Topic::Enriched, Topic::Current, Topic::StoryState]
    );
    let id = format!("{STORY}@1/expired");
    assert_eq!(event(&over), ("article.expired", &*id));
    assert_eq!(over[1].value, None, "a tombstone");
    let told = record(&over[0]);
    assert!(told.article.bodies.is_empty() && told.article.headlines.is_empty());
    assert_eq!(told.wire.source, SourceId::from("harbor-gazette"));
    desk.recall(&over);
    assert_eq!(desk.due_at("2026-08-30T19:00:00Z"), [], "once");
    // A clock that is set back brings nothing back: subscribers were told.
    assert_eq!(desk.due_at("2026-08-30T12:00:00Z"), []);
    let again = desk.process(&expiring(1, "2026-08-30T18:00:00Z"));
    assert_eq!(again, Outcome::Filtered(FilterReason::Duplicate));
    let back = outputs(desk.process(&expiring(2, "2026-08-31T18:00:00Z")));
    assert_eq!(event(&back).0, "article.updated");
    assert!(back[1].value.is_some());
    let again = desk.due_at("2026-08-31T18:00:00Z");
    assert_eq!(event(&again).1, format!("{STORY}@2/expired"));
}

#[test]
fn a_later_version_without_an_end_stays() {
    let mut desk = Desk::new();
    desk.process(&expiring(1, "2026-08-30T18:00:00Z"));
    desk.process(&wire(3, WireFacts::default()));
    let late = outputs(desk.process(&expiring(2, "2026-09-30T18:00:00Z")));
    assert!(record(&late[0]).wire.superseded);
    assert_eq!(desk.due_at("2026-12-01T00:00:00Z"), []);
}

#[test]
fn what_comes_when_its_time_is_over_is_told_and_never_current() {
    let mut desk = Desk::new();
    let over = outputs(desk.process(&expiring(1, "2026-08-30T11:00:00Z")));
    let id = format!("{STORY}@1/expired");
    assert_eq!(event(&over), ("article.expired", &*id));
    assert_eq!((over[1].topic, &over[1].value), (Topic::Current, &None));
    assert!(record(&over[0]).article.bodies.is_empty());
}

#[test]
fn what_is_over_before_its_embargo_is_never_comes_out() {
    let mut desk = Desk::new();
    let mut both = embargoed(1, "2026-08-30T18:00:00Z");
    if let Some(facts) = both.item.wire.as_deref_mut() {
        facts.expires = Some("2026-08-30T17:00:00Z".to_owned());
    }
    let held = desk.process(&both);
    assert!(matches!(held, Outcome::Held(_)), "{held:?}");
    let over = desk.due_at("2026-08-30T19:00:00Z");
    assert_eq!(event(&over).0, "article.expired");
    assert!(record(&over[0]).article.bodies.is_empty());
    desk.recall(&over);
    assert_eq!(desk.due_at("2026-08-30T20:00:00Z"), []);
}

#[test]
fn another_source_cannot_end_a_story() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let mut over = expiring(2, "2026-08-30T11:00:00Z");
    over.source = SourceId::from("stranger");
    let set_aside = desk.process(&over);
    let code = ReasonCode::NotOwner;
    assert!(
        matches!(&set_aside, Outcome::SetAside { code: found, .. } if *found == code),
        "{set_aside:?}"
    );
}

#[test]
fn where_expiry_is_not_heeded_stories_stay() {
    let mut desk = Desk::new();
    desk.stage = std::mem::take(&mut desk.stage).ruled(&EnricherSettings {
        expire: false,
        ..EnricherSettings::default()
    });
    let shown = outputs(desk.process(&expiring(1, "2026-08-30T11:00:00Z")));
    assert_eq!(event(&shown).0, "article.created");
    let expires = record(&shown[0]).article.expires;
    assert_eq!(expires.as_deref(), Some("2026-08-30T11:00:00Z"));
    assert_eq!(desk.due_at("2026-12-01T00:00:00Z"), []);
}
