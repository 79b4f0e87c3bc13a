//! Measures the store on this machine: batches of 500 records of 8 KB, each committed with the
//! positions of as many records read. `cargo run --release -p wiredesk-transport-embedded
//! --example throughput [FOLDER] [RECORDS]`
#![allow(clippy::print_stdout, reason = "a program that prints its figures")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use wiredesk_model::{Incoming, InstanceId, Outgoing, Position, Topic, TopicNames};
use wiredesk_pipeline::{Batch, Membership, Transport, TransportError};
use wiredesk_transport_embedded::{EmbeddedSettings, EmbeddedTransport};

const BATCH: usize = 500;
const VALUE_BYTES: usize = 8 * 1024;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let count: usize = arguments.next().map_or(Ok(50_000), |text| text.parse())?;
    let scratch = tempfile::tempdir_in(folder)?;
    let path = scratch.path().join("wire.db");
    let transport = EmbeddedTransport::open(EmbeddedSettings::at(&path, TopicNames::default()))?;
    transport.create_topics(&[
        Topic::Raw.spec(8),
        Topic::Clean.spec(8),
        Topic::FeedState.spec(8),
    ])?;

    let begun = Instant::now();
    for batch in 0..count / BATCH {
        let outputs = (0..BATCH).map(|place| record(Topic::Raw, batch * BATCH + place));
        transport
            .writer(&InstanceId::from("bench"))?
            .write(outputs.collect())?;
    }
    print_rate("written", count, begun.elapsed());

    let begun = Instant::now();
    let (copied, slowest) = copy(&transport, count)?;
    print_rate(
        "read, copied and committed with positions",
        copied,
        begun.elapsed(),
    );
    println!("slowest commit: {slowest:.1?}");
    println!("wake-up in process: {:.2?}", wake_up(&transport)?);

    let begun = Instant::now();
    let far = i64::MAX / 2;
    let mut removed = 0;
    loop {
        let step = transport.maintain(far)?;
        removed += step.expired;
        if !step.more {
            break;
        }
    }
    print_rate("removed", removed as usize, begun.elapsed());
    let bytes = std::fs::metadata(&path)?.len();
    println!("file after removal: {} MB", bytes / 1_000_000);
    Ok(())
}

fn record(topic: Topic, number: usize) -> Outgoing {
    // Text does not repeat from record to record, as stories do not.
    let value = (0..VALUE_BYTES).map(|place| (place * 31 + number * 7 + place / 97) as u8);
    Outgoing {
        topic,
        key: format!("urn:story:{}", number % 4_000),
        value: Some(value.collect()),
        headers: Default::default(),
    }
}

fn copy(transport: &EmbeddedTransport, count: usize) -> Result<(usize, Duration), TransportError> {
    let mut member = transport.join(&Membership {
        service: "bench".to_owned(),
        instance: InstanceId::from("bench"),
        inputs: vec![Topic::Raw],
    })?;
    let (mut copied, mut slowest) = (0, Duration::ZERO);
    while copied < count {
        let records = member.poll(BATCH, Duration::from_secs(1))?.records;
        let mut positions: Vec<Position> = Vec::new();
        for position in records.iter().map(Incoming::next_position) {
            positions.retain(|known| known.at != position.at);
            positions.push(position);
        }
        copied += records.len();
        let outputs = records.into_iter().map(|record| Outgoing {
            topic: Topic::Clean,
            key: record.key,
            value: record.value,
            headers: record.headers,
        });
        let outputs = outputs.collect();
        let begun = Instant::now();
        member.commit(Batch { outputs, positions })?;
        slowest = slowest.max(begun.elapsed());
    }
    Ok((copied, slowest))
}

/// The longest of fifty waits between a commit and the record at a waiting member.
fn wake_up(transport: &EmbeddedTransport) -> Result<Duration, Box<dyn std::error::Error>> {
    let mut reader = transport.reader(Topic::FeedState, wiredesk_pipeline::Start::Latest)?;
    let mut longest = Duration::ZERO;
    for number in 0..50 {
        let writing = transport.clone();
        let thread = std::thread::spawn(move || -> Result<Instant, TransportError> {
            std::thread::sleep(Duration::from_millis(15));
            let mut writer = writing.writer(&InstanceId::from("bench"))?;
            writer.write(vec![record(Topic::FeedState, number)])?;
            Ok(Instant::now())
        });
        let found = reader.read(1, Duration::from_secs(5))?;
        let read = Instant::now();
        assert_eq!(found.len(), 1);
        let written = thread.join().map_err(|_| "the writing thread panicked")??;
        longest = longest.max(read.saturating_duration_since(written));
    }
    Ok(longest)
}

fn print_rate(what: &str, count: usize, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("{what}: {count} records in {took:.2?}, {rate:.0}/s");
}
