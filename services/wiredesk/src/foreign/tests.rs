//! When a place is done, and what was not committed.

use super::*;

/// The cursor of a step as it comes back from the log.
fn back(production: &Production, offset: i64) -> Incoming {
    let mut cursors = production.outputs.iter();
    let cursor = cursors.find(|record| record.topic == Topic::FeedState);
    let cursor = cursor.expect("each step has its cursor").clone();
    Incoming {
        at: production.at,
        offset,
        timestamp_ms: 0,
        key: cursor.key,
        value: cursor.value,
        headers: cursor.headers,
    }
}

/// A folder with two texts, held whole.
fn ready(folder: &Path) -> Foreign {
    for name in ["one.txt", "two.txt"] {
        let text = format!("Story {name}\n\nThe council of Port Alder met about {name}.\n");
        std::fs::write(folder.join(name), text).expect("written");
    }
    let place = Place {
        path: folder,
        source: Some("attic"),
        speed: Speed::Max,
    };
    let settings = Settings::default();
    let run = RunId::new("again");
    let mut foreign =
        Foreign::new(&settings, &place, Selection::default(), run).expect("it is set up");
    foreign.assigned(TopicPartition::new(Topic::FeedState, 0), 1, Vec::new());
    foreign
}

/// The step that ends the place.
fn last_step(foreign: &mut Foreign) -> Production {
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < limit, "waited thirty seconds for it");
        if foreign.seeks() {
            foreign.searched(&HashSet::new());
        }
        for production in foreign.produce(Duration::from_millis(50)) {
            let cursor = back(&production, 0);
            let state = state_of(cursor.value.as_deref()).expect("a cursor");
            if state.next_poll > Timestamp::now() {
                return production;
            }
            foreign.observed(cursor);
        }
    }
}

#[test]
fn a_place_is_done_only_once_its_last_step_is_committed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut foreign = ready(folder.path());
    let progress = foreign.progress();
    let is_done = || progress.is_done.load(Ordering::Relaxed);
    let last = last_step(&mut foreign);
    // However long the commit takes, and nothing else is to come.
    foreign.busy_at = Instant::now()
        .checked_sub(2 * QUIET)
        .expect("the machine runs for longer");
    foreign.produce(Duration::ZERO);
    assert!(!is_done(), "its last step may still fail");
    foreign.observed(back(&last, 1));
    assert!(is_done());
}

#[test]
fn a_step_that_was_not_committed_comes_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut foreign = ready(folder.path());
    let progress = foreign.progress();
    let last = last_step(&mut foreign);
    foreign.assigned(last.at, 1, Vec::new());
    assert!(!progress.is_done.load(Ordering::Relaxed));
    let again = last_step(&mut foreign);
    let keys = |step: &Production| -> Vec<String> {
        step.outputs.iter().map(|one| one.key.clone()).collect()
    };
    assert_eq!(keys(&again), keys(&last));
    assert_eq!(again.outputs.len(), 3, "two items and the cursor");
}
