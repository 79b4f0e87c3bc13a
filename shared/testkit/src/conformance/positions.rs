//! Where a group goes on reading, and what is held back.

use std::collections::BTreeSet;
use std::time::Instant;

use wiredesk_model::{Position, Topic, TopicPartition};
use wiredesk_pipeline::Batch;

use super::bench::Bench;
use super::hand::{Hand, SERVICE};
use super::records::{numbered_run, ok, prepared, sorted_texts, texts, write};

/// The next member begins exactly behind the last commit.
pub fn restart_goes_on_behind_the_last_commit(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=20));

    let mut hand = Hand::join(&*transport, "one");
    let first = hand.take(7, &limits);
    ok(hand.commit_copies(&first), "committing");
    hand.take(5, &limits); // polled, never committed
    drop(hand);

    let mut next = Hand::join(&*bench.open(), "one");
    let rest = next.take(13, &limits);
    let expected: Vec<String> = (8..=20).map(|number| format!("story-0#{number}")).collect();
    assert_eq!(texts(&rest), expected, "behind the seven committed records");
    next.is_given_nothing(&limits);
}

/// After a rewind the records behind the last commit come again, those before it do not.
pub fn rewind_delivers_again_from_the_last_commit(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=12));
    let at = TopicPartition::new(Topic::Raw, 0);

    let mut hand = Hand::join(&*transport, "one");
    hand.take(5, &limits);
    ok(hand.member.rewind(&[at]), "rewinding before any commit");
    let again = hand.take(5, &limits);
    assert_eq!(
        texts(&again)[0],
        "story-0#1",
        "rewound to the earliest, where nothing was committed"
    );
    ok(hand.commit_copies(&again[..3]), "committing three of five");
    ok(hand.member.rewind(&[at]), "rewinding");
    let rest = hand.take(9, &limits);
    let expected: Vec<String> = (4..=12).map(|number| format!("story-0#{number}")).collect();
    assert_eq!(texts(&rest), expected, "rewound to the third record");
}

/// A member can ask how far its group has committed, and commit just that again.
pub fn committed_positions_can_be_asked_and_committed_again(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=6));
    let at = TopicPartition::new(Topic::Raw, 0);

    let mut hand = Hand::join(&*transport, "one");
    let taken = hand.take(4, &limits);
    let before = ok(hand.member.committed(&[at]), "asking before any commit");
    assert_eq!(
        before,
        [Position { at, next_offset: 0 }],
        "nothing was committed yet"
    );
    ok(hand.commit_copies(&taken[..3]), "committing three of four");
    let after = ok(hand.member.committed(&[at]), "asking after the commit");
    assert_eq!(after, [taken[2].next_position()], "behind the third record");
    let again = Batch {
        outputs: Vec::new(),
        positions: after.clone(),
    };
    ok(
        hand.member.commit(again),
        "committing the same position again",
    );
    assert_eq!(ok(hand.member.committed(&[at]), "asking again"), after);
}

/// Positions of one partition say nothing of another.
pub fn commit_moves_only_the_named_partitions(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 3);
    write(&*transport, numbered_run(Topic::Raw, 12, 1..=3));

    let mut hand = Hand::join(&*transport, "one");
    let records = hand.take(36, &limits);
    let chosen = records[0].at;
    let (done, left): (Vec<_>, Vec<_>) =
        records.into_iter().partition(|record| record.at == chosen);
    assert!(
        !left.is_empty(),
        "twelve keys lie in more than one partition"
    );
    ok(hand.commit_copies(&done), "committing one partition");
    drop(hand);

    let again = Hand::join(&*transport, "two").take(left.len(), &limits);
    assert_eq!(
        sorted_texts(&again),
        sorted_texts(&left),
        "the records of the other partitions come again, those of {chosen} do not"
    );
}

/// Two services read the same topic, each with its own positions.
pub fn groups_do_not_share_positions(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 2);
    write(&*transport, numbered_run(Topic::Raw, 5, 1..=4));

    let mut one = Hand::join_for(&*transport, "one", "battery", Topic::Raw);
    let records = one.take(20, &limits);
    ok(one.commit_copies(&records), "committing");
    let mut other = Hand::join_for(&*transport, "one", "battery-other", Topic::Raw);
    let same = other.take(20, &limits);
    assert_eq!(
        sorted_texts(&same),
        sorted_texts(&records),
        "a new group begins at the earliest, whatever other groups committed"
    );
    one.is_given_nothing(&limits);
}

/// Backlog counts for the group, lag for what the member holds.
pub fn backlog_and_lag_count_what_is_not_committed(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 3);
    let slack = 3 * limits.gaps * 2;
    let near = |found: u64, expected: u64, what: &str| {
        assert!(
            (expected..=expected + slack).contains(&found),
            "{what}: expected {expected} (and up to {slack} for markers), found {found}"
        );
    };
    let backlog = || ok(transport.backlog(SERVICE, Topic::Raw), "asking for backlog");
    near(backlog(), 0, "backlog of a group on an empty topic");
    write(&*transport, numbered_run(Topic::Raw, 10, 1..=6));
    near(backlog(), 60, "backlog of a group that never committed");

    let mut hand = Hand::join(&*transport, "one");
    let records = hand.take(60, &limits);
    near(
        ok(hand.member.lag(), "asking for lag"),
        60,
        "lag with everything polled, nothing committed",
    );
    let chosen = records[0].at;
    let done: Vec<_> = records
        .iter()
        .filter(|record| record.at == chosen)
        .cloned()
        .collect();
    ok(hand.commit_copies(&done), "committing one partition");
    let left = 60 - done.len() as u64;
    near(
        ok(hand.member.lag(), "asking for lag"),
        left,
        "lag after one partition is done",
    );
    near(backlog(), left, "backlog after one partition is done");
    ok(hand.commit_copies(&records), "committing the rest");
    near(
        ok(hand.member.lag(), "asking for lag"),
        0,
        "lag with everything committed",
    );
}

/// A paused partition delivers nothing; resumed, it goes on where it was paused.
pub fn pause_holds_back_and_resume_goes_on(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 2);
    write(&*transport, numbered_run(Topic::Raw, 8, 1..=2));

    let mut hand = Hand::join(&*transport, "one");
    let before = hand.take(16, &limits);
    let partitions: BTreeSet<TopicPartition> = before.iter().map(|record| record.at).collect();
    assert!(partitions.len() == 2, "eight keys lie in both partitions");
    let paused = before[0].at;
    ok(hand.member.pause(&[paused]), "pausing");
    write(&*transport, numbered_run(Topic::Raw, 8, 3..=4));

    let expected = before.iter().filter(|record| record.at != paused).count();
    let others = hand.take(expected, &limits);
    assert!(
        others.iter().all(|record| record.at != paused),
        "{paused} is paused, but its records came"
    );
    hand.is_given_nothing(&limits);
    ok(hand.member.resume(&[paused]), "resuming");
    let begun = Instant::now();
    let held_back = hand.take(16 - expected, &limits);
    assert!(
        held_back
            .iter()
            .all(|record| record.at == paused && !before.contains(record)),
        "resumed after {:?}: expected only the new records of {paused}",
        begun.elapsed()
    );
    let elsewhere = [TopicPartition::new(Topic::Raw, 99)];
    assert!(
        hand.member.pause(&elsewhere).is_err() && hand.member.resume(&elsewhere).is_err(),
        "pausing or resuming a partition that is not ours is an error"
    );
}

/// What a transport fetched ahead of a pause or a rewind never comes later, or twice.
pub fn nothing_fetched_ahead_comes_late(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=30));
    let at = TopicPartition::new(Topic::Raw, 0);
    let expected = |numbers: std::ops::RangeInclusive<usize>| -> Vec<String> {
        numbers.map(|number| format!("story-0#{number}")).collect()
    };

    let mut hand = Hand::join(&*transport, "one");
    hand.take(3, &limits); // the rest may lie fetched
    ok(hand.member.pause(&[at]), "pausing");
    hand.is_given_nothing(&limits);
    ok(hand.member.resume(&[at]), "resuming");
    let next = hand.take(3, &limits);
    assert_eq!(texts(&next), expected(4..=6), "resumed where it was paused");

    ok(hand.member.rewind(&[at]), "rewinding");
    let first = hand.take(3, &limits);
    assert_eq!(texts(&first), expected(1..=3), "rewound to the beginning");
    ok(hand.commit_copies(&first), "committing three");
    ok(hand.member.pause(&[at]), "pausing");
    ok(hand.member.rewind(&[at]), "rewinding while paused");
    hand.is_given_nothing(&limits);
    ok(hand.member.resume(&[at]), "resuming");
    let rest = hand.take(27, &limits);
    assert_eq!(texts(&rest), expected(4..=30), "each once, in order");
    hand.is_given_nothing(&limits);
}
