//! What goes wrong with a file: each a clear error, nothing half written, and on once it is mended.

mod kit;

use std::fs;
use std::path::Path;
use std::time::Duration;

use kit::{Scratch, copy_batch, join, kept, read_all, record, take, try_write, values, write};
use rusqlite::Connection;
use wiredesk_model::Topic;
use wiredesk_pipeline::{Transport, TransportError};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

fn refusal(settings: EmbeddedSettings) -> TransportError {
    EmbeddedTransport::open(settings).expect_err("a refusal was expected")
}

/// The machine dies in the middle of writing: whatever part of the log reached the disk, what is
/// found there is whole batches, and the positions of exactly those.
#[test]
fn torn_log_keeps_whole_batches() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    let all: Vec<_> = (0..12)
        .map(|number| record(Topic::Raw, "story", &format!("{number:03}")))
        .collect();
    write(&transport, all);
    let mut member = join(&transport, "one");
    for _ in 0..4 {
        let batch = copy_batch(&take(&mut *member, 3));
        member.commit(batch).expect("committing");
    }
    let log = fs::read(log_path(&scratch.path())).expect("the log is there");
    let file = fs::read(scratch.path()).expect("the store is there");
    let mut counts = Vec::new();
    let cuts = (0..log.len()).step_by(1_777).chain([log.len()]);
    for cut in cuts {
        let torn = Scratch::new();
        fs::write(torn.path(), &file).expect("copying the store");
        fs::write(log_path(&torn.path()), &log[..cut]).expect("copying a part of the log");
        let found = torn.open();
        let Ok(behind) = found.backlog("test", Topic::Raw) else {
            continue; // the log was cut before the topics were made
        };
        let copied = read_all(&found, Topic::Clean).len();
        let inputs = read_all(&found, Topic::Raw).len();
        assert!(
            copied.is_multiple_of(3),
            "{copied} copies are not whole batches"
        );
        assert!(inputs == 0 || inputs == 12, "{inputs} inputs of one batch");
        assert_eq!(behind as usize, inputs - copied, "log cut at {cut}");
        counts.push(copied);
    }
    assert!(counts.is_sorted(), "a longer log never knows less");
    assert_eq!(counts.last(), Some(&12));
    assert!(counts.contains(&3) && counts.contains(&6) && counts.contains(&9));
}

fn log_path(path: &Path) -> std::path::PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

#[test]
fn full_disk_refuses_the_batch_whole_and_goes_on_once_there_is_room() {
    let scratch = Scratch::new();
    let settings = EmbeddedSettings {
        max_file_bytes: Some(1_000_000),
        ..scratch.settings()
    };
    drop(scratch.prepared(1));
    let transport = EmbeddedTransport::open(settings).expect("the store opens");
    let heavy = "x".repeat(50_000);
    write(&transport, vec![record(Topic::Raw, "story", "first")]);
    let mut member = join(&transport, "one");
    let records = take(&mut *member, 1);

    let mut batch = copy_batch(&records);
    for number in 0..40 {
        let output = record(Topic::Clean, &format!("story-{number}"), &heavy);
        batch.outputs.push(output);
    }
    let error = member.commit(batch).expect_err("two megabytes do not fit");
    assert!(
        matches!(&error, TransportError::Fatal(text) if text.contains("free space")),
        "{error:?}"
    );
    assert_eq!(kept(&transport, Topic::Clean), 0);
    assert_eq!(transport.backlog("test", Topic::Raw).expect("asking"), 1);

    while try_write(&transport, vec![record(Topic::Raw, "story", &heavy)]).is_ok() {}
    scratch.hands.turn(2 * 3_600_000);
    let now_ms = kit::BEGIN_MS + 2 * 3_600_000;
    assert!(transport.maintain(now_ms).expect("removing").expired > 10);
    member
        .commit(copy_batch(&records))
        .expect("there is room again");
    assert_eq!(values(&read_all(&transport, Topic::Clean)), ["first"]);
}

#[test]
fn locked_file_is_unavailable_until_it_is_let_go() {
    let scratch = Scratch::new();
    let settings = EmbeddedSettings {
        busy_timeout: Duration::from_millis(30),
        ..scratch.settings()
    };
    drop(scratch.prepared(1));
    let transport = EmbeddedTransport::open(settings).expect("the store opens");
    let other = Connection::open(scratch.path()).expect("a second connection");
    other.execute_batch("BEGIN IMMEDIATE").expect("locking");

    let outputs = vec![record(Topic::Raw, "story", "text")];
    for error in [
        try_write(&transport, outputs.clone()).expect_err("locked"),
        transport
            .check(Duration::from_millis(10))
            .expect_err("locked"),
    ] {
        assert!(
            matches!(&error, TransportError::Unavailable(text) if text.contains("another process")),
            "{error:?}"
        );
    }
    assert_eq!(kept(&transport, Topic::Raw), 0, "reading goes on meanwhile");
    other.execute_batch("ROLLBACK").expect("letting go");
    transport
        .check(Duration::from_millis(10))
        .expect("free again");
    write(&transport, outputs);
    assert_eq!(kept(&transport, Topic::Raw), 1);
}

#[test]
fn foreign_newer_and_damaged_files_are_refused_untouched() {
    let scratch = Scratch::new();
    let foreign = scratch.folder.path().join("foreign.db");
    Connection::open(&foreign)
        .and_then(|other| other.execute_batch("CREATE TABLE notes (text TEXT)"))
        .expect("a database of another program");
    drop(scratch.prepared(1));
    let newer = scratch.folder.path().join("newer.db");
    fs::copy(scratch.path(), &newer).expect("copying");
    Connection::open(&newer)
        .and_then(|other| other.pragma_update(None, "user_version", 99))
        .expect("a newer version");
    let noise = scratch.folder.path().join("noise.db");
    fs::write(&noise, vec![0xa5; 100_000]).expect("writing noise");

    for (path, advice) in [
        (&foreign, "another program"),
        (&newer, "newer version"),
        (&noise, "backup"),
        (&scratch.folder.path().join("no/such/wire.db"), "folder"),
    ] {
        let before = fs::read(path).unwrap_or_default();
        let settings = EmbeddedSettings {
            path: path.clone(),
            ..scratch.settings()
        };
        let text = refusal(settings).to_string();
        assert!(
            text.contains(advice) && text.contains(&path.display().to_string()),
            "{text}"
        );
        assert!(
            fs::read(path).unwrap_or_default() == before,
            "{path:?} was changed"
        );
    }
}

#[test]
fn damage_within_the_file_is_told_as_such() {
    let scratch = Scratch::new();
    let transport = scratch.prepared(1);
    for number in 0..200 {
        let text = format!("{number} {}", "x".repeat(4_000));
        write(&transport, vec![record(Topic::Raw, "story", &text)]);
    }
    drop(transport);
    let mut bytes = fs::read(scratch.path()).expect("the store is there");
    let half = bytes.len() / 2;
    bytes[8_192..half].fill(0x5a);
    fs::write(scratch.path(), bytes).expect("damaging the store");

    let error = EmbeddedTransport::open(scratch.settings())
        .and_then(|transport| {
            let mut reader = transport.reader(Topic::Raw, wiredesk_pipeline::Start::Earliest)?;
            reader.read(1_000, kit::WAIT)
        })
        .expect_err("half of the file is noise");
    assert!(
        matches!(&error, TransportError::Fatal(text) if text.contains("damaged")),
        "{error:?}"
    );
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let scratch = Scratch::new();
    let refused = [
        EmbeddedSettings {
            session_timeout: Duration::from_millis(1),
            ..scratch.settings()
        },
        EmbeddedSettings {
            poll_interval: Duration::ZERO,
            ..scratch.settings()
        },
        EmbeddedSettings {
            maintain_records: 0,
            ..scratch.settings()
        },
        EmbeddedSettings {
            max_record_bytes: 0,
            ..scratch.settings()
        },
    ];
    for settings in refused {
        assert!(matches!(refusal(settings), TransportError::Invalid(_)));
    }
}
