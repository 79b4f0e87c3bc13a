//! A replay on the embedded transport: everything once, in order, marked, and on from where it
//! was stopped.

mod ground;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ground::{
    ROOM, STORIES, VERSIONS, archive, item, log, raw_records, replay_behind, replay_until, run_of,
    whole,
};
use wiredesk_model::{
    FilterReason, Headers, Incoming, InstanceId, Outgoing, RawItem, RunId, Topic, TopicPartition,
    header,
};
use wiredesk_pipeline::{Behind, Outcome, Production, Source, Stage, run_stage};
use wiredesk_replayer::{OnDamage, Origin, Replay, ReplayError, Selection, Speed};

/// Items that a replay writes at once.
const STEP: u64 = 200;

/// The stage behind: takes everything, and does nothing with it.
struct Cleaner;

impl Stage for Cleaner {
    fn name(&self) -> &'static str {
        "cleaner"
    }
    fn input(&self) -> Topic {
        Topic::Raw
    }
    fn process(&self, _record: &Incoming) -> Outcome {
        Outcome::Filtered(FilterReason::NotAStory)
    }
}

/// Lets so many atomic steps through, then looks as if it had nothing to do.
struct Cut {
    inner: Replay,
    steps: usize,
}

impl Source for Cut {
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    fn state_topic(&self) -> Topic {
        self.inner.state_topic()
    }
    fn assigned(&mut self, at: TopicPartition, partitions: u32, state: Vec<Incoming>) {
        self.inner.assigned(at, partitions, state);
    }
    fn revoked(&mut self, at: TopicPartition) {
        self.inner.revoked(at);
    }
    fn observed(&mut self, record: Incoming) {
        self.inner.observed(record);
    }
    fn produce(&mut self, wait: Duration) -> Vec<Production> {
        if self.steps == 0 {
            return Vec::new();
        }
        let made = self.inner.produce(wait);
        self.steps -= made.len().min(self.steps);
        made
    }
    fn hold(&mut self, hold: bool) {
        self.inner.hold(hold);
    }
    fn refused(&mut self, production: Production, detail: &str) -> Option<Production> {
        self.inner.refused(production, detail)
    }
    fn is_idle(&self) -> bool {
        self.inner.is_idle()
    }
}

#[test]
fn everything_comes_once_in_order_and_marked_also_when_stopped_in_between() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = archive(folder.path());
    let transport = log(folder.path());

    let cut = Cut {
        inner: whole(&store, Speed::Max),
        steps: 1,
    };
    replay_until(&transport, Box::new(cut), || {
        !raw_records(transport.as_ref()).is_empty()
    });
    let first = raw_records(transport.as_ref()).len();
    assert!(
        first < (STORIES * VERSIONS) as usize,
        "it was cut short after {first}"
    );

    let replay = whole(&store, Speed::Max);
    let progress = replay.progress();
    replay_until(&transport, Box::new(replay), || {
        progress.is_done.load(Ordering::Relaxed)
    });
    assert_eq!(
        progress.written.load(Ordering::Relaxed),
        (STORIES * VERSIONS) as u64
    );

    let records = raw_records(transport.as_ref());
    assert_eq!(records.len(), (STORIES * VERSIONS) as usize);
    let mut versions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for record in &records {
        let item: RawItem = serde_json::from_slice(record.value.as_deref().unwrap_or_default())
            .expect("a raw item");
        assert_eq!(item.run, RunId::from("again"));
        assert_eq!(record.headers.get(header::RUN), Some("again"));
        versions
            .entry(record.key.clone())
            .or_default()
            .push(item.version.0);
    }
    assert_eq!(versions.len(), STORIES as usize);
    for (story, versions) in versions {
        assert_eq!(versions, [1, 2, 3, 4, 5], "{story}");
    }
}

#[test]
fn a_selection_takes_what_it_names_and_nothing_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = archive(folder.path());
    let transport = log(folder.path());
    let selection = Selection {
        since: "2026-11-23T06:20:00Z".parse().ok(),
        until: "2026-11-23T06:30:00Z".parse().ok(),
        sources: vec!["hill-courier".to_owned()],
        ..Selection::default()
    };
    let replay = Replay::new(
        Origin::Archive(Arc::clone(&store), OnDamage::End),
        selection,
        RunId::from("part"),
        Speed::Max,
    )
    .expect("there is some");
    let progress = replay.progress();
    replay_until(&transport, Box::new(replay), || {
        progress.is_done.load(Ordering::Relaxed)
    });
    let records = raw_records(transport.as_ref());
    assert_eq!(records.len(), (STORIES / 2) as usize);

    let selection = Selection {
        sources: vec!["no-such-source".to_owned()],
        ..Selection::default()
    };
    let origin = Origin::Archive(store, OnDamage::End);
    let Err(error) = Replay::new(origin, selection, RunId::from("none"), Speed::Max) else {
        unreachable!("there is none")
    };
    assert!(matches!(error, ReplayError::Nothing { .. }));
    assert!(error.to_string().contains("from no-such-source"), "{error}");
}

#[test]
fn a_speed_keeps_the_distances_of_the_items() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = archive(folder.path());
    let transport = log(folder.path());
    // 49 minutes of news in about half a second.
    let replay = whole(&store, Speed::Times(6_000.0));
    let progress = replay.progress();
    let begun = Instant::now();
    replay_until(&transport, Box::new(replay), || {
        progress.is_done.load(Ordering::Relaxed)
    });
    assert!(begun.elapsed() >= Duration::from_millis(450));
    assert_eq!(
        raw_records(transport.as_ref()).len(),
        (STORIES * VERSIONS) as usize
    );
}

#[test]
fn the_past_of_a_topic_comes_once_whole_or_within_offsets_and_never_what_was_replayed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = archive(folder.path());
    let (past, run) = (folder.path().join("past"), folder.path().join("run"));
    for folder in [&past, &run] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let (past, run) = (log(&past), log(&run));
    let items = (0..STORIES).map(|story| Outgoing {
        topic: Topic::Raw,
        key: format!("urn:story:{story}"),
        value: serde_json::to_vec(&item(story, 1)).ok(),
        headers: Headers::new().with(header::RUN, "live"),
    });
    let mut writer = past.writer(&InstanceId::from("test")).expect("a writer");
    writer.write(items.collect()).expect("written");
    // What an earlier replay brought into the same topic is no past of its own.
    let earlier = whole(&store, Speed::Max);
    let progress = earlier.progress();
    replay_until(&past, Box::new(earlier), || {
        progress.is_done.load(Ordering::Relaxed)
    });

    let of = |span: Option<&str>| {
        let span = span.map(|span| span.parse().expect("offsets"));
        let origin = Origin::Topic(Arc::clone(&past), span);
        let run = RunId::from("again");
        Replay::new(origin, Selection::default(), run, Speed::Max).expect("there is some")
    };
    let some = of(Some("1:2..5"));
    let progress = some.progress();
    replay_until(&run, Box::new(some), || {
        progress.is_done.load(Ordering::Relaxed)
    });
    let places: Vec<_> = raw_records(run.as_ref());
    assert_eq!(places.len(), 3, "offsets 2, 3 and 4");

    let all = of(None);
    let progress = all.progress();
    replay_until(&run, Box::new(all), || {
        progress.is_done.load(Ordering::Relaxed)
    });
    assert_eq!(raw_records(run.as_ref()).len(), 3 + STORIES as usize);
}

#[test]
fn words_select_what_says_all_of_them() {
    let words = |words: &[&str]| Selection {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        ..Selection::default()
    };
    assert!(words(&["VERSION", "3"]).holds(&item(1, 3)));
    assert!(!words(&["version", "4"]).holds(&item(1, 3)));
}

/// Whoever comes behind the records of a replay waits for no more than its room and one step.
#[test]
fn a_replay_leaves_room_for_news_and_goes_on_when_there_is_some() {
    const BEHIND: [Behind; 1] = [Behind {
        service: "cleaner",
        input: Topic::Raw,
    }];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = archive(folder.path());
    let transport = log(folder.path());
    let backlog = || {
        transport
            .backlog("cleaner", Topic::Raw)
            .expect("it can be asked")
    };
    let replay = whole(&store, Speed::Max);
    let progress = replay.progress();
    let mut cleaner = None;
    let mut most = 0;
    let mut looks = 0;
    replay_behind(&transport, Box::new(replay), &BEHIND, || {
        most = most.max(backlog());
        looks += u32::from(most > 0);
        // It holds back at each of many looks, for longer than it takes to write everything.
        if looks == 400 {
            assert_eq!(raw_records(transport.as_ref()).len() as u64, STEP);
            let run = run_of(&transport);
            let stop = run.stop.clone();
            let stage = std::thread::spawn(move || run_stage(Arc::new(Cleaner), run));
            cleaner = Some((stop, stage));
        }
        progress.is_done.load(Ordering::Relaxed) && backlog() == 0
    });
    let (stop, stage) = cleaner.expect("it was started");
    stop.request();
    stage.join().expect("no panic").expect("asked to stop");
    assert!(most <= ROOM + STEP, "{most} records stood before the news");
    assert_eq!(
        raw_records(transport.as_ref()).len(),
        (STORIES * VERSIONS) as usize
    );
}
