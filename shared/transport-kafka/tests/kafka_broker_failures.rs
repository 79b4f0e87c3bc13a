//! What a batch, a member and a reader live through when brokers die.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod bench;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bench::KafkaBench;
use wiredesk_model::{Headers, InstanceId, Outgoing, Topic};
use wiredesk_pipeline::{GroupEvent, Member, Membership, Transport, TransportError};
use wiredesk_testkit::conformance::{Bench, copying};
use wiredesk_testkit::kafka::{
    KafkaCluster, bootstrap_from_env, cluster_for_tests, console_consume,
};
use wiredesk_testkit::wait::{wait_for, wait_until};

const STORIES: usize = 8;
const LIMIT: Duration = Duration::from_secs(120);

/// One test at a time has the brokers. `None` where the environment names brokers: those are not
/// ours to kill.
fn brokers() -> Option<(&'static KafkaCluster, std::sync::MutexGuard<'static, ()>)> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    if bootstrap_from_env().is_some() {
        wiredesk_testkit::skip::skipped(
            "killing brokers",
            "the brokers of KAFKA_BOOTSTRAP are not ours to kill",
        );
        return None;
    }
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    cluster_for_tests(3).map(|cluster| (cluster, guard))
}

fn prepared(bench: &KafkaBench) -> Box<dyn Transport> {
    let transport = bench.open();
    let topics = [Topic::Raw.spec(4), Topic::Clean.spec(4)];
    transport.create_topics(&topics).unwrap();
    transport
}

fn story(topic: Topic, key: &str, number: usize) -> Outgoing {
    Outgoing {
        topic,
        key: key.to_owned(),
        value: Some(format!("{key}#{number}").into_bytes()),
        headers: Headers::new(),
    }
}

fn round(number: usize) -> Vec<Outgoing> {
    (0..STORIES)
        .map(|key| story(Topic::Raw, &format!("story-{key}"), number))
        .collect()
}

fn membership(instance: &str) -> Membership {
    Membership {
        service: "copier".to_owned(),
        instance: InstanceId::from(instance),
        inputs: vec![Topic::Raw],
    }
}

/// Writes until it is written: nothing of a batch that was not possible is there.
fn write_patiently(transport: &dyn Transport, outputs: &[Outgoing]) {
    let mut writer = transport.writer(&InstanceId::from("source"));
    wait_until("a batch to be written", LIMIT, || {
        let written = match &mut writer {
            Ok(writer) => writer.write(outputs.to_vec()),
            Err(TransportError::Unavailable(_)) => {
                writer = transport.writer(&InstanceId::from("source"));
                return false;
            }
            Err(error) => panic!("{error}"),
        };
        match written {
            Ok(()) => true,
            Err(TransportError::Unavailable(_)) => false,
            Err(error) => panic!("{error}"),
        }
    });
}

/// Joins as a runner does: it tries again while the brokers are out of reach.
fn join_patiently(transport: &dyn Transport) -> Box<dyn Member> {
    wait_for("the member to join", LIMIT, || {
        match transport.join(&membership("one")) {
            Ok(member) => Some(member),
            Err(TransportError::Unavailable(_)) => None,
            Err(error) => panic!("{error}"),
        }
    })
}

/// Copies what one poll brings, as a runner does: whatever fails, it goes on from the committed
/// positions.
fn copy(member: &mut dyn Member) -> usize {
    let polled = match member.poll(50, Duration::from_millis(100)) {
        Ok(polled) => polled,
        Err(TransportError::Unavailable(_)) => return 0,
        Err(error) => panic!("{error}"),
    };
    for event in &polled.events {
        if let GroupEvent::Revoking(partitions) = event {
            member.release(partitions).unwrap();
        }
    }
    if polled.records.is_empty() {
        return 0;
    }
    match member.commit(copying(&polled.records)) {
        Ok(()) => polled.records.len(),
        Err(TransportError::Unavailable(_) | TransportError::Superseded(_)) => {
            let at: Vec<_> = polled.records.iter().map(|record| record.at).collect();
            wait_until("the member to rewind", LIMIT, || member.rewind(&at).is_ok());
            0
        }
        Err(error) => panic!("{error}"),
    }
}

/// Kafka's own consumer finds every story `rounds` times, once each and in order.
fn witnessed(bench: &KafkaBench, rounds: usize) {
    let settings = bench.settings();
    let topic = settings.names.physical(Topic::Clean);
    let patience = Duration::from_secs(15);
    let found = console_consume(&settings.bootstrap, &topic, 100_000, patience).unwrap();
    let mut by_story: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in found {
        let value = record.value.unwrap_or_default();
        by_story.entry(record.key).or_default().push(value);
    }
    let expected: BTreeMap<String, Vec<String>> = (0..STORIES)
        .map(|key| {
            let key = format!("story-{key}");
            let values = (0..rounds).map(|number| format!("{key}#{number}"));
            (key.clone(), values.collect())
        })
        .collect();
    assert_eq!(by_story, expected);
}

#[test]
fn batches_come_through_once_while_brokers_die_one_after_the_other() {
    const ROUNDS: usize = 60;
    let Some((cluster, _alone)) = brokers() else {
        return;
    };
    let bench = KafkaBench::on(cluster.bootstrap(), "brokers-die");
    let transport = prepared(&bench);
    let (written, copied_all) = (AtomicBool::new(false), AtomicBool::new(false));
    // A broker killed within moments of the creation of a topic may not know it when it comes back
    // and sets its copy aside; the topics of transactions and positions are created by first use.
    write_patiently(&*transport, &round(0));
    let mut member = join_patiently(&*transport);
    let mut copied = 0;
    wait_until("the first round", LIMIT, || {
        copied += copy(&mut *member);
        copied == STORIES
    });
    thread::scope(|scope| {
        scope.spawn(|| {
            let transport = bench.open();
            for number in 1..ROUNDS {
                write_patiently(&*transport, &round(number));
            }
            written.store(true, Ordering::Relaxed);
        });
        scope.spawn(|| {
            let begun = Instant::now();
            while copied < ROUNDS * STORIES {
                copied += copy(&mut *member);
                assert!(begun.elapsed() < LIMIT, "{copied} copied in {LIMIT:?}");
            }
            copied_all.store(true, Ordering::Relaxed);
        });
        for broker in 0..3 {
            // The next one only where its loss leaves every partition with a leader: Kafka 4.3
            // forgets the end of a transaction on a partition that has none at that moment.
            wait_until("the copies to be in step", LIMIT, || {
                cluster.is_in_step().unwrap()
            });
            cluster.kill(broker).unwrap();
            cluster.start_broker(broker).unwrap();
        }
    });
    assert!(written.into_inner() && copied_all.into_inner());
    witnessed(&bench, ROUNDS);
}

#[test]
fn without_any_broker_a_batch_is_not_written_and_a_member_leaves_soon() {
    let Some((cluster, _alone)) = brokers() else {
        return;
    };
    let bench = KafkaBench::on(cluster.bootstrap(), "all-dead");
    let transport = prepared(&bench);
    write_patiently(&*transport, &round(0));
    let mut member = transport.join(&membership("one")).unwrap();
    let mut records = Vec::new();
    wait_until("the records", LIMIT, || {
        records.extend(member.poll(50, Duration::from_millis(100)).unwrap().records);
        records.len() == STORIES
    });
    for broker in 0..3 {
        cluster.kill(broker).unwrap();
    }

    let begun = Instant::now();
    let error = member.commit(copying(&records)).unwrap_err();
    assert!(matches!(error, TransportError::Unavailable(_)), "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    let error = transport
        .check(Duration::from_secs(1))
        .unwrap_err()
        .to_string();
    assert!(error.contains(cluster.bootstrap()), "{error}");
    let begun = Instant::now();
    drop(member);
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );

    thread::scope(|scope| {
        for broker in 0..3 {
            scope.spawn(move || cluster.start_broker(broker).unwrap());
        }
    });
    let mut member = join_patiently(&*transport);
    let mut copied = 0;
    wait_until("the records to be copied", LIMIT, || {
        copied += copy(&mut *member);
        copied == STORIES
    });
    witnessed(&bench, 1);
}
