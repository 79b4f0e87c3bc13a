//! Stories whose source numbers nothing: each feed counts what it sees, several feeds show the same
//! story, cursors are lost. The last change counts, and what was here before brings nothing new.

use proptest::prelude::*;
use wiredesk_lifecycle::{Arrival, Status, Story, Verdict};
use wiredesk_model::{FeedId, Timestamp, Version};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a small number of seconds")
}

fn seen(feed: &str, version: u32, hash: &str, second: i64) -> Arrival {
    Arrival {
        counted_by: Some(FeedId::from(feed)),
        ..Arrival::usable(Version(version), hash, at(second))
    }
}

fn shown(story: &Story) -> Option<(u32, &str)> {
    let newest = story.newest.as_ref()?;
    story.shown.map(|shown| (shown.0, newest.hash.as_str()))
}

fn published(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Published { .. })
}

#[test]
fn a_correction_in_another_feed_comes_out_whatever_its_number() {
    let mut story = Story::default();
    story.arrive(&seen("front", 1, "first", 10), at(100));
    story.arrive(&seen("front", 2, "second", 20), at(100));
    let same = story.arrive(&seen("local", 1, "second", 30), at(100));
    assert_eq!(same, Verdict::Duplicate, "the same story by another feed");
    assert!(published(
        story.arrive(&seen("local", 2, "corrected", 40), at(100))
    ));
    assert_eq!(shown(&story), Some((3, "corrected")));
    let same = story.arrive(&seen("front", 3, "corrected", 50), at(100));
    assert_eq!(same, Verdict::Duplicate);
}

#[test]
fn a_correction_behind_a_lost_cursor_comes_out() {
    let mut story = Story::default();
    for (version, hash) in [(1, "a"), (2, "b"), (3, "c")] {
        story.arrive(&seen("front", version, hash, i64::from(version)), at(100));
    }
    let same = story.arrive(&seen("front", 1, "c", 40), at(100));
    assert_eq!(same, Verdict::Duplicate);
    assert!(published(
        story.arrive(&seen("front", 1, "corrected", 50), at(100))
    ));
    assert_eq!(shown(&story), Some((4, "corrected")));
}

#[test]
fn a_feed_that_lags_behind_brings_no_older_text_back() {
    let mut story = Story::default();
    story.arrive(&seen("front", 1, "first", 10), at(100));
    story.arrive(&seen("front", 2, "corrected", 20), at(100));
    let stale = story.arrive(&seen("local", 1, "first", 30), at(100));
    assert_eq!(stale, Verdict::Duplicate);
    assert_eq!(shown(&story), Some((2, "corrected")));
}

#[test]
fn a_feed_that_changes_back_is_believed() {
    let mut story = Story::default();
    story.arrive(&seen("front", 1, "first", 10), at(100));
    story.arrive(&seen("front", 2, "second", 20), at(100));
    assert!(published(
        story.arrive(&seen("front", 3, "first", 30), at(100))
    ));
    assert_eq!(shown(&story), Some((3, "first")));
}

#[test]
fn a_feed_that_counts_on_is_believed_before_the_clock() {
    let mut story = Story::default();
    story.arrive(&seen("front", 1, "first", 1_000), at(100));
    assert!(published(
        story.arrive(&seen("front", 2, "second", 10), at(100))
    ));
    let again = story.arrive(&seen("front", 1, "first", 1_000), at(100));
    assert_eq!(again, Verdict::Duplicate);
}

#[test]
fn what_comes_late_is_kept_as_superseded() {
    let mut story = Story::default();
    story.arrive(&seen("front", 1, "a", 10), at(100));
    story.arrive(&seen("front", 3, "c", 30), at(100));
    let late = story.arrive(&seen("front", 2, "b", 20), at(100));
    assert_eq!(late, Verdict::Superseded { revision: 0 });
    assert_eq!(shown(&story), Some((3, "c")));
    let other = seen("local", 9, "z", 15);
    let verdict = story.arrive(&other, at(100));
    assert_eq!(verdict, Verdict::Superseded { revision: 1 });
    assert_eq!(
        story.number_of(&other, verdict),
        Version(3),
        "never above the newest"
    );
}

#[test]
fn what_was_deleted_comes_back_also_behind_a_lost_cursor() {
    let mut story = Story::default();
    story.arrive(&seen("front", 1, "a", 10), at(100));
    let gone = Arrival {
        status: Status::Deleted,
        ..seen("front", 2, "gone", 20)
    };
    story.arrive(&gone, at(100));
    assert_eq!(story.shown, None);
    assert!(published(story.arrive(&seen("front", 1, "a", 30), at(100))));
}

#[test]
fn a_story_that_was_numbered_before_goes_on_by_receipt() {
    let numbered =
        |version: u32, hash: &str, second| Arrival::usable(Version(version), hash, at(second));
    let mut story = Story::default();
    story.arrive(&numbered(3, "c", 10), at(100));
    assert!(published(
        story.arrive(&seen("front", 1, "corrected", 20), at(100))
    ));
    assert_eq!(shown(&story), Some((4, "corrected")));
    let again = story.arrive(&numbered(3, "c", 10), at(100));
    assert_eq!(again, Verdict::Duplicate);
}

/// A step of the world: a feed changes its text, is read, or loses its cursor.
#[derive(Debug, Clone)]
enum Step {
    Poll { feed: usize, text: u8 },
    Lose { feed: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        9 => (0..3usize, 0..60u8).prop_map(|(feed, text)| Step::Poll { feed, text }),
        1 => (0..3usize).prop_map(|feed| Step::Lose { feed }),
    ];
    prop::collection::vec(step, 1..90)
}

/// What the fetcher makes of it: each feed counts its own changes.
fn arrivals(steps: &[Step]) -> Vec<Arrival> {
    let mut cursors: [Option<(u32, u8)>; 3] = [None; 3];
    let mut arrivals = Vec::new();
    for (second, step) in (1i64..).zip(steps) {
        match *step {
            Step::Lose { feed } => cursors[feed] = None,
            Step::Poll { feed, text } => {
                let version = match cursors[feed] {
                    Some((_, known)) if known == text => continue,
                    Some((version, _)) => version + 1,
                    None => 1,
                };
                cursors[feed] = Some((version, text));
                let hash = format!("text {text}");
                arrivals.push(seen(&format!("feed{feed}"), version, &hash, second));
            }
        }
    }
    arrivals
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// A text that was never seen before is never swallowed, wherever it comes in; each event has
    /// a name of its own, and the numbers of what is shown only rise.
    #[test]
    fn no_change_is_swallowed(steps in steps()) {
        let mut story = Story::default();
        let mut texts = std::collections::BTreeSet::new();
        let mut names = std::collections::BTreeSet::new();
        for arrival in arrivals(&steps) {
            let before = story.shown;
            let is_news = texts.insert(arrival.hash.clone());
            let verdict = story.arrive(&arrival, at(1_000));
            if is_news || arrival.version != Version::FIRST {
                let text = story.newest.as_ref().map(|newest| newest.hash.as_str());
                prop_assert_eq!(text, Some(arrival.hash.as_str()), "{:?}", verdict);
            }
            match verdict {
                Verdict::Published { revision, .. } => {
                    prop_assert!(story.shown > before);
                    prop_assert!(names.insert((story.shown, revision)), "twice: {verdict:?}");
                }
                other => prop_assert_eq!(other, Verdict::Duplicate),
            }
        }
    }

    /// Whatever was here is sent again, in any order: nothing comes of it.
    #[test]
    fn what_is_replayed_brings_nothing_new(
        steps in steps(),
        order in any::<prop::sample::Index>(),
        after in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let came = arrivals(&steps);
        let mut story = Story::default();
        for arrival in &came {
            story.arrive(arrival, at(1_000));
        }
        let stood = story.clone();
        let begin = order.index(came.len().max(1));
        let picked = after.iter().filter(|_| !came.is_empty()).map(|one| one.get(&came));
        for arrival in came[begin.min(came.len())..].iter().chain(&came).chain(picked) {
            prop_assert_eq!(story.arrive(arrival, at(1_000)), Verdict::Duplicate);
        }
        prop_assert_eq!(story, stood);
    }
}
