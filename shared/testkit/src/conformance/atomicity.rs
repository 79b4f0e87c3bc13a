//! A batch takes effect as a whole or not at all.

use wiredesk_model::{Outgoing, Topic};
use wiredesk_pipeline::{Batch, TransportError};

use super::bench::Bench;
use super::hand::Hand;
use super::records::{
    copies, err, numbered, numbered_run, ok, prepared, read_exactly, shows_nothing, sorted_texts,
    texts, write,
};

/// Outputs on several topics, state and positions of one commit all take effect.
pub fn commit_shows_the_whole_batch(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 3);
    write(&*transport, numbered_run(Topic::Raw, 6, 1..=5));

    let mut hand = Hand::join(&*transport, "one");
    let records = hand.take(30, &limits);
    let mut outputs = copies(&records);
    outputs.push(numbered(Topic::Dead, "story-0", 1));
    outputs.push(numbered(Topic::FeedState, "feed-0", 1));
    outputs.push(numbered(Topic::FeedState, "feed-1", 1));
    ok(hand.commit(outputs, &records), "committing");
    drop(hand);

    let clean = read_exactly(bench, Topic::Clean, 30);
    assert_eq!(
        sorted_texts(&clean),
        sorted_texts(&records),
        "the outputs on the clean topic"
    );
    read_exactly(bench, Topic::Dead, 1);
    read_exactly(bench, Topic::FeedState, 2);
    let mut next = Hand::join(&*bench.open(), "two");
    next.is_given_nothing(&limits);
}

/// Records that were polled, and never committed, leave no trace when their member goes.
pub fn abandoned_batch_leaves_nothing(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=10));

    let mut hand = Hand::join(&*transport, "one");
    hand.take(10, &limits);
    drop(hand);

    let mut next = Hand::join(&*bench.open(), "two");
    let again = next.take(10, &limits);
    assert_eq!(
        texts(&again)[0],
        "story-0#1",
        "the next member begins at the first record"
    );
    shows_nothing(bench, Topic::Clean);
}

/// A batch with one impossible record is refused whole, and the member can go on.
pub fn refused_batch_leaves_nothing(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=10));

    let mut hand = Hand::join(&*transport, "one");
    let records = hand.take(10, &limits);
    let mut outputs = copies(&records);
    outputs.insert(5, numbered(Topic::Enriched, "story-0", 1)); // nobody made this topic
    let error = err(
        hand.commit(outputs, &records),
        "committing to a missing topic",
    );
    assert!(
        matches!(error, TransportError::Invalid(_)),
        "a missing output topic: expected Invalid, got {error:?}"
    );
    shows_nothing(bench, Topic::Clean);

    let all = [hand.held.iter().copied().collect::<Vec<_>>()].concat();
    ok(hand.member.rewind(&all), "rewinding");
    let again = hand.take(10, &limits);
    assert_eq!(
        texts(&again),
        texts(&records),
        "after a refused batch the positions stand where they stood"
    );
    ok(
        hand.commit_copies(&again),
        "committing after a refused batch",
    );
    read_exactly(bench, Topic::Clean, 10);
}

/// A record over the limit is refused by name, with the whole batch.
pub fn oversize_record_is_refused_with_its_batch(bench: &dyn Bench) {
    let limits = bench.limits();
    let Some(record_bytes) = limits.record_bytes else {
        return;
    };
    let transport = prepared(bench, 1);
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=3));

    let mut hand = Hand::join(&*transport, "one");
    let records = hand.take(3, &limits);
    let mut outputs = copies(&records);
    outputs.push(Outgoing {
        value: Some(vec![b'x'; record_bytes + 1]),
        ..numbered(Topic::Clean, "story-heavy", 1)
    });
    let error = err(
        hand.commit(outputs, &records),
        "committing an oversize record",
    );
    assert!(
        matches!(&error, TransportError::Refused(text) if text.contains("story-heavy")),
        "an oversize record: expected Refused naming the key story-heavy, got {error:?}"
    );
    shows_nothing(bench, Topic::Clean);
    ok(
        hand.commit_copies(&records),
        "committing the rest without it",
    );
    read_exactly(bench, Topic::Clean, 3);
}

/// No outputs, or no positions, or neither: each commits.
pub fn empty_batch_is_fine(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 1);
    write(&*transport, Vec::new());
    write(&*transport, numbered_run(Topic::Raw, 1, 1..=2));

    let mut hand = Hand::join(&*transport, "one");
    let records = hand.take(2, &limits);
    ok(
        hand.member.commit(Batch::default()),
        "committing an empty batch",
    );
    ok(
        hand.commit(vec![numbered(Topic::Dead, "story-0", 1)], &[]),
        "committing outputs alone",
    );
    ok(
        hand.commit(Vec::new(), &records),
        "committing positions alone",
    );
    drop(hand);
    read_exactly(bench, Topic::Dead, 1);
    Hand::join(&*transport, "two").is_given_nothing(&limits);
}
