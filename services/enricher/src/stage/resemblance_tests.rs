//! A text that was killed and comes back under another id.

use wiredesk_model::{Headers, OrderAction, OrderedBy, StoryId, header};

use super::relation_tests::told;
use super::tests::{Desk, NOON, event, order, outputs};
use super::*;

/// Kills a story of the agency, and returns what is written for that.
fn killed(desk: &mut Desk) -> Vec<Outgoing> {
    desk.process(&told("a", "agency", 0..20));
    desk.give(&StoryOrder {
        story: StoryId::from("a"),
        ..order(OrderAction::Kill, OrderedBy::Operator, NOON)
    });
    let written = desk.due_at(NOON);
    assert_eq!(event(&written).0, "article.canceled");
    written
}

fn is_set_aside(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::SetAside { code: ReasonCode::ResemblesKilled, detail, .. } if detail.contains("story a"))
}

#[test]
fn a_killed_text_under_a_new_id_goes_to_the_operator_who_may_let_it_out() {
    let mut desk = Desk::new();
    killed(&mut desk);
    let again = told("b", "agency", 0..20);
    let set_aside = desk.process(&again);
    assert!(is_set_aside(&set_aside), "{set_aside:?}");
    let retried = |reason: ReasonCode| {
        Headers::new()
            .with(header::DEAD_REASON, reason.as_str())
            .with(header::RETRY_OF, "0:7")
    };
    let for_another_reason = desk.process_with(&again, retried(ReasonCode::NotOwner));
    assert!(is_set_aside(&for_another_reason), "{for_another_reason:?}");
    let out = outputs(desk.process_with(&again, retried(ReasonCode::ResemblesKilled)));
    assert_eq!(event(&out).0, "article.created");
    let mut next = told("b", "agency", 0..20);
    next.version = next.version.next();
    next.raw_hash = "its next version".to_owned();
    assert_eq!(event(&outputs(desk.process(&next))).0, "article.updated");
}

#[test]
fn what_another_instance_killed_is_known_too() {
    let written = killed(&mut Desk::new());
    let mut second = Desk::new();
    second.learn(&written);
    let set_aside = second.process(&told("b", "agency", 0..20));
    assert!(is_set_aside(&set_aside), "{set_aside:?}");
}

#[test]
fn follow_ups_corrections_and_the_stories_of_others_go_out() {
    let mut desk = Desk::new();
    killed(&mut desk);
    let mut created = |story: &CleanStory| {
        assert_eq!(event(&outputs(desk.process(story))).0, "article.created");
    };
    created(&told("follow-up", "agency", 0..23));
    created(&told("cut", "agency", 0..14));
    created(&told("of-another", "gazette", 0..20));
    let mut corrected = told("corrected", "agency", 0..20);
    corrected.title = format!("CORRECTED-{}", corrected.title);
    corrected.text = corrected
        .text
        .replacen("session number 7", "session number 8", 1);
    created(&corrected);
    let mut one_word = told("one-word", "agency", 0..20);
    one_word.text = one_word.text.replacen("council", "board", 1);
    let outcome = desk.process(&one_word);
    assert!(is_set_aside(&outcome), "{outcome:?}");
}
