//! How versions and stories stand to each other, and what advisories ask for.

use wiredesk_model::{
    ArticleRecord, ChangeClass, CleanStory, FilterReason, OrderAction, ReasonCode, SourceId,
    StoryId, StoryOrder, Topic, Transmission, WireFacts, WireLink,
};
use wiredesk_pipeline::Outcome;

use super::tests::{Desk, STORY, embargoed, outputs, record, topics, version, wire};

fn paragraph(number: usize) -> String {
    format!(
        "Paragraph {number} tells what the council of Port Alder decided in its session number \
         {number} about the sea wall, the ferry and the {number} boats that lie in the harbour."
    )
}

/// A story of a source with the paragraphs of the agency's report and some of its own.
pub(super) fn told(id: &str, source: &str, paragraphs: std::ops::Range<usize>) -> CleanStory {
    let mut story = version(1);
    story.story = StoryId::from(id);
    story.source = SourceId::from(source);
    story.raw_hash = format!("hash of {id}");
    story.text = paragraphs.map(paragraph).collect::<Vec<_>>().join("\n\n");
    story.blocks.clear();
    story
}

fn published(desk: &mut Desk, story: &CleanStory) -> ArticleRecord {
    record(&outputs(desk.process(story))[0])
}

#[test]
fn a_report_on_several_sites_is_one_chain_with_its_sightings() {
    let mut desk = Desk::new();
    let first = published(&mut desk, &told("a", "agency", 0..20));
    assert_eq!(first.wire.chain, None);
    let second = published(&mut desk, &told("b", "gazette", 0..18));
    let third = published(&mut desk, &told("c", "courier", 1..20));
    let chain = second.wire.chain.expect("a chain");
    assert_eq!(
        (chain.id.as_str(), chain.sightings, chain.sources),
        ("a", 2, 2)
    );
    let chain = third.wire.chain.expect("a chain");
    assert_eq!(
        (chain.id.as_str(), chain.sightings, chain.sources),
        ("a", 3, 3)
    );
    assert!(chain.near.iter().all(|near| near.score > 0.5), "{chain:?}");
    let other = published(&mut desk, &told("d", "courier", 40..60));
    assert_eq!(other.wire.chain, None);
}

#[test]
fn a_report_under_a_new_address_joins_its_chain_and_a_correction_still_comes_out() {
    let mut desk = Desk::new();
    published(&mut desk, &told("https://site.example/1", "site", 0..20));
    let again = published(
        &mut desk,
        &told("https://site.example/1?again", "site", 0..20),
    );
    let chain = again.wire.chain.expect("a chain");
    assert_eq!(chain.id.as_str(), "https://site.example/1");
    assert_eq!(chain.near[0].score, 1.0);
    let mut corrected = told("https://site.example/1", "site", 0..20);
    corrected.version = corrected.version.next();
    corrected.raw_hash = "corrected".to_owned();
    corrected.title = format!("CORRECTED-{}", corrected.title);
    let corrected = published(&mut desk, &corrected);
    assert_eq!(corrected.wire.change, ChangeClass::Correction);
    assert_eq!(corrected.wire.chain.map(|chain| chain.sightings), Some(2));
}

#[test]
fn what_is_not_public_is_in_no_chain_of_others() {
    let mut desk = Desk::new();
    let mut secret = embargoed(1, "2026-08-30T18:00:00Z");
    secret.text = told("x", "x", 0..20).text;
    desk.process(&secret);
    let after = published(&mut desk, &told("b", "gazette", 0..20));
    assert_eq!(after.wire.chain, None);
}

#[test]
fn what_other_instances_published_is_known_here() {
    let mut desk = Desk::new();
    let mut elsewhere = Desk::new();
    let theirs = outputs(elsewhere.process(&told("a", "agency", 0..20)));
    desk.learn(&theirs);
    let ours = published(&mut desk, &told("b", "gazette", 0..20));
    assert_eq!(
        ours.wire.chain.map(|chain| chain.id),
        Some(StoryId::from("a"))
    );
}

#[test]
fn a_version_tells_what_it_changes() {
    let mut desk = Desk::new();
    let mut story = told(STORY, "site", 0..4);
    assert_eq!(published(&mut desk, &story).wire.changes, None);
    let mut next = |story: &mut CleanStory, version: u32| {
        story.version = wiredesk_model::Version(version);
        story.raw_hash = format!("hash of {version}");
        published(&mut desk, story).wire
    };
    story.text = format!("{}\n\n{}", paragraph(9), story.text);
    let grown = next(&mut story, 2);
    let changes = grown.changes.expect("a difference");
    assert_eq!(
        (changes.from_version.as_str(), &*changes.parts),
        ("1", &["body".to_owned()][..])
    );
    assert_eq!(
        (changes.paragraphs_added, changes.paragraphs_removed),
        (1, 0)
    );
    assert_eq!(grown.change, ChangeClass::Update);
    let same = next(&mut story, 3);
    assert_eq!(same.change, ChangeClass::Repeat);
    assert_eq!(same.changes.map(|changes| changes.parts.len()), Some(0));
}

#[test]
fn a_late_version_under_embargo_is_kept_without_its_text() {
    let mut desk = Desk::new();
    desk.process(&wire(3, WireFacts::default()));
    let late = outputs(desk.process(&embargoed(2, "2026-08-30T18:00:00Z")));
    let late = record(&late[0]);
    assert!(late.wire.superseded);
    assert!(late.article.bodies.is_empty() && late.article.headlines.is_empty());
}

fn advisory(id: &str, text: &str) -> CleanStory {
    let facts = WireFacts {
        signals: vec!["advisory:kill".to_owned()],
        ..WireFacts::default()
    };
    let mut story = wire(1, facts);
    story.story = StoryId::from(id);
    story.title = "KILL KILL KILL".to_owned();
    story.text = text.to_owned();
    story
}

#[test]
fn an_advisory_becomes_an_order_about_the_story_that_it_means() {
    let mut desk = Desk::new();
    let facts = WireFacts {
        transmission: Some(Transmission {
            id: Some("V4644".to_owned()),
            ..Transmission::default()
        }),
        ..WireFacts::default()
    };
    desk.process(&wire(1, facts));
    let text = "Editors: please kill V4644, the report of the ferry.";
    let ordered = outputs(desk.process(&advisory("kill-1", text)));
    assert_eq!(topics(&ordered), [Topic::Orders]);
    let value = ordered[0].value.as_deref().expect("a value");
    let order: StoryOrder = serde_json::from_slice(value).expect("an order");
    assert_eq!(
        (order.story.as_str(), order.action),
        (STORY, OrderAction::Kill)
    );
    assert_eq!(order.note.as_deref(), Some("kill-1"));
    assert_eq!(ordered[0].key, STORY);
}

#[test]
fn a_kill_that_travels_under_the_slug_of_its_story_means_that_one() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let mut kill = advisory(STORY, "Editors: please kill the story above.");
    kill.version = wiredesk_model::Version(2);
    let ordered = outputs(desk.process(&kill));
    assert_eq!(
        (topics(&ordered), ordered[0].key.as_str()),
        (vec![Topic::Orders], STORY)
    );
}

#[test]
fn an_advisory_whose_target_is_not_clear_goes_to_the_operator_and_never_out() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let outcome = desk.process(&advisory("kill-2", "Editors: please kill V9999."));
    let Outcome::SetAside { code, detail, .. } = outcome else {
        panic!("expected a dead letter, got {outcome:?}");
    };
    assert_eq!(code, ReasonCode::Unresolved);
    assert!(
        detail.contains("kill-2") && detail.contains("wiredesk order kill"),
        "{detail}"
    );
    let mut advice = advisory("advice", "A conference call is at noon.");
    advice.item.wire.as_mut().expect("a wire").signals = vec!["advisory:advisory".to_owned()];
    let filtered = Outcome::Filtered(FilterReason::NotAStory);
    assert_eq!(desk.process(&advice), filtered);
}

#[test]
fn a_document_that_manages_another_is_published_and_orders_about_the_other() {
    let mut desk = Desk::new();
    let manages = |target: &str| {
        let facts = WireFacts {
            links: vec![WireLink {
                rel: Some("status:canceled".to_owned()),
                target: Some(target.to_owned()),
                ..WireLink::default()
            }],
            ..WireFacts::default()
        };
        let mut story = wire(1, facts);
        story.story = StoryId::from(format!("manages-{target}").as_str());
        story
    };
    let out = outputs(desk.process(&manages("urn:newsml:wire.example:17")));
    let expected = [
        Topic::Enriched,
        Topic::Current,
        Topic::StoryState,
        Topic::Orders,
    ];
    assert_eq!(topics(&out), expected);
    assert_eq!(out[3].key, "urn:newsml:wire.example:17");
    let unclear = outputs(desk.process(&manages("doc 17")));
    assert_eq!(topics(&unclear)[3], Topic::Dead);
}
