//! Several members, handles and clocks on one file.

mod kit;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kit::{
    LIMIT, Scratch, WAIT, copy_batch, join, kept, read_all, record, take, try_write, values, write,
};
use wiredesk_model::{InstanceId, Position, Topic};
use wiredesk_pipeline::{Batch, GroupEvent, Membership, Start, Transport, TransportError};
use wiredesk_testkit::wait::wait_until;
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

#[test]
fn the_older_of_two_with_one_id_is_told_at_its_next_poll() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(2);
    let mut older = join(&transport, "same");
    older.poll(1, WAIT).expect("polling");
    let mut newer = join(&transport, "same");
    for _ in 0..2 {
        let error = older.poll(1, WAIT).expect_err("fenced");
        assert!(
            matches!(&error, TransportError::Fenced(text) if text.contains("same")),
            "{error:?}"
        );
    }
    drop(older);
    let polled = newer.poll(1, WAIT).expect("polling");
    let all = vec![kit::raw(0), kit::raw(1)];
    assert_eq!(polled.events, [GroupEvent::Assigned(all)]);
}

/// Two processes of one name that start at once join their groups in any order: the one that began
/// to join later goes on in all of them, and not each of them in some.
#[test]
fn of_two_processes_of_one_name_the_same_one_goes_on_in_every_group() {
    let scratch = Scratch::new();
    let (older, newer) = (scratch.prepared(1), scratch.open());
    let join_group = |process: &EmbeddedTransport, service: &str| {
        process.join(&Membership {
            service: service.to_owned(),
            instance: InstanceId::from("same"),
            inputs: vec![Topic::Raw],
        })
    };
    let mut older_first = join_group(&older, "first").expect("nobody is there");
    let mut newer_first = join_group(&newer, "first").expect("the newer one");
    let mut newer_second = join_group(&newer, "second").expect("nobody is there");
    let late = join_group(&older, "second").err();
    assert!(matches!(late, Some(TransportError::Fenced(_))), "{late:?}");
    let fenced = older_first.poll(1, WAIT);
    assert!(matches!(fenced, Err(TransportError::Fenced(_))));
    for member in [&mut newer_first, &mut newer_second] {
        let polled = member.poll(1, WAIT).expect("it goes on");
        assert_eq!(polled.events, [GroupEvent::Assigned(vec![kit::raw(0)])]);
    }
}

/// While the newer of two is silent and off the list, the older one may take its place; it is not
/// the newer one that is sent away then.
#[test]
fn the_newer_of_two_with_one_id_takes_its_place_back() {
    let scratch = Scratch::new();
    let settings = EmbeddedSettings {
        session_timeout: Duration::from_millis(200),
        ..scratch.settings()
    };
    drop(scratch.prepared(1));
    let open = || EmbeddedTransport::open(settings.clone()).expect("the store opens");
    let (first, second, third) = (open(), open(), open());
    let mut older = join(&first, "same");
    let mut newer = join(&second, "same");
    let mut other = join(&third, "other");
    wait_until("the silent one to be put out", LIMIT, || {
        let polled = other.poll(1, WAIT).expect("polling");
        polled
            .events
            .contains(&GroupEvent::Assigned(vec![kit::raw(0)]))
    });
    older.poll(1, WAIT).expect("nobody of its name is there");
    newer.poll(1, WAIT).expect("it is the newer one");
    let fenced = older.poll(1, WAIT);
    assert!(matches!(fenced, Err(TransportError::Fenced(_))));
    newer.poll(1, WAIT).expect("it goes on");
}

/// A commit wakes a waiting poll at once; the poll interval is far too long to be the cause.
#[test]
fn a_waiting_poll_is_woken_by_a_commit_of_its_process() {
    let scratch = Scratch::new();
    let settings = EmbeddedSettings {
        poll_interval: Duration::from_secs(60),
        session_timeout: Duration::from_secs(600),
        ..scratch.settings()
    };
    drop(scratch.prepared(1));
    let transport = EmbeddedTransport::open(settings).expect("the store opens");
    let mut member = join(&transport, "one");
    member.poll(1, WAIT).expect("polling");
    let mut reader = transport
        .reader(Topic::Raw, Start::Latest)
        .expect("a reader");
    let is_waiting = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            wait_until("the poll to begin", LIMIT, || {
                is_waiting.load(Ordering::SeqCst)
            });
            write(&transport, vec![record(Topic::Raw, "story", "news")]);
        });
        is_waiting.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        let polled = member.poll(10, LIMIT).expect("polling");
        assert_eq!(values(&polled.records), ["news"]);
        assert_eq!(reader.read(10, LIMIT).expect("reading").len(), 1);
        assert!(
            begun.elapsed() < LIMIT / 2,
            "woken after {:?}",
            begun.elapsed()
        );
    });
}

#[test]
fn many_may_open_a_new_file_at_once() {
    let scratch = Scratch::new();
    thread::scope(|scope| {
        for place in 0..8 {
            let scratch = &scratch;
            scope.spawn(move || {
                let transport = scratch.prepared(4);
                write(
                    &transport,
                    vec![record(Topic::Raw, "story", &place.to_string())],
                );
            });
        }
    });
    assert_eq!(kept(&scratch.open(), Topic::Raw), 8);
}

/// Clocks that jump take nobody's partitions while everybody polls.
#[test]
fn jumping_clocks_move_no_partition() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(4);
    let (mut one, mut two) = (join(&transport, "one"), join(&transport, "two"));
    let mut moves = 0;
    let mut poll_both = || {
        for member in [&mut one, &mut two] {
            for event in member.poll(10, Duration::ZERO).expect("polling").events {
                moves += 1;
                if let GroupEvent::Revoking(partitions) = event {
                    member.release(&partitions).expect("releasing");
                }
            }
        }
        moves
    };
    for _ in 0..20 {
        poll_both();
    }
    let settled = poll_both();
    for turn_ms in [3_600_000, -7_200_000, 86_400_000, -86_400_000] {
        scratch.hands.turn(turn_ms);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(700) {
            assert_eq!(poll_both(), settled, "a partition moved with the clock");
            thread::yield_now();
        }
    }
}

#[test]
fn positions_of_partitions_not_held_are_refused() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    write(&transport, vec![record(Topic::Raw, "story", "text")]);
    let mut member = join(&transport, "one");
    take(&mut *member, 1);
    for at in [
        kit::raw(7),
        wiredesk_model::TopicPartition::new(Topic::Clean, 0),
    ] {
        let batch = Batch {
            outputs: vec![record(Topic::Clean, "story", "text")],
            positions: vec![Position { at, next_offset: 1 }],
        };
        let error = member.commit(batch).expect_err("not held");
        assert!(matches!(error, TransportError::Superseded(_)), "{error:?}");
    }
    assert_eq!(kept(&transport, Topic::Clean), 0);
}

/// Members on handles of their own come, go, fall silent and are fenced, all at once and at odds
/// with each other, while records are written: every record is copied once and in order.
#[test]
fn a_crowd_of_members_copies_every_record_once() {
    const KEYS: usize = 30;
    const EACH: usize = 40;
    let scratch = Scratch::new();
    let settings = EmbeddedSettings {
        session_timeout: Duration::from_millis(150),
        ..scratch.settings()
    };
    let transport = scratch.prepared(6);
    let copied = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        for place in 0..4_u64 {
            let (settings, copied) = (settings.clone(), &copied);
            scope.spawn(move || {
                let mut dice = 0x9e37_79b9_u64.wrapping_mul(place + 1);
                while copied.load(Ordering::SeqCst) < KEYS * EACH {
                    // A process of its own each time: of two of one id the later one goes on.
                    let own = EmbeddedTransport::open(settings.clone()).expect("the store opens");
                    live_a_while(&own, place, &mut dice, copied);
                    assert!(begun.elapsed() < LIMIT * 3, "the crowd does not finish");
                }
            });
        }
        for number in 1..=EACH {
            let outputs = (0..KEYS).map(|key| {
                let key = format!("story-{key}");
                record(Topic::Raw, &key, &format!("{key}#{number}"))
            });
            try_write(&transport, outputs.collect()).expect("writing");
        }
    });
    let mut by_key: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (record, text) in read_all(&transport, Topic::Clean)
        .iter()
        .map(|record| (record, values(std::slice::from_ref(record)).concat()))
    {
        by_key.entry(record.key.clone()).or_default().push(text);
    }
    assert_eq!(by_key.len(), KEYS);
    for (key, found) in by_key {
        let expected: Vec<String> = (1..=EACH).map(|number| format!("{key}#{number}")).collect();
        assert_eq!(found, expected, "copies of {key}");
    }
    assert_eq!(transport.backlog("test", Topic::Raw).expect("asking"), 0);
}

/// One member's life: a few batches, now and then a silence, and an end.
fn live_a_while(transport: &EmbeddedTransport, place: u64, dice: &mut u64, copied: &AtomicUsize) {
    let mut roll = |sides: u64| {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        *dice % sides
    };
    // Two of the four share an id, so that they fence each other.
    let mut member = join(transport, &format!("member-{}", place.min(2)));
    let mut held = Vec::new();
    for _ in 0..5 + roll(20) {
        let max = 1 + roll(25) as usize;
        let polled = match member.poll(max, Duration::from_millis(10)) {
            Err(TransportError::Fenced(_)) => return,
            polled => polled.expect("polling"),
        };
        for event in polled.events {
            match event {
                GroupEvent::Assigned(partitions) => held.extend(partitions),
                GroupEvent::Revoking(partitions) => {
                    held.retain(|at| !partitions.contains(at));
                    member.release(&partitions).expect("releasing");
                }
                GroupEvent::Lost(partitions) => held.retain(|at| !partitions.contains(at)),
            }
        }
        if roll(12) == 0 {
            let until = Instant::now() + Duration::from_millis(50 + roll(300));
            wait_until("the silence to end", LIMIT, || Instant::now() >= until);
        }
        match member.commit(copy_batch(&polled.records)) {
            Ok(()) => {
                copied.fetch_add(polled.records.len(), Ordering::SeqCst);
            }
            Err(TransportError::Superseded(_)) => member.rewind(&held).expect("rewinding"),
            Err(TransportError::Fenced(_)) => return,
            Err(error) => assert_eq!(error.to_string(), "", "committing"),
        }
    }
}
