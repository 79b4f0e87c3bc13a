//! A replay in trouble: what was not committed comes again before it is done, and an archive that
//! is damaged ends it where it stands, with what is wrong, so that it can go on once that is mended.

mod ground;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ground::{STORIES, VERSIONS, archive, log, raw_records, replay_until, whole};
use tempfile::TempDir;
use wiredesk_archive::{Manifest, Store};
use wiredesk_model::{Incoming, Outgoing, RunId, Topic, TopicPartition, partition_for};
use wiredesk_pipeline::Source as _;
use wiredesk_replayer::{OnDamage, Origin, Replay, Selection, Speed};

const ALL: u64 = (STORIES * VERSIONS) as u64;
const WAIT: Duration = Duration::ZERO;

/// The cursor of a production, as it comes back from the log.
fn back(outputs: &[Outgoing], at: TopicPartition) -> Incoming {
    let mut cursors = outputs
        .iter()
        .filter(|one| one.topic == Topic::FeedState)
        .cloned();
    let cursor = cursors.next().expect("each step has its cursor");
    Incoming {
        at,
        offset: 0,
        timestamp_ms: 0,
        key: cursor.key,
        value: cursor.value,
        headers: cursor.headers,
    }
}

#[test]
fn it_is_done_only_once_its_last_step_is_committed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = archive(folder.path());
    let mut replay = whole(&store, Speed::Max);
    let progress = replay.progress();
    let is_done = || progress.is_done.load(Ordering::Relaxed);
    let partitions = 3;
    let own = partition_for("replay:again", partitions);
    let at = TopicPartition::new(Topic::FeedState, own);
    replay.assigned(at, partitions, Vec::new());

    let first = replay.produce(WAIT).remove(0);
    replay.observed(back(&first.outputs, at));
    let last = replay.produce(WAIT).remove(0);
    assert_eq!(progress.written.load(Ordering::Relaxed), ALL);
    for _ in 0..3 {
        assert_eq!(replay.produce(WAIT), []);
        assert!(!is_done(), "its last step may still fail");
    }
    // It does: the runner reads the state anew, and the step comes again as it was.
    replay.assigned(at, partitions, vec![back(&first.outputs, at)]);
    let again = replay.produce(WAIT).remove(0);
    assert_eq!(again, last);
    assert_eq!(replay.produce(WAIT), []);
    assert!(!is_done());
    replay.observed(back(&again.outputs, at));
    assert_eq!(replay.produce(WAIT), []);
    assert!(is_done());
}

/// An archive with a copy of one of its files beside it.
struct Damage {
    folder: TempDir,
    store: Arc<Store>,
    path: PathBuf,
    whole: Vec<u8>,
}

impl Damage {
    /// Of the newest file, or manifest, of the archive.
    fn ready(of_manifest: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = archive(folder.path());
        let segments = Manifest::all(&store, Topic::Raw).expect("read");
        let newest = segments.iter().max_by_key(|one| one.until);
        let newest = newest.expect("there are some");
        let name = match of_manifest {
            true => newest.path(),
            false => newest.files[0].path.clone(),
        };
        let path = folder.path().join("archive").join(name);
        let whole = std::fs::read(&path).expect("a file");
        Self {
            folder,
            store,
            path,
            whole,
        }
    }

    fn name(&self) -> &str {
        let name = self.path.file_name().and_then(|name| name.to_str());
        name.expect("it has one")
    }

    fn replay(&self, on_damage: OnDamage) -> Replay {
        let origin = Origin::Archive(Arc::clone(&self.store), on_damage);
        let run = RunId::from("again");
        Replay::new(origin, Selection::default(), run, Speed::Max).expect("there is some")
    }
}

#[test]
fn a_damaged_file_ends_it_with_its_name_and_it_goes_on_once_that_is_mended() {
    let damages: [fn(&Damage); 3] = [
        |one| std::fs::write(&one.path, &one.whole[..one.whole.len() / 2]).expect("cut short"),
        |one| {
            let mut bytes = one.whole.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            std::fs::write(&one.path, bytes).expect("a wrong byte");
        },
        |one| std::fs::remove_file(&one.path).expect("gone"),
    ];
    for damage in damages {
        let archive = Damage::ready(false);
        damage(&archive);
        let transport = log(archive.folder.path());
        let replay = archive.replay(OnDamage::End);
        let progress = replay.progress();
        replay_until(&transport, Box::new(replay), || {
            progress.failure.get().is_some()
        });
        let why = progress.failure.get().expect("it says why");
        assert!(
            why.contains(archive.name()) && why.contains("wiredesk archive verify"),
            "{why}"
        );
        assert!(!progress.is_done.load(Ordering::Relaxed));
        let before = raw_records(transport.as_ref()).len() as u64;
        assert!(before > 0 && before < ALL, "{before} came before it");

        std::fs::write(&archive.path, &archive.whole).expect("mended");
        let replay = archive.replay(OnDamage::End);
        let progress = replay.progress();
        replay_until(&transport, Box::new(replay), || {
            progress.is_done.load(Ordering::Relaxed)
        });
        assert_eq!(raw_records(transport.as_ref()).len() as u64, ALL);
    }
}

#[test]
fn what_is_damaged_is_left_out_where_that_is_wanted_and_counted() {
    for of_manifest in [false, true] {
        let archive = Damage::ready(of_manifest);
        let missing = Manifest::all(&archive.store, Topic::Raw)
            .expect("read")
            .into_iter()
            .max_by_key(|one| one.until)
            .map_or(0, |one| one.records);
        std::fs::write(&archive.path, b"{").expect("damaged");
        let transport = log(archive.folder.path());
        let replay = archive.replay(OnDamage::LeaveOut);
        let progress = replay.progress();
        replay_until(&transport, Box::new(replay), || {
            progress.is_done.load(Ordering::Relaxed)
        });
        assert_eq!(progress.unreadable.load(Ordering::Relaxed), 1);
        assert!(missing > 0);
        assert_eq!(raw_records(transport.as_ref()).len() as u64, ALL - missing);
    }
}

#[test]
fn a_manifest_that_is_damaged_while_it_waits_ends_it_too() {
    let archive = Damage::ready(true);
    let replay = archive.replay(OnDamage::End);
    let progress = replay.progress();
    std::fs::write(&archive.path, b"{").expect("damaged");
    let transport = log(archive.folder.path());
    replay_until(&transport, Box::new(replay), || {
        progress.failure.get().is_some()
    });
    let why = progress.failure.get().expect("it says why");
    assert!(why.contains(archive.name()), "{why}");
    assert_eq!(raw_records(transport.as_ref()).len(), 0);

    let origin = Origin::Archive(Arc::clone(&archive.store), OnDamage::End);
    let run = RunId::from("again");
    let Err(error) = Replay::new(origin, Selection::default(), run, Speed::Max) else {
        unreachable!("its archive is damaged")
    };
    assert!(error.to_string().contains(archive.name()), "{error}");
}
