//! Nothing is lost and nothing doubled while partitions change hands.

use std::time::Instant;

use wiredesk_model::Topic;
use wiredesk_pipeline::TransportError;

use super::bench::Bench;
use super::hand::{Hand, settle};
use super::records::{
    copies, err, numbered_run, once_and_in_order, prepared, read_exactly, shows_nothing, write,
};

const KEYS: usize = 20;
const EACH: usize = 15;

/// Members come and go while they copy; every record is copied once, in order.
pub fn nothing_lost_or_doubled_over_join_and_leave(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 6);
    write(&*transport, numbered_run(Topic::Raw, KEYS, 1..=EACH));
    let all = KEYS * EACH;
    let begun = Instant::now();
    let within = |copied: usize| {
        assert!(
            begun.elapsed() < limits.event * 3,
            "{copied} of {all} copied in {:?}",
            begun.elapsed()
        );
    };

    let mut copied = 0;
    let mut one = Hand::join(&*transport, "one");
    while copied < 40 {
        copied += one.copy(7);
        within(copied);
    }
    let second = bench.open();
    let mut two = Hand::join(&*second, "two");
    let mut by_two = 0;
    while by_two == 0 {
        copied += one.copy(1);
        by_two += two.copy(3);
        within(copied + by_two);
        if copied + by_two >= all {
            break;
        }
    }
    copied += by_two;
    let third = bench.open();
    let mut three = Hand::join(&*third, "three");
    for _ in 0..5 {
        copied += one.copy(3) + two.copy(3) + three.copy(3);
    }
    drop(two);
    for _ in 0..5 {
        copied += one.copy(3) + three.copy(3);
    }
    drop(one);
    while copied < all {
        copied += three.copy(20);
        within(copied);
    }
    once_and_in_order(&read_exactly(bench, Topic::Clean, all), KEYS, EACH);
}

/// What a silent member had polled, the next one is given; and the silent one is told.
pub fn silent_member_loses_its_partitions(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 3);
    write(&*transport, numbered_run(Topic::Raw, 9, 1..=4));
    let mut silent = Hand::join(&*transport, "silent");
    silent.take(36, &limits);

    let other = bench.open();
    let mut next = Hand::join(&*other, "next");
    let begun = Instant::now();
    let mut copied = 0;
    while copied < 36 {
        copied += next.copy(10);
        assert!(
            begun.elapsed() < limits.session,
            "the next member copied {copied} of 36 within {:?} of the other's silence",
            limits.session
        );
    }
    once_and_in_order(&read_exactly(bench, Topic::Clean, 36), 9, 4);
    settle(
        &mut [&mut silent],
        "the silent member to be told that its partitions are lost",
        limits.event,
        |hands| hands[0].lost.len() == 3,
    );
}

/// A member that was lost joins again by polling, and both share.
pub fn silent_member_works_again_once_it_polls(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 4);
    let mut silent = Hand::join(&*transport, "silent");
    settle(
        &mut [&mut silent],
        "everything at the first member",
        limits.event,
        |hands| hands[0].held.len() == 4,
    );
    let other = bench.open();
    let mut next = Hand::join(&*other, "next");
    settle(
        &mut [&mut next],
        "everything at the next member once the first is silent",
        limits.session,
        |hands| hands[0].held.len() == 4,
    );
    settle(
        &mut [&mut silent, &mut next],
        "two partitions each once the silent member polls again",
        limits.event,
        |hands| hands[0].held.len() == 2 && hands[1].held.len() == 2,
    );
    assert!(
        silent.held.is_disjoint(&next.held),
        "each partition has one owner: {:?} and {:?}",
        silent.held,
        next.held
    );
}

/// A commit by a member whose partitions went to another is refused, and leaves nothing.
pub fn former_owner_cannot_commit(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 2);
    write(&*transport, numbered_run(Topic::Raw, 6, 1..=3));
    let mut former = Hand::join(&*transport, "former");
    let records = former.take(18, &limits);

    let other = bench.open();
    let mut owner = Hand::join(&*other, "owner");
    settle(
        &mut [&mut owner],
        "both partitions at the new owner",
        limits.session,
        |hands| hands[0].held.len() == 2,
    );
    let error = err(
        former.commit(copies(&records), &records),
        "committing for partitions that went to another",
    );
    assert!(
        matches!(
            error,
            TransportError::Superseded(_) | TransportError::Fenced(_)
        ),
        "expected Superseded or Fenced, got {error:?}"
    );
    shows_nothing(bench, Topic::Clean);

    let begun = Instant::now();
    let held: Vec<_> = owner.held.iter().copied().collect();
    super::records::ok(owner.member.rewind(&held), "rewinding"); // settle dropped what it polled
    let mut copied = 0;
    while copied < 18 {
        copied += owner.copy(10);
        assert!(
            begun.elapsed() < limits.event,
            "the owner copied {copied} of 18"
        );
    }
    once_and_in_order(&read_exactly(bench, Topic::Clean, 18), 6, 3);
}
