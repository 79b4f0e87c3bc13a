//! The key decides the partition, and within a key the order is kept.

use std::time::Instant;

use wiredesk_model::{Topic, header, partition_for};

use super::bench::Bench;
use super::hand::Hand;
use super::records::{
    numbered, numbered_run, ok, once_and_in_order, prepared, read_exactly, write,
};

/// A record lies in the partition that [`partition_for`] names, or its header.
pub fn key_decides_the_partition(bench: &dyn Bench) {
    let transport = prepared(bench, 5);
    write(&*transport, numbered_run(Topic::Raw, 40, 1..=2));
    for record in read_exactly(bench, Topic::Raw, 80) {
        let expected = partition_for(&record.key, 5);
        assert!(
            record.at.partition == expected,
            "key {}: expected partition {expected}, found {}",
            record.key,
            record.at
        );
    }
    assert_eq!(
        ok(transport.partitions(Topic::Raw), "asking for partitions"),
        5
    );
    let mut named = numbered(Topic::Clean, "key", 1);
    let other = (partition_for("key", 3) + 1) % 3;
    named.headers.push(header::PARTITION, other.to_string());
    write(&*transport, vec![named]);
    assert_eq!(
        read_exactly(bench, Topic::Clean, 1)[0].at.partition,
        other,
        "a header names the partition"
    );
}

/// Written in several batches by several writers, one after the other.
pub fn order_is_kept_across_batches(bench: &dyn Bench) {
    let transport = prepared(bench, 3);
    for batch in 0..6 {
        let numbers = batch * 5 + 1..=batch * 5 + 5;
        write(&*transport, numbered_run(Topic::Raw, 8, numbers));
    }
    let records = read_exactly(bench, Topic::Raw, 240);
    once_and_in_order(&records, 8, 30);
    for pair in records.windows(2) {
        assert!(
            pair[0].at != pair[1].at || pair[0].offset < pair[1].offset,
            "offsets rise within a partition: {}@{} came before {}@{}",
            pair[0].at,
            pair[0].offset,
            pair[1].at,
            pair[1].offset
        );
    }
}

/// Copied by two members that share the partitions.
pub fn order_is_kept_across_members(bench: &dyn Bench) {
    let limits = bench.limits();
    let transport = prepared(bench, 4);
    let mut one = Hand::join(&*transport, "one");
    let other = bench.open();
    let mut two = Hand::join(&*other, "two");
    let mut copied = 0;
    for batch in 0..5 {
        let numbers = batch * 4 + 1..=batch * 4 + 4;
        write(&*transport, numbered_run(Topic::Raw, 16, numbers));
        copied += one.copy(20) + two.copy(20);
    }
    let begun = Instant::now();
    while copied < 320 {
        copied += one.copy(20) + two.copy(20);
        assert!(
            begun.elapsed() < limits.event,
            "two members copied {copied} of 320 records in {:?}",
            limits.event
        );
    }
    once_and_in_order(&read_exactly(bench, Topic::Clean, 320), 16, 20);
}
