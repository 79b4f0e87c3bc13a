//! How partitions are shared out, given up and taken away.

use std::collections::BTreeSet;
use std::time::Instant;

use wiredesk_model::{Topic, TopicPartition};
use wiredesk_pipeline::TransportError;

use super::bench::{Bench, Limits};
use super::hand::{Hand, settle};
use super::records::{
    copies, err, numbered_run, ok, once_and_in_order, prepared, read_exactly, write,
};

fn partitions(count: u32) -> BTreeSet<TopicPartition> {
    (0..count)
        .map(|partition| TopicPartition::new(Topic::Raw, partition))
        .collect()
}

/// One member is assigned every partition, each once.
pub fn member_alone_holds_everything(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 5);
    let mut hand = Hand::join(&*transport, "one");
    settle(
        &mut [&mut hand],
        "all five partitions at one member",
        limits.event,
        |hands| hands[0].held == partitions(5),
    );
}

/// A second member gets half, the first keeps its own half throughout.
pub fn second_member_gets_a_fair_share(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 6);
    let mut one = Hand::join(&*transport, "one");
    settle(
        &mut [&mut one],
        "all six partitions at one member",
        limits.event,
        |hands| hands[0].held == partitions(6),
    );
    let other = bench.open();
    let mut two = Hand::join(&*other, "two");
    settle(
        &mut [&mut one, &mut two],
        "three partitions each",
        limits.event,
        |hands| hands[0].held.len() == 3 && hands[1].held.len() == 3,
    );
    assert!(
        one.held.is_disjoint(&two.held),
        "each partition has one owner: {:?} and {:?}",
        one.held,
        two.held
    );
    assert!(
        one.lost.is_empty(),
        "partitions are given up, never lost, when a member joins: {:?}",
        one.lost
    );
}

/// Where there are more members than partitions, the partition stays where it is.
pub fn one_partition_stays_with_one_member(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    let mut one = Hand::join(&*transport, "one");
    settle(
        &mut [&mut one],
        "the partition at the first member",
        limits.event,
        |hands| hands[0].held.len() == 1,
    );
    let mut two = Hand::join(&*transport, "two");
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=5));
    let begun = Instant::now();
    let mut copied = 0;
    while copied < 5 || begun.elapsed() < limits.quiet {
        copied += one.copy(10) + two.copy(10);
        assert!(begun.elapsed() < limits.event, "{copied} of 5 copied");
    }
    assert!(
        one.held.len() + two.held.len() == 1,
        "the one partition has one owner: {:?} and {:?}",
        one.held,
        two.held
    );
    once_and_in_order(&read_exactly(bench, Topic::Clean, 5), 1, 5);
}

/// Between "revoking" and the release, what is under way can still be committed; the next owner
/// begins behind it, and not before the release.
pub fn revoked_partitions_are_ours_until_released(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 4);
    write(&*transport, numbered_run(Topic::Raw, 16, 1..=3));
    let mut one = Hand::join(&*transport, "one");
    let records = one.take(48, &limits);

    let other = bench.open();
    let mut two = Hand::join(&*other, "two");
    let revoking = poll_until_revoking(&mut one, &mut two, &limits);
    assert!(
        two.held.is_disjoint(&one.held),
        "nothing changes hands before it is released: {:?} and {:?}",
        one.held,
        two.held
    );
    ok(
        one.commit(copies(&records), &records),
        "committing what was under way for partitions that must go",
    );
    ok(one.release(&revoking), "releasing");
    settle(
        &mut [&mut one, &mut two],
        "two partitions each",
        limits.event,
        |hands| hands[0].held.len() == 2 && hands[1].held.len() == 2,
    );
    two.is_given_nothing(&limits);
    once_and_in_order(&read_exactly(bench, Topic::Clean, 48), 16, 3);
}

/// Polls both until the first must give something up.
#[track_caller]
fn poll_until_revoking(one: &mut Hand, two: &mut Hand, limits: &Limits) -> Vec<TopicPartition> {
    let begun = Instant::now();
    loop {
        let (_, revoking) = ok(one.poll_keeping(10), "polling the first member");
        if !revoking.is_empty() {
            return revoking;
        }
        let early = two.poll_patiently(10);
        assert!(
            early.is_empty(),
            "the second member was given records before the first released anything"
        );
        assert!(
            begun.elapsed() < limits.event,
            "the first member was not asked to give anything up within {:?}",
            limits.event
        );
    }
}

/// A member that goes leaves its partitions to the others, without a session running out.
pub fn leaving_frees_at_once(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 4);
    let mut one = Hand::join(&*transport, "one");
    let mut two = Hand::join(&*transport, "two");
    settle(
        &mut [&mut one, &mut two],
        "two partitions each",
        limits.event,
        |hands| hands[0].held.len() == 2 && hands[1].held.len() == 2,
    );
    drop(one);
    settle(
        &mut [&mut two],
        "everything at the member that stays",
        limits.event,
        |hands| hands[0].held == partitions(4),
    );
}

/// The newer of two members with one id wins; the older can commit nothing more.
pub fn newer_instance_fences_the_older(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 2);
    write(&*transport, numbered_run(Topic::Raw, 6, 1..=4));
    let mut older = Hand::join(&*transport, "same");
    let records = older.take(10, &limits);

    let other = bench.open();
    let mut newer = Hand::join(&*other, "same");
    // The newer one takes up its identity by its join, or by its first commit at the latest.
    ok(
        newer.commit(Vec::new(), &[]),
        "committing an empty batch as the newer",
    );
    let error = err(
        older.commit(copies(&records), &records),
        "committing as the older of two members with one id",
    );
    assert!(
        matches!(&error, TransportError::Fenced(text) if text.contains("same")),
        "expected Fenced naming the instance, got {error:?}"
    );
    drop(older);

    let begun = Instant::now();
    let mut copied = 0;
    while copied < 24 {
        copied += newer.copy(10);
        assert!(
            begun.elapsed() < limits.session,
            "the newer member copied {copied} of 24"
        );
    }
    once_and_in_order(&read_exactly(bench, Topic::Clean, 24), 6, 4);
}
