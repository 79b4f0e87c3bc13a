//! What the stage answers, version by version and order by order.

use wiredesk_lifecycle::Story;
use wiredesk_model::{
    FeedId, Headers, OrderAction, OrderedBy, SourceId, StoryId, TopicPartition, Version, WireFacts,
    WireStatus, header,
};

use super::*;
use crate::sample::story;

pub(super) const STORY: &str = "tag:harbor-gazette.example,2026:story/1047";

pub(super) struct Desk {
    pub(super) stage: EnricherStage,
    memory: PartitionMemory,
    now: Timestamp,
}

impl Desk {
    pub(super) fn new() -> Self {
        let now = "2026-08-30T12:00:00Z".parse().expect("a date");
        Self {
            stage: EnricherStage::default(),
            memory: PartitionMemory::default(),
            now,
        }
    }

    pub(super) fn process(&mut self, story: &CleanStory) -> Outcome {
        self.process_at(story, self.now)
    }

    pub(super) fn process_at(&mut self, story: &CleanStory, now: Timestamp) -> Outcome {
        self.decide(story, Headers::new(), now)
    }

    pub(super) fn process_with(&mut self, story: &CleanStory, headers: Headers) -> Outcome {
        self.decide(story, headers, self.now)
    }

    fn decide(&mut self, story: &CleanStory, headers: Headers, now: Timestamp) -> Outcome {
        let value = serde_json::to_vec(story).expect("a story is JSON");
        let draft = self.stage.draft(&Incoming {
            headers,
            ..incoming(Some(value))
        });
        self.stage.decide(draft, &mut self.memory, now)
    }

    /// Where the story stands in the end.
    pub(super) fn story(&mut self) -> Story {
        let known = self.memory.take(STORY).expect("it can be read");
        known.story
    }

    pub(super) fn due_at(&mut self, time: &str) -> Vec<Outgoing> {
        self.stage
            .due(&mut self.memory, time.parse().expect("a date"))
    }

    /// What another instance wrote.
    pub(super) fn learn(&self, outputs: &[Outgoing]) {
        let states = outputs
            .iter()
            .filter(|output| output.topic == Topic::StoryState);
        for output in states {
            self.stage.learn(&Incoming {
                key: output.key.clone(),
                ..incoming(output.value.clone())
            });
        }
    }

    /// The memory as a new holder of the partition would read it.
    pub(super) fn recall(&mut self, outputs: &[Outgoing]) {
        let states = outputs
            .iter()
            .filter(|output| output.topic == Topic::StoryState);
        self.memory = self.stage.blank();
        for output in states {
            let record = Incoming {
                key: output.key.clone(),
                ..incoming(output.value.clone())
            };
            self.stage.remember(record, &mut self.memory);
        }
    }
}

pub(super) fn incoming(value: Option<Vec<u8>>) -> Incoming {
    Incoming {
        at: TopicPartition::new(Topic::Clean, 0),
        offset: 7,
        timestamp_ms: 0,
        key: STORY.to_owned(),
        value,
        headers: Headers::new(),
    }
}

pub(super) fn version(number: u32) -> CleanStory {
    let mut story = story();
    story.version = Version(number);
    story.raw_hash = format!("hash of version {number}");
    story
}

pub(super) fn wire(number: u32, facts: WireFacts) -> CleanStory {
    let mut story = version(number);
    let facts = WireFacts {
        version: Some(number.to_string()),
        ..facts
    };
    story.item.wire = Some(Box::new(facts));
    story
}

fn with_status(number: u32, status: WireStatus) -> CleanStory {
    wire(
        number,
        WireFacts {
            status,
            ..WireFacts::default()
        },
    )
}

pub(super) fn embargoed(number: u32, until: &str) -> CleanStory {
    let embargo = wiredesk_model::Embargo::Until {
        at: until.to_owned(),
    };
    wire(
        number,
        WireFacts {
            embargo,
            ..WireFacts::default()
        },
    )
}

pub(super) fn outputs(outcome: Outcome) -> Vec<Outgoing> {
    match outcome {
        Outcome::Forward(outputs) | Outcome::Held(outputs) => outputs,
        other => panic!("expected outputs, got {other:?}"),
    }
}

pub(super) fn topics(outputs: &[Outgoing]) -> Vec<Topic> {
    outputs.iter().map(|output| output.topic).collect()
}

pub(super) fn event(outputs: &[Outgoing]) -> (&str, &str) {
    let named = |name| outputs[0].headers.get(name).unwrap_or_default();
    (named(header::CE_TYPE), named(header::CE_ID))
}

pub(super) fn record(output: &Outgoing) -> ArticleRecord {
    let value = output.value.as_deref().expect("a value");
    serde_json::from_slice(value).expect("an article record")
}

#[test]
fn a_story_goes_to_both_topics_under_its_id_and_is_remembered() {
    let outputs = outputs(Desk::new().process(&story()));
    assert_eq!(
        topics(&outputs),
        [Topic::Enriched, Topic::Current, Topic::StoryState]
    );
    assert_eq!(outputs[0].value, outputs[1].value);
    for output in &outputs {
        assert_eq!(output.key, STORY);
    }
    let headers: Vec<(&str, &str)> = outputs[0].headers.iter().collect();
    assert_eq!(
        headers,
        [
            ("ce_specversion", "1.0"),
            ("ce_id", "tag:harbor-gazette.example,2026:story/1047@1"),
            ("ce_source", "harbor-gazette"),
            ("ce_type", "article.created"),
            ("ce_subject", STORY),
            ("ce_time", "2026-08-30T12:00:00Z"),
            ("ce_dataschema", wiredesk_model::ARTICLE_SCHEMA),
            ("content-type", "application/json"),
            ("wd_run", "live"),
        ]
    );
    assert_eq!(record(&outputs[0]).wire.agency.as_deref(), Some("AP"));
}

#[test]
fn the_type_says_what_happened() {
    let mut desk = Desk::new();
    let mut typed = |number: u32, title: &str| {
        let mut story = version(number);
        story.title = title.to_owned();
        event(&outputs(desk.process(&story))).0.to_owned()
    };
    assert_eq!(typed(1, "CORRECTED-Ferry"), "article.created");
    assert_eq!(typed(2, "CORRECTED-Ferry"), "article.corrected");
    assert_eq!(typed(3, "Ferry"), "article.updated");
    assert_eq!(typed(4, "RPT-Ferry"), "article.updated");
}

#[test]
fn a_late_older_version_is_kept_and_leaves_current_alone() {
    let mut desk = Desk::new();
    desk.process(&version(3));
    let late = outputs(desk.process(&version(2)));
    assert_eq!(topics(&late), [Topic::Enriched, Topic::StoryState]);
    assert!(record(&late[0]).wire.superseded);
    let again = desk.process(&version(2));
    assert_eq!(again, Outcome::Filtered(FilterReason::Duplicate));
}

#[test]
fn the_same_version_with_other_content_is_a_revision() {
    let mut desk = Desk::new();
    desk.process(&with_status(1, WireStatus::Usable));
    let mut other = with_status(1, WireStatus::Usable);
    other.raw_hash = "other bytes".to_owned();
    let outputs = outputs(desk.process(&other));
    assert_eq!(event(&outputs).1, format!("{STORY}@1.1"));
    assert_eq!(record(&outputs[1]).wire.revision, 1);
}

#[test]
fn a_killed_story_leaves_current_for_good() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let killed = outputs(desk.process(&with_status(2, WireStatus::Canceled)));
    assert_eq!(event(&killed).0, "article.canceled");
    assert!(killed[0].value.is_some());
    assert_eq!((killed[1].topic, &killed[1].value), (Topic::Current, &None));
    desk.recall(&killed);
    let later = desk.process(&version(3));
    assert_eq!(later, Outcome::Filtered(FilterReason::Killed));
}

#[test]
fn a_withheld_story_comes_back_with_a_later_usable_version() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let withheld = outputs(desk.process(&with_status(2, WireStatus::Withheld)));
    assert_eq!(event(&withheld).0, "article.withheld");
    assert_eq!(
        (withheld[1].topic, &withheld[1].value),
        (Topic::Current, &None)
    );
    let back = outputs(desk.process(&with_status(3, WireStatus::Usable)));
    assert_eq!(event(&back).0, "article.updated");
    assert!(back[1].value.is_some());
}

#[test]
fn an_embargoed_story_waits_and_is_released_once_after_a_restart() {
    let mut desk = Desk::new();
    let held = desk.process(&embargoed(1, "2026-08-30T18:00:00Z"));
    assert!(matches!(held, Outcome::Held(_)), "{held:?}");
    let held = outputs(held);
    assert_eq!(topics(&held), [Topic::StoryState], "nothing public");
    desk.recall(&held);
    assert_eq!(desk.due_at("2026-08-30T17:59:59Z"), []);
    let released = desk.due_at("2026-08-30T18:00:00Z");
    assert_eq!(
        topics(&released),
        [Topic::Enriched, Topic::Current, Topic::StoryState]
    );
    assert_eq!(
        event(&released),
        ("article.released", &*format!("{STORY}@1"))
    );
    assert!(!record(&released[0]).article.bodies.is_empty());
    desk.recall(&released);
    assert_eq!(desk.due_at("2026-08-30T19:00:00Z"), [], "released once");
}

#[test]
fn an_embargo_on_what_is_public_takes_it_back_without_a_word_of_it() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let held = outputs(desk.process(&embargoed(2, "2026-08-30T18:00:00Z")));
    assert_eq!(
        topics(&held),
        [Topic::Enriched, Topic::Current, Topic::StoryState]
    );
    assert_eq!(
        event(&held),
        ("article.withheld", &*format!("{STORY}@2/embargo"))
    );
    assert!(record(&held[0]).article.bodies.is_empty());
    assert_eq!(held[1].value, None);
    let released = desk.due_at("2026-08-30T18:00:00Z");
    assert_eq!(
        event(&released),
        ("article.released", &*format!("{STORY}@2"))
    );
}

#[test]
fn an_embargo_without_a_time_waits_for_a_later_version() {
    let mut desk = Desk::new();
    let embargo = wiredesk_model::Embargo::Unknown {
        text: String::new(),
    };
    let held = desk.process(&wire(
        1,
        WireFacts {
            embargo,
            ..WireFacts::default()
        },
    ));
    assert_eq!(topics(&outputs(held)), [Topic::StoryState]);
    assert_eq!(desk.due_at("2999-01-01T00:00:00Z"), []);
    let open = outputs(desk.process(&version(2)));
    assert_eq!(event(&open).0, "article.created");
}

#[test]
fn what_is_no_story_is_said_to_be_none() {
    let mut desk = Desk::new();
    for value in [&b"not json"[..], b"{}", b"[]", b"\xff", b""] {
        let draft = desk.stage.draft(&incoming(Some(value.to_vec())));
        let outcome = desk.stage.decide(draft, &mut desk.memory, desk.now);
        let code = ReasonCode::Undecodable;
        assert!(
            matches!(&outcome, Outcome::Dead { code: found, .. } if *found == code),
            "{outcome:?}"
        );
    }
    let draft = desk.stage.draft(&incoming(None));
    let tombstone = desk.stage.decide(draft, &mut desk.memory, desk.now);
    assert_eq!(tombstone, Outcome::Filtered(FilterReason::Tombstone));
    let kind = wiredesk_model::WireKind::Planning;
    let plan = desk.process(&wire(
        1,
        WireFacts {
            kind,
            ..WireFacts::default()
        },
    ));
    assert_eq!(plan, Outcome::Filtered(FilterReason::NotAStory));
}

#[test]
fn a_memory_that_cannot_be_read_stops_the_stage_instead_of_guessing() {
    let mut desk = Desk::new();
    let newer = incoming(Some(b"{\"story\": 7}".to_vec()));
    desk.stage.remember(newer, &mut desk.memory);
    let outcome = desk.process(&version(1));
    assert!(
        matches!(&outcome, Outcome::Stop { detail } if detail.contains(STORY)),
        "{outcome:?}"
    );
}

pub(super) fn order(action: OrderAction, by: OrderedBy, at: &str) -> StoryOrder {
    let at = at.parse().expect("a date");
    StoryOrder {
        by,
        source: SourceId::from("harbor-gazette"),
        feed: FeedId::from("harbor-gazette/main"),
        ..StoryOrder::of_operator(StoryId::from(STORY), action, at)
    }
}

impl Desk {
    pub(super) fn give(&mut self, order: &StoryOrder) {
        let record = order.record().expect("an order is JSON");
        let record = Incoming {
            at: TopicPartition::new(Topic::Orders, 0),
            ..incoming(record.value)
        };
        self.stage.order(&record, &mut self.memory);
    }
}

pub(super) const NOON: &str = "2026-08-30T12:00:00Z";

#[test]
fn an_order_to_kill_comes_before_the_versions_that_wait_and_holds_for_them() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let mut kill = order(OrderAction::Kill, OrderedBy::Version, NOON);
    kill.version = Some(Version(5));
    desk.give(&kill);
    let killed = desk.due_at(NOON);
    assert_eq!(
        topics(&killed),
        [Topic::Enriched, Topic::Current, Topic::StoryState]
    );
    assert_eq!(event(&killed), ("article.canceled", &*format!("{STORY}@5")));
    assert_eq!(killed[1].value, None);
    assert!(record(&killed[0]).article.bodies.is_empty());
    desk.give(&kill);
    assert_eq!(desk.due_at(NOON), [], "once");
    desk.recall(&killed);
    desk.give(&kill);
    assert_eq!(desk.due_at(NOON), [], "also after a restart");
    let blocked = Outcome::Filtered(FilterReason::Killed);
    assert_eq!(desk.process(&version(4)), blocked);
    assert_eq!(desk.process(&with_status(5, WireStatus::Canceled)), blocked);
}

#[test]
fn an_order_to_kill_a_story_that_nobody_saw_blocks_it() {
    let mut desk = Desk::new();
    desk.give(&order(OrderAction::Kill, OrderedBy::Operator, NOON));
    assert_eq!(event(&desk.due_at(NOON)).1, format!("{STORY}@1"));
    let blocked = Outcome::Filtered(FilterReason::Killed);
    assert_eq!(desk.process(&version(1)), blocked);
}

#[test]
fn a_held_story_is_taken_back_and_comes_back_with_what_is_received_later() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let hold = order(
        OrderAction::Hold,
        OrderedBy::Advisory,
        "2026-08-30T13:00:00Z",
    );
    desk.give(&hold);
    let held = desk.due_at(NOON);
    assert_eq!(
        event(&held),
        ("article.withheld", &*format!("{STORY}@1/hold"))
    );
    assert_eq!(held[1].value, None);
    let before = outputs(desk.process(&version(2)));
    assert_eq!(event(&before).0, "article.withheld");
    let article = record(&before[0]).article;
    assert!(article.bodies.is_empty() && article.headlines.is_empty());
    let mut later = version(3);
    later.fetched_at = "2026-08-30T14:00:00Z".parse().expect("a date");
    assert_eq!(event(&outputs(desk.process(&later))).0, "article.updated");
}

#[test]
fn an_overtaken_hold_leaves_an_embargoed_story_to_its_time() {
    let mut desk = Desk::new();
    desk.process(&embargoed(1, "2026-08-30T18:00:00Z"));
    let hold = |at| order(OrderAction::Hold, OrderedBy::Operator, at);
    desk.give(&hold("2026-08-30T11:00:00Z"));
    let noted = desk.due_at(NOON);
    assert_eq!(topics(&noted), [Topic::StoryState], "it is remembered");
    desk.recall(&noted);
    // Also where both are due in one turn.
    desk.give(&hold("2026-08-30T11:30:00Z"));
    let released = desk.due_at("2026-08-30T18:00:00Z");
    assert_eq!(event(&released[1..]).0, "article.released");
}

#[test]
fn a_correction_by_another_feed_of_the_source_is_shown_under_the_next_number() {
    let mut desk = Desk::new();
    let mut seen = |feed: &str, number: u32, hash: &str, at: &str| {
        let mut story = version(number);
        story.feed = FeedId::from(feed);
        story.raw_hash = hash.to_owned();
        story.fetched_at = at.parse().expect("a date");
        desk.process(&story)
    };
    seen("front", 1, "a", "2026-08-30T12:00:00Z");
    seen("front", 2, "b", "2026-08-30T12:01:00Z");
    let same = seen("local", 1, "b", "2026-08-30T12:02:00Z");
    assert_eq!(same, Outcome::Filtered(FilterReason::Duplicate));
    let corrected = outputs(seen("local", 1, "c", "2026-08-30T12:03:00Z"));
    assert_eq!(
        event(&corrected),
        ("article.updated", &*format!("{STORY}@3"))
    );
    assert_eq!(record(&corrected[1]).article.version, "3");
    let replayed = seen("local", 1, "c", "2026-08-30T12:03:00Z");
    assert_eq!(replayed, Outcome::Filtered(FilterReason::Duplicate));
}

#[test]
fn an_advisory_of_another_source_has_no_power() {
    let mut desk = Desk::new();
    desk.process(&version(1));
    let mut kill = order(OrderAction::Kill, OrderedBy::Advisory, NOON);
    kill.source = SourceId::from("somebody-else");
    desk.give(&kill);
    let refused = desk.due_at(NOON);
    assert_eq!(topics(&refused), [Topic::Dead, Topic::StoryState]);
    let said = |name| refused[0].headers.get(name).unwrap_or_default();
    assert_eq!(said(header::DEAD_REASON), "not-owner");
    assert!(said(header::DEAD_DETAIL).contains(&format!("wiredesk order kill {STORY}")));
    desk.recall(&refused);
    desk.give(&kill);
    assert_eq!(desk.due_at(NOON), [], "the operator is told once");
    kill.by = OrderedBy::Operator;
    desk.give(&kill);
    assert_eq!(event(&desk.due_at(NOON)).0, "article.canceled");
}

#[test]
fn a_release_that_is_refused_becomes_a_dead_letter_and_is_not_due_again() {
    let mut desk = Desk::new();
    desk.process(&embargoed(1, "2026-08-30T18:00:00Z"));
    assert!(!desk.due_at("2026-08-30T18:00:00Z").is_empty());
    let instead = desk
        .stage
        .refused(STORY, &mut desk.memory, "over the limit");
    assert_eq!(topics(&instead), [Topic::Dead, Topic::StoryState]);
    let said = |name| instead[0].headers.get(name);
    assert_eq!(said(header::DEAD_REASON), Some("over-limit"));
    desk.recall(&instead);
    assert_eq!(desk.due_at("2026-08-30T19:00:00Z"), []);
}
