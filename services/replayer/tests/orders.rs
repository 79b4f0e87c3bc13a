//! What people at the desk ordered stands in no raw item: a replay gives these orders again, once,
//! ahead of the items.

mod ground;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ground::{STORIES, VERSIONS, archive, log, raw_records, replay_until, whole};
use wiredesk_archive::{Closing, OnKill, sinks};
use wiredesk_model::{
    Headers, Incoming, InstanceId, OrderAction, OrderedBy, Position, RunId, StoryId, StoryOrder,
    Topic, TopicPartition, header,
};
use wiredesk_pipeline::{Flush, Start, Transport};
use wiredesk_replayer::{OnDamage, Origin, Replay, Selection, Speed};

const KILLED: &str = "urn:story:7";
const HELD: &str = "urn:story:8";
const NOON: &str = "2026-11-23T12:00:00Z";

/// The event of an order, as the archive gets it.
fn event(offset: i64, story: &str, kind: &str, feed: &str) -> Incoming {
    let value = serde_json::json!({
        "article": {"uri": story},
        "wire": {"source": "hill-courier", "feed": feed, "identity": "order", "fetched_at": NOON},
    });
    Incoming {
        at: TopicPartition::new(Topic::Enriched, 0),
        offset,
        timestamp_ms: 1_795_000_000_000,
        key: story.to_owned(),
        value: serde_json::to_vec(&value).ok(),
        headers: Headers::new().with(header::CE_TYPE, kind),
    }
}

fn orders(transport: &dyn Transport) -> Vec<StoryOrder> {
    let mut reader = transport
        .reader(Topic::Orders, Start::Earliest)
        .expect("opened");
    let mut all = Vec::new();
    loop {
        let read = reader.read(100, Duration::from_millis(20)).expect("read");
        if read.is_empty() && reader.at_end().expect("asked") {
            all.sort_by(|a: &StoryOrder, b| a.story.as_str().cmp(b.story.as_str()));
            return all;
        }
        let each = read.iter().map(|record| {
            assert_eq!(record.headers.get(header::RUN), Some("again"));
            let value = record.value.as_deref().unwrap_or_default();
            serde_json::from_slice::<StoryOrder>(value).expect("an order")
        });
        all.extend(each);
    }
}

fn assert_given(given: &[StoryOrder]) {
    let told: Vec<_> = given
        .iter()
        .map(|order| (order.story.as_str(), order.action, order.by))
        .collect();
    let desk = OrderedBy::Operator;
    assert_eq!(
        told,
        [
            (KILLED, OrderAction::Kill, desk),
            (HELD, OrderAction::Hold, desk)
        ]
    );
    for order in given {
        assert_eq!(order.run, RunId::from("again"));
        assert_eq!(order.at.to_string(), NOON);
    }
}

#[test]
fn orders_that_the_archive_tells_of_are_given_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = archive(folder.path());
    let closing = Closing {
        bytes: 1 << 20,
        age: Duration::from_secs(60),
    };
    let [_, mut sink] = sinks(&store, &closing, OnKill::Keep);
    let at = TopicPartition::new(Topic::Enriched, 0);
    sink.open(Position { at, next_offset: 0 }).expect("opened");
    let events = vec![
        event(0, KILLED, "article.canceled", "desk"),
        event(1, HELD, "article.withheld", "desk"),
        // That one is of an item, which is replayed itself.
        event(2, "urn:story:9", "article.canceled", "hill-courier"),
    ];
    sink.take(events).expect("taken");
    sink.flush(Flush::All).expect("stored");

    let transport = log(folder.path());
    for _ in 0..2 {
        let replay = whole(&store, Speed::Max);
        let progress = replay.progress();
        replay_until(&transport, Box::new(replay), || {
            progress.is_done.load(Ordering::Relaxed)
        });
        assert_given(&orders(transport.as_ref()));
        let items = raw_records(transport.as_ref()).len();
        assert_eq!(items, (STORIES * VERSIONS) as usize);
    }

    let selection = Selection {
        stories: vec![HELD.to_owned()],
        ..Selection::default()
    };
    let one = tempfile::tempdir().expect("a temporary folder");
    let transport = log(one.path());
    let origin = Origin::Archive(Arc::clone(&store), OnDamage::End);
    let replay = Replay::new(origin, selection, RunId::from("again"), Speed::Max);
    let replay = replay.expect("there is some");
    let progress = replay.progress();
    replay_until(&transport, Box::new(replay), || {
        progress.is_done.load(Ordering::Relaxed)
    });
    let given = orders(transport.as_ref());
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].story.as_str(), HELD);
}

#[test]
fn orders_that_a_log_still_holds_are_given_to_a_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (past, run) = (folder.path().join("past"), folder.path().join("run"));
    for folder in [&past, &run] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let (past, run) = (log(&past), log(&run));
    let item = ground::item(7, 1);
    let desk = |story: &str, action| {
        let at = NOON.parse().expect("a time");
        StoryOrder::of_operator(StoryId::from(story), action, at)
    };
    let version = StoryOrder {
        by: OrderedBy::Version,
        ..desk("urn:story:9", OrderAction::Kill)
    };
    let mut written = vec![wiredesk_model::Outgoing {
        topic: Topic::Raw,
        key: item.story.to_string(),
        value: serde_json::to_vec(&item).ok(),
        headers: Headers::new().with(header::RUN, "live"),
    }];
    for order in [
        desk(KILLED, OrderAction::Kill),
        desk(HELD, OrderAction::Hold),
        version,
    ] {
        written.push(order.record().expect("JSON"));
    }
    let mut writer = past.writer(&InstanceId::from("test")).expect("a writer");
    writer.write(written).expect("written");

    let origin = Origin::Topic(Arc::clone(&past), None);
    let selection = Selection::default();
    let replay = Replay::new(origin, selection, RunId::from("again"), Speed::Max);
    let replay = replay.expect("there is some");
    let progress = replay.progress();
    replay_until(&run, Box::new(replay), || {
        progress.is_done.load(Ordering::Relaxed)
    });
    assert_given(&orders(run.as_ref()));
    assert_eq!(raw_records(run.as_ref()).len(), 1);
}
